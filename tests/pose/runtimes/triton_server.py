"""Serves an ONNX network with Triton, by PyTriton: `triton_server.py NETWORK PORT`, in an environment of
requirements-v2-server.txt. ONNX Runtime runs it on the CPU, in the process that PyTriton makes for it.
"""

from __future__ import annotations

import sys

import numpy as np
import onnxruntime
from pytriton.decorators import batch
from pytriton.model_config import ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig


def main(network: str, port: int) -> None:
    """Serve until told to stop."""
    session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])

    @batch
    def infer(picture):
        return {"fields": session.run(["fields"], {"picture": picture})[0]}

    config = TritonConfig(
        http_port=port, http_address="127.0.0.1", allow_grpc=False, allow_metrics=False, exit_timeout_secs=1
    )
    with Triton(config=config) as triton:
        triton.bind(
            model_name="pose",
            infer_func=infer,
            inputs=[Tensor(name="picture", dtype=np.uint8, shape=(-1, -1, 3))],
            outputs=[Tensor(name="fields", dtype=np.float32, shape=(62, -1, -1))],
            config=ModelConfig(max_batch_size=8),
        )
        triton.serve()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
