"""`python -m pose export`: make a model's folder for serving from a checkpoint."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from pose.data.shards import read_shard
from pose.estimation.model import SHIPPED, file_sha256, read_model, thresholds_for
from pose.hands import HandSpec
from pose.train.export.export import Plan, export, read_picture
from pose.train.export.hands import export_hands
from pose.train.export.openpose_files import write_openpose_files
from pose.train.export.quantise import calibration_batches
from pose.train.networks.checkpoint import Checkpoint, load_checkpoint

# Options that mean nothing for a network of hands.
_OF_PEOPLE: Final = (
    "name", "version", "grouping", "headwear", "facts", "fp16_onnx", "torchscript", "int8", "calibration", "check",
)  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """Write a model's folder and list its files."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.int8 and not (options.calibration and options.check):
        parser.error("--int8: expected --calibration and --check too, got one or none of them")
    if options.calibration and not options.int8:
        parser.error("--calibration: expected --int8 too, got none")
    torch.set_num_threads(options.threads)
    checkpoint = load_checkpoint(options.checkpoint)
    written = _export(parser, options, checkpoint)
    if options.openpose:
        picture = read_picture(options.warm_up)
        written += write_openpose_files(checkpoint.build(), checkpoint.layout, options.openpose, picture)
    for path in written:
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
    return 0


def _export(parser: argparse.ArgumentParser, options: argparse.Namespace, checkpoint: Checkpoint) -> list[Path]:
    """Returns the files that it wrote."""
    if isinstance(checkpoint.layout, HandSpec):
        for name in _OF_PEOPLE:
            if getattr(options, name) != parser.get_default(name):
                parser.error(f"--{name.replace('_', '-')}: expected a network of people, got {checkpoint.network}")
        return [export_hands(checkpoint, checkpoint.layout, options.out)]
    model = export(checkpoint, options.out, _plan(options, checkpoint))
    if model.warm_up and not model.warm_up.people:
        print(
            f"warning: the network finds nobody in {model.warm_up.picture.name}, so serving cannot check itself with it"
        )
    return [options.out / name for name in model.facts["sizes"]["bytes"]]


def _plan(options: argparse.Namespace, checkpoint: Checkpoint) -> Plan:
    thresholds = thresholds_for(checkpoint.layout, read_model(options.grouping))
    return Plan(
        name=options.name or checkpoint.network,
        version=options.version or file_sha256(options.checkpoint)[:8],
        decoder=thresholds.decoder,
        joining=thresholds.joining,
        second_look=thresholds.second_look,
        headwear=read_model(options.headwear),
        hands=read_model(options.hands),
        warm_up=options.warm_up,
        facts=json.loads(options.facts.read_text(encoding="utf-8")) if options.facts else {},
        checks={path.stem: list(read_shard(path)) for path in options.check},
        calibration=_calibration(options.calibration) if options.int8 else (),
        half=options.fp16_onnx,
        torchscript=options.torchscript,
        threads=options.threads,
    )


def _calibration(shards: Sequence[Path]) -> list[NDArray[np.uint8]]:
    return calibration_batches(picture.pixels for shard in shards for picture in read_shard(shard))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pose export", description="Make a model's folder from a checkpoint."
    )
    parser.add_argument("checkpoint", type=Path, metavar="CHECKPOINT", help="a network as training saved it")
    parser.add_argument("--out", type=Path, default=SHIPPED, metavar="DIR", help="the folder to write (%(default)s)")
    parser.add_argument("--name", help="the model's name (default: the network's)")
    parser.add_argument("--version", help="the model's version (default: the checkpoint's sha256, shortened)")
    parser.add_argument(
        "--grouping", type=Path, default=SHIPPED, metavar="DIR", help="take the grouping thresholds of this pose.json"
    )
    parser.add_argument(
        "--headwear", type=Path, default=SHIPPED, metavar="DIR", help="take the classifier of headwear of this model"
    )
    parser.add_argument(
        "--hands", type=Path, default=SHIPPED, metavar="DIR", help="take the network of hands of this model"
    )
    parser.add_argument(
        "--warm-up", type=Path, default=SHIPPED / "warmup.jpg", metavar="PICTURE", help="a picture of a person"
    )
    parser.add_argument(
        "--facts",
        type=Path,
        metavar="FILE",
        help="JSON object for pose.json and the model card, any of: texts `licence` (of the weights), "
        "`recipe`, `purpose`, `limits`; `data`, a list of objects with the texts `name`, `labels`, `licence`",
    )
    parser.add_argument("--fp16-onnx", action="store_true", help="also write ONNX that computes in float16")
    parser.add_argument("--torchscript", action="store_true", help="also write TorchScript")
    parser.add_argument(
        "--openpose",
        type=Path,
        metavar="DIR",
        help="also write to this folder, for programs made for OpenPose's networks: TorchScript, ONNX, and ONNX that "
        "computes in float16, of a body at 184x184 or of a hand at 368x368",
    )
    parser.add_argument("--int8", action="store_true", help="also write an INT8 network")
    parser.add_argument("--calibration", type=Path, nargs="+", default=[], metavar="FILE.tar", help="training pictures")
    parser.add_argument(
        "--check", type=Path, nargs="+", default=[], metavar="FILE.tar", help="measure on these pictures"
    )
    parser.add_argument(
        "--threads", type=int, default=os.cpu_count(), help="threads of the network (default: as many as processors)"
    )
    return parser
