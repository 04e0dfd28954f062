"""Why a job ended early, in words for its client, and whether another try may end better."""

from __future__ import annotations

from helmet_service.http.problems import Problem
from pose.errors import NetworkServerError
from pose.estimation.model import ModelError
from pose.runtimes import NoGpuError
from pose.video.reading import VideoError


def may_pass(error: Exception) -> bool:
    """Whether an error is of the machine, such as a full disk or a model that is just replaced, not of the video."""
    if isinstance(error, Problem):
        return error.status == 503
    return isinstance(error, OSError | ModelError | NetworkServerError | NoGpuError)


def is_explained(error: Exception) -> bool:
    """Whether its words are made for people, so that nobody needs the traceback."""
    return isinstance(error, Problem | VideoError)


def in_words(error: Exception) -> str:
    """One line about an error, without the service's paths and addresses, which the client must not see."""
    if isinstance(error, Problem):
        return error.in_words
    if isinstance(error, VideoError):
        return " ".join(str(error).split())
    if isinstance(error, OSError):
        return f"files of the job: expected to be read and written, got: {error.strerror}"
    return f"the service's own fault, which its log explains: {type(error).__name__}"
