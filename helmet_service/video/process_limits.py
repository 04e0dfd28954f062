"""What a job's process may take: the cores that others leave, bounded memory and time, and no longer a life than its
parent.
"""

from __future__ import annotations

import ctypes
import math
import os
import resource
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

from helmet_service.http.problems import refusal
from helmet_service.settings import Settings
from helmet_service.video.job import frames_in
from pose.estimation.preprocess import REFERENCE_HEIGHT
from pose.video.reading import LONGEST_S

_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h
_NICEST: Final = 19
_MOST_BYTES: Final = 3 << 30
# Seconds of processor time, several times what honest videos take (docs/decisions/0010-video-jobs.md).
_ANY_S: Final = 600.0  # for the network's loading, and for what is judged again after a kill
_FRAME_S: Final = 0.05
_MEGAPIXEL_S: Final = 0.25  # of each frame, to be decoded, drawn and encoded
_RUN_S: Final = 1.0  # of the network at the reference height
_HIGHEST_RATE: Final = 60.0  # frames a second; more get no more time
_KILL_S: Final = 60  # after the limit, for what does not come back from a decoder


def end_with(parent: int) -> None:
    """Be killed when the parent process ends, by whatever signal. parent: its process id."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it has ended already
        sys.exit(1)


def leave_signals_to_parent() -> None:
    """Ignore what a terminal or a supervisor sends to all processes: the parent decides what becomes of this one."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def give_way() -> None:
    """Run only while nobody else wants the core; for this thread and those that it starts."""
    os.nice(_NICEST)
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def bound_memory() -> None:
    """Allow 3 GiB of address space beyond what the loaded network has."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + _MOST_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def processor_s(facts: Mapping[str, Any], every: int, settings: Settings) -> int:
    """Seconds of processor time that a job may take, by what its video says of itself (`Job.facts`).

    every: of so many frames one is judged, with at most `MAX_RUNS` runs of the network.
    """
    frames = min(frames_in(facts) or math.inf, _HIGHEST_RATE * (facts["duration_s"] or LONGEST_S))
    pixels_s: float = _MEGAPIXEL_S * facts["width"] * facts["height"] / 1e6
    runs_s = _RUN_S * settings.max_runs * (settings.input_height / REFERENCE_HEIGHT) ** 2
    return math.ceil(_ANY_S + frames * (_FRAME_S + pixels_s + runs_s / every))


def bound_time(seconds: int) -> None:
    """Raise Problem 422 in the main thread after so much processor time; the kernel ends what then goes on."""

    def stop(*_: object) -> NoReturn:
        signal.signal(signal.SIGXCPU, signal.SIG_IGN)  # it comes again each second
        expected = f"one that takes at most {seconds:,} s of processor time"
        raise refusal(422, "video", expected, "one that takes more")

    signal.signal(signal.SIGXCPU, stop)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + _KILL_S))
