"""The options of `python -m helmet_service check`."""

from __future__ import annotations

import argparse
from pathlib import Path

from helmet_service.check.on_ray import LOCAL
from helmet_service.check.order import Order
from pose.video.options import add_moving_options, positive


def add_check_options(check: argparse.ArgumentParser) -> None:
    """Add them all."""
    check.description = (
        "Writes the answer of /v1/compliance for each picture as a line of JSON, in the archive's order, and tells who "
        "was seen in moving pictures. It reads the service's settings (docs/settings.md). The exit status is 1 when "
        "something could not be checked."
    )
    check.add_argument(
        "sources", nargs="+", metavar="SOURCE",
        help="picture files, folders and shards; video files, numbers of cameras, rtsp:// and http:// addresses",
    )  # fmt: skip
    check.add_argument(
        "--hats", type=Path, metavar="FILE.jsonl", help='lines {"picture": name, "hats": [{left, top, width, height}]}'
    )
    check.add_argument("--out", type=Path, metavar="FILE.jsonl", help="a new file for the lines (default: stdout)")
    check.add_argument("--resume", action="store_true", help="continue the file --out of an earlier check")
    check.add_argument(
        "--threads", type=positive, help="cores to use, each for a run of the network or a Ray worker (default: all)"
    )
    check.add_argument(
        "--ray", nargs="?", const=LOCAL, metavar="ADDRESS",
        help="use Ray: the cluster at ADDRESS, or without one a local cluster; write it behind the sources",
    )  # fmt: skip
    check.add_argument(
        "--draw", type=Path, metavar="OUT", help="a file for the drawn picture (.jpg) or video (.mp4), or a folder"
    )
    check.add_argument(
        "--json-lines", action="store_true", help="write a line for each judged frame too (pictures: always)"
    )
    add_moving_options(check)


def order_of(options: argparse.Namespace) -> Order:
    """What the options say."""
    return Order(
        options.sources, options.hats, options.out, options.resume, options.threads, options.ray, options.draw,
        options.json_lines, options.show, options.every,
    )  # fmt: skip
