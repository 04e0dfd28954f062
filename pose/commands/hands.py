"""`python -m pose hands`: train the network that sees 21 keypoints of hands on crops, for a model's folder."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import torch

import pose
from pose.commands.kept_patches import kept
from pose.estimation.estimator import Estimator
from pose.estimation.model import SHIPPED, file_sha256
from pose.train.export.export import HANDS, HANDS_INT8
from pose.train.export.quantise import CALIBRATION_PICTURES
from pose.train.hands.measure import (
    REQUIRED,
    Row,
    Seen,
    best_least,
    measure,
    pck,
    plain_crops,
    seen_by,
    seen_by_teacher,
)
from pose.train.hands.model_folder import put_into_model, write_networks
from pose.train.hands.patches import CLEAR, Patches, drawn, joined, patches_of
from pose.train.hands.teacher import NETWORK, HandTeacher
from pose.train.hands.training import CHECKPOINT, train
from pose.train.loop.signals import StoppedError, stop_signals

_JUDGED: Final = 1000  # patches of each shard on which the least probability of a hand is chosen


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
    estimator = pose.load(options.model, threads=options.threads)
    checks = {path.stem: _patches(path, teacher, options, estimator) for path in options.check}
    learned = joined([drawn(group, _JUDGED) for group in groups])
    with TemporaryDirectory() as folder:
        written = Path(folder)
        everything = joined(list(checks.values()))
        score = partial(_score, patches=everything)
        write_networks(network, written, plain_crops(drawn(learned, CALIBRATION_PICTURES)), score)
        least = best_least(_seen(written / HANDS_INT8, learned), learned)
        scores = {name: measure(_all_seen(written, teacher, check), check, least) for name, check in checks.items()}
        experimental = _is_experimental(_seen(written / HANDS_INT8, everything), everything)
        if options.out.resolve() != options.model.resolve():
            shutil.copytree(options.model, options.out, dirs_exist_ok=True)
        put_into_model(written, options.out, least, _facts(options, scores, experimental=experimental))
    (options.run / CHECKPOINT).unlink()  # the run has ended: the same command begins a new one
    for name, rows in scores.items():
        print(f"{name}:")
        print("\n".join("  " + ", ".join(f"{key} {value}" for key, value in row.items()) for row in rows))
    return 0


def _score(network: Path, patches: Patches) -> float:
    """PCK@0.2 of all hands."""
    return pck(_seen(network, patches), patches, patches.hands, 0.2)


def _seen(network: Path, patches: Patches) -> Seen:
    return seen_by(network, patches, precision="f32" if network.name == HANDS else "auto")


def _all_seen(written: Path, teacher: HandTeacher, patches: Patches) -> dict[str, Seen]:
    return {
        "float": _seen(written / HANDS, patches),
        "int8": _seen(written / HANDS_INT8, patches),
        "teacher": seen_by_teacher(teacher, patches),
    }


def _is_experimental(seen: Seen, patches: Patches) -> bool:
    clear = patches.hands & patches.clear
    return not clear.any() or pck(seen, patches, clear, 0.2) < REQUIRED


def _facts(
    options: argparse.Namespace, scores: Mapping[str, Sequence[Row]], *, experimental: bool
) -> dict[str, object]:
    seen, apart, size = CLEAR
    return {
        "data": [path.stem for path in options.shards],
        "teacher": "MediaPipe's hand landmark network (Apache-2.0)",
        "steps": options.steps,
        "clear": f"seen in {seen:.0%} of the teacher's looks, which differ by at most {apart:g} of the hand's box, "
        f"and at least {size:g} px large",
        "experimental": experimental,
        "scores": scores,
    }


def _patches(
    shard: Path, teacher: HandTeacher, options: argparse.Namespace, estimator: Estimator | None = None
) -> Patches:
    """The shard's patches, from the run's folder if an earlier call with the same files left them there."""
    by = file_sha256(options.teacher / NETWORK)[:8] + (f"-{estimator.model.sha256[:8]}" if estimator else "")
    cut = partial(patches_of, teacher=teacher, estimator=estimator)
    return kept(options.run / f"{shard.stem}-{file_sha256(shard)[:8]}-{by}.npz", Patches, shard, cut)


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
        "--check",
        type=Path,
        nargs="+",
        required=True,
        metavar="SHARD",
        help="measure on these pictures at the end; the model finds the people of those that label none",
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
