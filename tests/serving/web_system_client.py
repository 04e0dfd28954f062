"""A client of the OpenPose web system, written from its published description alone; nothing of the service is known.

It insists on every key and type of the description: what else an answer has, such a client does not look at.
"""

from __future__ import annotations

import base64
from typing import Any

import requests

PATIENCE_S = 60
BODY_POINTS, HAND_POINTS = 18, 21
JPEG_URL = "data:image/jpeg;base64,"
REALTIME = "/api/ws/realtime/"

Json = dict[str, Any]


class WebSystem:
    """The routes of a system at an address such as http://127.0.0.1:8001."""

    def __init__(self, address: str) -> None:
        self._address = address

    def get(self, path: str) -> Json:
        """A route that only tells something."""
        return _json(requests.get(f"{self._address}/api/{path}", timeout=PATIENCE_S))

    def detect(self, jpeg: bytes, **options: bool) -> Json:
        """Who is in a picture that is sent as base64."""
        body = {"image_base64": data_url(jpeg), **options}
        return checked(_json(requests.post(f"{self._address}/api/detect/image", json=body, timeout=PATIENCE_S)))

    def upload(self, jpeg: bytes) -> Json:
        """Who is in a picture that is sent as a file."""
        files = {"file": ("picture.jpg", jpeg, "image/jpeg")}
        return checked(_json(requests.post(f"{self._address}/api/detect/upload", files=files, timeout=PATIENCE_S)))

    def send_video(self, video: bytes) -> str:
        """The task of a video."""
        files = {"file": ("video.mp4", video, "video/mp4")}
        task_id = _json(requests.post(f"{self._address}/api/video/upload", files=files, timeout=PATIENCE_S))["task_id"]
        assert isinstance(task_id, str)
        return task_id

    def result(self, task_id: str) -> bytes | None:
        """The processed video; None while there is none."""
        answer = requests.get(f"{self._address}/api/video/result/{task_id}", timeout=PATIENCE_S)
        return answer.content if answer.status_code == 200 else None


def data_url(jpeg: bytes) -> str:
    """A file as the description shows pictures."""
    return JPEG_URL + base64.b64encode(jpeg).decode()


def checked(answer: Json) -> Json:
    """The answer about a picture of which everything was asked for, once each key of the description has its type."""
    found, is_number = answer["detection_results"], (int, float)
    body, hands = found["body"], found["hands"]
    if body is not None:
        assert body["num_people"] == len(body["keypoints"])
        for number, person in enumerate(body["keypoints"]):
            assert (person["person_id"], 0 <= person["score"] <= 1) == (number, True)
            _check_points(person["keypoints"], BODY_POINTS)
    if hands is not None:
        assert hands["num_hands"] == len(hands["hands_data"])
        for number, hand in enumerate(hands["hands_data"]):
            assert (hand["hand_id"], type(hand["is_left"])) == (number, bool)
            _check_points(hand["keypoints"], HAND_POINTS)
            assert [type(side) for side in hand["bbox"]] == [float] * 4
            assert min(hand["bbox"][2:]) >= 0
    assert isinstance(answer["processing_time"], is_number)
    assert answer["device"] in {"cpu", "cuda:0"}
    if answer["result_image"] is not None:
        assert base64.b64decode(answer["result_image"].removeprefix(JPEG_URL), validate=True).startswith(
            b"\xff\xd8\xff"
        )
    return answer


def _check_points(points: list[list[float]], count: int) -> None:
    assert len(points) == count
    for x, y, confidence in points:
        assert (isinstance(x, int | float), isinstance(y, int | float), 0 <= confidence <= 1) == (True, True, True)


def _json(response: requests.Response) -> Json:
    assert response.status_code == 200, response.text
    return response.json()
