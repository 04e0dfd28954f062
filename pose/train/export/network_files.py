"""Writes a trained network to files that runtimes load, and compares each file's answers with PyTorch's."""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from pose.errors import PoseError
from pose.layout import Layout
from pose.runtimes import open_runtime
from pose.runtimes.openvino import OpenVinoRuntime
from pose.runtimes.torch import Served

# Shares of the largest value of the fields, which is about 1.2 for a trained network. Runtimes differ by 0.00001 in
# float32.
TOLERANCE: Final = 0.001
# float16 weights (11 MB instead of 23) changed the first weights' fields by 0.0006 on model/warmup.jpg, computing in
# float16 by 0.0013; the fields of untrained networks of 50 layers change by 0.01. The shipped grouping's least
# peak is 0.08.
FLOAT16_TOLERANCE: Final = 0.03
RUNTIMES: Final = ("openvino", "onnx")

Batch = NDArray[Any]
Picture = NDArray[np.uint8]
Answer = NDArray[np.float32]


class ExportError(PoseError):
    """The exported network's answer differs from the trained one's."""


class HalfNetwork(nn.Module):
    """A network that computes in float16, with float16 weights, and takes and answers float32."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = copy.deepcopy(network).half()

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        """(N, 3, H, W) float32 -> the last stage's answer alone, float32."""
        return (self.network(pictures.half())[-1].float(),)


def write_onnx(served: Served, layout: Layout, path: Path, samples: Sequence[Picture]) -> None:
    """Write ONNX for any batch, height and width, with normalisation inside and large weights stored as float16.

    samples: (N, H, W, 3) uint8 batches on which each runtime's answers are compared with torch's, in float32.
    Raises ExportError when they differ by more than `TOLERANCE`, or `FLOAT16_TOLERANCE` with the stored weights.
    """
    expected = _answers(served, samples)
    _export(served, layout, path)
    _compare_runtimes(path, layout, samples, expected, TOLERANCE, "with float32 weights")
    _slim(path)
    _compare_runtimes(path, layout, samples, expected, FLOAT16_TOLERANCE, "with float16 weights")


def write_half_onnx(served: Served, layout: Layout, path: Path, samples: Sequence[Picture]) -> None:
    """Write ONNX that computes in float16, for GPUs; ExportError beyond `FLOAT16_TOLERANCE` of torch in float32."""
    _export(Served(HalfNetwork(served.network)).eval(), layout, path)
    _slim(path)
    _compare_runtimes(path, layout, samples, _answers(served, samples), FLOAT16_TOLERANCE, "in float16")


def write_crops_onnx(served: nn.Module, output: str, path: Path, sample: Picture) -> None:
    """Write a network of crops for any number of them, as `write_onnx` does for whole pictures.

    output: the name of its answer. sample: (N, side, side, 3) uint8 crops on which OpenVINO is compared with torch.
    """
    expected = [_run(served, sample)]
    to_onnx(served, torch.from_numpy(sample), (output,), {0: torch.export.Dim.DYNAMIC}, path)
    _slim(path)
    runtime = OpenVinoRuntime(path, (output,), precision="f32", threads=1)
    compare(f"{path.name} with float16 weights", runtime.run, [sample], expected, FLOAT16_TOLERANCE)


def _export(served: nn.Module, layout: Layout, path: Path) -> None:
    any_size = torch.export.Dim.DYNAMIC
    sample = torch.zeros(2, 128, 192, 3, dtype=torch.uint8)
    to_onnx(served, sample, layout.outputs, {0: any_size, 1: any_size, 2: any_size}, path)


def to_onnx(
    served: nn.Module,
    sample: Tensor,
    outputs: Sequence[str],
    dynamic: Mapping[int, Any],
    path: Path,
    name: str = "picture",
) -> None:
    """Write ONNX as the exporter makes it. dynamic: which of the input's axes have any length; name: the input's."""
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it mentions torchvision, which nothing here needs
    with warnings.catch_warnings(action="ignore"):  # the exporter warns about its own internals
        torch.onnx.export(
            served,
            (sample,),
            path,
            input_names=[name],
            output_names=list(outputs),
            dynamic_shapes=(dynamic,),
            external_data=False,
            verbose=False,
        )


def _compare_runtimes(
    path: Path, layout: Layout, samples: Sequence[Picture], expected: Sequence[Answer], tolerance: float, how: str
) -> None:
    for name in RUNTIMES:
        runtime = open_runtime(name, path, layout, precision="f32", threads=1)
        compare(f"{path.name} {how} on {name}", runtime.run, samples, expected, tolerance)


def write_torchscript(served: Served, path: Path, samples: Sequence[Picture]) -> None:
    """Write TorchScript, for C++ and phones; ExportError as `write_onnx`."""
    script = to_torchscript(served, torch.zeros(2, 128, 192, 3, dtype=torch.uint8), path)
    compare(path.name, lambda batch: _run(script, batch), samples, _answers(served, samples), TOLERANCE)


def to_torchscript(served: nn.Module, sample: Tensor, path: Path) -> Callable[[Tensor], Any]:
    """Write what the module does with the sample as TorchScript, and return what is in the file."""
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # torch recommends its newer export
        torch.jit.trace(served, sample).save(str(path))  # type: ignore[no-untyped-call]
        script: Callable[[Tensor], Any] = torch.jit.load(str(path))  # type: ignore[no-untyped-call]
    return script


def compare(
    what: str,
    run: Callable[[Batch], Answer],
    samples: Sequence[Batch],
    expected: Sequence[Answer],
    tolerance: float,
) -> None:
    """ExportError when a sample's answer differs by more than the tolerance times the largest value (at least 1)."""
    for batch, answer in zip(samples, expected, strict=True):
        difference = float(np.abs(run(batch) - answer).max())
        allowed = tolerance * max(1.0, float(np.abs(answer).max()))
        if not difference <= allowed:
            raise ExportError(f"{what}: expected an answer within {allowed:.4f} of torch's, got {difference:.4f} off")


def _answers(served: nn.Module, samples: Sequence[Picture]) -> list[Answer]:
    return [_run(served, batch) for batch in samples]


def _run(served: Callable[[Tensor], Tensor], batch: Picture) -> Answer:
    with torch.inference_mode():
        answer: Answer = served(torch.from_numpy(batch)).numpy()
    return answer


def _slim(path: Path) -> None:
    """Drop the exporter's notes and store large constants as float16.

    A cast after each constant widens it again; runtimes fold the cast when they load the file.
    """
    drop_notes(path)
    model = onnx.load(path)
    graph = model.graph
    for constant in list(graph.initializer):
        values = numpy_helper.to_array(constant)
        if values.dtype != np.float32 or values.size < 1024:
            continue
        name = constant.name
        with np.errstate(over="ignore"):  # an overflow shows when runtimes are compared
            narrow = values.astype(np.float16)
        constant.CopyFrom(numpy_helper.from_array(narrow, f"{name}.float16"))
        graph.node.insert(0, helper.make_node("Cast", [f"{name}.float16"], [name], to=TensorProto.FLOAT))
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def drop_notes(path: Path) -> None:
    """Drop what the exporter noted in the ONNX file: paths and line numbers of this machine."""
    model = onnx.load(path)
    graph = model.graph
    for noted in (model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        noted.ClearField("metadata_props")
        noted.ClearField("doc_string")
    onnx.save(model, path)
