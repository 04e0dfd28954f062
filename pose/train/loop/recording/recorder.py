"""The first process's work beside training: curves, TensorBoard, progress, evaluation, checkpoints."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from pose.errors import PoseError
from pose.train.loop.config import LoopConfig
from pose.train.loop.prefetch import Batch
from pose.train.loop.recording.board import Board
from pose.train.loop.recording.progress_line import ProgressLine
from pose.train.loop.recording.run_folder import RunFolder, replace
from pose.train.loop.schedule import Interval, progress
from pose.train.loop.trainer import Outcome, Trainer

Scores = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Callbacks:
    """The task's part of the loop. Each gets the averaged network in evaluation mode.

    save: writes a checkpoint to the path; scores: of this step, empty where it was not evaluated.
    evaluate: returns scores by name.
    show: returns pictures of the latest batch by name, (H, W, 3) uint8 BGR; called at each evaluation.
    best: the name of the score that is highest for the best checkpoint; None: there is no best checkpoint.
    """

    save: Callable[[nn.Module, Path, Scores], None]
    evaluate: Callable[[nn.Module], Scores] | None = None
    show: Callable[[nn.Module, Batch], Mapping[str, NDArray[np.uint8]]] | None = None
    best: str | None = None


class Recorder:
    """Watches a `Trainer` and writes into its run's folder."""

    def __init__(
        self, config: LoopConfig, trainer: Trainer, folder: RunFolder, callbacks: Callbacks, seconds: float, best: float
    ) -> None:
        self._config, self._trainer, self._folder, self._callbacks = config, trainer, folder, callbacks
        self._best = best
        self._evaluation = Interval(config.evaluate_steps, config.evaluate_minutes, seconds)
        self._saving = Interval(config.save_steps, config.save_minutes, seconds)
        self._board = Board(folder.path, trainer.step + 1)
        self._line = ProgressLine(progress(config, trainer.step, seconds), config.line_seconds)
        self._outcomes: list[Outcome] = []
        self._pictures, self._since = 0, time.monotonic()
        self._saved_at = self._evaluated_at = -1

    def after_step(self, batch: Batch, outcome: Outcome, learning_rate: float, seconds: float) -> None:
        """Write what is due after a step; seconds: since the start of the run."""
        step = self._trainer.step
        self._outcomes.append(outcome)
        self._pictures += len(next(iter(batch.values()))) * self._trainer.processes.world
        pictures_per_second = self._pictures / (time.monotonic() - self._since)
        self._line.update(progress(self._config, step, seconds), step, outcome.losses["loss"], pictures_per_second)
        if step % self._config.log_steps == 0:
            self._log(learning_rate, pictures_per_second, seconds)
        evaluation, saving = self._evaluation.due(step, seconds), self._saving.due(step, seconds)
        if evaluation or saving:
            self.save(seconds, batch, evaluate=evaluation)

    def save(self, seconds: float, batch: Batch | None = None, *, evaluate: bool) -> None:
        """Evaluate if asked, and write checkpoint and state of the current step."""
        step, network = self._trainer.step, self._trainer.average.module
        if step == (self._evaluated_at if evaluate else self._saved_at):
            return
        began = time.monotonic()
        self._saved_at = step
        if evaluate:
            self._evaluated_at = step
        scores: Scores = {}
        # Written first, so that an error in the evaluation does not lose the steps before it.
        self._folder.write_state({**self._trainer.state(), "seconds": seconds, "best": self._best})
        network.eval()
        with torch.no_grad():
            if evaluate:
                scores = self._evaluate(network, batch, seconds)
            replace(self._folder.checkpoint(step), lambda path: self._callbacks.save(network, path, scores))
            self._keep_best(network, scores)
        self._folder.prune(self._config.keep)
        self._folder.write_state({**self._trainer.state(), "seconds": seconds, "best": self._best})
        self._since += time.monotonic() - began

    def close(self) -> None:
        """Close TensorBoard's file and the progress bar."""
        self._board.close()
        self._line.close()

    def _log(self, learning_rate: float, pictures_per_second: float, seconds: float) -> None:
        losses = {
            name: sum(outcome.losses[name] for outcome in self._outcomes) / len(self._outcomes)
            for name in self._outcomes[0].losses
        }
        # With fp16 the norm overflows in steps that only lower the scale; the mean leaves them out.
        norms = [outcome.gradient_norm for outcome in self._outcomes if math.isfinite(outcome.gradient_norm)]
        others = {
            "learning_rate": learning_rate,
            "gradient_norm": sum(norms) / max(1, len(norms)),
            "pictures_per_second": pictures_per_second,
        }
        step = self._trainer.step
        self._folder.add_row({"step": step, "minutes": seconds / 60, "losses": losses, **others})
        self._board.scalars("losses", losses, step)
        self._board.scalars("run", others, step)
        self._outcomes.clear()
        self._pictures, self._since = 0, time.monotonic()

    def _evaluate(self, network: nn.Module, batch: Batch | None, seconds: float) -> Scores:
        step = self._trainer.step
        if self._callbacks.show is not None and batch is not None:
            self._board.pictures(self._callbacks.show(network, batch), step)
        if self._callbacks.evaluate is None:
            return {}
        scores = self._callbacks.evaluate(network)
        self._folder.add_row({"step": step, "minutes": seconds / 60, "scores": scores})
        self._board.scalars("scores", scores, step)
        self._line.say(f"step {step}: " + ", ".join(f"{name} {value:.4g}" for name, value in scores.items()))
        return scores

    def _keep_best(self, network: nn.Module, scores: Scores) -> None:
        if self._callbacks.best is None or not scores:
            return
        if self._callbacks.best not in scores:
            raise PoseError(f"best: expected one of {', '.join(scores)}, got {self._callbacks.best}")
        score = scores[self._callbacks.best]
        if score > self._best:
            self._best = score
            replace(self._folder.best, lambda path: self._callbacks.save(network, path, scores))
