"""Translates a network's file, ONNX or OpenVINO IR, to PyTorch operations on the device that trains.

OpenVINO reads the file and folds constants; the networks here then have about a dozen kinds of operations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import openvino as ov
import torch
from openvino.passes import ConstantFolding, Manager
from torch import Tensor
from torch.nn import functional

from pose.errors import PoseError
from pose.layout import Layout
from pose.runtimes.openvino import read_network

Attributes = dict[str, Any]
Operation = Callable[..., Tensor]


class DeviceNetwork:
    """Runs on a device, like `OpenVinoRuntime` on the CPU; convolutions run in bfloat16 on a GPU, else in float32.

    inner: as of `OpenVinoRuntime`. The first call raises PoseError for an operation without a translation.
    """

    def __init__(self, network: Path, layout: Layout, device: torch.device | str, inner: Sequence[str] = ()) -> None:
        self._device = torch.device(device)
        self._model = read_network(network)
        names = [output.names for output in self._model.outputs]
        self._outputs = [next(place for place, own in enumerate(names) if name in own) for name in layout.outputs]
        self._model.add_outputs([(name, 0) for name in inner])
        self._inner = range(len(names), len(self._model.outputs))
        self._programs: dict[tuple[int, ...], _Program] = {}

    def __call__(self, pictures: Tensor) -> Tensor:
        """(N, H, W, 3) uint8 BGR -> outputs and inner channels (N, C, H / stride, W / stride) float32."""
        shape = tuple(pictures.shape)
        if shape not in self._programs:
            model = self._model.clone()
            model.reshape(list(shape))
            self._programs[shape] = _Program(model, self._device)
        bf16 = torch.autocast(self._device.type, torch.bfloat16, enabled=self._device.type == "cuda")
        with torch.no_grad(), bf16:
            answered = self._programs[shape](pictures)
        return torch.cat([answered[place].float() for place in (*self._outputs, *self._inner)], dim=1)


class _Program:
    """A network for pictures of one shape: its operations in order, each with the names of its inputs."""

    def __init__(self, model: ov.Model, device: torch.device) -> None:
        manager = Manager()
        manager.register_pass(ConstantFolding())
        manager.run_passes(model)
        self._constants: dict[str, Tensor] = {}
        self._steps: list[tuple[str, Operation, Attributes, list[str]]] = []
        for node in model.get_ordered_ops():
            self._add(node, device)
        self._results = [result.input_value(0).get_node().get_friendly_name() for result in model.get_results()]
        self._last_use = {source: name for name, *_, inputs in self._steps for source in inputs}

    def _add(self, node: ov.Node, device: torch.device) -> None:
        name, kind = node.get_friendly_name(), node.get_type_name()
        inputs = [value.get_node().get_friendly_name() for value in node.input_values()]
        if kind == "Constant":
            constant = torch.from_numpy(node.get_data().copy())
            self._constants[name] = constant.float().to(device) if constant.is_floating_point() else constant
        elif kind == "Parameter":
            self._picture = name
        elif kind == "FakeQuantize":
            self._add_quantisation(node, inputs)
        elif kind in _OPERATIONS:
            self._steps.append((name, _OPERATIONS[kind], node.get_attributes(), inputs))
        elif kind != "Result":
            raise PoseError(
                f"teacher: expected operations among {', '.join(_OPERATIONS)}, FakeQuantize, got {kind} ({name})"
            )

    def _add_quantisation(self, node: ov.Node, inputs: list[str]) -> None:
        name, steps = node.get_friendly_name(), node.get_attributes()["levels"] - 1
        bounds = [self._constants[source] for source in inputs[1:]]
        scales, zeros = _levels(name, bounds, steps, node.output(0).shape[1])
        self._constants |= {f"{name} scales": scales, f"{name} zeros": zeros}
        self._steps.append((name, _fake_quantize, {"steps": steps}, [inputs[0], f"{name} scales", f"{name} zeros"]))

    def __call__(self, pictures: Tensor) -> list[Tensor]:
        values = {**self._constants, self._picture: pictures}
        for name, operation, attributes, inputs in self._steps:
            values[name] = operation(attributes, *(values[source] for source in inputs))
            for source in set(inputs).difference(self._results):
                if self._last_use[source] == name:
                    del values[source]  # frees memory: a batch's values of all layers are large
        return [values[name] for name in self._results]


def _convolution(attributes: Attributes, x: Tensor, weights: Tensor, groups: int = 1) -> Tensor:
    strides, dilations = attributes["strides"], attributes["dilations"]
    return functional.conv2d(_padded(attributes, x, 0.0), weights, None, strides, 0, dilations, groups)


def _group_convolution(attributes: Attributes, x: Tensor, weights: Tensor) -> Tensor:
    return _convolution(attributes, x, weights.flatten(0, 1), len(weights))


def _max_pool(attributes: Attributes, x: Tensor) -> Tensor:
    padded = _padded(attributes, x, -torch.inf)
    return functional.max_pool2d(padded, attributes["kernel"], attributes["strides"], 0, attributes["dilations"])


def _padded(attributes: Attributes, x: Tensor, value: float) -> Tensor:
    (top, left), (bottom, right) = attributes["pads_begin"], attributes["pads_end"]
    return functional.pad(x, (left, right, top, bottom), value=value) if top + left + bottom + right else x


def _pad(_: Attributes, x: Tensor, begin: Tensor, end: Tensor, value: Tensor) -> Tensor:
    pairs = [size for pair in zip(begin.tolist()[::-1], end.tolist()[::-1], strict=True) for size in pair]
    return functional.pad(x, pairs, value=float(value))


def _interpolate(_: Attributes, x: Tensor, sizes: Tensor, *__: Tensor) -> Tensor:
    return functional.interpolate(x, sizes.tolist()[-2:], mode="bilinear", align_corners=False)


def _levels(name: str, bounds: Sequence[Tensor], steps: int, channels: int) -> tuple[Tensor, Tensor]:
    """The distance between levels, and the index of the level nearest to 0, of each channel, (C,)."""
    low, high, *answered = bounds
    if low.numel() not in (1, channels) or not (low.equal(answered[0]) and high.equal(answered[1])):
        raise PoseError(f"teacher: {name}: expected quantisation to its input's levels, got another")
    scales = ((high - low) / steps).flatten().expand(channels)
    return scales.contiguous(), (-low.flatten() / scales).round().to(torch.int32)


def _fake_quantize(attributes: Attributes, x: Tensor, scales: Tensor, zeros: Tensor) -> Tensor:
    quantised: Tensor = torch.fake_quantize_per_channel_affine(x.float(), scales, zeros, 1, 0, attributes["steps"])
    return quantised


_OPERATIONS: Final[dict[str, Operation]] = {
    "Add": lambda _, a, b: a + b,
    "Subtract": lambda _, a, b: a - b,
    "Multiply": lambda _, a, b: a * b,
    "Divide": lambda _, a, b: a / b,
    "Maximum": lambda _, a, b: torch.maximum(a, b),
    "Minimum": lambda _, a, b: torch.minimum(a, b),
    "Relu": lambda _, x: x.relu(),
    "Elu": lambda attributes, x: functional.elu(x, attributes["alpha"]),
    "Convert": lambda _, x: x.float(),
    "Transpose": lambda _, x, order: x.permute(*order.tolist()),
    "Concat": lambda attributes, *parts: torch.cat(parts, dim=attributes["axis"]),
    "Convolution": _convolution,
    "GroupConvolution": _group_convolution,
    "MaxPool": _max_pool,
    "Pad": _pad,
    "Interpolate": _interpolate,
}
