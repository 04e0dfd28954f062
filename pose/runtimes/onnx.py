"""ONNX Runtime: for NVIDIA GPUs, for CPUs without OpenVINO, and to compare with OpenVINO."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from pose.layout import Layout
from pose.runtimes import GPU_PRECISIONS, NoGpuError, Runtime, check_driver

_CUDA: Final = "CUDAExecutionProvider"
_SMALL: Final = (1, 64, 64, 3)


class OnnxRuntime(Runtime):
    """An ONNX network with a `picture` input of (N, H, W, 3) uint8; safe to call from several threads."""

    def __init__(
        self, session: onnxruntime.InferenceSession, layout: Layout, precision: str, device: str = "cpu"
    ) -> None:
        self.precision, self.device = precision, device
        self._session = session
        self._outputs = layout.outputs

    def run(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, H, W, 3) uint8 BGR -> its answer (N, channels, H / stride, W / stride) float32."""
        outputs = self._session.run(list(self._outputs), {"picture": batch})
        answer: NDArray[np.float32] = outputs[0] if len(outputs) == 1 else np.concatenate(outputs, axis=1)
        return answer


def on_cpu(network: Path, layout: Layout, *, precision: str, threads: int) -> OnnxRuntime:
    """The network in float32 on the CPU; ValueError for another precision."""
    _check_precision("onnx", precision)
    session = onnxruntime.InferenceSession(str(network), _options(threads), providers=["CPUExecutionProvider"])
    return OnnxRuntime(session, layout, "f32")


def on_gpu(network: Path, layout: Layout, *, precision: str) -> OnnxRuntime:
    """The network on the first NVIDIA GPU, tried there on a small picture.

    precision: `auto` lets it multiply in TensorFloat-32, which GPUs compute natively since Ampere; `f32` does not.
    Raises NoGpuError when the GPU, its driver or the packages are missing or do not fit together; ValueError for
    another precision.
    """
    _check_precision("cuda", precision)
    _load_cuda()
    cuda = {
        "use_tf32": "1" if precision == "auto" else "0",
        # The default tries the algorithms of every convolution whenever an input has a new shape.
        "cudnn_conv_algo_search": "HEURISTIC",
    }
    try:
        session = onnxruntime.InferenceSession(str(network), _options(1), providers=[(_CUDA, cuda)], enable_fallback=0)
        if _CUDA in session.get_providers():
            runtime = OnnxRuntime(session, layout, "tf32" if precision == "auto" else "f32", "cuda:0")
            runtime.run(np.zeros(_SMALL, np.uint8))
            return runtime
    except Exception as error:  # ONNX Runtime's errors have no common class
        got = " ".join(str(error).split())
        raise NoGpuError(f"cuda: expected a GPU that runs the network, got {got}") from error
    raise NoGpuError("cuda: expected CUDA 13 and cuDNN 9 for the GPU, got none that ONNX Runtime could load")


def _load_cuda() -> None:
    check_driver()
    if _CUDA not in onnxruntime.get_available_providers():
        raise NoGpuError("cuda: expected the packages of requirements-gpu.txt, got an onnxruntime for CPUs")
    with redirect_stdout(sys.stderr):  # ONNX Runtime prints what it does not find
        onnxruntime.preload_dlls()  # CUDA and cuDNN from pip's packages


def _options(threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Idle threads free their core instead of spinning.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _check_precision(runtime: str, precision: str) -> None:
    if precision not in GPU_PRECISIONS:
        raise ValueError(f"precision: {runtime} expected auto or f32, got {precision}")
