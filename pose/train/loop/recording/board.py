"""Writes a run's scalars and pictures for TensorBoard."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch.utils.tensorboard import SummaryWriter


class Board:
    """Writes events into a run's folder; an earlier session's events from `step` on are hidden."""

    def __init__(self, folder: Path, step: int) -> None:
        self._writer = SummaryWriter(str(folder), purge_step=step)

    def scalars(self, group: str, values: Mapping[str, float], step: int) -> None:
        """Add a point per value, under group/name."""
        for name, value in values.items():
            self._writer.add_scalar(f"{group}/{name}", value, step)

    def pictures(self, pictures: Mapping[str, NDArray[np.uint8]], step: int) -> None:
        """Add a picture per name, (H, W, 3) uint8 BGR."""
        for name, picture in pictures.items():
            self._writer.add_image(name, picture[..., ::-1].copy(), step, dataformats="HWC")

    def close(self) -> None:
        """Write the events that are still in memory."""
        self._writer.close()
