"""Writes a network to the files that programs made for OpenPose's published networks load, and runs each.

Source of sizes, input and outputs: github.com/Hzzone/pytorch-openpose (src/body.py, src/hand.py, src/model.py), and for
the files made of it github.com/Vastai/VastModelZOO, cv/pose/openpose/README.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import cv2
import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn

from pose.fields import FieldSpec
from pose.hands import HandSpec
from pose.layout import Layout
from pose.runtimes.openvino import core
from pose.train.export.network_files import (
    FLOAT16_TOLERANCE,
    TOLERANCE,
    Answer,
    Batch,
    ExportError,
    HalfNetwork,
    Picture,
    compare,
    drop_notes,
    to_onnx,
    to_torchscript,
)
from pose.train.networks.blocks import HEATMAPS, PAFS
from pose.train.networks.published import PUBLISHED_FIELDS

INPUT: Final = "input"


@dataclass(frozen=True, slots=True)
class Form:
    """What such programs expect.

    name: of the files. side: of the picture, in pixels. outputs: by name in their order, which of our channels each is.
    """

    name: str
    side: int
    outputs: Mapping[str, Sequence[int]]


class InForm(nn.Module):
    """The network with the outputs of its form; one output is no tuple."""

    def __init__(self, network: nn.Module, form: Form) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("order", torch.tensor([c for channels in form.outputs.values() for c in channels]))
        self._counts = [len(channels) for channels in form.outputs.values()]

    def forward(self, pictures: Tensor) -> Tensor | tuple[Tensor, ...]:
        """(N, 3, H, W) float32 BGR, pixel / 256 - 0.5 -> each output (N, channels, H / stride, W / stride) float32."""
        answer: Tensor = self.network(pictures)[-1]
        outputs: tuple[Tensor, ...] = torch.split(answer.index_select(1, self.get_buffer("order")), self._counts, 1)
        return outputs if len(outputs) > 1 else outputs[0]


def write_openpose_files(network: nn.Module, layout: Layout, folder: Path, picture: Picture) -> list[Path]:
    """Write TorchScript, ONNX, and ONNX that computes in float16, of one picture of the form's size, and name them.

    picture: (H, W, 3) uint8 BGR, on which, and on noise, each file is compared with torch in float32.
    Raises ExportError where they differ by more than the tolerances of `network_files`, or where OpenPose has no such
    network.
    """
    form = _form(layout)
    samples = _samples(picture, form.side)
    module = InForm(network, form).eval()
    expected = [_joined(module, batch) for batch in samples]
    name = f"{form.name}-{form.side}x{form.side}"
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix=".openpose-") as unfinished:
        script, plain, half = (Path(unfinished) / f"{name}{end}" for end in (".torchscript", ".onnx", "-fp16.onnx"))
        _write_torchscript(module, script, samples, expected)
        _write_onnx(module, form, plain, samples, expected, TOLERANCE)
        in_half = InForm(HalfNetwork(network), form).eval()
        _write_onnx(in_half, form, half, samples, expected, FLOAT16_TOLERANCE)
        return [path.replace(folder / path.name) for path in (script, plain, half)]


def _write_torchscript(module: InForm, path: Path, samples: Sequence[Batch], expected: Sequence[Answer]) -> None:
    loaded = to_torchscript(module, torch.from_numpy(samples[0]), path)
    compare(path.name, lambda batch: _joined(loaded, batch), samples, expected, TOLERANCE)


def _write_onnx(
    module: InForm, form: Form, path: Path, samples: Sequence[Batch], expected: Sequence[Answer], tolerance: float
) -> None:
    to_onnx(module, torch.from_numpy(samples[0]), list(form.outputs), {}, path, INPUT)
    drop_notes(path)
    compare(f"{path.name} on onnx", _in_onnx_runtime(path), samples, expected, tolerance)
    compare(f"{path.name} on openvino", _in_openvino(path), samples, expected, tolerance)


def _form(layout: Layout) -> Form:
    if layout.kind not in _FORMS:
        raise ExportError(f"OpenPose's files: expected a network of {' or '.join(_FORMS)}, got {layout.kind}")
    return _FORMS[layout.kind](layout)


def _body(layout: FieldSpec) -> Form:
    if layout.background is None:
        raise ExportError("OpenPose's files: expected fields with a background, got none")
    ours = dict(zip(PUBLISHED_FIELDS.used_channels, layout.used_channels, strict=False))  # ours may have heads too
    pafs = [ours[channel] for channel in range(HEATMAPS, HEATMAPS + PAFS)]
    return Form("body", 184, {"pafs": pafs, "heatmaps": [ours[channel] for channel in range(HEATMAPS)]})


def _hand(layout: HandSpec) -> Form:
    return Form("hand", 368, {"heatmaps": range(layout.channels)})


_FORMS: Final[Mapping[str, Callable[[Any], Form]]] = {FieldSpec.kind: _body, HandSpec.kind: _hand}


def _samples(picture: Picture, side: int) -> list[Batch]:
    noise = np.random.default_rng(0).random((1, 3, side, side), np.float32) - 0.5
    shown = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)
    return [shown.transpose(2, 0, 1)[None] / 256 - 0.5, noise]


def _joined(module: Callable[[Tensor], Tensor | tuple[Tensor, ...]], batch: Batch) -> Answer:
    with torch.inference_mode():
        answer = module(torch.from_numpy(batch))
    joined: Answer = (answer if isinstance(answer, Tensor) else torch.cat(answer, 1)).numpy()
    return joined


def _in_onnx_runtime(path: Path) -> Callable[[Batch], Answer]:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return lambda batch: np.concatenate(session.run(None, {INPUT: batch}), axis=1)


def _in_openvino(path: Path) -> Callable[[Batch], Answer]:
    compiled = core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return lambda batch: np.concatenate(list(compiled(batch).values()), axis=1)
