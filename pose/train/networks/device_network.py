"""A network's file, ONNX or OpenVINO IR, as PyTorch operations on the device that trains.

OpenVINO reads the file and folds what is constant; of the networks here a dozen kinds of operations are left.
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
from pose.fields import FieldSpec
from pose.runtimes.openvino import read_network

Attributes = dict[str, Any]
Operation = Callable[..., Tensor]


class DeviceNetwork:
    """Answers pictures on a device as `OpenVinoRuntime` does; convolutions run in bfloat16 on a GPU, else in float32.

    inner: as there. Pictures of the first shape raise PoseError where an operation is not translated here.
    """

    def __init__(self, network: Path, spec: FieldSpec, device: torch.device | str, inner: Sequence[str] = ()) -> None:
        self._device = torch.device(device)
        self._model = read_network(network)
        names = [output.names for output in self._model.outputs]
        self._fields = [next(place for place, own in enumerate(names) if name in own) for name in spec.outputs]
        self._model.add_outputs([(name, 0) for name in inner])
        self._inner = range(len(names), len(self._model.outputs))
        self._programs: dict[tuple[int, ...], _Program] = {}

    def __call__(self, pictures: Tensor) -> Tensor:
        """(N, H, W, 3) uint8 BGR -> fields and inner channels (N, C, H / stride, W / stride) float32."""
        shape = tuple(pictures.shape)
        if shape not in self._programs:
            model = self._model.clone()
            model.reshape(list(shape))
            self._programs[shape] = _Program(model, self._device)
        bf16 = torch.autocast(self._device.type, torch.bfloat16, enabled=self._device.type == "cuda")
        with torch.no_grad(), bf16:
            answered = self._programs[shape](pictures)
        return torch.cat([answered[place].float() for place in (*self._fields, *self._inner)], dim=1)


class _Program:
    """A network for pictures of one shape: its operations in their order, each with the names of what it takes."""

    def __init__(self, model: ov.Model, device: torch.device) -> None:
        manager = Manager()
        manager.register_pass(ConstantFolding())
        manager.run_passes(model)
        self._constants: dict[str, Tensor] = {}
        self._steps: list[tuple[str, Operation, Attributes, list[str]]] = []
        for node in model.get_ordered_ops():
            name, kind = node.get_friendly_name(), node.get_type_name()
            taken = [value.get_node().get_friendly_name() for value in node.input_values()]
            if kind == "Constant":
                constant = torch.from_numpy(node.get_data().copy())
                self._constants[name] = constant.float().to(device) if constant.is_floating_point() else constant
            elif kind == "Parameter":
                self._picture = name
            elif kind == "FakeQuantize":
                bounds = [self._constants[source] for source in taken[1:]]
                steps = node.get_attributes()["levels"] - 1
                scales, zeros = _levels(name, bounds, steps, node.output(0).shape[1])
                taken[1:] = [f"{name} scales", f"{name} zeros"]
                self._constants.update(zip(taken[1:], (scales, zeros), strict=True))
                self._steps.append((name, _fake_quantize, {"steps": steps}, taken))
            elif kind in _OPERATIONS:
                self._steps.append((name, _OPERATIONS[kind], node.get_attributes(), taken))
            elif kind != "Result":
                raise PoseError(
                    f"teacher: expected operations among {', '.join(_OPERATIONS)}, FakeQuantize, got {kind} ({name})"
                )
        self._results = [result.input_value(0).get_node().get_friendly_name() for result in model.get_results()]
        self._last_use = {source: name for name, *_, taken in self._steps for source in taken}

    def __call__(self, pictures: Tensor) -> list[Tensor]:
        values = {**self._constants, self._picture: pictures}
        for name, operation, attributes, taken in self._steps:
            values[name] = operation(attributes, *(values[source] for source in taken))
            for source in set(taken).difference(self._results):
                if self._last_use[source] == name:
                    del values[source]  # else a batch's values of all layers would lie in memory at once
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
    """Of each channel, (C,): how far levels lie apart, and which of them is 0, to the nearest."""
    low, high, *answered = bounds
    if low.numel() not in (1, channels) or not (low.equal(answered[0]) and high.equal(answered[1])):
        raise PoseError(f"teacher: {name}: expected quantisation to the levels of its input, by channel or for all")
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
