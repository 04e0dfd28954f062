"""`python -m helmet_service`: `check` judges pictures and videos, `bench` measures verdicts on labelled pictures,
`work` runs video jobs, `watch` watches the cameras of a site, `alarms export` makes training pictures of false alarms.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pose
from helmet_service.alarms.export import export
from helmet_service.alarms.store import AlarmStore
from helmet_service.bench.conditions import NO_HATS
from helmet_service.bench.gallery import write_gallery
from helmet_service.bench.own_boxes import own_boxes
from helmet_service.bench.report import as_json, as_markdown
from helmet_service.bench.run import MODEL, run
from helmet_service.bench.scenes import labels_every_head, scene_of
from helmet_service.check.options import add_check_options, order_of
from helmet_service.check.run import check
from helmet_service.server.folders import refuse
from helmet_service.setting_fields import SettingsError
from helmet_service.settings import Settings
from helmet_service.verdicts.rules import Rules
from helmet_service.video.consumer import work
from helmet_service.watch.checked_site import print_site, site_or_end
from helmet_service.watch.run import watch
from pose.data.shards import read_shard
from pose.errors import PoseError
from pose.estimation.model import SHIPPED
from pose.estimation.preprocess import REFERENCE_HEIGHT
from pose.estimation.views import SCALES, Views, ViewsEstimator


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except (PoseError, SettingsError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    return status


def _check(options: argparse.Namespace) -> int:
    return check(Settings.from_environment(os.environ), order_of(options))


def _bench(options: argparse.Namespace) -> int:
    unlabelled = json.loads(options.unlabelled.read_text()) if options.unlabelled else {}
    read = [picture for path in options.pictures for picture in read_shard(path)]
    pictures = [picture for picture in read if labels_every_head(picture)]
    if not pictures:
        paths = ", ".join(map(str, options.pictures))
        raise ValueError(
            f"pictures: expected some with every head in a whole box, got none among {len(read)} of {paths}"
        )
    if len(pictures) < len(read):
        print(f"left out: {len(read) - len(pictures)} pictures without every head in a whole box", file=sys.stderr)
    scenes = [scene_of(picture, unlabelled.get(picture.name, ())) for picture in pictures]
    estimator = pose.load(options.model, threads=options.threads, height=options.height)
    squares = Settings(input_height=options.height).squares()
    views = Views(tuple(options.scales), tuple(options.tiles), squares)
    results = run(ViewsEstimator(estimator, views), scenes)
    if options.gallery:
        write_gallery(options.gallery, scenes, results)
    boxes = own_boxes(scenes, results[NO_HATS.name, MODEL], Rules())
    print(json.dumps(as_json(results, boxes)) if options.json else as_markdown(results, boxes))
    return 0


def _work(_options: argparse.Namespace) -> int:
    try:
        work(Settings.from_environment(os.environ))
    except SettingsError as error:
        refuse(error)
    return 0


def _watch(options: argparse.Namespace) -> int:
    try:
        settings = Settings.from_environment(os.environ)
        if options.check:
            print_site(site_or_end(settings, os.environ))
        else:
            watch(settings)
    except SettingsError as error:
        refuse(error)
    return 0


def _export(options: argparse.Namespace) -> int:
    store = AlarmStore(Settings.from_environment(os.environ).watch_dir)
    for what, count in export(store, options.out, options.since).items():
        print(f"{what:40}{count:6}")
    print(f"wrote {options.out}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m helmet_service", description=__doc__)
    commands = parser.add_subparsers(required=True)
    checks = commands.add_parser("check", help="judge pictures (docs/archives.md), videos and cameras (docs/video.md)")
    checks.set_defaults(run=_check)
    add_check_options(checks)
    _add_bench(commands.add_parser("bench", help="measure verdicts on labelled pictures (docs/verdicts.md)"))
    consumer = commands.add_parser("work", help="run the jobs of /v1/videos until it is stopped (docs/operations.md)")
    consumer.set_defaults(run=_work)
    watching = commands.add_parser("watch", help="watch the cameras of a site until it is stopped (docs/cameras.md)")
    watching.set_defaults(run=_watch)
    watching.add_argument("--check", action="store_true", help="only say what the file of cameras says")
    alarms = commands.add_parser("alarms", help="what was kept of alarms (docs/alarms.md)")
    _add_export(alarms.add_subparsers(required=True).add_parser("export", help="write what false alarms teach"))
    return parser


def _add_export(exporting: argparse.ArgumentParser) -> None:
    exporting.set_defaults(run=_export)
    exporting.add_argument("out", type=Path, metavar="OUT.tar", help="the shard to write, for `python -m pose train`")
    exporting.add_argument(
        "--since", type=_time, default=0.0, metavar="DATE", help="alarms from then on: 2026-11-28, or with a time"
    )


def _time(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected a date as 2026-11-28, got {text}") from error


def _add_bench(bench: argparse.ArgumentParser) -> None:
    bench.set_defaults(run=_bench)
    bench.add_argument("pictures", type=Path, nargs="+", metavar="PICTURES.tar")
    bench.add_argument("--model", type=Path, default=SHIPPED, metavar="DIR", help="folder with pose.json")
    bench.add_argument("--height", type=int, default=REFERENCE_HEIGHT, help="the network's input height in pixels")
    bench.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of the network")
    bench.add_argument(
        "--scales", type=float, nargs="+", choices=SCALES, default=(1.0,),
        help="look at each picture at these multiples of the height, 1 among them",
    )  # fmt: skip
    bench.add_argument(
        "--tiles", type=int, nargs=2, metavar=("COLUMNS", "ROWS"), default=(1, 1),
        help="look at a grid of tiles of each picture too",
    )  # fmt: skip
    bench.add_argument("--gallery", type=Path, metavar="FILE.html", help="write a page of the wrong verdicts")
    bench.add_argument(
        "--unlabelled", type=Path, metavar="FILE.json",
        help="real heads without a label, {picture: [[left, top, width, height]]}; they are ignored",
    )  # fmt: skip
    bench.add_argument("--json", action="store_true", help="print one JSON object instead of tables")


if __name__ == "__main__":
    sys.exit(main())
