"""Exports a checkpoint to a model's folder for serving: networks, `pose.json` and model card, all or nothing."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.flop_counter import FlopCounterMode

from pose.data.shards import LabelledPicture
from pose.estimation.decoder import Decoder
from pose.estimation.estimator import Estimator
from pose.estimation.head_frames import own_heads
from pose.estimation.joining import Joining
from pose.estimation.model import DESCRIPTION, SHIPPED, Model, file_sha256, read_model
from pose.estimation.preprocess import REFERENCE_HEIGHT, canvas_widths, place, prepare
from pose.estimation.second_look import SecondLook
from pose.measuring.evaluation import Evaluation, evaluate
from pose.runtimes import open_runtime
from pose.runtimes.torch import Served
from pose.skeleton import Person
from pose.train.export.model_card import model_card
from pose.train.export.network_files import write_half_onnx, write_onnx, write_torchscript
from pose.train.export.quantise import quantise_within
from pose.train.networks.checkpoint import Checkpoint

CARD: Final = "MODEL_CARD.md"
NETWORK: Final = "pose.onnx"
HALF: Final = "pose-fp16.onnx"
TORCHSCRIPT: Final = "pose.torchscript"
HEADWEAR: Final = "headwear.onnx"
HANDS: Final = "hands.onnx"
HANDS_INT8: Final = "hands-int8.xml"
HANDS_INT8_WEIGHTS: Final = "hands-int8.bin"
INT8: Final = "pose-int8.xml"
INT8_WEIGHTS: Final = "pose-int8.bin"
_WHAT: Final = {
    NETWORK: "the network, weights stored as float16: what serving runs in float32 or bfloat16 (`PRECISION`)",
    INT8: "the network in 8-bit integers (OpenVINO IR): what serving runs by default",
    INT8_WEIGHTS: "its weights",
    HALF: "the network computing in float16, for GPUs",
    TORCHSCRIPT: "the network as TorchScript, for C++",
    HEADWEAR: "the small network that tells helmets from bare heads and from what is no head, on crops",
    HANDS: "the network that finds 21 keypoints of hands, on crops, weights stored as float16",
    HANDS_INT8: "the same in 8-bit integers (OpenVINO IR): what serving runs by default",
    HANDS_INT8_WEIGHTS: "its weights",
}
_WARM_UP: Final = "the picture in which a worker must find a person before it is ready"
_INPUT: Final = "Pictures as uint8 (N, H, W, 3) BGR, H and W in steps of 32; pixel / 256 - 0.5 inside"
_SURE: Final = 0.9  # confidence from which other arithmetic must find a head too
_FLOP_AT: Final = (384, 672)

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The content of a model's folder.

    decoder: of the checkpoint's layout. warm_up: a picture of a person. facts: added to the checkpoint's own
    (`model_card` lists the names).
    checks: labelled pictures by the name of their data set, on which the networks are measured.
    calibration: batches of training pictures as serving prepares them; if there are any, an INT8 network is made, and
    `checks` must judge it. headwear, hands: the models whose network of these is taken. half, torchscript: whether to
    write these files.
    """

    name: str
    version: str
    decoder: Decoder
    joining: Joining | None = None
    second_look: SecondLook | None = None
    warm_up: Path = SHIPPED / "warmup.jpg"
    facts: Mapping[str, Any] = field(default_factory=dict)
    checks: Mapping[str, Sequence[LabelledPicture]] = field(default_factory=dict)
    calibration: Sequence[Picture] = ()
    headwear: Model | None = None
    hands: Model | None = None
    half: bool = False
    torchscript: bool = False
    threads: int = 1


def export(checkpoint: Checkpoint, folder: Path, plan: Plan) -> Model:
    """Write the folder's files, replacing those of an earlier export, and return the content of `pose.json`.

    Raises ExportError, and leaves the folder unchanged, when a runtime's answer differs from torch's by more than the
    tolerance (`network_files`), or INT8 costs too much (`quantise`).
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=".export-") as unfinished:
        _write(checkpoint, Path(unfinished), plan)
        folder.mkdir(exist_ok=True)
        for name in (*_WHAT, CARD, DESCRIPTION):
            (folder / name).unlink(missing_ok=True)
        for path in Path(unfinished).iterdir():
            path.replace(folder / path.name)
    return read_model(folder)


def _write(checkpoint: Checkpoint, folder: Path, plan: Plan) -> None:
    served = Served(checkpoint.build()).eval()
    picture = read_picture(plan.warm_up)
    _write_networks(served, checkpoint, folder, plan, picture)
    scores = _scores(checkpoint, folder, plan)
    warm_up = _warm_up(checkpoint, folder, plan, picture)
    shutil.copyfile(plan.warm_up, folder / plan.warm_up.name)
    if plan.headwear and plan.headwear.headwear:
        shutil.copyfile(plan.headwear.headwear, folder / HEADWEAR)
    hands = _copied_hands(plan.hands, folder)
    files = {path.name: file_sha256(path) for path in sorted(folder.iterdir())}
    whats = described(files)
    facts = _facts(checkpoint, plan, scores) | {"sizes": _sizes(served, checkpoint, [folder / f for f in whats])}
    description = {
        "name": plan.name,
        "version": plan.version,
        "network": NETWORK,
        "sha256": files.pop(NETWORK),
        **({"int8": INT8} if plan.calibration else {}),
        "files": files,
        **plan.decoder.to_json(),
        **({"joining": asdict(plan.joining)} if plan.joining else {}),
        **({"second_look": asdict(plan.second_look)} if plan.second_look else {}),
        **({"headwear": HEADWEAR} if HEADWEAR in files else {}),
        **({"hands": hands} if hands else {}),
        "warm_up": warm_up,
        "facts": facts,
    }
    (folder / DESCRIPTION).write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")
    (folder / CARD).write_text(model_card(plan.name, plan.version, whats, facts), encoding="utf-8")


def _copied_hands(model: Model | None, folder: Path) -> dict[str, Any] | None:
    """`hands` of `pose.json`, with its files copied from a model; None where it has none."""
    if model is None or model.hands is None:
        return None
    for path in filter(None, (model.hands.network, model.hands.int8)):
        for part in path.parent.glob(f"{path.stem}.*"):  # an .xml has its weights beside it
            shutil.copyfile(part, folder / part.name)
    return model.hands.to_json()


def described(files: Collection[str]) -> dict[str, str]:
    """What each of a model's files is, in the order of the model card; a file that is no network is the warm-up."""
    return {name: what for name, what in _WHAT.items() if name in files} | {
        name: _WARM_UP for name in files if name not in _WHAT
    }


def _write_networks(served: Served, checkpoint: Checkpoint, folder: Path, plan: Plan, picture: Picture) -> None:
    """Write the float networks, each compared with torch on the picture and on noise."""
    samples = [_prepared(picture), np.random.default_rng(0).integers(0, 256, (2, 128, 192, 3), np.uint8)]
    write_onnx(served, checkpoint.layout, folder / NETWORK, samples)
    if plan.half:
        write_half_onnx(served, checkpoint.layout, folder / HALF, samples)
    if plan.torchscript:
        write_torchscript(served, folder / TORCHSCRIPT, samples)


def _warm_up(checkpoint: Checkpoint, folder: Path, plan: Plan, picture: Picture) -> dict[str, Any]:
    """`warm_up` of `pose.json`: what the networks find in the picture."""
    people = _opened(checkpoint, folder / NETWORK, plan, "f32")(picture).people
    found = [len(people)]
    if plan.calibration:
        found.append(len(_opened(checkpoint, folder / INT8, plan, "int8")(picture).people))
    # 0 for an early network that finds nobody
    return {"picture": plan.warm_up.name, "people": min(1, *found), "heads": _heads(people)}


def _scores(checkpoint: Checkpoint, folder: Path, plan: Plan) -> list[dict[str, Any]]:
    """A row per data set and precision; it also writes the INT8 network, whose scores decide about it."""

    def measure(network: Path, precision: str) -> dict[str, Evaluation]:
        estimator = _opened(checkpoint, network, plan, precision)
        return {name: evaluate(estimator, pictures, progress=True) for name, pictures in plan.checks.items()}

    reached = [measure(folder / NETWORK, "f32")]
    if plan.calibration:
        int8 = partial(measure, precision="int8")
        reached.append(dict(quantise_within(folder / NETWORK, folder / INT8, plan.calibration, int8, reached[0])))
    return [
        {
            "data": data,
            **{name: getattr(evaluation, name) for name in ("precision", "height", "pictures", "people")},
            **{name: round(value, 2) for name, value in evaluation.figures.items()},
        }
        for evaluations in reached
        for data, evaluation in evaluations.items()
    ]


def _facts(checkpoint: Checkpoint, plan: Plan, scores: list[dict[str, Any]]) -> dict[str, Any]:
    """The facts of `pose.json`: the network, its training, what a person wrote, and what was measured now."""
    options = ", ".join(f"{name} {value}" for name, value in checkpoint.options.items())
    network = f"The network `{checkpoint.network}`" + (f" ({options})" if options else "")
    known = {"network": network, "input": _INPUT, **checkpoint.facts, **plan.facts}
    if in_training := known.pop("scores", None):
        known["scores_in_training"] = in_training
    added = {"headwear": plan.headwear, "hands": plan.hands}
    taken = {name: model.facts[name] for name, model in added.items() if model and name in model.facts}
    return {**known, "scores": scores, **taken}


def _sizes(served: Served, checkpoint: Checkpoint, files: Sequence[Path]) -> dict[str, Any]:
    height, width = _FLOP_AT
    shapes_only = copy.deepcopy(served).to("meta")
    with FlopCounterMode(display=False) as counter:
        shapes_only(torch.zeros(1, height, width, 3, dtype=torch.uint8, device="meta"))
    return {
        "parameters": sum(weights.numel() for weights in served.parameters()),
        "gflop": round(counter.get_total_flops() / 1e9, 2),
        "gflop_at": f"{height}x{width}",
        "answer": checkpoint.layout.kind,
        "stride": checkpoint.layout.stride,
        "height": REFERENCE_HEIGHT,
        "widths": list(canvas_widths(REFERENCE_HEIGHT)),
        "bytes": {path.name: path.stat().st_size for path in files},
    }


def _opened(checkpoint: Checkpoint, network: Path, plan: Plan, precision: str) -> Estimator:
    """The network as serving runs it."""
    model = Model(
        name=plan.name,
        version=plan.version,
        network=network,
        sha256="",
        decoder=plan.decoder,
        warm_up=None,
        facts={},
        joining=plan.joining,
        second_look=plan.second_look,
    )
    runtime = open_runtime("openvino", network, checkpoint.layout, precision=precision, threads=plan.threads)
    return Estimator(model, runtime, REFERENCE_HEIGHT)


def _heads(people: Sequence[Person]) -> list[list[float]]:
    """x, y and size of the heads with a confidence over `_SURE`."""
    return [[round(v, 1) for v in (h.x, h.y, h.size)] for h in own_heads(people) if h and h.confidence > _SURE]


def read_picture(path: Path) -> Picture:
    """(H, W, 3) uint8 BGR; ValueError for a file that is no picture."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError(f"warm-up: expected a picture in {path}, got none")
    return picture.astype(np.uint8, copy=False)


def _prepared(picture: Picture) -> Picture:
    return prepare(picture, place(picture.shape[1], picture.shape[0], REFERENCE_HEIGHT))[None]
