"""Structured pruning: makes a narrower, shorter `lightweight_fine` from a trained one, for further training.

Whole channels are removed, after Li et al., "Pruning Filters for Efficient ConvNets" (ICLR 2017), but by their
activation on pictures rather than by their weights alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pose.runtimes.torch import Served
from pose.train.networks import build
from pose.train.networks.architectures.lightweight_fine import COARSE, WIDEST
from pose.train.networks.blocks import Network
from pose.train.networks.checkpoint import Checkpoint

NETWORK: Final = "lightweight_fine"
# Weight of a channel's highest value in a picture beside its mean, for channels that are rarely but strongly active.
_PEAK_SHARE: Final = 0.5
PICTURES: Final = 48  # that the command runs

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Channels:
    """Channels to prune.

    option: names `kept`, the number of channels to keep. maker, depthwise, reader: the layers that make, filter and
    read the channels; depthwise is "" where there is none.
    """

    option: str
    maker: str
    depthwise: str
    reader: str
    kept: int


def prune(checkpoint: Checkpoint, pictures: Sequence[Picture], *, width: int, branch: int, blocks: int) -> Checkpoint:
    """Keep the `width` and `branch` most active channels, and the first `blocks` of the second stage.

    pictures: batches (N, H, W, 3) of uint8 BGR as serving prepares them. The facts lose the scores, which were the
    larger network's. Raises ValueError for another network, or one that has fewer channels or blocks.
    """
    if checkpoint.network != NETWORK:
        raise ValueError(f"checkpoint: expected the network {NETWORK}, got {checkpoint.network}")
    network = checkpoint.build()
    weights = network.state_dict()
    layers = [*_of_width(width), *_of_branches(branch)]
    carried = _carried(network, [channels.maker for channels in layers], pictures)
    for channels in layers:
        _cut(weights, channels, carried[channels.maker])
    options = {**checkpoint.options, "width": width, "branch": branch, "blocks": blocks}
    left = build(NETWORK, checkpoint.layout.channels, **options).state_dict()
    if missing := left.keys() - weights.keys():
        raise ValueError(f"blocks: expected at most those of the network, got {blocks}: it has no {min(missing)}")
    facts = {name: fact for name, fact in checkpoint.facts.items() if name != "scores"}
    return Checkpoint(NETWORK, checkpoint.layout, {name: weights[name] for name in left}, options, facts)


def _of_width(kept: int) -> Iterator[_Channels]:
    """MobileNet's widest layers; `align` reads the last one."""
    widest = [index for index, (outputs, *_) in enumerate(COARSE) if outputs == WIDEST]
    for index in widest[:-1]:
        following = f"coarse.{index + 1}"
        yield _Channels("width", f"coarse.{index}.2", f"{following}.0", f"{following}.2", kept)
    yield _Channels("width", f"coarse.{widest[-1]}.2", "", "align.0", kept)


def _of_branches(kept: int) -> Iterator[_Channels]:
    for branch in ("first_pafs", "first_heatmaps"):
        yield _Channels("branch", f"{branch}.0.0", "", f"{branch}.1", kept)


def _carried(network: Network, makers: Sequence[str], pictures: Sequence[Picture]) -> dict[str, Tensor]:
    """Maker -> the summed activation of each channel after its ReLU, (channels,)."""
    sums: dict[str, Tensor] = {}

    def look(maker: str, _module: nn.Module, _inputs: object, output: Tensor) -> None:
        values = output.clamp(min=0)
        seen = (values.mean(dim=(2, 3)) + _PEAK_SHARE * values.amax(dim=(2, 3))).sum(dim=0)
        sums[maker] = sums.get(maker, torch.zeros_like(seen)) + seen

    for maker in makers:
        network.get_submodule(maker).register_forward_hook(partial(look, maker))
    served = Served(network)
    with torch.inference_mode():
        for batch in pictures:
            served(torch.from_numpy(batch))
    return sums


def _cut(weights: dict[str, Tensor], channels: _Channels, carried: Tensor) -> None:
    """Keep, in place and in order, the channels with the greatest contribution to their reader."""
    if not 1 <= channels.kept <= len(carried):
        raise ValueError(f"{channels.option}: expected 1 to {len(carried)}, got {channels.kept}")
    reaching = carried * weights[f"{channels.reader}.weight"].flatten(1).norm(dim=0)
    filtered = [channels.depthwise] if channels.depthwise else []
    for name in filtered:
        reaching = reaching * weights[f"{name}.weight"].flatten(1).norm(dim=1)
    kept = reaching.topk(channels.kept).indices.sort().values
    for name in (channels.maker, *filtered):
        for part in ("weight", "bias"):
            weights[f"{name}.{part}"] = weights[f"{name}.{part}"][kept]
    weights[f"{channels.reader}.weight"] = weights[f"{channels.reader}.weight"][:, kept]
