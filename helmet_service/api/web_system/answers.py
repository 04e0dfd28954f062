"""People, hands, video jobs and figures as the OpenPose web system writes them, with rounded numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helmet_service.video.job import Job
from pose import Person
from pose.hands import Hand, rounded_box

Json = dict[str, Any]


def found_bodies(people: Sequence[Person]) -> Json:
    """`body`: people with keypoints, each with 18 points in OpenPose's order, [0, 0, 0] where one was not seen."""
    bodies = [
        {"person_id": index, "keypoints": _points(person.keypoints), "score": round(person.score, 3)}
        for index, person in enumerate(people)
    ]
    return {"num_people": len(bodies), "keypoints": bodies}


def found_hands(hands: Iterable[Hand]) -> Json:
    """`hands`, each with 21 points in OpenPose's order."""
    found = [
        {
            "hand_id": index,
            "is_left": hand.side == "left",
            "keypoints": _points(hand.keypoints),
            "bbox": list(rounded_box(hand)),
        }
        for index, hand in enumerate(hands)
    ]
    return {"num_hands": len(found), "hands_data": found}


def task_json(job: Job) -> Json:
    """A video job, whose id is called `task_id`."""
    told = job.public()
    return {"task_id": told.pop("id"), **told}


def machine_json(status: Mapping[str, Any], memory_bytes: int) -> Json:
    """`system`: the share of the machine that all workers take. Nothing measures GPUs.

    The time that a new worker computed before it was first measured counts at once: `cores_used` may exceed the cores.

    status: `status_json`. memory_bytes: of the machine.
    """
    cpu = status["cpu"]
    return {
        "cpu_percent": round(min(100.0, 100 * cpu["cores_used"] / (cpu["cores"] or 1)), 1),
        "memory_percent": round(100 * 1e6 * status["memory_mb"] / memory_bytes, 1),
        "gpu_percent": None,
        "gpu_memory_used": None,
        "gpu_memory_total": None,
    }


def detection_json(status: Mapping[str, Any], latency_ms: float | None) -> Json:
    """`detection`: the pictures of all workers, those of videos excepted.

    status: `status_json`. latency_ms: the mean of answered requests and frames, None without any.
    """
    pictures = status["pictures"]
    return {
        "avg_fps": pictures["per_s"],
        "avg_latency": None if latency_ms is None else round(latency_ms, 1),
        "total_detections": pictures["total"],
        "avg_people_per_frame": pictures["people_per_picture"],
    }


def _points(keypoints: NDArray[np.float32]) -> list[list[float]]:
    """(K, 3) x, y in pixels and score -> lists of these."""
    return [[round(x, 1), round(y, 1), round(score, 3)] for x, y, score in keypoints.tolist()]
