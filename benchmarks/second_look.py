"""Fits the evidence of a second look: `python -m benchmarks.second_look [--model DIR] [--confirm SET ...]`.

Run it after each change of the network, its grouping or its joining, as `benchmarks.refit` does. It reads the pictures
with heads of `benchmarks.tuning`. It prints `second_look` for the model's `pose.json`, and what each bar and one look
alone find.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from tqdm import tqdm

import pose
from benchmarks.folders import folder
from benchmarks.joining import counted_heads, scores
from benchmarks.logistic import logistic
from benchmarks.tuning import KINDS, audited, tuning
from pose.data.shards import LabelledPicture, read_shard
from pose.estimation.estimator import Estimator
from pose.estimation.joining import Joining
from pose.estimation.model import SHIPPED
from pose.estimation.second_look import SecondLook, judged
from pose.estimation.views import Twice, look_twice
from pose.measuring.measures import head_measure
from pose.skeleton import Person

# Who is looked at again, as chosen in docs/measured/grouping.md; only the evidence is fitted here.
UNFITTED: Final = SecondLook(
    candidate=0.02, sure=0.97, small=48.0, tiny=12.0, side=8.0,
    constant=0.0, skeleton=0.0, head=0.0, skeleton_again=0.0, head_again=0.0, person=0.3,
)  # fmt: skip
BARS: Final = (0.3, 0.4, 0.5, 0.6, 0.7)
SQUARES: Final = 8  # as many as the service looks at by default


@dataclass(frozen=True, slots=True, eq=False)
class SeenTwice:
    """Labelled pictures, and both looks at each."""

    pictures: Sequence[LabelledPicture]
    twice: Sequence[Twice]


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
    joining = estimator.model.joining
    if joining is None:
        parser.error(f"--model: expected one that joins heads, got {options.model}")
    sets = tuning(pictures)
    seen = {name: see_twice(estimator, joining, sets[name], name) for names in KINDS.values() for name in names}
    second = fit(seen)
    print(json.dumps({"second_look": asdict(second)}))
    for name in options.confirm:
        labelled = audited(read_shard(pictures / f"{name}.tar"))
        seen[name] = see_twice(estimator, joining, labelled, name)
    print(f"| found %, ghosts per 100 pictures, squares a picture | {' | '.join(seen)} |\n|---{'|---' * len(seen)}|")
    print(f"| one look | {' | '.join(_once(each, joining) for each in seen.values())} |")
    for bar in BARS:
        at_bar = replace(second, person=bar)
        print(f"| two looks, {bar:g} | {' | '.join(_judged(each, at_bar, joining) for each in seen.values())} |")


def see_twice(estimator: Estimator, joining: Joining, pictures: Sequence[LabelledPicture], name: str) -> SeenTwice:
    """Take both looks at all pictures."""
    model = replace(estimator.model, joining=replace(joining, person=UNFITTED.candidate))
    lenient = Estimator(model, estimator.runtime, estimator.height)
    twice = [look_twice(lenient, UNFITTED, p.pixels, SQUARES) for p in tqdm(pictures, desc=name, unit="picture")]
    return SeenTwice(pictures, twice)


def fit(seen: Mapping[str, SeenTwice]) -> SecondLook:
    """The logistic regression of labelled heads on the scores of both looks; cameras' kinds have equal weight."""
    tables = [np.array([row for name in names for row in _rows(seen[name])], float) for names in KINDS.values()]
    weights = np.concatenate([np.full(len(table), 1 / max(table[:, -1].sum(), 1)) for table in tables])
    rows = np.concatenate(tables)
    design = np.column_stack([np.ones(len(rows)), rows[:, :-1]])
    fitted = logistic(design, rows[:, -1], weights * len(rows) / weights.sum()).round(2).tolist()
    names = ("constant", "skeleton", "head", "skeleton_again", "head_again")
    return replace(UNFITTED, **dict(zip(names, fitted, strict=True)))


def _rows(seen: SeenTwice) -> Iterator[tuple[float, float, float, float, bool]]:
    """Of the people looked at again: both scores of both looks, and whether the head has a label."""
    for picture, twice in zip(seen.pictures, seen.twice, strict=True):
        for place, right in counted_heads(picture, twice.first.people):
            if place in twice.again:
                again = twice.again[place]
                yield *scores(twice.first.people[place]), *(scores(again) if again else (0.0, 0.0)), right


def _once(seen: SeenTwice, joining: Joining) -> str:
    least = joining.person
    people = [[p for p in t.first.people if p.evidence is None or p.evidence >= least] for t in seen.twice]
    return _cell(seen, people)


def _judged(seen: SeenTwice, second: SecondLook, joining: Joining) -> str:
    people = [[p for part in judged(t.first.people, t.again, second, joining.person) for p in part] for t in seen.twice]
    squares = np.mean([twice.squares for twice in seen.twice])
    return f"{_cell(seen, people)}, {squares:.1f}"


def _cell(seen: SeenTwice, people: Sequence[Sequence[Person]]) -> str:
    figures = head_measure(seen.pictures, people)(np.arange(len(seen.pictures)))
    return f"{figures['heads_found']:.1f}, {figures['ghosts_per_100']:.1f}"


if __name__ == "__main__":
    main()
