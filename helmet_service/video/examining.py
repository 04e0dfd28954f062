"""What an uploaded video is, found out by a process of its own: a file may be made to crash or to exhaust a decoder."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pose
from helmet_service.http.problems import refusal
from helmet_service.work.stages import Stages

_ROOT: Final = Path(pose.__file__).resolve().parent.parent


def examine(video: Path, stages: Stages, named: str) -> dict[str, Any]:
    """The facts of a video file, as `pose.video.probe` prints them. named: what the request calls it.

    Raises Problem 422 for a file that is no video, of which nothing can be decoded, or that is beyond its limits, 504
    when the deadline passes first.
    """
    with stages.stage("examining"):
        printed = _probe(video, stages.seconds_left())
    if not printed:
        raise refusal(422, named, "a video that can be examined", "one whose examination broke off")
    if error := printed.get("error"):
        raise refusal(422, named, error["expected"], error["got"])
    return printed


def _probe(video: Path, seconds: float) -> dict[str, Any]:
    """What the process printed; nothing when its limits, a crash or the time ended it."""
    command = [sys.executable, "-m", "pose.video.probe", str(video)]
    try:
        done = subprocess.run(  # noqa: S603  our own command
            command, cwd=_ROOT, timeout=seconds, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        printed: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return {}
    return printed
