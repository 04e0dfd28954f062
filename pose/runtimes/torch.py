"""PyTorch: runs a trained network without an export."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pose.layout import Layout
from pose.runtimes import Runtime

PRECISIONS: Final = ("auto", "f32", "bf16")


class Served(nn.Module):
    """A trained network with normalisation inside that answers its last stage."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, picture: Tensor) -> Tensor:
        """(N, H, W, 3) uint8 BGR -> its answer (N, channels, H / stride, W / stride)."""
        stages: tuple[Tensor, ...] = self.network(picture.permute(0, 3, 1, 2).float() / 256 - 0.5)
        return stages[-1]


class TorchRuntime(Runtime):
    """A module of `pose.train.networks` on a device; the constructor puts it into evaluation mode.

    precision: `bf16` runs under autocast; `auto` is f32.
    """

    def __init__(self, module: nn.Module, layout: Layout, *, device: str = "cpu", precision: str = "auto") -> None:
        if precision not in PRECISIONS:
            raise ValueError(f"precision: torch expected one of {', '.join(PRECISIONS)}, got {precision}")
        self.precision = "f32" if precision == "auto" else precision
        self._layout = layout
        self.device, self._device = device, torch.device(device)
        self._served = Served(module).to(self._device).eval()

    def run(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, H, W, 3) uint8 BGR -> its answer (N, channels, H / stride, W / stride) float32."""
        picture = torch.from_numpy(batch).to(self._device)
        with (
            torch.inference_mode(),
            torch.autocast(self._device.type, torch.bfloat16, enabled=self.precision == "bf16"),
        ):
            answer: NDArray[np.float32] = self._served(picture).float().cpu().numpy()
        if answer.shape[1] < self._layout.channels:
            expected = f"{self._layout.channels} channels of {self._layout.kind}"
            raise ValueError(f"network: expected {expected}, got {answer.shape[1]}")
        return answer
