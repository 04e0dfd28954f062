"""`python -m pose train`: start a training run, or continue one."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from pose.train.config import TrainConfig
from pose.train.configuration import read_configuration
from pose.train.loop.distributed import Processes
from pose.train.loop.signals import StoppedError
from pose.train.run import train


def main(arguments: Sequence[str]) -> int:
    """Train to the end of the configured run; returns 128 plus the signal's number when a signal stopped it."""
    config = read_configuration(TrainConfig, arguments, prog="python -m pose train")
    first = Processes.from_environment().first
    try:
        train(config)
    except StoppedError as stopped:
        if first:
            print(stopped, file=sys.stderr)
        return stopped.status
    if first:
        print(f"done: {config.folder}")
    return 0
