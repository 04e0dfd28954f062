"""`python -m pose headwear`: train the network that sees helmets and bare heads on crops, for a model's folder."""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import torch

import pose
from pose.commands.kept_patches import kept
from pose.data.shards import LabelledPicture
from pose.estimation.estimator import Estimator
from pose.estimation.model import SHIPPED, file_sha256
from pose.train.headwear.measure import measure
from pose.train.headwear.model_folder import from_model, put_into_model
from pose.train.headwear.network import HeadwearNetwork
from pose.train.headwear.patches import Patches, bare_people, patches_of
from pose.train.headwear.training import CHECKPOINT, train
from pose.train.loop.signals import StoppedError, stop_signals


def main(arguments: Sequence[str]) -> int:
    """Train, write the model's folder, and print how often the network is right."""
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    estimator = pose.load(options.model, threads=options.threads)
    options.run.mkdir(parents=True, exist_ok=True)
    groups = [_patches(path, estimator, options.run) for path in options.shards]
    groups += [_patches(path, estimator, options.run, doubtful=True) for path in options.doubtful]
    everyday = [_kept(options.run, path, "everyday", bare_people) for path in options.everyday]
    try:
        with stop_signals() as stop:
            start = _own_network(estimator) if options.fine_tune else None
            network = train(groups, everyday, options.steps, options.run, stop, start)
    except StoppedError as stopped:
        print(stopped, file=sys.stderr)
        return stopped.status
    scores = {path.stem: measure(network, _patches(path, estimator, options.run)) for path in options.check}
    if options.out.resolve() != options.model.resolve():
        shutil.copytree(options.model, options.out, dirs_exist_ok=True)
    data = {name: [path.stem for path in getattr(options, name)] for name in ("shards", "doubtful", "everyday")}
    put_into_model(network, options.out, {"data": data, "steps": options.steps, "scores": scores})
    (options.run / CHECKPOINT).unlink()  # the run has ended: the same command begins a new one
    for name, rows in scores.items():
        print(f"{name}:")
        print("\n".join("  " + ", ".join(f"{key} {value}" for key, value in row.items()) for row in rows))
    return 0


def _own_network(estimator: Estimator) -> HeadwearNetwork:
    path = estimator.model.headwear
    if path is None:
        raise ValueError(f"--fine-tune: expected a model with a network of headwear, got {estimator.model.name}")
    return from_model(path)


def _patches(shard: Path, estimator: Estimator, run: Path, *, doubtful: bool = False) -> Patches:
    cut = partial(patches_of, estimator=estimator, doubtful=doubtful)
    model = hashlib.sha256(f"{estimator.model.sha256} {estimator.model.joining}".encode()).hexdigest()
    return _kept(run, shard, f"{model[:8]}{'-doubtful' if doubtful else ''}", cut)


def _kept(run: Path, shard: Path, how: str, cut: Callable[[Iterable[LabelledPicture]], Patches]) -> Patches:
    return kept(run / f"{shard.stem}-{file_sha256(shard)[:8]}-{how}.npz", Patches, shard, cut)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pose headwear",
        description="Train the network that tells helmets from bare heads and from what is no head (docs/training.md). "
        "After an interruption the same command continues.",
    )
    parser.add_argument(
        "shards", type=Path, nargs="*", metavar="SHARD", help="pictures whose labels box every head, of one kind of "
        "cameras each; a rare kind counts more than its number of pictures"
    )  # fmt: skip
    parser.add_argument(
        "--doubtful", type=Path, nargs="+", default=[], metavar="SHARD", help="the same, whose labels miss some heads"
    )
    parser.add_argument(
        "--everyday",
        type=Path,
        nargs="+",
        default=[],
        metavar="SHARD",
        help="people with keypoints, such as COCO: bare heads, of which a few wear sports helmets",
    )
    parser.add_argument(
        "--check", type=Path, nargs="+", default=[], metavar="SHARD", help="measure on these pictures at the end"
    )
    parser.add_argument(
        "--model", type=Path, default=SHIPPED, metavar="DIR", help="the model that finds the heads (%(default)s)"
    )
    parser.add_argument(
        "--fine-tune", action="store_true", help="train the model's own network on, instead of one with random weights"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the model's folder to write")
    parser.add_argument(
        "--run",
        type=Path,
        default=Path("runs/headwear"),
        metavar="DIR",
        help="for patches and checkpoints (%(default)s)",
    )
    parser.add_argument("--steps", type=int, default=4500, help="of 128 crops each (%(default)s)")
    parser.add_argument(
        "--threads", type=int, default=os.cpu_count(), help="of the networks (default: as many as processors)"
    )
    return parser
