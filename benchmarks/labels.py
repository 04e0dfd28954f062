"""Accuracy of teachers' labels on pictures with keypoints by people: fields networks alone, and with a top-down one."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from tqdm import tqdm

from pose.data.shards import read_shard
from pose.estimation.preprocess import REFERENCE_HEIGHT
from pose.label.joining import Skeleton
from pose.label.labeller import Labeller
from pose.label.teachers import load_teachers
from pose.label.top_down import TopDown, read_top_down
from pose.measuring.measures import keypoint_measure
from pose.skeleton import Person, from_coco


def main() -> None:
    """Print AP, AP50 and AP75 of each labeller."""
    options = _parser().parse_args()
    pictures = list(islice(read_shard(options.data), options.pictures))
    for name, labeller in _labellers(options).items():
        people = [_people(labeller.see(each.pixels)) for each in tqdm(pictures, desc=name, unit="picture")]
        figures = keypoint_measure(pictures, people)(np.arange(len(pictures)))
        print(name, *(f"{figure} {figures[figure]:.1f}" for figure in ("AP", "AP50", "AP75")), sep=", ")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.labels", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="FILE.tar", help="pictures with people's keypoints")
    parser.add_argument("--pictures", type=int, default=None, help="only the first so many")
    parser.add_argument("--teacher", type=Path, action="append", required=True, metavar="DIR", help="as of pose label")
    parser.add_argument("--top-down", type=Path, metavar="FILE.json", help="as of pose label")
    parser.add_argument("--height", type=int, default=REFERENCE_HEIGHT, help="the teachers' input height in pixels")
    parser.add_argument("--threads", type=int, default=1, help="threads of the networks")
    return parser


def _labellers(options: argparse.Namespace) -> Mapping[str, Labeller]:
    """By name: the fields networks alone, and joined with the top-down network."""
    teachers = [
        teacher
        for folder in options.teacher
        for teacher in load_teachers(folder, height=options.height, threads=options.threads)
    ]
    name = " and ".join(teacher.model.name for teacher in teachers)
    labellers = {name: Labeller(teachers, None)}
    if options.top_down:
        top_down = TopDown(read_top_down(options.top_down), options.threads)
        labellers[f"{name} and {top_down.model.name}"] = Labeller(teachers, top_down)
    return labellers


def _people(skeletons: Sequence[Skeleton]) -> list[Person]:
    return [Person(from_coco(each.keypoints.astype(np.float32)), each.score) for each in skeletons]


if __name__ == "__main__":
    main()
