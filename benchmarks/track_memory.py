"""Whether ids suffer where the watch remembers people for longer: `python -m benchmarks.track_memory`.

It reads dev-coco.tar from PICTURES_DIR. On the moving pictures of `benchmarks.tracking`, at the rates of cameras, a
Markdown table has how often somebody gets another id than in the frame before that showed him, by the tracker's own
rules and by those of the watch (`tracking_at`).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Final

from benchmarks.folders import folder
from benchmarks.paths import Moment, scene, skeletons
from benchmarks.tracking import DEV, SEEDS, followed
from helmet_service.verdicts.watching import TRACKING
from helmet_service.watch.judging import tracking_at
from pose.tracking import TrackingRules

RATES: Final = (0.5, 1.0)  # judged frames a second; from 2 on, both rules are the same


def main() -> None:
    """Print the table."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    pictures = folder("PICTURES_DIR")
    if pictures is None:
        return
    shapes = skeletons(pictures / DEV)
    print("| frames a second | remembered s | sightings | other ids |\n|---|---|---|---|")
    for rate in RATES:
        minutes = [list(scene(shapes, rate, seed)) for seed in SEEDS]
        for rules in (TRACKING, tracking_at(rate)):
            counts = [_other_ids(rules, moments) for moments in minutes]
            sightings, others = (sum(each) for each in zip(*counts, strict=True))
            print(f"| {rate:g} | {rules.gap_s:g} | {sightings} | {others} |", flush=True)


def _other_ids(rules: TrackingRules, moments: Sequence[Moment]) -> tuple[int, int]:
    """How often somebody was found, and how often with another id than the last time."""
    last: dict[int, int] = {}
    sightings = others = 0
    for moment, tracked in zip(moments, followed(rules, moments), strict=True):
        for each, own in zip(moment.seen, tracked, strict=True):
            if each.owner >= 0:
                sightings += 1
                others += last.get(each.owner, own.track) != own.track
                last[each.owner] = own.track
    return sightings, others


if __name__ == "__main__":
    main()
