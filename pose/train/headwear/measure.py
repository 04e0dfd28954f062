"""How often the headwear network is right on heads as serving finds them."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from pose.measuring.measures import HEAD_SIZES
from pose.train.headwear.augment import plain
from pose.train.headwear.network import HeadwearNetwork, ServedHeadwear
from pose.train.headwear.patches import BARE, HELMET, NO_HEAD, Patches

_BATCH: Final = 256
_SIZES: Final = {"all": (0.0, np.inf), **{name: HEAD_SIZES[name] for name in HEAD_SIZES if name != "over_20px"}}


def measure(network: HeadwearNetwork, patches: Patches) -> list[dict[str, float | str]]:
    """A row for each size of heads, in pixels of their pictures, that the fields network found any of.

    Keys: `size`; `heads`, how many it found; `helmets_right` and `bare_right`, % of them whose kind is more probable
    than the other; `called_no_head`, % that would rather be no head; `ghosts_called_no_head`, % of what it took for
    heads of this size where none is labelled. A share of nothing is missing.
    """
    seen = probabilities(network, patches.pixels)
    rows = []
    for size, (low, high) in _SIZES.items():
        here = patches.found & (patches.sizes >= low) & (patches.sizes < high)
        heads = here & (patches.kinds != NO_HEAD)
        if not heads.any():
            continue
        row: dict[str, float | str] = {"size": size, "heads": int(heads.sum())}
        helmeted = seen[:, HELMET] > seen[:, BARE]
        for name, right in (
            ("helmets_right", helmeted[here & (patches.kinds == HELMET)]),
            ("bare_right", ~helmeted[here & (patches.kinds == BARE)]),
            ("called_no_head", seen[heads].argmax(1) == NO_HEAD),
            ("ghosts_called_no_head", seen[here & (patches.kinds == NO_HEAD)].argmax(1) == NO_HEAD),
        ):
            if len(right):
                row[name] = round(100 * float(right.mean()), 2)
        rows.append(row)
    return rows


def probabilities(network: HeadwearNetwork, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Of `KINDS` in patches (n, SIDE, SIDE, 3), (n, 3)."""
    served = ServedHeadwear(network).eval()
    answers = [np.zeros((0, 3), np.float32)]
    with torch.inference_mode():
        for start in range(0, len(pixels), _BATCH):
            crops = np.stack([plain(patch) for patch in pixels[start : start + _BATCH]])
            answers.append(served(torch.from_numpy(crops)).numpy())
    return np.concatenate(answers)
