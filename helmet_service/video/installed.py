"""Whether this installation can read videos: PyAV, which the server itself never loads, is a matter of choice."""

from __future__ import annotations

from importlib.util import find_spec

from helmet_service.http.problems import overloaded


def is_installed() -> bool:
    """Whether PyAV is there."""
    return find_spec("av") is not None


def check_installed() -> None:
    """Problem 503 without PyAV."""
    if not is_installed():
        raise overloaded("no_videos", "PyAV (requirements-video.txt)", "a service without it: no videos are taken")
