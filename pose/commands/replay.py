"""`python -m pose replay`: run the step again at which a training run stopped."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from pose.train.loop.recording.replay import replay


def main(arguments: Sequence[str]) -> int:
    """Print what is not finite in the step."""
    parser = argparse.ArgumentParser(
        prog="python -m pose replay",
        description="Run the step again at which a training run stopped because a loss or gradient was not finite, and "
        "tell which tensor of batch, weights, layers, losses and gradients is the first that is not, and what follows.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="nonfinite-*.pt in the run's folder")
    for line in replay(parser.parse_args(arguments).file):
        print(line)
    return 0
