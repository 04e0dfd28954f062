"""What runs the network: each runtime takes the same pictures and answers the same fields."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from pose.fields import FieldSpec

RUNTIMES: Final = ("openvino", "onnx")
PRECISIONS: Final = ("auto", "f32", "bf16", "int8")


class Runtime(Protocol):
    """A loaded network; `precision` is the arithmetic that it really runs with."""

    precision: str

    def run(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, H, W, 3) uint8 BGR -> fields (N, channels, H / stride, W / stride) float32."""
        ...


def open_runtime(name: str, network: Path, spec: FieldSpec, *, precision: str, threads: int) -> Runtime:
    """Load a network file with the named runtime.

    precision: `auto` takes bf16 where the processor computes it natively, else f32; `int8` runs a quantised network,
    and what it holds in float as `auto` does.
    Raises ValueError for a runtime or precision that is not offered; whatever the library raises for a bad file.
    """
    if name == "openvino":
        from pose.runtimes.openvino import OpenVinoRuntime  # noqa: PLC0415  only the chosen library is loaded

        return OpenVinoRuntime(network, spec, precision=precision, threads=threads)
    if name == "onnx":
        from pose.runtimes.onnx import OnnxRuntime  # noqa: PLC0415

        return OnnxRuntime(network, spec, precision=precision, threads=threads)
    raise ValueError(f"runtime: expected one of {', '.join(RUNTIMES)}, got {name}")
