"""How well people are found: heads and ghosts on site pictures, keypoint AP on everyday ones.

`python -m benchmarks.accuracy [--shard NAME...]` reads NAME.tar from PICTURES_DIR and, where PEERS_DIR is set, measures
the peer network beside the shipped model in the same run. Heads are those that the service would judge.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

import pose
from benchmarks.folders import folder
from helmet_service.verdicts.head_frames import own_heads
from helmet_service.verdicts.judge import Rules
from pose.estimator import Estimator
from pose.measures import bootstrap_interval, keypoint_ap, pair_heads
from pose.model import SHIPPED, read_model, verify
from pose.runtimes import open_runtime
from pose.shards import LabelledPicture, read_shard

PEER: Final = Path(__file__).resolve().parent / "peers" / "hpe0001-int8.json"

Drawn = NDArray[np.intp]


def main() -> None:
    """Print one line a network and shard."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shard", nargs="+", default=["tune-site", "dev-site", "dev-coco"])
    parser.add_argument("--height", type=int, default=384)
    parser.add_argument("--precision", default="auto")
    options = parser.parse_args()
    pictures = folder("PICTURES_DIR")
    if pictures is None:
        return
    estimators = [pose.load(SHIPPED, precision=options.precision, threads=2, height=options.height)]
    peers = folder("PEERS_DIR")
    if peers is not None:
        estimators.append(load_peer(peers, options.height))
    for shard in options.shard:
        labelled = list(read_shard(pictures / f"{shard}.tar"))
        for estimator in estimators:
            name = f"{estimator.model.name} {estimator.model.version} in {estimator.runtime.precision}"
            print(f"{shard} ({len(labelled)} pictures), {name}: {report(estimator, labelled)}", flush=True)


def load_peer(peers: Path, height: int) -> Estimator:
    """The peer network, run by our own code with its own layout of fields."""
    described = read_model(PEER)
    model = replace(described, network=peers / PEER.stem / described.network.name)
    verify(model)
    runtime = open_runtime("openvino", model.network, model.fields, precision="f32", threads=2)
    return Estimator(model, runtime, height)


def report(estimator: Estimator, labelled: Sequence[LabelledPicture]) -> str:
    """One line of figures for a network on the pictures of one shard."""
    estimates = [estimator(p.pixels) for p in tqdm(labelled, unit="picture", leave=False)]
    people = [estimate.people for estimate in estimates]
    network = statistics.median(estimate.timings_ms["network"] for estimate in estimates)
    figures = [f"network {network:.0f} ms"]
    if any(len(picture.heads) for picture in labelled):
        figures.insert(0, head_figures(labelled, people))
    if any(person["source"] == "human" for picture in labelled for person in picture.labels["people"]):
        scores = keypoint_ap(labelled, people)
        figures.insert(0, ", ".join(f"{name} {value:.1f}" for name, value in scores.items()))
    return "; ".join(figures)


def head_figures(labelled: Sequence[LabelledPicture], people: Sequence[Sequence[pose.Person]]) -> str:
    """Share of labelled heads found; ghosts and people without a head a hundred pictures; intervals over pictures."""
    counts = np.array([_count(picture, found) for picture, found in zip(labelled, people, strict=True)], float)
    found, labels, ghosts, headless = counts.T
    figures: dict[str, Callable[[Drawn], float]] = {
        "heads found %": lambda drawn: 100 * found[drawn].sum() / labels[drawn].sum(),
        "ghosts per 100 pictures": lambda drawn: 100 * ghosts[drawn].mean(),
    }
    parts = []
    for name, figure in figures.items():
        low, high = bootstrap_interval(figure, len(counts))
        parts.append(f"{name} {figure(np.arange(len(counts))):.1f} [{low:.1f}, {high:.1f}]")
    return ", ".join([*parts, f"headless {100 * headless.mean():.0f}"])


def _count(picture: LabelledPicture, people: Sequence[pose.Person]) -> tuple[int, int, int, int]:
    heads = [head for head in own_heads(people, Rules().same_head) if head is not None]
    centres = np.array([(head.x, head.y) for head in heads], float).reshape(-1, 2)
    pairing = pair_heads(centres, picture.heads, picture.ignore)
    return len(pairing.pairs), len(pairing.labels), len(pairing.ghosts), len(people) - len(heads)


if __name__ == "__main__":
    main()
