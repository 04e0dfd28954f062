"""`python -m pose bench`: measure the speed of a network alone, and its quality, beside other people's networks."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

import pose
from pose.commands.peer_option import add_peer_option
from pose.data.shards import LabelledPicture, read_shard
from pose.estimation.estimator import Estimator
from pose.estimation.model import SHIPPED
from pose.measuring.evaluation import evaluate
from pose.measuring.throughput import Speed, Way, measure
from pose.peers import load_peers
from pose.runtimes import PRECISIONS, RUNTIMES


@dataclass(frozen=True, slots=True)
class _Setting:
    network: str
    runtime: str
    precision: str
    batch: int
    streams: int


def main(arguments: Sequence[str]) -> int:
    """Print a Markdown table and, as the last line, the same as one JSON object."""
    options = _parser().parse_args(arguments)
    width, height = options.size
    settings = list(_settings(options))
    labelled = list(read_shard(options.data)) if options.data else []
    pictures = _input(options.picture, width, height, max(options.batch))
    ways = [_way(setting, options, pictures[: setting.batch]) for setting in settings]
    speeds = measure(ways, rounds=options.rounds, seconds=options.seconds)
    scores = _scores(settings, options, labelled)
    rows = [_row(setting, speed, scores) for setting, speed in zip(settings, speeds, strict=True)]
    print(_table(rows))
    print(json.dumps({"size": [width, height], "cores": os.cpu_count(), "rows": rows}))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pose bench",
        description="Measure a network alone: pictures per second and milliseconds per run.",
    )
    parser.add_argument("--model", type=Path, default=SHIPPED, metavar="DIR", help="folder with pose.json")
    parser.add_argument("--runtime", nargs="+", choices=RUNTIMES, default=RUNTIMES[:1], help="runtimes that run it")
    parser.add_argument("--precision", nargs="+", choices=PRECISIONS, default=PRECISIONS[:1], help="its arithmetic")
    parser.add_argument("--batch", type=int, nargs="+", default=[1], help="pictures in one run")
    parser.add_argument("--streams", type=int, nargs="+", default=[1], help="simultaneous copies; they share the cores")
    parser.add_argument("--size", type=_size, default=(672, 384), metavar="WxH", help="of the input (default: 672x384)")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="a real input instead of noise")
    parser.add_argument(
        "--data", type=Path, metavar="FILE.tar", help="labelled pictures, to measure AP and heads found"
    )
    parser.add_argument("--rounds", type=int, default=5, help="rounds in which all ways take turns (default: 5)")
    parser.add_argument("--seconds", type=float, default=1.0, help="time of one way in one round (default: 1)")
    add_peer_option(parser)
    return parser


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.partition("x")
    if not cross or not width.isdecimal() or not height.isdecimal() or int(width) % 32 or int(height) % 32:
        raise argparse.ArgumentTypeError(f"expected WxH in steps of 32, got {text}")
    return int(width), int(height)


def _settings(options: argparse.Namespace) -> Iterator[_Setting]:
    """Our network in every combination that its runtime offers, then the peers in their own arithmetic."""
    for runtime, precision, batch, streams in product(
        options.runtime, options.precision, options.batch, options.streams
    ):
        if runtime == "openvino" or precision in ("auto", "f32"):
            yield _Setting("", runtime, precision, batch, streams)
    if options.peer:
        for peer in load_peers(Path(options.peer), height=options.size[1], threads=1):
            for batch, streams in product(options.batch, options.streams):
                yield _Setting(peer.model.name, "openvino", "its own", batch, streams)


def _input(picture: Path | None, width: int, height: int, batch: int) -> NDArray[np.uint8]:
    if picture is None:
        return np.random.default_rng(0).integers(0, 256, (batch, height, width, 3), np.uint8)
    pixels = cv2.imread(str(picture))
    if pixels is None:
        raise ValueError(f"--picture: expected a picture, got {picture}")
    resized = cv2.resize(pixels, (width, height)).astype(np.uint8, copy=False)
    return np.repeat(resized[None], batch, axis=0)


def _way(setting: _Setting, options: argparse.Namespace, batch: NDArray[np.uint8]) -> Way:
    threads = max(1, (os.cpu_count() or 1) // setting.streams)
    return Way(setting.streams, batch, lambda: _load(setting, options, threads).runtime)


def _load(setting: _Setting, options: argparse.Namespace, threads: int) -> Estimator:
    height = options.size[1]
    if setting.network:
        peers = load_peers(Path(options.peer), height=height, threads=threads)
        return next(peer for peer in peers if peer.model.name == setting.network)
    runtime, precision = setting.runtime, setting.precision
    return pose.load(options.model, runtime=runtime, precision=precision, threads=threads, batch=1, height=height)


def _scores(
    settings: Sequence[_Setting], options: argparse.Namespace, labelled: Sequence[LabelledPicture]
) -> dict[tuple[str, str, str], dict[str, float]]:
    """The figures of each network, runtime and precision; batch and streams do not change them."""
    different = dict.fromkeys((s.network, s.runtime, s.precision) for s in settings) if labelled else {}
    scores: dict[tuple[str, str, str], dict[str, float]] = {}
    for network, runtime, precision in different:
        estimator = _load(_Setting(network, runtime, precision, 1, 1), options, os.cpu_count() or 1)
        figures = evaluate(estimator, labelled, progress=True).figures
        scores[network, runtime, precision] = {n: figures[n] for n in ("AP", "AP50", "heads_found") if n in figures}
    return scores


def _row(setting: _Setting, speed: Speed, scores: dict[tuple[str, str, str], dict[str, float]]) -> dict[str, Any]:
    return {
        "network": setting.network or "ours",
        "runtime": setting.runtime,
        "precision": speed.precision,
        "batch": setting.batch,
        "streams": setting.streams,
        "pictures_per_second": round(speed.pictures_per_second, 2),
        "ms_per_run": round(speed.milliseconds, 1),
        **{n: round(v, 1) for n, v in scores.get((setting.network, setting.runtime, setting.precision), {}).items()},
    }


def _table(rows: Sequence[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, ["---"] * len(names), *([str(row.get(name, "")) for name in names] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
