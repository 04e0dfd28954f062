"""What a job's process may take: the cores that others leave, bounded memory, and no longer a life than its parent."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Final

_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h
_NICEST: Final = 19
_MOST_BYTES: Final = 3 << 30


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
