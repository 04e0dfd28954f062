"""`python -m pose label`: let teacher networks label skeletons in pictures, and write a shard."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
from tqdm import tqdm

from pose.data.shards import read_shard
from pose.estimation.estimator import Estimator
from pose.estimation.preprocess import REFERENCE_HEIGHT
from pose.label.labeller import Labeller
from pose.label.pictures import GrowingShard, waiting
from pose.label.sheets import sheets
from pose.label.summary import Summary
from pose.label.teachers import load_teachers
from pose.label.top_down import TopDown, read_top_down

# Raise it when the same pictures and networks give other labels, so that an interrupted run starts again.
_FORMAT: Final = 1


def main(arguments: Sequence[str]) -> int:
    """Write the shard, sheets of it, and a summary to stdout."""
    options = _parser().parse_args(arguments)
    if options.out.exists():
        raise ValueError(f"--out: expected a new file, got {options.out}, which exists")
    teachers = [
        teacher
        for folder in options.teacher
        for teacher in load_teachers(folder, height=options.height, threads=options.threads)
    ]
    top_down = TopDown(read_top_down(options.top_down), options.threads) if options.top_down else None
    labeller, made_from = Labeller(teachers, top_down), _made_from(options, teachers, top_down)
    with waiting(options.pictures) as pictures, GrowingShard(options.out, made_from) as shard:
        for picture in tqdm(pictures[shard.done :], unit="picture", initial=shard.done, total=len(pictures)):
            known = picture.labelled()
            shard.add(picture, labeller(known.pixels, known.labels))
        shard.finish()
    summary = Summary()
    for labelled in read_shard(options.out):
        summary.add(labelled.labels)
    if options.draw is not None:
        _draw(options.out, options.draw, summary.given)
    print("\n".join(summary.lines()))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pose label",
        description="Let teacher networks label skeletons in pictures (docs/labelling.md). After an interruption the "
        "same command continues.",
    )
    parser.add_argument(
        "pictures", nargs="+", type=Path, metavar="IN", help="shards, with or without labels, and folders"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="OUT.tar", help="the shard to write")
    parser.add_argument(
        "--teacher",
        type=Path,
        action="append",
        required=True,
        metavar="DIR",
        help="folder of a model, or of a network that pose/peers describes; several teachers are joined",
    )
    parser.add_argument(
        "--top-down",
        type=Path,
        metavar="FILE.json",
        help="description of a network that estimates one person at a time",
    )
    parser.add_argument("--draw", type=Path, metavar="DIR", help="a folder for sheets of people with a new skeleton")
    parser.add_argument("--height", type=int, default=REFERENCE_HEIGHT, help="the teachers' input height in pixels")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of the networks")
    return parser


def _made_from(options: argparse.Namespace, teachers: Sequence[Estimator], top_down: TopDown | None) -> object:
    """Everything that decides the shard's content: two runs with the same value write the same shard."""
    files = [file for path in options.pictures for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    states = [(str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    networks = [(teacher.model.sha256, teacher.runtime.precision, teacher.height) for teacher in teachers]
    return [_FORMAT, states, networks, top_down and sorted(top_down.model.files.items())]


def _draw(shard: Path, folder: Path, people: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, sheet in enumerate(sheets(read_shard(shard), people)):
        path = folder / f"{shard.stem}-{number}.png"
        if not cv2.imwrite(str(path), sheet):
            raise OSError(f"{path}: could not be written")
        print(f"wrote {path}")
