"""Judges labelled pictures in views that networks find hard: `python -m benchmarks.harder_views [SHARD...]`.

The views are rolled by 15, 45, 90 and 180 degrees, in haze, at dusk, in glare, from steeply above and with faces behind
shields, beside the pictures as they are; hats are the labelled boxes. A second table measures the verdicts' geometry
alone: it turns the people found in the upright picture, and hats are the boxes around their turned shells. Looks are
the service's defaults. It reads dev-cctv.tar and dev-site.tar, or the named shards, from PICTURES_DIR.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

import pose
from benchmarks.folders import folder
from benchmarks.unlabelled import LIST
from helmet_service.bench.conditions import HARDER, SHELL, WHOLE_HEADS
from helmet_service.bench.outcomes import Judged, compare
from helmet_service.bench.report import as_table
from helmet_service.bench.run import MATCHERS, Results, case_of, run
from helmet_service.bench.scenes import Scene, covered, rolled, scene_of, turn_of
from helmet_service.settings import Settings
from helmet_service.verdicts.boxes import Box, Hat
from pose import Estimator
from pose.data.shards import read_shard
from pose.estimation.model import SHIPPED
from pose.estimation.views import ViewsEstimator
from pose.skeleton import Person

SHARDS: Final = ("dev-cctv", "dev-site")
TURNS: Final = (0, 15, 45, 90, 180)  # degrees
MEASURES: Final = ("heads_found", "ghosts_per_100", "right_of_judged", "unknown_of_found", "stray_alarms_per_100")


def main() -> None:
    """Print both tables of each shard, with a row for each view."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shards", nargs="*", default=SHARDS, metavar="SHARD", help="names of tar files")
    parser.add_argument("--model", type=Path, default=SHIPPED, metavar="DIR", help="folder with pose.json")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of the network")
    options = parser.parse_args()
    pictures = folder("PICTURES_DIR")
    if pictures is None:
        return
    alone = pose.load(options.model, threads=options.threads)
    estimator = ViewsEstimator(alone, Settings().views())
    listed = json.loads(LIST.read_text())
    ours = {"assignment": MATCHERS["assignment"]}
    for shard in options.shards:
        labelled = read_shard(pictures / f"{shard}.tar")
        scenes = [scene_of(picture, listed.get(picture.name, ())) for picture in labelled]
        results = run(estimator, scenes, dict.fromkeys([WHOLE_HEADS, *HARDER], ours))
        print(f"{shard}\n\n{as_table(results, MEASURES)}\n", flush=True)
        print(f"{as_table(geometry_alone(estimator, scenes), MEASURES)}\n", flush=True)


def geometry_alone(estimator: Estimator, scenes: Sequence[Scene]) -> Results:
    """Verdicts on turned pictures, as if the network found the same people there as in the upright ones."""
    results: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    for scene in scenes:
        found = estimator(scene.pixels)
        for degrees in TURNS:
            matrix, _ = turn_of(scene, degrees)
            seen = rolled(degrees)(scene, np.random.default_rng(0))
            people = tuple(_turned(person, matrix) for person in found.people)
            boxes = covered(scene.heads[scene.worn] * (1, 1, 1, SHELL), matrix)
            hats = [Hat(Box(*box), None, index) for index, box in enumerate(boxes.tolist())]
            judged = MATCHERS["assignment"](case_of(seen, replace(found, people=people), hats))
            results[f"skeletons and shells turned by {degrees}", "assignment"].append(compare(seen, judged))
    return results


def _turned(person: Person, matrix: NDArray[np.float64]) -> Person:
    keypoints = person.keypoints.copy()
    keypoints[person.seen, :2] = person.points @ matrix[:, :2].T + matrix[:, 2]
    head = person.head
    if head is not None:
        x, y = matrix[:, :2] @ (head.x, head.y) + matrix[:, 2]
        head = replace(head, x=float(x), y=float(y))
    return replace(person, keypoints=keypoints, head=head)


if __name__ == "__main__":
    main()
