"""Measures tracking on made-up moving pictures of real skeletons: `python -m benchmarks.tracking [--choose]`.

It reads dev-coco.tar from PICTURES_DIR and prints a Markdown table of identity switches, fragments, MOTA (Bernardin &
Stiefelhagen 2008) and IDF1 (Ristani et al. 2016) at several frame rates, of our tracker and of kept ones. These, and
the measures of all, come from another environment: TRACKERS_PYTHON is its interpreter (requirements-trackers.txt). A
second table has what smoothing does to keypoints.

`--choose` reads train-coco-0.tar instead, and measures our tracker with one threshold changed at a time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks.folders import folder
from benchmarks.paths import Array, Moment, scene, skeletons
from pose.tracking import Tracked, Tracker, TrackingRules
from pose.tracking.shapes import shape_of

RATES: Final = (1, 2, 5, 10, 30)  # frames a second
SEEDS: Final = (0, 1, 2)  # each a minute of ten people; the first one alone for choosing
DEV: Final = "dev-coco.tar"
TRAIN: Final = "train-coco-0.tar"
CHOICES: Final = {
    "speed": (0.7, 1.4),
    "steady_s": (1.0, 4.0),
    "place_noise": (0.015, 0.06),
    "box_noise": (0.15, 0.6),
    "shape_weight": (1.0, 4.0),
    "worst_keypoint": (4.0, 16.0),
    "newcomers": (0.0001, 0.0016),
}
Counts = Mapping[str, Mapping[str, Mapping[str, int]]]
Minute = tuple[int, list[Moment]]  # at a frame rate
Tracks = list[tuple[Tracked, ...]]  # of a minute's frames


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--choose", action="store_true", help="measure changed thresholds on training pictures")
    options = parser.parse_args()
    pictures, python = folder("PICTURES_DIR"), os.environ.get("TRACKERS_PYTHON")
    if python is None:
        print("skipped: TRACKERS_PYTHON is not set, expected the Python of requirements-trackers.txt", file=sys.stderr)
    if pictures is None or python is None:
        return
    shapes = skeletons(pictures / (TRAIN if options.choose else DEV))
    seeds = SEEDS[:1] if options.choose else SEEDS
    minutes = [(rate, list(scene(shapes, rate, seed))) for rate in tqdm(RATES, unit="rate") for seed in seeds]
    rules = changed() if options.choose else {"ours": TrackingRules()}
    tracks = {name: [followed(each, moments) for _, moments in minutes] for name, each in tqdm(rules.items())}
    counts = measured(python, minutes, tracks, others=not options.choose)
    if options.choose:
        print_choices(counts)
    else:
        print_identities(counts)
        print_smoothing(minutes, tracks["ours"])


def changed() -> dict[str, TrackingRules]:
    """Our thresholds as they are, and with one changed, by what is changed."""
    steps = ((name, value) for name, values in CHOICES.items() for value in values)
    as_they_are = TrackingRules()
    return {"as they are": as_they_are} | {
        f"{name} {value:g}": replace(as_they_are, **{name: value}) for name, value in steps
    }


def followed(rules: TrackingRules, moments: Sequence[Moment]) -> Tracks:
    """The people of each frame with their ids."""
    tracker = Tracker(rules)
    return [tracker.step([each.person for each in moment.seen], moment.at_s) for moment in moments]


def measured(python: str, minutes: Sequence[Minute], tracks: Mapping[str, Sequence[Tracks]], *, others: bool) -> Counts:
    """The counts of `other_trackers.py`, by the names of trackers and the rates."""
    sequences = [
        {
            "rate": rate,
            "frames": [_frame(moment) for moment in moments],
            "tracks": {name: [[each.track for each in frame] for frame in of[place]] for name, of in tracks.items()},
        }
        for place, (rate, moments) in enumerate(minutes)
    ]
    program = [python, str(Path(__file__).with_name("other_trackers.py")), *(["others"] if others else [])]
    done = subprocess.run(program, input=json.dumps(sequences), stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
    counts: Counts = json.loads(done.stdout)
    return counts


def _frame(moment: Moment) -> dict[str, Any]:
    outlines = [each.person.outline for each in moment.seen]
    boxes = [[*outline.min(axis=0).tolist(), *outline.max(axis=0).tolist()] for outline in outlines]
    return {"truth": moment.truth, "owners": [each.owner for each in moment.seen], "boxes": boxes}


def print_identities(counts: Counts) -> None:
    """A Markdown table with a row for each tracker and rate."""
    print(
        "\n| frames a second | tracker | identity switches | fragments | MOTA % | IDF1 % |\n|---|---|---|---|---|---|"
    )
    for rate in map(str, RATES):
        for name, by_rate in counts.items():
            count = by_rate[rate]
            wrong = count["CLR_FP"] + count["IDSW"]
            mota = 100 * (count["CLR_TP"] - wrong) / (count["CLR_TP"] + count["CLR_FN"])
            print(f"| {rate} | {name} | {count['IDSW']} | {count['Frag']} | {mota:.1f} | {_idf1(count):.1f} |")


def print_choices(counts: Counts) -> None:
    """A Markdown table with a row for each changed threshold."""
    rates = ", ".join(map(str, RATES))
    print(f"\n| at {rates} frames a second | identity switches | IDF1 % |\n|---|---|---|")
    for name, by_rate in counts.items():
        switches = ", ".join(str(count["IDSW"]) for count in by_rate.values())
        print(f"| {name} | {switches} | {', '.join(f'{_idf1(count):.1f}' for count in by_rate.values())} |")


def _idf1(count: Mapping[str, int]) -> float:
    return 200 * count["IDTP"] / (2 * count["IDTP"] + count["IDFP"] + count["IDFN"])


def print_smoothing(minutes: Sequence[Minute], tracks: Sequence[Tracks]) -> None:
    """A Markdown table with the errors of keypoints, found and smoothed, and how much they change from frame to frame.

    Both are root mean squares in % of people's sizes.
    """
    print(
        "\n| frames a second | error found | error smoothed | change found | change smoothed |\n|---|---|---|---|---|"
    )
    for rate in RATES:
        errors = [_errors(moments, of) for (own, moments), of in zip(minutes, tracks, strict=True) if own == rate]
        error, change = (np.concatenate([each[place] for each in errors]) for place in (0, 1))
        print(f"| {rate} | " + " | ".join(f"{100 * value:.1f}" for value in (*_rms(error), *_rms(change))) + " |")


def _errors(moments: Sequence[Moment], tracks: Tracks) -> tuple[Array, Array]:
    """Of keypoints found and smoothed: errors, (n, 2, 2), and their changes while nobody's id changes, (m, 2, 2).

    Rows, then found and smoothed, then x and y; in sizes.
    """
    errors, changes = [], []
    last: dict[tuple[int, int], tuple[Array, NDArray[np.bool_]]] = {}
    for moment, tracked in zip(moments, tracks, strict=True):
        for each, own in zip(moment.seen, tracked, strict=True):
            person = each.person
            if each.owner < 0 or not person.seen.any():
                continue
            both = np.stack([person.keypoints, own.person.keypoints], axis=1)[..., :2]
            error = (both - each.clean[:, None, :2]) / shape_of(person).size
            before, seen = last.get((each.owner, own.track), (error, np.zeros(18, bool)))
            errors.append(error[person.seen])
            changes.append((error - before)[person.seen & seen])
            last[each.owner, own.track] = error, person.seen
    return np.concatenate(errors), np.concatenate(changes)


def _rms(errors: Array) -> tuple[float, ...]:
    return tuple(np.sqrt((errors**2).sum(axis=-1).mean(axis=0)).tolist())


if __name__ == "__main__":
    main()
