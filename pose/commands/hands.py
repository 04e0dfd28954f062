"""`python -m pose hands`: train the network that sees 21 keypoints of hands on crops, for a model's folder."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from pose.data.shards import read_shard
from pose.estimation.model import SHIPPED, file_sha256
from pose.train.hands.patches import Patches, patches_of
from pose.train.hands.teacher import NETWORK, HandTeacher
from pose.train.hands.training import train
from pose.train.loop.signals import StoppedError, stop_signals


def main(arguments: Sequence[str]) -> int:
    """Train, write the model's folder, and print how well the networks see hands."""
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    teacher = HandTeacher(options.teacher, threads=options.threads)
    options.run.mkdir(parents=True, exist_ok=True)
    groups = [_patches(path, teacher, options) for path in options.shards]
    try:
        with stop_signals() as stop:
            network = train(groups, options.steps, options.run, stop)
    except StoppedError as stopped:
        print(stopped, file=sys.stderr)
        return stopped.status
    torch.save(network.state_dict(), options.run / "trained.pt")
    return 0


def _patches(shard: Path, teacher: HandTeacher, options: argparse.Namespace) -> Patches:
    """The shard's patches, from the run's folder if an earlier call with the same files left them there."""
    by = file_sha256(options.teacher / NETWORK)[:8]
    kept = options.run / f"{shard.stem}-{file_sha256(shard)[:8]}-{by}.npz"
    if not kept.exists():
        cut_now = patches_of(tqdm(read_shard(shard), desc=f"hands of {shard.stem}", unit="picture"), teacher)
        unfinished = kept.with_suffix(".unfinished.npz")
        np.savez(unfinished, **{part.name: getattr(cut_now, part.name) for part in fields(Patches)})
        unfinished.replace(kept)
    with np.load(kept) as arrays:
        return Patches(**arrays)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pose hands",
        description="Train the network that sees 21 keypoints of hands (docs/training.md). After an interruption the "
        "same command continues.",
    )
    parser.add_argument(
        "shards", type=Path, nargs="+", metavar="SHARD", help="pictures of people with wrists and elbows"
    )
    parser.add_argument(
        "--check", type=Path, nargs="+", default=[], metavar="SHARD", help="measure on these pictures at the end"
    )
    parser.add_argument(
        "--teacher", type=Path, required=True, metavar="DIR", help=f"the folder of the teacher's {NETWORK}"
    )
    parser.add_argument("--model", type=Path, default=SHIPPED, metavar="DIR", help="the model to add to (%(default)s)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the model's folder to write")
    parser.add_argument(
        "--run", type=Path, default=Path("runs/hands"), metavar="DIR", help="for patches and checkpoints (%(default)s)"
    )
    parser.add_argument("--steps", type=int, default=7500, help="of 64 crops each (%(default)s)")
    parser.add_argument(
        "--threads", type=int, default=os.cpu_count(), help="of the networks (default: as many as processors)"
    )
    return parser
