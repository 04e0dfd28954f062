"""Trains the headwear network on patches, with checkpoints from which an interrupted run continues."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from pose.train.headwear.augment import augmented
from pose.train.headwear.measure import probabilities
from pose.train.headwear.network import KINDS, HeadwearNetwork
from pose.train.headwear.patches import BARE, HELMET, Patches
from pose.train.loop.average import averaged
from pose.train.loop.short_run import Checkpoint, Part, rate_share
from pose.train.loop.signals import StoppedError, StopRequest

# Of a batch. Bare heads are rarer in pictures than they should be in what is learned.
_SHARES: Final = dict(zip(KINDS, (0.44, 0.28, 0.28), strict=True))
_SHOWN: Final = dict(zip(KINDS, ("a helmet", "a bare head", "what is no head"), strict=True))
_EVERYDAY: Final = 0.28  # share of the bare heads that everyday people are, if there are any
# Everyday people in caps and hats are what the network must not take for helmets, but some wear helmets for sports.
# Those that it takes for helmets all the same after this share of the steps are learned as helmets by this much: about
# so many of 360 such crops of COCO showed one.
_LOOKED_AT: Final = 0.15
_SPORTS: Final = 1 / 3
_BATCH: Final = 128
_LEARNING_RATE: Final = 0.002
_TRAINED_ON: Final = 0.1  # the share of the rate at which a trained network is trained on
_WEIGHT_DECAY: Final = 0.03
_SMOOTHING: Final = 0.03  # of labels: some are wrong
_AVERAGE: Final = 0.998
_SAVED: Final = 200  # steps between checkpoints
CHECKPOINT: Final = "headwear.pt"


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """What a checkpoint holds; helmeted: (n,) float32, how much of each bare head is learned as a helmet."""

    network: HeadwearNetwork
    average: torch.optim.swa_utils.AveragedModel
    optimizer: torch.optim.Optimizer
    helmeted: Tensor


def train(
    groups: Sequence[Patches],
    everyday: Sequence[Patches],
    steps: int,
    folder: Path,
    stop: StopRequest,
    start: HeadwearNetwork | None = None,
) -> HeadwearNetwork:
    """The averaged network after so many steps of 128 crops; the same call continues an interrupted run.

    groups: patches of one kind of cameras each; within a kind of `KINDS` a group counts as the square root of its size,
    so that few pictures of a rare camera count. everyday: see `bare_people`. folder: for the checkpoint, which stays.
    start: a network of `from_model` to train on, slower and with its normalisations as they are; None: random weights.
    Raises ValueError where a kind has no patches or the folder has the checkpoint of another run, StoppedError after
    the step in which a stop is requested.
    """
    likely = chances(groups, everyday)
    pixels = [patch for group in (*groups, *everyday) for patch in group.pixels]
    kinds = np.concatenate([group.kinds for group in (*groups, *everyday)])
    fastest = _TRAINED_ON * _LEARNING_RATE if start else _LEARNING_RATE
    state = _begun(start, len(kinds))
    checkpoint = Checkpoint(folder / CHECKPOINT, _identity(groups, everyday, steps, start))
    doubts = {"helmeted": state.helmeted}
    done = checkpoint.resume(_parts(state), doubts)
    for step in tqdm(range(done, steps), initial=done, total=steps, unit="step"):
        if step == round(_LOOKED_AT * steps):
            _doubt(state, everyday)
        generator = np.random.default_rng([0, step])
        drawn = generator.choice(len(kinds), _BATCH, p=likely)
        torch.manual_seed(step)  # of what dropout leaves out
        crops = np.stack([augmented(pixels[place], generator) for place in drawn.tolist()])
        _step(state, crops, _targets(kinds[drawn], state.helmeted[drawn]), fastest * rate_share(step, steps))
        if (step + 1) % _SAVED == 0 or step + 1 == steps or stop.signal:
            checkpoint.save(step + 1, _parts(state), doubts)
        if stop.signal and step + 1 < steps:
            raise StoppedError(f"stopped after {step + 1} of {steps} steps; the same command continues", stop.signal)
    return _trained(state)


def _identity(groups: Sequence[Patches], everyday: Sequence[Patches], steps: int, start: HeadwearNetwork | None) -> str:
    """A digest of all that a run's result depends on."""
    digest = hashlib.sha256(f"{steps} {len(groups)}".encode())
    for group in (*groups, *everyday):
        digest.update(group.kinds.tobytes())
        digest.update(group.pixels.data)
    for weights in start.state_dict().values() if start else ():
        digest.update(weights.numpy().tobytes())
    return digest.hexdigest()


def _trained(state: _State) -> HeadwearNetwork:
    network = HeadwearNetwork()
    network.load_state_dict(state.average.module.state_dict())
    return network.eval()


def chances(groups: Sequence[Patches], everyday: Sequence[Patches]) -> NDArray[np.float64]:
    """The probability of each patch, over all groups and then everyday people, (n,)."""
    each_group = [np.zeros(len(group.kinds)) for group in groups]
    for kind, name in enumerate(KINDS):
        counts = np.array([(group.kinds == kind).sum() for group in groups], float)
        if not counts.any():
            raise ValueError(f"headwear: expected pictures that show {_SHOWN[name]}, got none")
        share = _SHARES[name] * (1 - _EVERYDAY if kind == BARE and everyday else 1)
        for group, each, part in zip(groups, each_group, share * np.sqrt(counts) / np.sqrt(counts).sum(), strict=True):
            each[group.kinds == kind] = part / max((group.kinds == kind).sum(), 1)
    people = sum(len(group.kinds) for group in everyday)
    together = np.concatenate([*each_group, np.full(people, _SHARES[KINDS[BARE]] * _EVERYDAY / max(people, 1))])
    normalised: NDArray[np.float64] = together / together.sum()
    return normalised


def _targets(kinds: NDArray[np.intp], helmeted: Tensor) -> Tensor:
    """(n, 3) probabilities."""
    sure = functional.one_hot(torch.from_numpy(kinds), len(KINDS)).float()
    sure[:, HELMET] += helmeted
    sure[:, BARE] -= helmeted
    return sure * (1 - _SMOOTHING) + _SMOOTHING / len(KINDS)


def _doubt(state: _State, everyday: Sequence[Patches]) -> None:
    """Learn everyday people whom the network takes for helmeted as doubtful from now on."""
    network = _trained(state)
    called = [probabilities(network, group.pixels)[:, HELMET] > 0.5 for group in everyday]
    people = sum(map(len, called))
    if people:
        state.helmeted[-people:] = _SPORTS * torch.from_numpy(np.concatenate(called)).float()


def _begun(start: HeadwearNetwork | None, patches: int) -> _State:
    torch.manual_seed(0)
    network = copy.deepcopy(start) or HeadwearNetwork()
    network.train()
    for module in network.modules() if start else ():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(network.parameters(), lr=_LEARNING_RATE, weight_decay=_WEIGHT_DECAY)
    return _State(network, averaged(network, _AVERAGE), optimizer, torch.zeros(patches))


def _step(state: _State, crops: NDArray[np.uint8], targets: Tensor, rate: float) -> None:
    pixels = torch.from_numpy(crops).permute(0, 3, 1, 2).float() / 256 - 0.5
    state.optimizer.param_groups[0]["lr"] = rate
    with torch.autocast("cpu", torch.bfloat16):
        answer = state.network(pixels.contiguous(memory_format=torch.channels_last))
    loss = functional.cross_entropy(answer.float(), targets)
    state.optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    state.optimizer.step()
    state.average.update_parameters(state.network)


def _parts(state: _State) -> dict[str, Part]:
    return {"network": state.network, "average": state.average, "optimizer": state.optimizer}
