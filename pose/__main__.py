"""`python -m pose`: find people in pictures; train, measure and export networks."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import Final

from pose.errors import PoseError

COMMANDS: Final = {
    "predict": "find the people in pictures and videos",
    "evaluate": "measure a model on labelled pictures",
    "bench": "measure how fast a network runs, and how good it is",
    "data": "check, draw and fetch labelled pictures",
    "label": "let teacher networks label skeletons in pictures, to train on them",
    "train": "train a network",
    "replay": "repeat the step at which a training run stopped",
    "convert": "make a checkpoint from published weights or from the shipped model",
    "prune": "make a narrower network from a trained one, to train it further",
    "headwear": "train the network that sees helmets and bare heads, for a model's folder",
    "hands": "train the network that sees 21 keypoints of hands, for a model's folder",
    "export": "make a model's folder for serving from a checkpoint",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # file names may be bytes that no encoding knows
    command = _parser().parse_args(given[:1]).command
    try:
        status: int = import_module(f"pose.commands.{command}").main(given[1:])
    except ModuleNotFoundError as error:
        print(f"error: {command} needs {error.name}: pip install -r requirements.txt", file=sys.stderr)
        return 1
    except (PoseError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pose",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(f"{name:<10}{summary}" for name, summary in COMMANDS.items()),
    )
    parser.add_argument(
        "command", choices=COMMANDS, metavar="COMMAND", help="one of the commands below; each has --help"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
