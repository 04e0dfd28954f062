"""`ppn` beside `fpn` after equal training: `python -m benchmarks.boxes_beside_fields SHARD --run DIR`.

Both learn the same few pictures of SHARD by heart, from random weights, with the same optimiser, rate, crops and steps,
on one core. It prints how well each finds the people of these pictures (and of `--check`), and how long a picture
takes, both in turn. After an interruption the same command continues.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final

import cv2
import torch
import yaml

from pose.commands.train import main as train
from pose.data.shard_writing import new_shard
from pose.data.shards import LabelledPicture, read_shard
from pose.estimation.estimator import Estimator
from pose.estimation.model import SHIPPED, read_model, thresholds_for
from pose.measuring.evaluation import evaluate
from pose.train.estimator import torch_estimator
from pose.train.networks.checkpoint import load_checkpoint

_NETWORKS: Final = ("fpn", "ppn")
_LEAST_HEIGHT: Final = 0.4  # of the picture's: of everybody in a picture that is learned
_ROWS: Final = (250, 320)  # of such a picture: it is seen about as large in training as later, at `_HEIGHT`
_HEIGHT: Final = 320
_MOST_PEOPLE: Final = 3
_ROUNDS: Final = 5  # over ten pictures, for the time that a picture takes


def main() -> None:
    """Train both networks, and print a table."""
    options = _parser().parse_args()
    torch.set_num_threads(1)
    options.run.mkdir(parents=True, exist_ok=True)
    learned = options.run / "learned.tar"
    if not learned.exists():
        _write(learned, list(islice(_easy(options.shard), options.pictures)))
    networks = {name: _trained(name, learned, options.run, options.steps) for name in _NETWORKS}
    print(f"| data | {' | '.join(f'{name} AP (AP50)' for name in networks)} |\n|{'---|' * (1 + len(networks))}")
    for data in (learned, *options.check):
        pictures = list(read_shard(data))
        found = [evaluate(network, pictures, progress=True).figures for network in networks.values()]
        print(f"| {data.stem} | {' | '.join('{AP:.1f} ({AP50:.1f})'.format(**each) for each in found)} |")
    times = _times(networks, list(islice(read_shard(learned), 10)))
    print(f"| ms a picture | {' | '.join(f'{ms:.0f}' for ms in times.values())} |")


def _easy(shard: Path) -> Iterator[LabelledPicture]:
    """Pictures with one to three large people, all labelled by people."""
    for picture in read_shard(shard):
        people = picture.labels.people
        large = all(person.box[3] >= _LEAST_HEIGHT * picture.pixels.shape[0] for person in people)
        complete = picture.labels.people_complete and not len(picture.labels.ignore)
        fits = _ROWS[0] <= picture.pixels.shape[0] <= _ROWS[1]
        if complete and large and fits and 1 <= len(people) <= _MOST_PEOPLE:
            yield picture


def _write(shard: Path, pictures: Sequence[LabelledPicture]) -> None:
    with new_shard(shard) as add:
        for number, picture in enumerate(pictures):
            add(PurePosixPath(f"{number:03}.png"), cv2.imencode(".png", picture.pixels)[1].tobytes(), picture.labels)


def _trained(name: str, shard: Path, run: Path, steps: int) -> Estimator:
    """The network after its training, in float32."""
    values = {
        "folder": str(run / name),
        "network": {"name": name, "heads": False},
        "data": {"sources": [f"shard:{shard}"], "cache": str(run / "cache")},
        "crops": [{"size": 256, "batch": 12}],
        "augment": {
            "scale_people": {"probability": 0, "picture": [1.0, 1.2]},
            **{name: {"probability": 0} for name in ("rotate", "brightness_contrast", "colour_cast", "grey")},
            **{name: {"probability": 0} for name in ("cut_out", "blur", "jpeg")},
        },
        "loop": {
            "steps": steps, "precision": "bf16", "threads": 1, "optimizer": "adamw", "learning_rate": 0.001,
            "warm_up_steps": 40, "weight_decay": 0.02, "clip_norm": 2.0, "average_decay": 0.98,
        },
    }  # fmt: skip
    configuration = run / f"{name}.yaml"
    configuration.write_text(yaml.safe_dump(values), encoding="utf-8")
    if train(["-c", str(configuration)]):
        raise SystemExit("stopped; the same command continues")
    checkpoint = load_checkpoint(run / name / f"checkpoint-{steps:08}.pt")
    decoder = thresholds_for(checkpoint.layout, read_model(SHIPPED)).decoder
    return torch_estimator(checkpoint.build(), decoder, height=_HEIGHT, name=name)


def _times(networks: dict[str, Estimator], pictures: Sequence[LabelledPicture]) -> dict[str, float]:
    """The median milliseconds of a picture, network and decoding, both networks in turn."""
    spent: dict[str, list[float]] = {name: [] for name in networks}
    for picture in (*pictures[:1], *list(pictures) * _ROUNDS):
        for name, network in networks.items():
            spent[name].append(sum(network(picture.pixels).timings_ms.values()))
    return {name: statistics.median(each[1:]) for name, each in spent.items()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.boxes_beside_fields", description=__doc__)
    parser.add_argument(
        "shard", type=Path, metavar="SHARD", help="of pictures with keypoints, such as train-coco-0.tar"
    )
    parser.add_argument("--run", type=Path, required=True, metavar="DIR", help="for the pictures and checkpoints")
    parser.add_argument("--pictures", type=int, default=8, help="that are learned (%(default)s)")
    parser.add_argument("--steps", type=int, default=400, help="of 12 crops (%(default)s)")
    parser.add_argument("--check", type=Path, nargs="+", default=[], metavar="SHARD", help="measure on these too")
    return parser


if __name__ == "__main__":
    main()
