"""Reads weights that other people publish, and those of the shipped model, and gives them the names of our networks.

Other people's input (BGR, pixel / 256 - 0.5; Lightweight OpenPose writes it (pixel - 128) / 256) and order of heatmaps
are the same as ours. Their PAFs have OpenPose's order for COCO, which the checkpoint's layout describes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from pose.data.lookalikes import lookalike
from pose.estimation.model import file_sha256
from pose.fields import FieldSpec
from pose.hands import HandSpec
from pose.layout import Layout
from pose.train.networks import build
from pose.train.networks.checkpoint import Checkpoint, CheckpointError, check_weights, load_tensors, unwrapped
from pose.train.networks.layout import layout

# The first of each limb's two PAF channels, in the order of `skeleton.LIMBS`. Source: OpenPose's map of limbs for COCO,
# which both publications use.
PAF_CHANNELS: Final = (12, 20, 14, 16, 22, 24, 0, 2, 4, 6, 8, 10, 28, 30, 34, 32, 36, 18, 26)
PUBLISHED_FIELDS: Final[FieldSpec] = replace(
    layout(heads=False, stride=8), pafs=tuple((19 + channel, 20 + channel) for channel in PAF_CHANNELS)
)
SERVED: Final = "network."  # before the names of weights in what `pose export` writes: the attribute of `Served`


@dataclass(frozen=True, slots=True)
class Publication:
    """Published weights.

    where: the owner's page. licence: of the weights.
    their_name: our parameter's name -> theirs. options: their weights -> our network's options.
    layout: of the network's answer.
    """

    network: str
    where: str
    licence: str
    their_name: Callable[[str], str]
    options: Callable[[Mapping[str, Tensor]], dict[str, Any]]
    layout: Layout = PUBLISHED_FIELDS


def read_published(kind: str, path: Path) -> Checkpoint:
    """A published file as a checkpoint, with its sha256 among the facts; kind: a key of `PUBLICATIONS`.

    Raises CheckpointError that gives the publisher's names of weights that are missing, unknown or of another shape.
    """
    publication = PUBLICATIONS[kind]
    theirs = onnx_weights(path) if path.suffix == ".onnx" else _state_dict(path)
    options = publication.options(theirs)
    with torch.device("meta"):
        ours = build(publication.network, publication.layout.channels, **options).state_dict()
    names = {name: publication.their_name(name) for name in ours}
    # PyTorch counts batches since 0.4.1, so older files lack the counts; inference does not need them.
    theirs = {name: torch.tensor(0) for name in names.values() if name.endswith("num_batches_tracked")} | theirs
    check_weights(str(path), {names[name]: weights for name, weights in ours.items()}, theirs)
    weights = {name: theirs[names[name]] for name in ours}
    facts = {"published": publication.where, "sha256": file_sha256(path), "licence": publication.licence}
    return Checkpoint(publication.network, publication.layout, weights, options, facts)


def where_published() -> str:
    """Where the owners publish the weights, and their licences, as text."""
    lines = (f"{kind}\n  {known.where}\n  {known.licence}" for kind, known in PUBLICATIONS.items())
    return "\n".join((*lines, "Nothing is downloaded here: fetch the file yourself, under its licence."))


def _state_dict(path: Path) -> dict[str, Tensor]:
    """The file's tensors, without module prefixes and without other values that a training run saved."""
    values = load_tensors(path)
    state = values.get("state_dict", values) if isinstance(values, dict) else values
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise CheckpointError(f"{path}: expected a state dict of PyTorch, got another {type(state).__name__}")
    return {re.sub(r"^model\d(_\d)?\.", "", name): value for name, value in unwrapped(state).items()}


def onnx_weights(path: Path) -> dict[str, Tensor]:
    """The weights of a network that `pose export` wrote, in float32, by their names there."""
    data = path.read_bytes()
    try:
        constants = onnx.load_model_from_string(data).graph.initializer
    except Exception as error:  # protobuf's, which has no types
        raise CheckpointError(f"{path}: expected an ONNX file, got {lookalike(path) or 'a broken file'}") from error
    weights = {each.name.removesuffix(".float16"): each for each in constants if each.name.startswith(SERVED)}
    return {name: torch.tensor(numpy_helper.to_array(each)).float() for name, each in weights.items()}


def _lightweight_name(ours: str) -> str:
    for pattern, their in _LIGHTWEIGHT_NAMES:
        ours = re.sub(pattern, their, ours)
    return ours


def _lightweight_options(theirs: Mapping[str, Tensor]) -> dict[str, Any]:
    """The number of refinement stages in the file, 1 to 3 (its owner trained three and uses one)."""
    return {"refinements": max(sum(f"refinement_stages.{i}.trunk.0.initial.0.weight" in theirs for i in range(3)), 1)}


def _openpose_name(ours: str) -> str:
    """Caffe's name of a layer; in ours a ReLU follows each layer, and a pooling each block, except the last one."""
    place, *indices, part = ours.split(".")
    layer = int(indices[-1]) // 2 + 1
    if place == "backbone":
        block = int(indices[0]) // 2 + 1
        return f"conv{block}_{layer}{'_CPM' if (block, layer) >= (4, 3) else ''}.{part}"
    stage, branch = int(indices[0]) + 1, {"pafs": "L1", "heatmaps": "L2"}[indices[1]]
    return f"conv5_{layer}_CPM_{branch}.{part}" if stage == 1 else f"Mconv{layer}_stage{stage}_{branch}.{part}"


def _hand_name(ours: str) -> str:
    """Caffe's name of a layer, as `_openpose_name`; our fourth block has the layers of Caffe's fourth and fifth."""
    place, *indices, part = ours.split(".")
    layer = int(indices[-1]) // 2 + 1
    if place == "backbone":
        block = int(indices[0]) // 2 + 1
        block, layer = (5, layer - 4) if (block, layer) > (4, 4) else (block, layer)
        return f"conv{block}_{layer}{'_CPM' if (block, layer) == (5, 3) else ''}.{part}"
    stage = int(indices[0]) + 1
    return f"conv6_{layer}_CPM.{part}" if stage == 1 else f"Mconv{layer}_stage{stage}.{part}"


_LIGHTWEIGHT_NAMES: Final = (
    (r"^backbone\.", "model."),
    (r"^stages\.0\.", "initial_stage."),
    *((rf"^stages\.{number}\.", f"refinement_stages.{number - 1}.") for number in (1, 2, 3)),
    (r"\.branches\.(\w+)\.0\.", r".\1.0."),
    (r"\.branches\.(\w+)\.1\.", r".\1.1.0."),
)

_CMU_LICENCE: Final = (
    "CMU's OpenPose licence: academic or non-profit, non-commercial research use only. Models exported "
    "from these weights must not be shipped commercially"
)

PUBLICATIONS: Final[Mapping[str, Publication]] = {
    "lightweight-site": Publication(
        network="lightweight_fine",
        where="model/pose.onnx, the shipped model",
        licence="Apache-2.0; its data: model/MODEL_CARD.md",
        their_name=lambda ours: f"{SERVED}{ours}",
        options=lambda _: {},
        layout=layout(heads=True, stride=4),
    ),
    "lightweight-openpose": Publication(
        network="lightweight_openpose",
        where="https://github.com/Daniil-Osokin/lightweight-human-pose-estimation.pytorch, section Pre-trained model: "
        "checkpoint_iter_370000.pth",
        licence="Apache-2.0; trained on COCO",
        their_name=_lightweight_name,
        options=_lightweight_options,
    ),
    "openpose-body": Publication(
        network="openpose_vgg19",
        where="https://github.com/Hzzone/pytorch-openpose, section Download the Models: body_pose_model.pth, made from "
        "pose_iter_440000.caffemodel of https://github.com/CMU-Perceptual-Computing-Lab/openpose",
        licence=_CMU_LICENCE,
        their_name=_openpose_name,
        options=lambda _: {},
    ),
    "openpose-hand": Publication(
        network="openpose_hand",
        where="https://github.com/Hzzone/pytorch-openpose, section Download the Models: hand_pose_model.pth, made from "
        "pose_iter_102000.caffemodel of https://github.com/CMU-Perceptual-Computing-Lab/openpose",
        licence=_CMU_LICENCE,
        their_name=_hand_name,
        options=lambda _: {},
        layout=HandSpec(),
    ),
}
