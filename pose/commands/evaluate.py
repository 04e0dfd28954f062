"""`python -m pose evaluate`: measure how well a network finds labelled people, beside other people's networks."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pose
from pose.commands.peer_option import add_peer_option
from pose.data.shards import read_shard
from pose.estimation.estimator import Estimator
from pose.estimation.model import SHIPPED, Model, read_model, thresholds_for
from pose.estimation.preprocess import REFERENCE_HEIGHT
from pose.estimation.views import Views, ViewsEstimator
from pose.measuring.averaging import AveragedEstimator
from pose.measuring.evaluation import Evaluation, evaluate
from pose.peers import load_peers
from pose.runtimes import PRECISIONS


def main(arguments: Sequence[str]) -> int:
    """Print a Markdown table, or one JSON object as the last line."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if (options.tiles or options.squares) and (options.flip or options.scales != [1.0]):
        parser.error("--tiles, --squares: expected neither --flip nor --scales, got one of them")
    pictures = [picture for path in options.data for picture in read_shard(path)]
    estimators = _estimators(options)
    if options.tiles or options.squares:
        views = Views(tiles=tuple(options.tiles or (1, 1)), squares=options.squares)
        estimators = [ViewsEstimator(each, views) for each in estimators]
    elif options.flip or options.scales != [1.0]:
        estimators = [AveragedEstimator(each, scales=options.scales, flip=options.flip) for each in estimators]
    evaluations = [evaluate(each, pictures, with_intervals=not options.json, progress=True) for each in estimators]
    print(_as_json(evaluations) if options.json else _as_table(evaluations))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pose evaluate",
        description="Measure a network on labelled pictures; what each figure means: docs/training.md.",
    )
    parser.add_argument(
        "--data", type=Path, nargs="+", action="extend", required=True, metavar="FILE.tar", help="labelled pictures"
    )
    network = parser.add_mutually_exclusive_group()
    network.add_argument("--model", type=Path, default=SHIPPED, metavar="DIR", help="folder with pose.json")
    network.add_argument("--checkpoint", type=Path, metavar="FILE", help="a network as training saved it")
    parser.add_argument("--grouping", type=Path, metavar="DIR", help="take the grouping thresholds of this pose.json")
    parser.add_argument("--height", type=int, default=REFERENCE_HEIGHT, help="the network's input height in pixels")
    parser.add_argument("--precision", choices=PRECISIONS, default=PRECISIONS[0], help="the network's arithmetic")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of the network")
    _add_looks(parser)
    add_peer_option(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object, without intervals")
    return parser


def _add_looks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--flip", action="store_true", help="average the fields with those of the mirrored picture")
    parser.add_argument(
        "--scales", type=float, nargs="+", default=[1.0], help="average the fields at these shares of the height"
    )
    parser.add_argument(
        "--tiles", type=int, nargs=2, metavar=("COLUMNS", "ROWS"), help="also look at so many tiles of each picture"
    )
    parser.add_argument(
        "--squares",
        type=int,
        default=0,
        help="most squares of a second look, if the model has one (the service: 8)",
    )


def _estimators(options: argparse.Namespace) -> Sequence[Estimator]:
    """Our network first, then the peers."""
    grouping = read_model(options.grouping).field_decoder.grouping if options.grouping else None
    if options.checkpoint:
        ours = _of_checkpoint(options, read_model(options.grouping or SHIPPED))
    else:
        ours = pose.load(
            options.model,
            precision=options.precision,
            threads=options.threads,
            height=options.height,
            grouping=grouping,
        )
    peers = load_peers(Path(options.peer), height=options.height, threads=options.threads) if options.peer else []
    return [ours, *peers]


def _of_checkpoint(options: argparse.Namespace, model: Model) -> Estimator:
    import torch  # noqa: PLC0415  measuring a model's folder needs no PyTorch

    from pose.train.estimator import torch_estimator  # noqa: PLC0415
    from pose.train.networks.checkpoint import load_checkpoint  # noqa: PLC0415

    torch.set_num_threads(options.threads)
    checkpoint = load_checkpoint(options.checkpoint)
    thresholds = thresholds_for(checkpoint.layout, model)
    return torch_estimator(
        checkpoint.build(),
        thresholds.decoder,
        joining=thresholds.joining,
        height=options.height,
        name=checkpoint.network,
        version=options.checkpoint.name,
        device="cuda" if torch.cuda.is_available() else "cpu",
        precision=options.precision,
    )


def _as_json(evaluations: Sequence[Evaluation]) -> str:
    ours, *peers = ({**evaluation.figures, **_facts(evaluation)} for evaluation in evaluations)
    return json.dumps({**ours, "peers": peers} if peers else ours)


def _facts(evaluation: Evaluation) -> dict[str, Any]:
    return {name: value for name, value in asdict(evaluation).items() if name not in ("figures", "intervals")}


def _as_table(evaluations: Sequence[Evaluation]) -> str:
    """A Markdown table: a row per figure, a column per network, 95 % intervals in brackets."""
    first = evaluations[0]
    head = [f"{first.pictures} pictures, {first.people} people, height {first.height}"]
    head += [f"{evaluation.model} in {evaluation.precision}" for evaluation in evaluations]
    rows = [head, ["---"] * len(head)]
    rows += [[name, *(_cell(evaluation, name) for evaluation in evaluations)] for name in first.figures]
    rows.append(["ms_per_picture", *(f"{evaluation.ms_per_picture:.1f}" for evaluation in evaluations)])
    rows.append(["network_ms", *(f"{evaluation.network_ms:.1f}" for evaluation in evaluations)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cell(evaluation: Evaluation, name: str) -> str:
    low, high = evaluation.intervals[name]
    return f"{evaluation.figures[name]:.1f} [{low:.1f}, {high:.1f}]"
