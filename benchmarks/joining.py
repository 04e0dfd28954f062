"""Fits anew how sure skeletons and heads make of people: `python -m benchmarks.joining [--model DIR]`.

To be run after each change of the network or its grouping. Reads tune-cctv, tune-site and, of the training shards,
every eighth picture of plant cameras and of Hard Hat Workers whose heads are all labelled, from PICTURES_DIR. Prints
`joining` for the model's `pose.json` and what each bar finds beside skeletons alone.

Heads that nobody labelled count as wrong, but for those of tune-site that `benchmarks.unlabelled` lists.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

import pose
from benchmarks.folders import folder
from benchmarks.logistic import logistic
from benchmarks.unlabelled import LIST
from pose.estimator import Estimator
from pose.head_frames import fit_head
from pose.joining import Joining
from pose.measures import head_measure, pair_heads
from pose.model import SHIPPED
from pose.shards import LabelledPicture, read_shard
from pose.skeleton import Person, posed

# Peaks below this are noise: of 67 labelled heads that no skeleton of `lightweight_fine` found, one has a lower one.
LEAST_PEAK: Final = 0.1
EVERYBODY: Final = Joining(peak=LEAST_PEAK, constant=0.0, skeleton=0.0, head=0.0, person=0.0)
SCORES: Final = (0.15, 0.2, 0.3)  # bars of skeletons alone, for comparison
BARS: Final = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
PERSON: Final = 0.3  # the bar: see docs/grouping.md
KINDS: Final = {"plant cameras": ("tune-cctv", "train-cctv"), "sites": ("tune-site", "train-site")}

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Labelled pictures and everybody who may be in each, whatever the evidence."""

    pictures: Sequence[LabelledPicture]
    everybody: Sequence[Sequence[Person]]


def main() -> None:
    """Print the coefficients and a Markdown table, a row a bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=SHIPPED, metavar="DIR", help="folder with pose.json")
    parser.add_argument("--confirm", nargs="*", default=[], metavar="SET", help="further shards that are only measured")
    options = parser.parse_args()
    pictures = folder("PICTURES_DIR")
    if pictures is None:
        return
    estimator = pose.load(options.model, threads=2)
    seen = {name: see(estimator, labelled, name) for name, labelled in tuning(pictures).items()}
    joining = fit(seen)
    print(json.dumps({"joining": asdict(joining)}))
    for name in options.confirm:
        seen[name] = see(estimator, audited(read_shard(pictures / f"{name}.tar")), name)
    print(f"| found %, ghosts per 100 pictures | {' | '.join(seen)} |\n|---{'|---' * len(seen)}|")
    for score in SCORES:
        cells = [_cell(one, partial(_alone, score)) for one in seen.values()]
        print(f"| skeletons alone, {score:g} | {' | '.join(cells)} |")
    for bar in BARS:
        cells = [_cell(one, partial(_joined, replace(joining, person=bar))) for one in seen.values()]
        print(f"| joined, {bar:g} | {' | '.join(cells)} |")


def tuning(pictures: Path) -> dict[str, list[LabelledPicture]]:
    """The pictures on which thresholds are chosen, by name."""
    shards = {"train-cctv": ("train-cctv",), "train-site": ("train-0", "train-1")}
    origins = {"train-cctv": "plant", "train-site": "hard-hat-workers"}
    sets = {name: audited(read_shard(pictures / f"{name}.tar")) for name in ("tune-cctv", "tune-site")}
    for name, files in shards.items():
        labelled = (picture for file in files for picture in read_shard(pictures / f"{file}.tar"))
        sets[name] = [
            p for p in labelled if p.labels["heads_complete"] and p.labels["origin"].startswith(origins[name])
        ]
        sets[name] = sets[name][::8]
    return sets


def audited(pictures: Iterator[LabelledPicture]) -> list[LabelledPicture]:
    """The pictures; real heads that nobody labelled count neither way."""
    listed: Mapping[str, list[list[float]]] = json.loads(LIST.read_text())
    return [
        replace(
            picture, labels={**picture.labels, "ignore": [*picture.labels["ignore"], *listed.get(picture.name, [])]}
        )
        for picture in pictures
    ]


def see(estimator: Estimator, pictures: Sequence[LabelledPicture], name: str) -> Seen:
    """Look at all pictures."""
    joined = Estimator(replace(estimator.model, joining=EVERYBODY), estimator.runtime, estimator.height)
    return Seen(pictures, [joined(p.pixels).people for p in tqdm(pictures, desc=name, unit="picture")])


def fit(seen: Mapping[str, Seen]) -> Joining:
    """The logistic regression of heads that are labelled on both scores; both kinds of cameras weigh alike."""
    rows, weights = [], []
    for names in KINDS.values():
        kind = np.array([row for name in names for row in _rows(seen[name])])
        rows.append(kind)
        weights.append(np.full(len(kind), 1 / kind[:, -1].sum()))
    table, weight = np.concatenate(rows), np.concatenate(weights)
    design = np.column_stack([np.ones(len(table)), table[:, :-1]])
    constant, skeleton, head = logistic(design, table[:, -1], weight * len(table) / weight.sum()).round(2).tolist()
    return Joining(LEAST_PEAK, constant, skeleton, head, PERSON)


def _rows(seen: Seen) -> Iterator[tuple[float, float, bool]]:
    """The score of the skeleton, that of the peak, and whether the head is a labelled one."""
    for picture, people in zip(seen.pictures, seen.everybody, strict=True):
        for place, right in told_apart(picture, people):
            yield *scores(people[place]), right


def told_apart(picture: LabelledPicture, people: Sequence[Person]) -> Iterator[tuple[int, bool]]:
    """The places of people whose heads count, and whether each is a labelled one."""
    heads = [(place, head) for place, person in enumerate(people) if (head := fit_head(person))]
    centres = np.array([(head.x, head.y) for _, head in heads]).reshape(-1, 2)
    pairing = pair_heads(centres, picture.heads, picture.ignore)
    for found, right in ((pairing.pairs[:, 0], True), (pairing.ghosts, False)):
        for index in found.tolist():
            yield heads[index][0], right


def scores(person: Person) -> tuple[float, float]:
    """The scores of the skeleton and of the peak, 0 for what is not there."""
    return person.score if person.seen.any() else 0.0, person.head.score if person.head else 0.0


def _alone(score: float, people: Sequence[Person]) -> list[Person]:
    """The skeletons of at least this score."""
    return [replace(person, head=None, evidence=None) for person in posed(people) if person.score >= score]


def _joined(joining: Joining, people: Sequence[Person]) -> list[Person]:
    """What `join` makes of them."""
    judged = [p if p.evidence is None else replace(p, evidence=joining.evidence(*scores(p))) for p in people]
    return [person for person in judged if person.evidence is None or person.evidence >= joining.person]


def _cell(seen: Seen, chosen: Callable[[Sequence[Person]], Sequence[Person]]) -> str:
    figures = head_measure(seen.pictures, [chosen(people) for people in seen.everybody])(np.arange(len(seen.pictures)))
    return f"{figures['heads_found']:.1f}, {figures['ghosts_per_100']:.1f}"


if __name__ == "__main__":
    main()
