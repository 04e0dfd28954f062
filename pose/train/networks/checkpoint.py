"""A trained network in one file: its architecture, the layout of its answer, its weights, and facts about it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeVar

import torch
from torch import Tensor

from pose.data.lookalikes import lookalike
from pose.errors import PoseError, shown
from pose.layout import LAYOUTS, Layout, kind_of
from pose.train.networks import build
from pose.train.networks.blocks import FieldConv, Network
from pose.train.networks.layout import layout
from pose.train.unpickling import reason

# The layout of a plain state dict of `fpn`, by the rows of its last layer; the first weights have 59.
_BARE_FIELDS: Final = {
    57: layout(heads=False),
    59: replace(layout(heads=False), helmeted_heads=57, bare_heads=58),
    62: layout(heads=True),
}
_WRAPPERS: Final = ("module.", "_orig_mod.")
_AVERAGED: Final = "n_averaged"
T = TypeVar("T")


class CheckpointError(PoseError):
    """A file of weights cannot be used: the message says what was expected and what came."""


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A trained network.

    network, options: arguments of `networks.build`. layout: what its answer means.
    weights: its state dict, of any floating type, on the CPU.
    facts: information for people (recipe, data, scores, licence), as JSON values.
    """

    network: str
    layout: Layout
    weights: Mapping[str, Tensor]
    options: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    def build(self) -> Network:
        """The network in float32 and evaluation mode, on the CPU.

        Raises CheckpointError when the weights do not fit the network, ValueError for an unknown network.
        """
        network = build(self.network, self.layout.channels, **self.options)
        check_weights(f"{self.network} {self.options}", network.state_dict(), self.weights)
        network.load_state_dict(self.weights)
        return network.eval()


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write the file completely or not at all; TypeError when options or facts are not JSON."""
    layout = {checkpoint.layout.kind: checkpoint.layout.to_json()}
    described = {"options": checkpoint.options, **layout, "facts": checkpoint.facts}
    values = {"network": checkpoint.network, **json.loads(json.dumps(described)), "weights": dict(checkpoint.weights)}
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.part")
    torch.save(values, unfinished)
    os.replace(unfinished, path)


def load_checkpoint(path: Path) -> Checkpoint:
    """Read what `save_checkpoint` wrote, or a plain state dict of `fpn` in its default widths.

    Prefixes of PyTorch's wrappers are removed from the names. Raises CheckpointError for another file, and OSError when
    it cannot be read.
    """
    values = load_tensors(path)
    if not isinstance(values, dict):
        raise CheckpointError(f"{path}: expected a checkpoint, got {type(values).__name__}")
    bare = unwrapped(values)
    if isinstance(bare.get("out.weight"), Tensor):
        return _bare_fpn(path, _tensors(path, bare))
    try:
        kind = kind_of(values)
        layout, weights = LAYOUTS[kind].from_json(values[kind]), _tensors(path, unwrapped(values["weights"]))
        rest = {name: value for name, value in values.items() if name != kind}
        return Checkpoint(**{**rest, "layout": layout, "weights": weights})
    except KeyError as error:
        names = _some([shown(str(name)) for name in values])
        raise CheckpointError(f"{path}: expected an entry {error}, got {names or 'none'}") from error
    except (AttributeError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: expected a checkpoint, got: {error}") from error


def unwrapped(state: Mapping[str, T]) -> dict[str, T]:
    """A state dict without the prefixes of PyTorch's wrappers (`DataParallel`, `AveragedModel`, `torch.compile`), and
    without the counter of `AveragedModel`.
    """
    within = {name: value for name, value in state.items() if name != _AVERAGED}
    for prefix in _WRAPPERS:
        if within and all(str(name).startswith(prefix) for name in within):
            return unwrapped({name.removeprefix(prefix): value for name, value in within.items()})
    return dict(state)


def load_tensors(path: Path) -> Any:  # noqa: ANN401 (whatever was saved)
    """Read what `torch.save` wrote, without running code from the file; CheckpointError for another file."""
    try:
        return torch.load(path, weights_only=True, map_location="cpu")
    except OSError:
        raise
    except Exception as error:  # the unpickler raises errors of any class for broken files
        got = lookalike(path) or f"a broken file: {reason(error)}"
        raise CheckpointError(f"{path}: expected a file of PyTorch tensors, got {got}") from error


def load_matching(network: Network, state: Mapping[str, Tensor]) -> tuple[str, ...]:
    """Copy into `network` every weight of `state` that has its name and shape.

    A field layer with more or fewer rows than the state's gets the rows that both have, because layouts grow at their
    end. Returns the names that stay as they were, rows as "out.weight[59:]". Raises CheckpointError when nothing fits.
    """
    of_fields = {f"{name}.{part}" for name, module in network.named_modules() if isinstance(module, FieldConv)
               for part in ("weight", "bias")}  # fmt: skip
    left = []
    target = network.state_dict()
    for name, weights in target.items():
        given = state.get(name)
        if given is not None and given.shape == weights.shape:
            weights.copy_(given)
        elif given is not None and name in of_fields and given.ndim and given.shape[1:] == weights.shape[1:]:
            weights[: len(given)].copy_(given[: len(weights)])
            left += [f"{name}[{len(given)}:]"] if len(given) < len(weights) else []
        else:
            left.append(name)
    if left == list(target):
        raise CheckpointError(f"weights: expected some that fit, got none in {len(state)} names")
    return tuple(left)


def check_weights(of: str, expected: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> None:
    """Raise CheckpointError at weights that are missing, unknown or of another shape; its message begins with `of`."""
    if missing := [name for name in expected if name not in given]:
        raise CheckpointError(f"{of}: expected the weights {_some(missing)}, got none")
    if unknown := [name for name in given if name not in expected]:
        raise CheckpointError(f"{of}: expected no other weights, got {_some(unknown)}")
    for name, weights in expected.items():
        if given[name].shape != weights.shape:
            shapes = f"{tuple(weights.shape)}, got {tuple(given[name].shape)}"
            raise CheckpointError(f"{of}: {name}: expected the shape {shapes}")


def _some(names: Sequence[str]) -> str:
    more = len(names) - 5
    return ", ".join(names[:5]) + (f" and {more} more" if more > 0 else "")


def _tensors(path: Path, weights: dict[str, Any]) -> dict[str, Tensor]:
    """The weights; CheckpointError unless each is a tensor."""
    for name, value in weights.items():
        if not isinstance(value, Tensor):
            got = f"{type(value).__name__} in {shown(str(name))}"
            raise CheckpointError(f"{path}: weights: expected tensors, got {got}")
    return weights


def _bare_fpn(path: Path, weights: dict[str, Tensor]) -> Checkpoint:
    rows = weights["out.weight"].shape[:1].numel()  # 1 of a single number
    if rows not in _BARE_FIELDS:
        expected = ", ".join(map(str, _BARE_FIELDS))
        raise CheckpointError(f"{path}: out.weight: expected rows for {expected} fields, got {rows}")
    return Checkpoint("fpn", _BARE_FIELDS[rows], weights)
