"""Repeats the step at which a run stopped, and lists the tensors that are not finite, in the order of computation."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from pose.errors import PoseError
from pose.train.loop.trainer import Loss, autocast
from pose.train.unpickling import reason


def replay(path: Path) -> Iterator[str]:
    """Repeat forward and backward pass of a `nonfinite-*.pt`, and yield lines about what is not finite.

    The device is the run's if this machine has it, else the CPU. The builder that the file names makes network and
    loss. Raises PoseError for another file, or for a builder that does not exist.
    """
    kept = _read(path)
    device = torch.device(kept["device"] if torch.cuda.is_available() else "cpu")
    yield f"step {kept['step']} of process {kept['rank']} ({kept['precision']}, {kept['device']}), now on {device.type}"
    network, loss = _build(kept)
    network.to(device).train()
    if kept["channels_last"]:
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks it
    batch = {name: tensor.to(device) for name, tensor in kept["batch"].items()}
    yield from _section("batch", batch.items())
    yield from _section("weights", network.named_parameters())
    torch.manual_seed(kept["seed"])
    with _remembered_calls(), _watched_outputs(network) as outputs:
        with autocast(device, kept["precision"]):
            losses = loss(network, batch)
        yield from _listed("outputs of layers", outputs)
        yield from _section("losses", losses.items())
        yield from _backward(network, losses["loss"] * kept["scale"])


def _read(path: Path) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        kept["builder"]
    except OSError:
        raise
    except Exception as error:
        raise PoseError(f"{path}: expected a nonfinite-*.pt of a training run, got {reason(error)}") from error
    return kept


def _build(kept: Mapping[str, Any]) -> tuple[nn.Module, Loss]:
    module, _, function = kept["builder"].partition(":")
    try:
        build = getattr(import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise PoseError(f"builder: expected module:function, got {kept['builder']} ({error})") from error
    network, loss = build(kept["configuration"])
    network.load_state_dict(kept["network"])
    return network, loss


def _section(title: str, tensors: Iterable[tuple[str, Tensor]]) -> Iterator[str]:
    return _listed(title, [line for name, tensor in tensors for line in _findings(name, tensor.detach())])


def _listed(title: str, found: Sequence[str]) -> Iterator[str]:
    yield f"{title}: {'not finite, the first one:' if found else 'all finite'}"
    yield from found[:1]
    if found[1:]:
        yield f"  and {len(found) - 1} after it"


def _findings(name: str, tensor: Tensor) -> Iterator[str]:
    """A line about the values of a tensor that are not finite; none when all are finite."""
    wrong = ~tensor.isfinite()
    if not wrong.any():
        return
    shape, first = tuple(tensor.shape), tuple(wrong.nonzero()[0].tolist())
    yield f"  {name} {shape}: {int(tensor.isnan().sum())} NaN, {int(tensor.isinf().sum())} infinite, first at {first}"


@contextmanager
def _remembered_calls() -> Iterator[None]:
    """Let autograd record the line of each function call."""
    before = torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()
    torch.autograd.set_detect_anomaly(True, check_nan=False)
    try:
        yield
    finally:
        torch.autograd.set_detect_anomaly(*before)


@contextmanager
def _watched_outputs(network: nn.Module) -> Iterator[list[str]]:
    """Check the outputs of all modules without submodules, in the order in which they run."""
    found: list[str] = []

    def look(name: str, _module: nn.Module, _inputs: object, output: object) -> None:
        if isinstance(output, Tensor):
            found.extend(_findings(name, output.detach()))  # now, because the next layer may overwrite it

    leaves = [(name, module) for name, module in network.named_modules() if not list(module.children())]
    hooks = [module.register_forward_hook(partial(look, f"{name} {type(module).__name__}")) for name, module in leaves]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


def _note(found: list[tuple[str, Tensor]], name: str, tensor: Tensor) -> None:
    found.append((name, tensor.detach().clone()))


def _backward(network: nn.Module, loss: Tensor) -> Iterator[str]:
    gradients: list[tuple[str, Tensor]] = []
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            hook = partial(_note, gradients, name)
            parameter.register_hook(hook)  # type: ignore[no-untyped-call]
    torch.autograd.backward(loss, retain_graph=True)
    yield from _section("gradients", gradients)
    torch.autograd.set_detect_anomaly(True, check_nan=True)
    with warnings.catch_warnings(record=True) as calls:
        warnings.simplefilter("always")
        try:
            torch.autograd.backward(loss)
        except RuntimeError as error:
            yield f"backward pass: {error}"
            yield from (str(call.message) for call in calls)
