"""`python -m pose prune`: a narrower network from a trained one, to be trained on with that one as its teacher."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from pose.data.shards import read_shard
from pose.train.export.quantise import calibration_batches
from pose.train.networks.checkpoint import load_checkpoint, save_checkpoint
from pose.train.networks.prune import PICTURES, prune


def main(arguments: Sequence[str]) -> int:
    """Write a checkpoint and say how much smaller it is."""
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
        description="Make a narrower network of a trained lightweight_fine; train it on before it is of use.",
    )
    parser.add_argument("checkpoint", type=Path, metavar="CHECKPOINT", help="a network as training saved it")
    parser.add_argument("out", type=Path, metavar="OUT", help="the checkpoint to write")
    parser.add_argument(
        "--data", type=Path, nargs="+", required=True, metavar="FILE.tar", help="pictures that show what channels carry"
    )
    parser.add_argument("--width", type=int, required=True, help="channels that stay of the widest layers")
    parser.add_argument("--branch", type=int, required=True, help="channels that stay of each of the first branches")
    parser.add_argument("--blocks", type=int, required=True, help="blocks of the second stage that stay")
    return parser
