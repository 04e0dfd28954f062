"""How often verdicts are right on site pictures: the default matcher beside the older rule, on the same skeletons.

`python -m benchmarks.verdicts [--shard NAME...]` reads NAME.tar from PICTURES_DIR. The hats of a picture are its boxes
labelled `helmet`: as labelled (whole heads) and as shells (their upper 55 %). Intervals: 95 % bootstrap over pictures.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from tqdm import tqdm

import pose
from benchmarks.folders import folder
from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.judge import Judgement, judge
from helmet_service.verdicts.legacy_rule import legacy_judgement
from pose import Estimate
from pose.measures import MIN_LABEL_PX, bootstrap_interval, pair_heads
from pose.model import SHIPPED
from pose.shards import LabelledPicture, read_shard

SHELL: Final = 0.55  # of a whole head's box

Matcher = Callable[[LabelledPicture, Estimate, Sequence[Hat]], Judgement]


@dataclass(frozen=True, slots=True)
class Counts:
    """What one picture adds to the measures."""

    labels: int
    found: int
    right: int
    unknown: int
    bare: int
    bare_caught: int
    alarms: int
    stray_alarms: int


# name: numerator, denominator (None: pictures, and the figure is a hundred of them)
MEASURES: Final[dict[str, tuple[str, str | None]]] = {
    "heads found %": ("found", "labels"),
    "right of found %": ("right", "found"),
    "unknown of found %": ("unknown", "found"),
    "bare heads caught % of all": ("bare_caught", "bare"),
    "alarm precision %": ("bare_caught", "alarms"),
    "stray alarms per 100 pictures": ("stray_alarms", None),
}


def main() -> None:
    """Print a Markdown table a shard."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shard", nargs="+", default=["tune-site", "dev-site"])
    options = parser.parse_args()
    pictures = folder("PICTURES_DIR")
    if pictures is None:
        return
    estimator = pose.load(SHIPPED, threads=2)
    for shard in options.shard:
        labelled = list(read_shard(pictures / f"{shard}.tar"))
        seen = [(p, estimator(p.pixels)) for p in tqdm(labelled, unit="picture", leave=False)]
        print(f"\n| {shard}, {len(seen)} pictures | {' | '.join(MEASURES)} |")
        print("|---" * (len(MEASURES) + 1) + "|")
        for matcher, (name, share) in (
            (m, boxes) for boxes in (("whole heads", 1.0), ("shells", SHELL)) for m in (by_assignment, by_legacy)
        ):
            counts = [count(picture, matcher(picture, found, hats(picture, share))) for picture, found in seen]
            print(f"| {matcher.__name__.removeprefix('by_')}, {name} | {' | '.join(figures(counts))} |", flush=True)


def by_assignment(picture: LabelledPicture, found: Estimate, hats: Sequence[Hat]) -> Judgement:
    """The default matcher."""
    height, width = picture.pixels.shape[:2]
    return judge(found.people, hats, width=width, height=height, scale=found.scale)


def by_legacy(picture: LabelledPicture, found: Estimate, hats: Sequence[Hat]) -> Judgement:
    """The older rule."""
    height, width = picture.pixels.shape[:2]
    return legacy_judgement(found.people, hats, width=width, height=height)


def hats(picture: LabelledPicture, share: float) -> list[Hat]:
    """The boxes labelled `helmet`, of which this share of the height is kept from the top."""
    boxes = picture.heads[picture.helmeted]
    return [Hat(Box(x, y, width, share * height), None, i) for i, (x, y, width, height) in enumerate(boxes.tolist())]


def count(picture: LabelledPicture, judgement: Judgement) -> Counts:
    """Compare one picture's verdicts with its labels."""
    judged = [verdict for verdict in judgement.people if verdict.head is not None]
    centres = np.array([(v.head.x, v.head.y) for v in judged if v.head], float).reshape(-1, 2)
    pairing = pair_heads(centres, picture.heads, picture.ignore)
    pairs = [(judged[head].status, bool(picture.helmeted[label])) for head, label in pairing.pairs.tolist()]
    ghosts = [judged[head] for head in pairing.ghosts.tolist()]
    return Counts(
        labels=len(pairing.labels),
        found=len(pairs),
        right=sum(status == ("helmet" if helmeted else "no_helmet") for status, helmeted in pairs),
        unknown=sum(status == "unknown" for status, _ in pairs),
        bare=int((~picture.helmeted[pairing.labels]).sum()),
        bare_caught=sum(status == "no_helmet" and not helmeted for status, helmeted in pairs),
        alarms=sum(status == "no_helmet" for status, _ in pairs),
        stray_alarms=sum(
            v.status == "no_helmet" and v.head is not None and v.head.size >= MIN_LABEL_PX for v in ghosts
        ),
    )


def figures(counts: Sequence[Counts]) -> list[str]:
    """Each measure with its interval."""
    cells = []
    for above, below in MEASURES.values():
        values = np.array([(getattr(c, above), getattr(c, below) if below else 1) for c in counts], float)
        sums = values.sum(axis=0)
        low, high = bootstrap_interval(
            lambda drawn, v=values: float(100 * np.divide(*v[drawn].sum(axis=0))), len(counts)
        )
        cells.append(f"{100 * sums[0] / sums[1]:.1f} [{low:.1f}, {high:.1f}]")
    return cells


if __name__ == "__main__":
    main()
