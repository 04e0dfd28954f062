"""OpenVINO: the default on CPUs."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino.preprocess import PrePostProcessor

from pose.runtimes import PRECISIONS, Runtime

Shape = tuple[int, ...]


@cache
def core() -> ov.Core:
    """OpenVINO's core: one per process, and never destroyed.

    Each core installs a signal stack of its own. When several are destroyed in another order than they were made, the
    next signal finds a freed stack and kills the process.
    """
    return ov.Core()


class OpenVinoRuntime(Runtime):
    """Compiles the network once for each input shape and keeps it; safe to call from several threads.

    outputs: names of those that `run` answers, joined along their second axis. threads: of one inference. streams:
    simultaneous inferences over all shapes; further calls wait. Each stream needs its own buffers at every shape.
    inner: operations inside the network, at the outputs' stride, whose channels `run` appends to the outputs.
    """

    def __init__(
        self,
        network: Path,
        outputs: Sequence[str],
        *,
        precision: str,
        threads: int,
        streams: int = 1,
        inner: Sequence[str] = (),
    ) -> None:
        if precision not in PRECISIONS:
            raise ValueError(f"precision: openvino expected one of {', '.join(PRECISIONS)}, got {precision}")
        self._core = core()
        native = _native_precision(self._core)
        self.precision = native if precision == "auto" else precision
        self._outputs = outputs
        self._model = read_network(network)
        self._inner = len(self._model.add_outputs([(name, 0) for name in inner]))
        self._configuration = {
            "INFERENCE_PRECISION_HINT": native if precision == "int8" else self.precision,
            "INFERENCE_NUM_THREADS": threads * streams,  # OpenVINO divides them among the streams
            "NUM_STREAMS": streams,
            "ENABLE_CPU_PINNING": False,  # it would bind two worker processes to one core
        }
        self._streams = streams
        self._idle: dict[Shape, list[ov.InferRequest]] = {}
        self._compiling = threading.Lock()
        self._free_streams = threading.Semaphore(streams)

    def run(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, H, W, 3) uint8 BGR -> its answer (N, channels, H / stride, W / stride) float32."""
        idle = self._requests(batch.shape)
        with self._free_streams:
            request = idle.pop()  # never empty: there are as many requests as streams
            try:
                answer = request.infer(batch, share_inputs=True)
            finally:
                idle.append(request)
        inner = range(len(answer) - self._inner, len(answer))
        return _join([answer[key] for key in (*self._outputs, *inner)])

    def _requests(self, shape: Shape) -> list[ov.InferRequest]:
        """The idle requests for batches of this shape; compiling does not block inferences of other shapes."""
        if shape not in self._idle:
            with self._compiling:
                if shape not in self._idle:
                    self._idle[shape] = self._compile(shape)
        return self._idle[shape]

    def _compile(self, shape: Shape) -> list[ov.InferRequest]:
        model = self._model.clone()
        model.reshape(list(shape))
        compiled = self._core.compile_model(model, "CPU", self._configuration)
        return [compiled.create_infer_request() for _ in range(self._streams)]


def _native_precision(core: ov.Core) -> str:
    """bf16 where the processor computes it natively: half the time, the same heads (docs/measured/accuracy.md)."""
    return "bf16" if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"


def read_network(path: Path) -> ov.Model:
    """The network of a file, made to take (N, H, W, 3) uint8, whatever layout and type it was saved with."""
    model = core().read_model(path)
    picture = model.input(0)
    channels_last = picture.get_partial_shape()[3] == ov.Dimension(3)
    if channels_last and picture.get_element_type() == ov.Type.u8:
        return model
    steps = PrePostProcessor(model)
    steps.input(0).tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    steps.input(0).model().set_layout(ov.Layout("NHWC" if channels_last else "NCHW"))
    return steps.build()


def _join(outputs: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    return outputs[0] if len(outputs) == 1 else np.concatenate(outputs, axis=1)
