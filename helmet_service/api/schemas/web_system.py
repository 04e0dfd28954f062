"""Schemas of the OpenPose web system's requests and answers."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, fields, validate

from helmet_service.api.schemas.answer_values import SHARE, flag, integer, listed, nested, number, numbers, one_of, text
from helmet_service.api.schemas.request_values import PictureSource, TolerantObject
from helmet_service.api.schemas.video_answers import JobAnswer
from helmet_service.values.checked import Flag
from pose.hands import HAND_KEYPOINTS
from pose.skeleton import KEYPOINTS

_DEVICES: Final = ("cpu", "cuda:0", "remote")


class DetectRequest(TolerantObject):
    """Who is in this picture, and what is asked of them?"""

    image_base64 = PictureSource()
    include_body = Flag(load_default=True)
    include_hands = Flag(load_default=True)
    draw_result = Flag(load_default=True)


def _points(count: int) -> fields.List[Any]:
    """So many `[x, y, confidence]`, x and y in pixels."""
    return fields.List(numbers(3), required=True, validate=validate.Length(equal=count))


class WebBodyAnswer(Schema):
    """A person; [0, 0, 0] is a point that was not seen."""

    person_id = integer()
    keypoints = _points(len(KEYPOINTS))
    score = number(validate=SHARE)


class WebBodiesAnswer(Schema):
    """The people in a picture."""

    num_people = integer()
    keypoints = listed(WebBodyAnswer)


class WebHandAnswer(Schema):
    """A hand; `bbox` is left, top, width and height in pixels."""

    hand_id = integer()
    is_left = flag()
    keypoints = _points(len(HAND_KEYPOINTS))
    bbox = numbers(4)


class WebHandsAnswer(Schema):
    """The hands in a picture."""

    num_hands = integer()
    hands_data = listed(WebHandAnswer)


class DetectionResultsAnswer(Schema):
    """What was found; null: not asked for."""

    body = nested(WebBodiesAnswer, allow_none=True)
    hands = nested(WebHandsAnswer, allow_none=True)


class DeviceAnswer(Schema):
    """Where the network runs; `remote`: on a network server."""

    device = one_of(*_DEVICES)


class DetectAnswer(DeviceAnswer):
    """The answer about a picture; `processing_time` in milliseconds."""

    result_image = text(allow_none=True)
    detection_results = nested(DetectionResultsAnswer)
    processing_time = number()


class HealthAnswer(Schema):
    """The service accepts work."""

    status = one_of("healthy")


class TaskBegunAnswer(Schema):
    """The task of a video."""

    task_id = text()


class TaskAnswer(JobAnswer):
    """A video's task: a job of `/v1/videos` by another name of its id."""

    class Meta:
        """marshmallow's options."""

        exclude = ("id", "request")

    task_id = text()


class MachineAnswer(Schema):
    """The share of the machine that the service takes; nothing measures GPUs."""

    cpu_percent = number()
    memory_percent = number()
    gpu_percent = number(allow_none=True)
    gpu_memory_used = text(allow_none=True)
    gpu_memory_total = text(allow_none=True)


class DetectionAnswer(Schema):
    """Figures of pictures; null: of none yet. `avg_latency` in milliseconds."""

    avg_fps = number()
    avg_latency = number(allow_none=True)
    total_detections = integer()
    avg_people_per_frame = number(allow_none=True)


class PerformanceAnswer(Schema):
    """Figures of all workers."""

    system = nested(MachineAnswer)
    detection = nested(DetectionAnswer)
