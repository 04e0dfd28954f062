"""`python -m pose replay`: repeat the step at which a training run stopped."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from pose.train.loop.recording.replay import replay


def main(arguments: Sequence[str]) -> int:
    """Print the tensors of the step that are not finite."""
    parser = argparse.ArgumentParser(
        prog="python -m pose replay",
        description="Repeat the step at which a training run stopped because a loss or gradient was not finite, and "
        "name the first tensor of batch, weights, layers, losses and gradients that is not finite.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="nonfinite-*.pt in the run's folder")
    for line in replay(parser.parse_args(arguments).file):
        print(line)
    return 0
