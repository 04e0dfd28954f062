"""People and their hands as OpenPose writes them to JSON, for tools that read its files.

Source: OpenPose's doc/02_output.md, "JSON Output Format", and its source (savePeopleJson in fileStream.cpp, and
wPeopleJsonSaver.hpp), for the COCO model: its 18 keypoints are `skeleton.KEYPOINTS`, its 21 of a hand `HAND_KEYPOINTS`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pose.hands import HAND_KEYPOINTS, Hand, Side
from pose.skeleton import Person

VERSION: Final = 1.3  # the first with `person_id`
NO_ID: Final = -1  # what OpenPose writes where it follows nobody
_NO_HAND: Final = np.zeros((len(HAND_KEYPOINTS), 3), np.float32)


def openpose_json(
    people: Sequence[Person], hands: Sequence[Hand] | None = None, ids: Sequence[int] | None = None
) -> dict[str, Any]:
    """The content of OpenPose's file of a picture: `version` and `people`, those with keypoints.

    Keypoints are x, y in pixels of the upright picture and a score, one after the other; unseen ones are zeros.
    hands: of these people; those of nobody are left out. None: nobody looked for hands, so that their lists are empty.
    ids: of each person's track; None: nobody is followed.
    """
    return {
        "version": VERSION,
        "people": [
            {
                "person_id": [NO_ID if ids is None else ids[index]],
                "pose_keypoints_2d": _numbers(person.keypoints),
                "face_keypoints_2d": [],
                "hand_left_keypoints_2d": _hand(hands, index, "left"),
                "hand_right_keypoints_2d": _hand(hands, index, "right"),
                "pose_keypoints_3d": [],
                "face_keypoints_3d": [],
                "hand_left_keypoints_3d": [],
                "hand_right_keypoints_3d": [],
            }
            for index, person in enumerate(people)
            if person.seen.any()
        ],
    }


def write_openpose_json(folder: Path, name: str, content: Mapping[str, Any]) -> None:
    """Write what `openpose_json` gives into the folder, under OpenPose's name for a file about the picture `name`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}_keypoints.json").write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")


def frame_name(name: str, number: int) -> str:
    """OpenPose's name of a frame of the moving picture `name`; number: from 0 on."""
    return f"{name}_{number:012}"


def _hand(hands: Sequence[Hand] | None, person: int, side: Side) -> list[float]:
    """Zeros where it was looked for and not found, so that all people's lists are of one length."""
    if hands is None:
        return []
    return _numbers(next((hand.keypoints for hand in hands if (hand.person, hand.side) == (person, side)), _NO_HAND))


def _numbers(keypoints: NDArray[np.float32]) -> list[float]:
    """(n, 3) x, y, score -> 3 n numbers, rounded as in the service's other answers."""
    return [round(float(value), digits) for row in keypoints for value, digits in zip(row, (1, 1, 3), strict=True)]
