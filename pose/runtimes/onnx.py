"""ONNX Runtime: where OpenVINO cannot be had, and a second opinion beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from pose.fields import FieldSpec


class OnnxRuntime:
    """An ONNX network with a `picture` input of (N, H, W, 3) uint8 on the CPU; safe to call from several threads."""

    def __init__(self, network: Path, spec: FieldSpec, *, precision: str, threads: int) -> None:
        if precision not in ("auto", "f32"):
            raise ValueError(f"precision: onnx expected auto or f32, got {precision}")
        self.precision = "f32"
        self._outputs = spec.outputs
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Idle threads leave the core to others.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])

    def run(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, H, W, 3) uint8 BGR -> fields (N, channels, H / stride, W / stride) float32."""
        outputs = self._session.run(list(self._outputs), {"picture": batch})
        fields: NDArray[np.float32] = outputs[0] if len(outputs) == 1 else np.concatenate(outputs, axis=1)
        return fields
