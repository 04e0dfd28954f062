"""`python -m helmet_service bench`: how often verdicts are right on labelled pictures."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pose
from helmet_service.bench.gallery import write_gallery
from helmet_service.bench.report import as_json, as_markdown
from helmet_service.bench.run import run
from helmet_service.bench.scenes import scene_of
from pose.model import SHIPPED, ModelError
from pose.preprocess import REFERENCE_HEIGHT
from pose.shards import read_shard
from pose.tiles import TiledEstimator


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return _bench(options)
    except (ModelError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _bench(options: argparse.Namespace) -> int:
    unlabelled = json.loads(options.unlabelled.read_text()) if options.unlabelled else {}
    pictures = [picture for path in options.pictures for picture in read_shard(path)]
    if not pictures:
        raise ValueError(f"pictures: expected some, got none in {', '.join(map(str, options.pictures))}")
    scenes = [scene_of(picture, unlabelled.get(picture.name, ())) for picture in pictures]
    estimator = pose.load(options.model, threads=options.threads, height=options.height)
    if options.tiles:
        estimator = TiledEstimator(estimator, *options.tiles)
    results = run(estimator, scenes)
    if options.gallery:
        write_gallery(options.gallery, scenes, results, "assignment")
    print(json.dumps(as_json(results)) if options.json else as_markdown(results, len(scenes)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m helmet_service", description=__doc__)
    bench = parser.add_subparsers(required=True).add_parser(
        "bench", help="judge labelled pictures under every condition (docs/verdicts.md)"
    )
    bench.add_argument("pictures", type=Path, nargs="+", metavar="PICTURES.tar")
    bench.add_argument("--model", type=Path, default=SHIPPED, metavar="DIR", help="folder with pose.json")
    bench.add_argument("--height", type=int, default=REFERENCE_HEIGHT, help="the network's input height in pixels")
    bench.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of the network")
    bench.add_argument(
        "--tiles", type=int, nargs=2, metavar=("COLUMNS", "ROWS"), help="also look at so many tiles of each picture"
    )
    bench.add_argument("--gallery", type=Path, metavar="FILE.html", help="write the wrong verdicts to look at")
    bench.add_argument(
        "--unlabelled",
        type=Path,
        metavar="FILE.json",
        help="real heads that nobody labelled, {picture: [[left, top, width, height]]}: they count neither way",
    )
    bench.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    return parser


if __name__ == "__main__":
    sys.exit(main())
