"""`python -m pose prune`: make a narrower network from a trained one, to train it further with that one as teacher."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from pose.data.shards import read_shard
from pose.train.export.quantise import calibration_batches
from pose.train.networks.checkpoint import load_checkpoint, save_checkpoint
from pose.train.networks.prune import PICTURES, prune


def main(arguments: Sequence[str]) -> int:
    """Write a checkpoint and print its size beside the old one's."""
    options = _parser().parse_args(arguments)
    checkpoint = load_checkpoint(options.checkpoint)
    pictures = calibration_batches(
        (picture.pixels for shard in options.data for picture in read_shard(shard)), count=PICTURES
    )
    pruned = prune(checkpoint, pictures, width=options.width, branch=options.branch, blocks=options.blocks)
    save_checkpoint(options.out, pruned)
    before, after = (sum(w.numel() for w in each.weights.values()) / 1e6 for each in (checkpoint, pruned))
    print(f"{options.out}: {after:.2f} of {before:.2f} million parameters")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pose prune",
        description="Make a narrower network from a trained lightweight_fine. It needs further training before use.",
    )
    parser.add_argument("checkpoint", type=Path, metavar="CHECKPOINT", help="a network as training saved it")
    parser.add_argument("out", type=Path, metavar="OUT", help="the checkpoint to write")
    parser.add_argument(
        "--data",
        type=Path,
        nargs="+",
        required=True,
        metavar="FILE.tar",
        help="pictures on which channels are compared",
    )
    parser.add_argument("--width", type=int, required=True, help="channels to keep of the widest layers")
    parser.add_argument("--branch", type=int, required=True, help="channels to keep of each branch of the first stage")
    parser.add_argument("--blocks", type=int, required=True, help="blocks to keep of the second stage")
    return parser
