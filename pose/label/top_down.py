"""Top-down networks: find one person's 17 keypoints in a window. OpenVINO runs them as a JSON file describes.

docs/labelling.md lists the keys of the description.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino.preprocess import ColorFormat, PrePostProcessor

from pose.estimation.model import ModelError, verify_files
from pose.estimation.preprocess import cut_out
from pose.runtimes.openvino import core
from pose.skeleton import COCO_KEYPOINTS

Floats = NDArray[np.float64]

HEATMAPS: Final = "heatmaps"
KEYPOINTS: Final = "keypoints"
_POINTS: Final = len(COCO_KEYPOINTS)
_BLACK: Final = 0  # what these networks see beyond a picture's edges in training
_QUARTER: Final = 0.25


@dataclass(frozen=True, slots=True)
class TopDownModel:
    """The content of a description; paths are absolute.

    files: sha256 of the network and of its other files, by name. width, height: of the input, pixels.
    colours: `RGB` or `BGR`. mean, scale: the network takes (pixel - mean) / scale of each colour, in that order.
    output: the form of the network's first output, in COCO's order: `HEATMAPS` (1, 17, h, w), or `KEYPOINTS`
    (1, 17, 3): x and y from 0 to 1 across the input, and a confidence. facts: owner and licence, passed on unchanged.
    """

    name: str
    version: str
    network: Path
    files: dict[str, str]
    width: int
    height: int
    colours: str
    mean: tuple[float, float, float]
    scale: tuple[float, float, float]
    output: str
    facts: dict[str, Any]

    def __post_init__(self) -> None:
        """Raise ValueError for unknown colours or outputs and for an empty input."""
        if self.colours not in ("RGB", "BGR"):
            raise ValueError(f"input.colours: expected RGB or BGR, got {self.colours}")
        if self.output not in (HEATMAPS, KEYPOINTS):
            raise ValueError(f"output: expected {HEATMAPS} or {KEYPOINTS}, got {self.output}")
        if min(self.width, self.height) < 1:
            raise ValueError(f"input.width, input.height: expected at least 1, got {self.width} and {self.height}")


def read_top_down(path: Path) -> TopDownModel:
    """Read a description; ModelError when it is missing or wrong."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        given = values["input"]
        return TopDownModel(
            name=values["name"],
            version=values["version"],
            network=path.parent / values["network"],
            files={values["network"]: values["sha256"]} | values.get("files", {}),
            width=int(given["width"]),
            height=int(given["height"]),
            colours=given["colours"],
            mean=_three("input.mean", given["mean"]),
            scale=_three("input.scale", given["scale"]),
            output=values["output"],
            facts=values.get("facts", {}),
        )
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}") from error
    except KeyError as error:
        raise ModelError(f"{path}: expected a key {error}, got none") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise ModelError(f"{path}: {error}") from error


def _three(name: str, values: list[float]) -> tuple[float, float, float]:
    if len(values) != 3:
        raise ValueError(f"{name}: expected 3 numbers, one per colour, got {len(values)}")
    first, second, third = map(float, values)
    return first, second, third


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the picture with the aspect ratio of a network's input: left, top, width and height in pixels."""

    left: float
    top: float
    width: float
    height: float


class TopDown:
    """A loaded network; ModelError for other files than described, or a network that does not fit the description."""

    def __init__(self, model: TopDownModel, threads: int) -> None:
        verify_files(model.network.parent, model.files)
        self.model = model
        # bfloat16 is too coarse for confidences and for positions between cells.
        settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads, "ENABLE_CPU_PINNING": False}
        try:
            network = _take_pictures(core().read_model(model.network), model)
            self._compiled = core().compile_model(network, "CPU", settings)
        except RuntimeError as error:
            size, got = f"{model.width}x{model.height}", " ".join(str(error).split())
            raise ModelError(f"{model.network}: expected a network for {size}, got {got}") from error
        self._check_output()

    def __call__(self, picture: NDArray[np.uint8], box: Floats) -> Floats:
        """The keypoints of the person in a box (4,) left, top, width, height of a picture (H, W, 3) uint8 BGR.

        The network sees the box, extended to the aspect ratio of its input. Returns (17, 3): x, y in the picture's
        pixels and a confidence in [0, 1].
        """
        window = self._around(box)
        size = (self.model.width, self.model.height)
        part = cut_out(picture, (window.left, window.top), size[1] / window.height, size, _BLACK)
        answer = self._compiled(part[None])[0][0].astype(np.float64)
        keypoints = decode_heatmaps(answer) if self.model.output == HEATMAPS else answer
        keypoints[:, :2] = keypoints[:, :2] * (window.width, window.height) + (window.left, window.top)
        keypoints[:, 2] = np.clip(keypoints[:, 2], 0, 1)
        return keypoints

    def _around(self, box: Floats) -> Window:
        left, top, width, height = box.tolist()
        shape = self.model.width / self.model.height
        high = max(height, width / shape)
        return Window(left + width / 2 - high * shape / 2, top + height / 2 - high / 2, high * shape, high)

    def _check_output(self) -> None:
        shape = self._compiled.output(0).get_partial_shape()
        rank = 4 if self.model.output == HEATMAPS else 3
        if shape.rank != ov.Dimension(rank) or shape[1] != ov.Dimension(_POINTS):
            wanted = f"(1, {_POINTS}, h, w)" if rank == 4 else f"(1, {_POINTS}, 3)"
            raise ModelError(f"{self.model.network}: output: expected {self.model.output} {wanted}, got {shape}")


def _take_pictures(network: ov.Model, model: TopDownModel) -> ov.Model:
    """The network, made to take (1, height, width, 3) uint8 BGR."""
    channels_last = network.input(0).get_partial_shape()[3] == ov.Dimension(3)
    sides = [model.height, model.width]
    network.reshape([1, *sides, 3] if channels_last else [1, 3, *sides])
    steps = PrePostProcessor(network)
    picture = steps.input(0)
    picture.tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC")).set_color_format(ColorFormat.BGR)
    picture.model().set_layout(ov.Layout("NHWC" if channels_last else "NCHW"))
    changed = picture.preprocess().convert_element_type(ov.Type.f32)
    if model.colours == "RGB":
        changed = changed.convert_color(ColorFormat.RGB)
    changed.mean(list(model.mean)).scale(list(model.scale))
    return steps.build()


def decode_heatmaps(heatmaps: Floats) -> Floats:
    """(17, h, w) -> (17, 3): x, y from 0 to 1 across the input, and the highest value.

    A keypoint is the highest cell, moved by a quarter cell towards its higher neighbour; a cell stands for its upper
    left corner. Source: Xiao et al., "Simple Baselines for Human Pose Estimation and Tracking" (ECCV 2018).
    """
    points, rows, columns = heatmaps.shape
    highest = heatmaps.reshape(points, -1).argmax(axis=1)
    row, column = np.unravel_index(highest, (rows, columns))
    bordered = np.pad(heatmaps, ((0, 0), (1, 1), (1, 1)), mode="edge")
    kind = np.arange(points)
    right = np.sign(bordered[kind, row + 1, column + 2] - bordered[kind, row + 1, column])
    down = np.sign(bordered[kind, row + 2, column + 1] - bordered[kind, row, column + 1])
    x, y = (column + _QUARTER * right) / columns, (row + _QUARTER * down) / rows
    return np.stack([x, y, heatmaps[kind, row, column]], axis=1)
