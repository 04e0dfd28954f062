"""The options that all commands about moving pictures have."""

from __future__ import annotations

import argparse


def add_moving_options(parser: argparse.ArgumentParser) -> None:
    """Add `--show` and `--every`."""
    parser.add_argument("--show", action="store_true", help="show drawn frames in a window; q closes it")
    parser.add_argument(
        "--every", type=positive, metavar="N", help="look at every N-th frame (default: about five a second)"
    )


def positive(text: str) -> int:
    """A whole number from 1 on, of an option."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, got {text}")
    return number
