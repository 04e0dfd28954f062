"""Trains the headwear network on patches, with checkpoints from which an interrupted run continues."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from pose.train.headwear.augment import augmented
from pose.train.headwear.network import KINDS, HeadwearNetwork
from pose.train.headwear.patches import Patches
from pose.train.loop.average import averaged

# Of a batch: bare heads are rarer in pictures than they should be in what is learned.
_SHARES: Final = dict(zip(KINDS, (0.45, 0.25, 0.3), strict=True))
_BATCH: Final = 128
_LEARNING_RATE: Final = 0.002
_WARM_UP: Final = 200  # steps
_WEIGHT_DECAY: Final = 0.03
_SMOOTHING: Final = 0.03  # of labels: some are wrong
_AVERAGE: Final = 0.998
_SAVED: Final = 200  # steps between checkpoints
CHECKPOINT: Final = "headwear.pt"


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """What a checkpoint holds."""

    network: HeadwearNetwork
    average: torch.optim.swa_utils.AveragedModel
    optimizer: torch.optim.Optimizer


def train(groups: Sequence[Patches], steps: int, folder: Path) -> HeadwearNetwork:
    """The averaged network after so many steps of 128 crops; the same call continues an interrupted run.

    groups: patches of one kind of cameras each; within a kind of `KINDS` a group counts as the square root of its size,
    so that few pictures of a rare camera count. folder: for the checkpoint, which an ended run leaves there.
    Raises ValueError where a kind has no patches.
    """
    chances = _chances(groups)
    patches = [(group.pixels[place], kind) for group in groups for place, kind in enumerate(group.kinds.tolist())]
    state = _begun()
    done = _resume(state, folder)
    for step in tqdm(range(done, steps), initial=done, total=steps, unit="step"):
        generator = np.random.default_rng([0, step])
        drawn = [patches[place] for place in generator.choice(len(patches), _BATCH, p=chances)]
        crops = np.stack([augmented(patch, generator) for patch, _ in drawn])
        _step(state, crops, torch.tensor([kind for _, kind in drawn]), _rate(step, steps))
        if (step + 1) % _SAVED == 0 or step + 1 == steps:
            _save(state, step + 1, folder)
    trained = HeadwearNetwork()
    trained.load_state_dict(state.average.module.state_dict())
    return trained.eval()


def _chances(groups: Sequence[Patches]) -> NDArray[np.float64]:
    """The probability of each patch, over all groups, (n,)."""
    chances = [np.zeros(len(group.kinds)) for group in groups]
    for kind, name in enumerate(KINDS):
        counts = np.array([(group.kinds == kind).sum() for group in groups])
        if not counts.any():
            raise ValueError(f"headwear: expected pictures that show {name}, got none")
        shares = _SHARES[name] * np.sqrt(counts) / np.sqrt(counts).sum()
        for group, each, share, count in zip(groups, chances, shares, counts, strict=True):
            each[group.kinds == kind] = share / max(count, 1)
    together = np.concatenate(chances)
    normalised: NDArray[np.float64] = together / together.sum()
    return normalised


def _begun() -> _State:
    torch.manual_seed(0)
    network = HeadwearNetwork().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(network.parameters(), lr=_LEARNING_RATE, weight_decay=_WEIGHT_DECAY)
    return _State(network, averaged(network, _AVERAGE), optimizer)


def _rate(step: int, steps: int) -> float:
    return _LEARNING_RATE * min(1.0, (step + 1) / _WARM_UP) * 0.5 * (1 + math.cos(math.pi * step / steps))


def _step(state: _State, crops: NDArray[np.uint8], kinds: Tensor, rate: float) -> None:
    pixels = torch.from_numpy(crops).permute(0, 3, 1, 2).float() / 256 - 0.5
    state.optimizer.param_groups[0]["lr"] = rate
    with torch.autocast("cpu", torch.bfloat16):
        answer = state.network(pixels.contiguous(memory_format=torch.channels_last))
    loss = functional.cross_entropy(answer.float(), kinds, label_smoothing=_SMOOTHING)
    state.optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    state.optimizer.step()
    state.average.update_parameters(state.network)


def _save(state: _State, step: int, folder: Path) -> None:
    """Write the checkpoint beside the last one, then put it in its place."""
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{CHECKPOINT}"
    torch.save({"step": step} | {name: part.state_dict() for name, part in _parts(state)}, unfinished)
    os.replace(unfinished, folder / CHECKPOINT)


def _resume(state: _State, folder: Path) -> int:
    """Load the folder's checkpoint, if there is one; returns the steps that are done."""
    path = folder / CHECKPOINT
    if not path.exists():
        return 0
    saved = torch.load(path, weights_only=True)
    for name, part in _parts(state):
        part.load_state_dict(saved[name])
    return int(saved["step"])


def _parts(state: _State) -> list[tuple[str, Any]]:
    return [("network", state.network), ("average", state.average), ("optimizer", state.optimizer)]
