"""The file of hats that comes with a video, checked before the video is queued."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from helmet_service.api.schemas.loading import load
from helmet_service.api.schemas.requests import FrameHatsRequest
from helmet_service.http.problems import Problem
from helmet_service.http.request_body import parse_json
from helmet_service.verdicts.boxes import Box
from helmet_service.work.box_units import check_boxes
from helmet_service.work.stages import Stages

_LINES: Final = 1000  # between two looks at the deadline


def check_frame_hats(lines: Iterable[bytes], facts: Mapping[str, Any], most_hats: int, stages: Stages) -> None:
    """Check each line that is not blank; facts: of the video, as `pose.video.probe` prints them.

    Raises Problem 400 for a line that is no JSON, 413 for more than `most_hats` in a frame, 422 for wrong fields, each
    with the line's number, and 504 past the deadline.
    """
    schema = FrameHatsRequest()
    with stages.stage("hats"):
        for number, line in enumerate(lines, 1):
            with _in_line(number):
                if line.strip():
                    hats = load(schema, parse_json(line, ""), {"hats": most_hats})["hats"]
                    boxes = [Box(hat["left"], hat["top"], hat["width"], hat["height"]) for hat in hats]
                    check_boxes({"hats": boxes}, facts["width"], facts["height"])
            if number % _LINES == 0:
                stages.check("hats")


@contextmanager
def _in_line(number: int) -> Iterator[None]:
    try:
        yield
    except Problem as problem:
        where = f"hats, line {number}"
        fields = (f"{where}: {error.field}" if error.field else where for error in problem.errors)
        errors = [replace(error, field=field) for error, field in zip(problem.errors, fields, strict=True)]
        raise Problem(problem.status, problem.detail, errors) from problem
