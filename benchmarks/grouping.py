"""The choice of the grouping thresholds: heads, ghosts and AP for a list of them, on training pictures alone.

`python -m benchmarks.grouping` reads tune-site.tar and train-*.tar from PICTURES_DIR: all of the first, every eighth
site picture whose heads are all labelled and all COCO pictures of the others. Prints the table of docs/grouping.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

import pose
from benchmarks.folders import folder
from pose.decode import Grouping
from pose.estimator import Estimator
from pose.measures import head_measure, intervals, keypoint_measure
from pose.model import SHIPPED
from pose.preprocess import place, prepare
from pose.runtimes import Runtime
from pose.shards import LabelledPicture, read_shard

# The grouping of the first network, and steps away from it one or two at a time.
FIRST: Final = Grouping(
    smoothing=0.7, peak=0.08, limb=0.05, limb_share=0.8, keypoints=3, headless_keypoints=5, person=0.2
)
CANDIDATES: Final = (
    FIRST,
    replace(FIRST, person=0.15),
    replace(FIRST, person=0.175),
    replace(FIRST, person=0.225),
    replace(FIRST, person=0.25),
    replace(FIRST, peak=0.06),
    replace(FIRST, peak=0.06, person=0.15),
    replace(FIRST, peak=0.06, person=0.175),
    replace(FIRST, peak=0.06, person=0.225),
    replace(FIRST, peak=0.04, person=0.175),
    replace(FIRST, peak=0.1, person=0.175),
    replace(FIRST, smoothing=0.4, peak=0.06),
    replace(FIRST, smoothing=1.0, peak=0.06, person=0.175),
    replace(FIRST, peak=0.06, limb=0.03, person=0.175),
    replace(FIRST, peak=0.06, limb=0.1, person=0.175),
    replace(FIRST, peak=0.06, limb_share=0.7, person=0.175),
    replace(FIRST, peak=0.06, keypoints=4, person=0.175),
    replace(FIRST, peak=0.06, headless_keypoints=8, person=0.175),
    replace(FIRST, peak=0.06, headless_keypoints=8, person=0.15),
    replace(FIRST, peak=0.06, headless_keypoints=8, keypoints=4, person=0.15),
    replace(FIRST, peak=0.06, headless_keypoints=8, keypoints=4, limb=0.03, person=0.15),
    replace(FIRST, peak=0.06, headless_keypoints=10, keypoints=4, person=0.14),
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A runtime that answers what it answered before, so that each grouping sees the same fields."""

    fields: Iterator[NDArray[np.float32]]
    precision: str = "f32"

    def run(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The next picture's fields; `batch` is not looked at again."""
        del batch
        return next(self.fields)


def main() -> None:
    """Print a Markdown table, a row a grouping."""
    pictures = folder("PICTURES_DIR")
    if pictures is None:
        return
    estimator = pose.load(SHIPPED, precision="bf16", threads=2)
    sets = {"tune-site": list(read_shard(pictures / "tune-site.tar"))}
    sets["train, sites"], sets["train, COCO"] = _training_part(pictures)
    fields = {name: _run(estimator, labelled, name) for name, labelled in sets.items()}
    print(f"| grouping | {' | '.join(f'{name} ({len(labelled)} pictures)' for name, labelled in sets.items())} |")
    print("|---|---|---|---|")
    for grouping in CANDIDATES:
        cells = [_figures(estimator, grouping, sets[name], fields[name]) for name in sets]
        print(f"| {_differences(grouping)} | {' | '.join(cells)} |", flush=True)


def _training_part(pictures: Path) -> tuple[list[LabelledPicture], list[LabelledPicture]]:
    labelled = [p for shard in sorted(pictures.glob("train-*.tar")) for p in read_shard(shard)]
    site = [p for p in labelled if p.labels["heads_complete"] and p.labels["origin"].startswith("hard-hat-workers")]
    coco = [p for p in labelled if p.labels["origin"].startswith("coco")]
    return site[::8], coco


def _run(estimator: Estimator, labelled: Sequence[LabelledPicture], name: str) -> list[NDArray[np.float16]]:
    """Each picture's fields; as float16, because they must all be held at once."""
    answers = []
    for picture in tqdm(labelled, unit="picture", desc=name, leave=False):
        placement = place(picture.pixels.shape[1], picture.pixels.shape[0], estimator.height)
        answers.append(estimator.runtime.run(prepare(picture.pixels, placement)[None]).astype(np.float16))
    return answers


def _figures(
    estimator: Estimator,
    grouping: Grouping,
    labelled: Sequence[LabelledPicture],
    fields: Sequence[NDArray[np.float16]],
) -> str:
    runtime: Runtime = Recorded(f.astype(np.float32) for f in fields)
    regrouped = Estimator(replace(estimator.model, grouping=grouping), runtime, estimator.height)
    people = [regrouped(picture.pixels).people for picture in labelled]
    if any(len(picture.heads) for picture in labelled):
        return _head_cell(labelled, people)
    scores = keypoint_measure(labelled, people)(np.arange(len(labelled)))
    return f"AP {scores['AP']:.1f}, AP50 {scores['AP50']:.1f}, AR {scores['AR']:.1f}"


def _head_cell(labelled: Sequence[LabelledPicture], people: Sequence[Sequence[pose.Person]]) -> str:
    measure = head_measure(labelled, people)
    figures, bounds = measure(np.arange(len(labelled))), intervals(measure, len(labelled))
    found, ghosts = (
        "{:.1f} [{:.1f}, {:.1f}]".format(figures[n], *bounds[n]) for n in ("heads_found", "ghosts_per_100")
    )
    return f"heads found % {found}, ghosts per 100 pictures {ghosts}, headless {figures['headless_per_100']:.0f}"


def _differences(grouping: Grouping) -> str:
    changed = [
        f"{name} {getattr(grouping, name)}"
        for name in Grouping.__slots__
        if getattr(grouping, name) != getattr(FIRST, name)
    ]
    return ", ".join(changed) or "as the first network's"


if __name__ == "__main__":
    main()
