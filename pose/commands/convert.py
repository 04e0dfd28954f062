"""`python -m pose convert`: make a checkpoint from weights that other people publish, or from the shipped model."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from pose.estimation.model import file_sha256
from pose.train.networks.checkpoint import save_checkpoint
from pose.train.networks.published import PUBLICATIONS, read_published, where_published


def main(arguments: Sequence[str]) -> int:
    """Convert a file of weights and print its licence."""
    options = _parser().parse_args(arguments)
    checkpoint = read_published(options.kind, options.file)
    save_checkpoint(options.out, checkpoint)
    print(f"{options.file}: sha256 {checkpoint.facts['sha256']}")
    print(f"{options.out}: sha256 {file_sha256(options.out)}")
    print(f"licence: {checkpoint.facts['licence']}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pose convert",
        description="Make a checkpoint from published weights or from the shipped model, to train on from it.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("kind", choices=PUBLICATIONS, metavar="KIND", help=" or ".join(PUBLICATIONS))
    parser.add_argument("file", type=Path, metavar="FILE", help="the published file")
    parser.add_argument("out", type=Path, metavar="OUT", help="the checkpoint to write")
    parser.add_argument(
        "--where",
        action="version",  # prints and exits without the required arguments
        version=where_published(),
        help="print where the owners publish the weights, and their licences",
    )
    return parser
