"""Trains the hand network on patches."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from pose.train.hands.augment import Crop, augmented
from pose.train.hands.network import GRID, Answer, HandNetwork, normalised
from pose.train.hands.patches import Patches
from pose.train.loop.average import averaged
from pose.train.loop.short_run import Checkpoint, Part, rate_share
from pose.train.loop.signals import StoppedError, StopRequest

_HANDS: Final = 0.75  # share of a batch that shows hands
_CLEAR: Final = 2.0  # how much likelier a clear hand is than another one
BATCH: Final = 64
_LEARNING_RATE: Final = 0.002
_WEIGHT_DECAY: Final = 0.03
_AVERAGE: Final = 0.998
_SAVED: Final = 200  # steps between checkpoints
_SPREAD: Final = 1.25  # cells: standard deviation of the heatmaps that are learned
_NEAR: Final = 0.1  # of the hand's box: a point's distance up to which its score says that it is right
_WEIGHTS: Final = {"heatmaps": 1.0, "points": 6.0, "right": 0.5, "hand": 1.0, "left": 0.5}
CHECKPOINT: Final = "hands.pt"


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """crops: (N, 3, SIDE, SIDE) float. keypoints: (N, 21, 2), NaN without a hand. left: (N,) float, 0 or 1."""

    crops: Tensor
    keypoints: Tensor
    left: Tensor


def train(groups: Sequence[Patches], steps: int, folder: Path, stop: StopRequest) -> HandNetwork:
    """The averaged network after so many steps of 64 crops; the same call continues an interrupted run.

    groups: patches of one kind of pictures each; a group counts as the square root of its size. folder: for the
    checkpoint, which stays. Raises ValueError where no patch shows a hand, or none shows no hand, or the folder has
    the checkpoint of another run; StoppedError after the step in which a stop is requested.
    """
    likely = chances(groups)
    pixels = [patch for group in groups for patch in group.pixels]
    keypoints = np.concatenate([group.keypoints for group in groups])
    left = np.concatenate([group.left for group in groups])
    torch.manual_seed(0)
    network = HandNetwork().train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = averaged(network, _AVERAGE)
    optimizer = torch.optim.AdamW(network.parameters(), lr=_LEARNING_RATE, weight_decay=_WEIGHT_DECAY)
    parts: dict[str, Part] = {"network": network, "average": average, "optimizer": optimizer}
    checkpoint = Checkpoint(folder / CHECKPOINT, _identity(groups, steps))
    done = checkpoint.resume(parts, {})
    progress = tqdm(range(done, steps), initial=done, total=steps, unit="step")
    for step in progress:
        generator = np.random.default_rng([0, step])
        drawn = generator.choice(len(left), BATCH, p=likely).tolist()
        torch.manual_seed(step)  # of what dropout leaves out
        crops = [augmented(pixels[n], keypoints[n], left[n], generator) for n in drawn]
        optimizer.param_groups[0]["lr"] = _LEARNING_RATE * rate_share(step, steps)
        losses = _step(network, optimizer, batch_of(crops))
        average.update_parameters(network)
        progress.set_postfix(losses, refresh=False)
        if (step + 1) % _SAVED == 0 or step + 1 == steps or stop.signal:
            checkpoint.save(step + 1, parts, {})
        if stop.signal and step + 1 < steps:
            raise StoppedError(f"stopped after {step + 1} of {steps} steps; the same command continues", stop.signal)
    trained = HandNetwork()
    trained.load_state_dict(average.module.state_dict())
    return trained.eval()


def chances(groups: Sequence[Patches]) -> NDArray[np.float64]:
    """The probability of each patch, over all groups, (n,)."""
    weights = [np.zeros(len(group.left)) for group in groups]
    for shown, share, name in ((True, _HANDS, "a hand"), (False, 1 - _HANDS, "no hand")):
        kinds = [group.hands == shown for group in groups]
        counts = np.sqrt([kind.sum() for kind in kinds])
        if not counts.any():
            raise ValueError(f"hands: expected pictures that show {name}, got none")
        for group, kind, each, count in zip(groups, kinds, weights, counts / counts.sum(), strict=True):
            likely = np.where(group.clear, _CLEAR, 1.0)[kind]
            each[kind] = share * count * likely / likely.sum()
    together: NDArray[np.float64] = np.concatenate(weights)
    together /= together.sum()
    return together


def batch_of(crops: Sequence[Crop]) -> _Batch:
    """The crops as tensors."""
    pixels = normalised(torch.from_numpy(np.stack([crop.pixels for crop in crops])))
    keypoints = torch.from_numpy(np.stack([crop.keypoints for crop in crops])).float()
    left = torch.tensor([float(crop.left) for crop in crops])
    return _Batch(pixels.contiguous(memory_format=torch.channels_last), keypoints, left)


def _identity(groups: Sequence[Patches], steps: int) -> str:
    """A digest of all that a run's result depends on."""
    digest = hashlib.sha256(f"{steps} {len(groups)}".encode())
    for group in groups:
        digest.update(group.keypoints.tobytes())
        digest.update(group.pixels.data)
    return digest.hexdigest()


def _step(network: HandNetwork, optimizer: torch.optim.Optimizer, batch: _Batch) -> dict[str, float]:
    with torch.autocast("cpu", torch.bfloat16):
        answer = network(batch.crops)
    losses = losses_of(answer, batch)
    total = sum((_WEIGHTS[name] * loss for name, loss in losses.items()), torch.zeros(()))
    optimizer.zero_grad()
    total.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return {name: round(loss.item(), 3) for name, loss in losses.items()}


def losses_of(answer: Answer, batch: _Batch) -> dict[str, Tensor]:
    """The mean of each loss, by the names of `_WEIGHTS`; keypoints beyond the crop's edges teach nothing."""
    hands = ~batch.keypoints[:, 0, 0].isnan()
    targets = batch.keypoints[hands]
    box = (targets.amax(1) - targets.amin(1)).amax(1).clamp(min=1e-3)
    inside = ((targets > 0) & (targets < 1)).all(2).float()
    away = (answer.points[hands] - targets).abs() / box[:, None, None]
    near = (away.detach().square().sum(2).sqrt() <= _NEAR).float()
    heat = -(_learned_heatmaps(targets) * answer.heatmaps[hands].flatten(2).log_softmax(2)).sum(2)
    count = inside.sum().clamp(min=1)
    score = functional.binary_cross_entropy_with_logits
    return {
        "heatmaps": (heat * inside).sum() / count,
        "points": (away.sum(2) * inside).sum() / count,
        "right": (score(answer.right[hands], near, reduction="none") * inside).sum() / count,
        "hand": score(answer.hand, hands.float()),
        "left": (score(answer.left, batch.left, reduction="none") * hands).sum() / hands.sum().clamp(min=1),
    }


def _learned_heatmaps(targets: Tensor) -> Tensor:
    """(N, 21, 2) shares of the crop -> (N, 21, GRID * GRID): a Gaussian around each, of sum 1."""
    cells = torch.arange(GRID) + 0.5
    along = -0.5 * ((cells - GRID * targets[..., None]) / _SPREAD).square()
    return (along[:, :, 1, :, None] + along[:, :, 0, None, :]).flatten(2).softmax(2)
