"""Fits the evidence of people from skeletons and heads: `python -m benchmarks.joining [--model DIR]`.

Run it after each change of the network or its grouping, as `benchmarks.refit` does. It reads the pictures with heads of
`benchmarks.tuning` from PICTURES_DIR. It prints `joining` for the model's `pose.json`, and what each bar and skeletons
alone find. Heads without a label count as wrong, except those that `benchmarks.unlabelled` lists.
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
from benchmarks.tuning import KINDS, PLANT, audited, tuning
from pose.data.shards import LabelledPicture, read_shard
from pose.estimation.estimator import Estimator
from pose.estimation.head_frames import fit_head
from pose.estimation.joining import Joining
from pose.estimation.model import SHIPPED
from pose.measuring.measures import head_measure, pair_heads
from pose.skeleton import Person, posed

# Peaks below this are noise: of 67 labelled heads that no skeleton of `lightweight_fine` found, one has a lower one.
LEAST_PEAK: Final = 0.05
EVERYBODY: Final = Joining(peak=LEAST_PEAK, constant=0.0, skeleton=0.0, head=0.0, person=0.0)
SCORES: Final = (0.15, 0.2, 0.3)  # bars of skeletons alone, for comparison
BARS: Final = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
_CURVE: Final = (*BARS, 0.9, 0.95, 0.98)
MOST_GHOSTS: Final = 10.0  # in 100 pictures of plant cameras

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Labelled pictures, and all candidates for people in each, whatever their evidence."""

    pictures: Sequence[LabelledPicture]
    everybody: Sequence[Sequence[Person]]


def main() -> None:
    """Print the coefficients and a Markdown table with a row for each bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=SHIPPED, metavar="DIR", help="folder with pose.json")
    parser.add_argument("--confirm", nargs="*", default=[], metavar="SET", help="further shards that are only measured")
    options = parser.parse_args()
    pictures = folder("PICTURES_DIR")
    if pictures is None:
        return
    estimator = pose.load(options.model, threads=2)
    labelled = tuning(pictures)
    seen = {name: see(estimator, labelled[name], name) for names in KINDS.values() for name in names}
    joining = fit(seen)
    print(json.dumps({"joining": asdict(joining)}))
    for name in options.confirm:
        seen[name] = see(estimator, audited(read_shard(pictures / f"{name}.tar")), name)
    print(f"| found %, ghosts per 100 pictures | {' | '.join(seen)} |\n|---{'|---' * len(seen)}|")
    for score in SCORES:
        cells = [_cell(one, partial(_alone, score)) for one in seen.values()]
        print(f"| skeletons alone, {score:g} | {' | '.join(cells)} |")
    for bar in BARS:
        cells = [_cell(one, partial(_joined, at_bar(joining, bar))) for one in seen.values()]
        print(f"| joined, {bar:g} | {' | '.join(cells)} |")


def see(estimator: Estimator, pictures: Sequence[LabelledPicture], name: str | None = None) -> Seen:
    """Look at all pictures; with a name it shows progress."""
    joined = Estimator(replace(estimator.model, joining=EVERYBODY), estimator.runtime, estimator.height)
    shown = tqdm(pictures, desc=name, unit="picture", disable=name is None)
    return Seen(pictures, [joined(picture.pixels).people for picture in shown])


def fit(seen: Mapping[str, Seen]) -> Joining:
    """The regression of `coefficients`, with the lowest of `BARS` that admits at most `MOST_GHOSTS`.

    Ghosts are those of `PLANT`, in 100 pictures. The verdict's own confidences keep weak heads from alarming, so the
    bar is rather low than high. Where each lets in more, it is the highest.
    """
    joining = coefficients(seen)
    least = (bar for bar in BARS if found_and_ghosts(seen[PLANT], at_bar(joining, bar))[1] <= MOST_GHOSTS)
    return at_bar(joining, next(least, BARS[-1]))


def coefficients(seen: Mapping[str, Seen]) -> Joining:
    """The logistic regression of heads that are labelled on both scores, with a bar of 0; kinds of cameras weigh alike.

    seen: the sets of `KINDS`, or some of each.
    """
    rows, weights = [], []
    for names in KINDS.values():
        kind = np.array([row for name in names if name in seen for row in _rows(seen[name])])
        rows.append(kind)
        weights.append(np.full(len(kind), 1 / kind[:, -1].sum()))
    table, weight = np.concatenate(rows), np.concatenate(weights)
    design = np.column_stack([np.ones(len(table)), table[:, :-1]])
    constant, skeleton, head = logistic(design, table[:, -1], weight * len(table) / weight.sum()).round(2).tolist()
    return Joining(LEAST_PEAK, constant, skeleton, head, 0.0)


def at_bar(joining: Joining, bar: float) -> Joining:
    """The joining with this bar instead of its own."""
    return replace(joining, person=bar)


def found_and_ghosts(seen: Seen, joining: Joining) -> tuple[float, float]:
    """Heads found, 0..100, and ghosts in 100 pictures, of the people that this joining admits."""
    return _figures(seen, partial(_joined, joining))


def found_below(seen: Seen, joining: Joining, most: float) -> float:
    """The mean share of heads found, 0..100, over ghosts in 100 pictures from 0 to `most`, whatever the bar."""
    curve = [found_and_ghosts(seen, at_bar(joining, bar)) for bar in sorted(_CURVE, reverse=True)]
    found, ghosts = np.maximum.accumulate(np.array(curve), axis=0).T
    return float(np.interp(np.linspace(0, most, 101), ghosts, found).mean())


def _rows(seen: Seen) -> Iterator[tuple[float, float, bool]]:
    """Of each head that counts: the skeleton's score, the peak's score, and whether it has a label."""
    for picture, people in zip(seen.pictures, seen.everybody, strict=True):
        for place, right in counted_heads(picture, people):
            yield *scores(people[place]), right


def counted_heads(picture: LabelledPicture, people: Sequence[Person]) -> Iterator[tuple[int, bool]]:
    """The indices of the people whose heads count, and whether each head has a label."""
    heads = [(place, head) for place, person in enumerate(people) if (head := fit_head(person))]
    centres = np.array([(head.x, head.y) for _, head in heads]).reshape(-1, 2)
    pairing = pair_heads(centres, picture.heads, picture.ignore)
    for found, right in ((pairing.pairs[:, 0], True), (pairing.ghosts, False)):
        for index in found.tolist():
            yield heads[index][0], right


def scores(person: Person) -> tuple[float, float]:
    """The scores of the skeleton and of the peak; 0 for a missing one."""
    return person.score if person.seen.any() else 0.0, person.head.score if person.head else 0.0


def _alone(score: float, people: Sequence[Person]) -> list[Person]:
    """The skeletons of at least this score."""
    return [replace(person, head=None, evidence=None) for person in posed(people) if person.score >= score]


def _joined(joining: Joining, people: Sequence[Person]) -> list[Person]:
    """The people that `join` admits."""
    judged = [p if p.evidence is None else replace(p, evidence=joining.evidence(*scores(p))) for p in people]
    return [person for person in judged if person.evidence is None or person.evidence >= joining.person]


def _figures(seen: Seen, chosen: Callable[[Sequence[Person]], Sequence[Person]]) -> tuple[float, float]:
    """Heads found, 0..100, and ghosts in 100 pictures."""
    figures = head_measure(seen.pictures, [chosen(people) for people in seen.everybody])(np.arange(len(seen.pictures)))
    return figures["heads_found"], figures["ghosts_per_100"]


def _cell(seen: Seen, chosen: Callable[[Sequence[Person]], Sequence[Person]]) -> str:
    return "{:.1f}, {:.1f}".format(*_figures(seen, chosen))


if __name__ == "__main__":
    main()
