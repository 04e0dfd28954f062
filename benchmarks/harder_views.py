"""Judges labelled pictures in views that networks find hard: `python -m benchmarks.harder_views [SHARD...]`.

Turned by 15, 45, 90 and 180 degrees, in haze and at dusk, beside the pictures as they are; hats are the labelled boxes.
Reads dev-cctv.tar and dev-site.tar, or the shards named, from PICTURES_DIR, and prints a table of each.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Final

import pose
from benchmarks.folders import folder
from benchmarks.unlabelled import LIST
from helmet_service.bench.report import as_table
from helmet_service.bench.run import MATCHERS, run
from helmet_service.bench.scenes import DETECTED, HARDER, scene_of
from pose.model import SHIPPED
from pose.shards import read_shard

SHARDS: Final = ("dev-cctv", "dev-site")
MEASURES: Final = ("heads_found", "ghosts_per_100", "right_of_judged", "unknown_of_found", "stray_alarms_per_100")


def main() -> None:
    """Print a table of each shard: a row a view."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shards", nargs="*", default=SHARDS, metavar="SHARD", help="names of tar files")
    parser.add_argument("--model", type=Path, default=SHIPPED, metavar="DIR", help="folder with pose.json")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of the network")
    options = parser.parse_args()
    pictures = folder("PICTURES_DIR")
    if pictures is None:
        return
    estimator = pose.load(options.model, threads=options.threads)
    listed = json.loads(LIST.read_text())
    for shard in options.shards:
        labelled = read_shard(pictures / f"{shard}.tar")
        scenes = [scene_of(picture, listed.get(picture.name, ())) for picture in labelled]
        results = run(estimator, scenes, {"assignment": MATCHERS["assignment"]}, [DETECTED[0], *HARDER])
        print(f"{shard}\n\n{as_table(results, MEASURES)}\n", flush=True)


if __name__ == "__main__":
    main()
