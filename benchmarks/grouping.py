"""Chooses the grouping thresholds: `python -m benchmarks.grouping [--model DIR]`.

It reads tune-cctv, tune-site and COCO pictures of the training part (`benchmarks.tuning`) from PICTURES_DIR. It prints
`grouping` for the model's `pose.json` and the table of docs/measured/grouping.md, with a row for each grouping tried.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
from tqdm import tqdm

import pose
from benchmarks.folders import folder
from benchmarks.joining import MOST_GHOSTS, coefficients, found_below, see
from benchmarks.remembered import remembering
from benchmarks.tuning import COCO, PLANT, SITE, tuning
from pose.data.shards import LabelledPicture
from pose.estimation.decode import Grouping
from pose.estimation.estimator import Estimator
from pose.estimation.model import SHIPPED
from pose.measuring.measures import keypoint_measure

# The values to try for each threshold. The fewest keypoints of people without a head are left out, because neither of
# the two measures counts such people.
STEPS: Final[Mapping[str, Sequence[Any]]] = {
    "person": (0.05, 0.08, 0.11, 0.15, 0.2),
    "peak": (0.03, 0.04, 0.05, 0.06, 0.08),
    "keypoints": (3, 4, 5),
    "limb": (0.03, 0.05, 0.08),
    "limb_share": (0.7, 0.8, 0.9),
    "smoothing": (0.4, 0.7, 1.0),
}
AP_LOSS: Final = 0.5  # AP that more heads may cost


@dataclass(frozen=True, slots=True)
class Score:
    """The score of a grouping.

    plant, site: heads found, 0..100, in the mean over 0 to `MOST_GHOSTS` ghosts in 100 pictures of tune-cctv and
    tune-site, joined with the network's own heads. ap: COCO keypoint AP of the skeletons alone, 0..100.
    """

    plant: float
    site: float
    ap: float

    @property
    def found(self) -> float:
        """Heads found, 0..100: the mean of both kinds of cameras."""
        return (self.plant + self.site) / 2


def main() -> None:
    """Print the choice and a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=SHIPPED, metavar="DIR", help="folder with pose.json")
    options = parser.parse_args()
    pictures = folder("PICTURES_DIR")
    if pictures is None:
        return
    with TemporaryDirectory() as fields:
        tried = fit(remembering(pose.load(options.model, threads=2), Path(fields)), tuning(pictures))
    print(json.dumps({"grouping": asdict(best(tried))}))
    print(table(tried))


def fit(estimator: Estimator, pictures: Mapping[str, Sequence[LabelledPicture]]) -> dict[Grouping, Score]:
    """Every grouping tried, the model's own first; `best` chooses among them. pictures: those of `tuning`."""
    decoder = estimator.model.field_decoder
    with tqdm(unit="grouping") as progress:

        def score(grouping: Grouping) -> Score:
            progress.update()
            model = replace(estimator.model, decoder=replace(decoder, grouping=grouping))
            return _score(Estimator(model, estimator.runtime, estimator.height), pictures)

        return search(decoder.grouping, score)


def search(start: Grouping, score: Callable[[Grouping], Score]) -> dict[Grouping, Score]:
    """Change one threshold at a time to the best of its `STEPS`, until no change improves the score."""
    tried = {start: score(start)}
    while True:
        before = len(tried)
        for name, values in STEPS.items():
            at = best(tried)
            for grouping in (replace(at, **{name: value}) for value in values):
                if grouping not in tried:
                    tried[grouping] = score(grouping)
        if len(tried) == before:
            return tried


def best(tried: Mapping[Grouping, Score]) -> Grouping:
    """Of the groupings within `AP_LOSS` of the highest AP, the one that finds most heads; of equals the first."""
    least = max(score.ap for score in tried.values()) - AP_LOSS
    return max((grouping for grouping in tried if tried[grouping].ap >= least), key=lambda each: tried[each].found)


def _score(estimator: Estimator, pictures: Mapping[str, Sequence[LabelledPicture]]) -> Score:
    seen = {name: see(estimator, pictures[name]) for name in (PLANT, SITE)}
    joining = coefficients(seen)
    plant, site = (found_below(one, joining, MOST_GHOSTS) for one in seen.values())
    alone = Estimator(replace(estimator.model, joining=None), estimator.runtime, estimator.height)
    people = [alone(picture.pixels).people for picture in pictures[COCO]]
    return Score(plant, site, keypoint_measure(pictures[COCO], people)(np.arange(len(people)))["AP"])


def table(tried: Mapping[Grouping, Score]) -> str:
    """A Markdown table: each grouping's difference from the first, the model's own, and its score."""
    first = next(iter(tried))
    rows = [
        f"| {_differences(grouping, first)} | {score.plant:.1f} | {score.site:.1f} | {score.ap:.1f} |"
        for grouping, score in tried.items()
    ]
    return "\n".join([f"| grouping | {PLANT} | {SITE} | AP of {COCO} |", "|---|---|---|---|", *rows])


def _differences(grouping: Grouping, first: Grouping) -> str:
    changed = [f"{name} {value}" for name, value in asdict(grouping).items() if value != getattr(first, name)]
    return ", ".join(changed) or "as it was"


if __name__ == "__main__":
    main()
