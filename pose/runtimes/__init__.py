"""Runtimes run the network: each takes the same pictures and gives the same answer."""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from pose.errors import PoseError
from pose.layout import Layout

RUNTIMES: Final = ("openvino", "onnx", "cuda")
PRECISIONS: Final = ("auto", "f32", "bf16", "int8")
GPU_PRECISIONS: Final = ("auto", "f32")


class NoGpuError(PoseError):
    """The requested GPU cannot be used: the message says what is missing."""


class Runtime(Protocol):
    """A loaded network.

    precision: the arithmetic that it actually runs with. device: where it runs: `cpu`, `cuda:0` (the first NVIDIA GPU)
    or `remote` (a server's business). callers: most callers of `run` whose pictures share a run.
    """

    precision: str
    device: str = "cpu"
    callers: int = 1

    def run(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, H, W, 3) uint8 BGR -> its answer (N, channels, H / stride, W / stride) float32."""
        ...

    def check(self, *, trusting: bool = False) -> None:  # noqa: ARG002
        """Raise NetworkServerError when the server that runs the network does not work.

        trusting: do not ask when the last result was good. A network in this process needs no check.
        """
        return


@cache
def driver_is_there() -> bool:
    """Whether this machine has NVIDIA's driver; to initialise it before a fork would break it for the children."""
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    return True


def check_driver() -> None:
    """NoGpuError unless this machine has NVIDIA's driver."""
    if not driver_is_there():
        raise NoGpuError("cuda: expected an NVIDIA GPU with its driver (libcuda.so.1), got none")


def open_runtime(
    name: str, network: Path, layout: Layout, *, precision: str, threads: int, streams: int = 1
) -> Runtime:
    """Load a network file with the named runtime.

    precision: `auto` takes bf16 where the processor computes it natively, else f32; `int8` runs a quantised network,
    whose float layers run as with `auto`. threads: of one run on a CPU. streams: simultaneous runs on OpenVINO.
    Raises ValueError for an unknown runtime or precision; NoGpuError for `cuda` without a GPU; the library's own error
    for a bad file.
    """
    if name == "openvino":
        from pose.runtimes.openvino import OpenVinoRuntime  # noqa: PLC0415  only the chosen library is loaded

        return OpenVinoRuntime(network, layout.outputs, precision=precision, threads=threads, streams=streams)
    if name == "onnx":
        from pose.runtimes.onnx import on_cpu  # noqa: PLC0415

        return on_cpu(network, layout, precision=precision, threads=threads)
    if name == "cuda":
        from pose.runtimes.onnx import on_gpu  # noqa: PLC0415

        return on_gpu(network, layout, precision=precision)
    raise ValueError(f"runtime: expected one of {', '.join(RUNTIMES)}, got {name}")
