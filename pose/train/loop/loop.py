"""The training loop: it knows networks, batches and losses, but not their meaning."""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import torch
from torch import nn

from pose.errors import PoseError
from pose.train.loop.config import LoopConfig
from pose.train.loop.distributed import Processes
from pose.train.loop.parts import ALIKE
from pose.train.loop.prefetch import Batch, prefetch
from pose.train.loop.recording.nonfinite import Rebuild, stop_run
from pose.train.loop.recording.recorder import Callbacks, Recorder
from pose.train.loop.recording.run_folder import RunFolder
from pose.train.loop.schedule import learning_rate, progress
from pose.train.loop.signals import StoppedError, StopRequest, stop_signals
from pose.train.loop.trainer import Loss, Trainer


def run(
    config: LoopConfig,
    network: nn.Module,
    batches: Callable[[int], Any],
    loss: Loss,
    folder: Path,
    rebuild: Rebuild,
    callbacks: Callbacks,
    factors: Mapping[str, float] = ALIKE,
    finish: Callable[[Any], Batch] = lambda batch: batch,
) -> None:
    """Train `network` to the end of the configured run; continue the run in `folder` if there is one.

    batches: step (from 0) -> this process's batch, or its CPU part, which `finish` completes; a pure function of the
    step, called in background processes if there are any. finish: called in this process.
    rebuild: saved with a step that went wrong, for a replay.
    factors: of the learning rate, by part of the network (`pose.train.loop.parts`).

    Raises StoppedError after SIGTERM or SIGINT, with the state saved; NonFiniteError at a loss or gradient that is not
    finite; PoseError when the folder has the state of another network; ValueError unless the configuration has exactly
    one of `steps` and `minutes`.
    """
    processes = Processes.from_environment()
    progress(config, 0, 0.0)
    if config.threads is not None:
        torch.set_num_threads(config.threads)
    with processes.joined(processes.device(config.device)), stop_signals() as request:
        trainer = Trainer(config, network, loss, processes, factors)
        home = RunFolder(folder)
        seconds, best = _resume(trainer, home)
        recorder = None
        if processes.first:
            _open_session(trainer, home, rebuild.configuration)
            recorder = Recorder(config, trainer, home, callbacks, seconds, best)
        made = prefetch(batches, trainer.step, config.workers, pinned=trainer.device.type == "cuda")
        try:
            with closing(made):
                _train(trainer, map(finish, made), recorder, time.monotonic() - seconds, request, rebuild, folder)
        finally:
            if recorder is not None:
                recorder.close()


def _open_session(trainer: Trainer, home: RunFolder, configuration: dict[str, Any]) -> None:
    if trainer.step and (changed := home.changes(configuration)):
        print(f"from step {trainer.step} on with another configuration: {'; '.join(changed)}", flush=True)
    home.open_session(configuration, trainer.step)


def _resume(trainer: Trainer, home: RunFolder) -> tuple[float, float]:
    """Start the trainer from the folder's state, if any; returns the seconds and the best score so far."""
    state = home.read_state()
    try:
        trainer.start(state)
    except (KeyError, RuntimeError, ValueError) as error:
        reason = str(error)[:300]  # PyTorch lists every weight of both
        raise PoseError(f"{home.state_file}: expected the state of this network and optimizer, got {reason}") from error
    return (state["seconds"], state["best"]) if state is not None else (0.0, -math.inf)


def _train(
    trainer: Trainer,
    made: Iterator[Batch],
    recorder: Recorder | None,
    began: float,
    request: StopRequest,
    rebuild: Rebuild,
    folder: Path,
) -> None:
    batch = None
    while True:
        seconds, signal_number = trainer.processes.agree(time.monotonic() - began, request.signal)
        if signal_number:
            _stop(trainer, recorder, seconds, signal_number)
        done = progress(trainer.config, trainer.step, seconds)
        if done >= 1:
            break
        batch = {name: tensor.to(trainer.device, non_blocking=True) for name, tensor in next(made).items()}
        rate = learning_rate(trainer.config, trainer.step, done)
        outcome = trainer.advance(batch, rate)
        if not outcome.sound:
            stop_run(trainer, batch, outcome, rebuild, folder)
        if recorder is not None:
            recorder.after_step(batch, outcome, rate, time.monotonic() - began)
    if recorder is not None and batch is not None:
        recorder.save(seconds, batch, evaluate=True)


def _stop(trainer: Trainer, recorder: Recorder | None, seconds: float, signal_number: int) -> None:
    if recorder is not None:
        recorder.save(seconds, evaluate=False)
    name = signal.Signals(signal_number).name
    raise StoppedError(
        f"stopped by {name} after step {trainer.step}; the state is saved, and the same command continues from it",
        signal_number,
    )
