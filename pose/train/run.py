"""A training run of a pose network: makes data, network and loss from the configuration, and runs the loop with them.

The loop (`pose.train.loop.loop`) does not depend on poses; everything that does is passed to it here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pose.data.shards import LabelledPicture, read_shard
from pose.estimation.decoder import Decoder
from pose.estimation.model import SHIPPED, read_model, thresholds_for
from pose.estimation.preprocess import check_input_height
from pose.measuring.evaluation import evaluate
from pose.train.augment.batches import CropBatches, DeviceCropBatches, Draws, prepare
from pose.train.config import TrainConfig
from pose.train.configuration import configuration_from, plain
from pose.train.data.cache import Cache, open_or_build
from pose.train.estimator import torch_estimator
from pose.train.loop.distributed import Processes
from pose.train.loop.loop import run
from pose.train.loop.parts import freeze
from pose.train.loop.prefetch import Batch
from pose.train.loop.recording.nonfinite import Rebuild
from pose.train.loop.recording.recorder import Callbacks, Scores
from pose.train.loop.trainer import Loss
from pose.train.losses import LossConfig
from pose.train.networks import build, network_class
from pose.train.networks.blocks import Network
from pose.train.networks.checkpoint import Checkpoint, load_checkpoint, load_matching, save_checkpoint
from pose.train.show import show_batch
from pose.train.tasks import TASKS, Task

BUILDER: Final = "pose.train.run:rebuild"


def train(config: TrainConfig) -> None:
    """Start or continue the run that `config` describes; errors are those of `loop.run` and of the data."""
    processes = Processes.from_environment()
    torch.manual_seed(config.loop.seed)
    network, task = _network(config)
    cache = open_or_build(config.data, progress=processes.first)
    values = plain(config)
    batches, finish = _batches(config, cache, task, processes)
    run(
        config.loop,
        network,
        batches,
        _Loss(task, config.loss),
        config.folder,
        Rebuild(BUILDER, values),
        _callbacks(config, task, values),
        config.network.learning_rates,
        finish,
    )


def rebuild(values: Mapping[str, Any]) -> tuple[nn.Module, Loss]:
    """The network, with its starting weights, and the loss of the run with this configuration."""
    config = configuration_from(TrainConfig, values, "the run's configuration")
    network, task = _network(config)
    return network, _Loss(task, config.loss)


def _network(run_config: TrainConfig) -> tuple[Network, Task]:
    config = run_config.network
    made = network_class(config.name)
    task_at = partial(TASKS[made.answers], run_config)
    network = build(config.name, task_at(made.stride).layout.channels, **config.options)
    if config.start is not None:
        _take_over(network, config.name, config.start)
    if run_config.teacher.model is not None and run_config.teacher.features:
        network.add_hint(sum(run_config.teacher.features.values()))
    freeze(network, config.learning_rates)
    return network, task_at(network.stride)


def _take_over(network: Network, name: str, start: Path) -> None:
    checkpoint = load_checkpoint(start)
    if checkpoint.network != name:
        raise ValueError(f"network.start: expected a checkpoint of {name}, got one of {checkpoint.network}: {start}")
    left = load_matching(network, checkpoint.weights)
    if left and Processes.from_environment().first:
        print(f"network.start: random weights for those that {start} lacks: {', '.join(left)}")


@dataclass(frozen=True, slots=True)
class _Loss:
    task: Task
    config: LossConfig

    def __call__(self, network: nn.Module, batch: Batch) -> dict[str, Tensor]:
        pictures = batch["picture"].permute(0, 3, 1, 2).float() / 256 - 0.5
        pictures = pictures.contiguous(memory_format=torch.channels_last)
        if "teacher_features" not in batch or not isinstance(network, Network):
            return self.task.loss(network(pictures), batch)
        stages, seen = network.with_features(pictures)
        parts = self.task.loss(stages, batch)
        error = ((seen.float() - batch["teacher_features"]) ** 2).mean()
        return {**parts, "features": error, "loss": parts["loss"] + self.config.features * error}


def _batches(
    config: TrainConfig, cache: Cache, task: Task, processes: Processes
) -> tuple[Callable[[int], Any], Callable[[Any], Batch]]:
    """`batches` and `finish` of `loop.run`; for a GPU, `finish` makes pixels and the teacher's fields."""
    sizes = tuple((crop.size, crop.batch) for crop in config.crops)
    draws = Draws(cache, config.augment, task.targets, sizes, config.loop.seed, processes.rank)
    device = processes.device(config.loop.device)
    if device.type == "cpu":
        on_cpu = CropBatches(draws)
        return lambda step: task.teach(on_cpu(step)), lambda batch: batch
    on_device = DeviceCropBatches(draws, device)
    return partial(prepare, draws), lambda prepared: task.teach(on_device.finish(prepared))


def _callbacks(config: TrainConfig, task: Task, values: dict[str, Any]) -> Callbacks:
    pictures = [picture for shard in config.evaluation.data for picture in _some(shard, config.evaluation.pictures)]
    decoder = thresholds_for(task.layout, read_model(SHIPPED)).decoder
    check_input_height(config.evaluation.height)

    def measure(network: nn.Module) -> Scores:
        return _scores(network, decoder, config, pictures)

    def show(network: nn.Module, batch: Batch) -> Mapping[str, NDArray[np.uint8]]:
        return show_batch(network, batch, task.panels)

    def save(network: nn.Module, path: Path, scores: Scores) -> None:
        kept = {name: value for name, value in network.state_dict().items() if not name.startswith("hint.")}
        weights = {name: value.detach().cpu() for name, value in kept.items()}
        facts = {"configuration": values, "scores": scores}
        save_checkpoint(
            path, Checkpoint(config.network.name, task.layout, weights, dict(config.network.options), facts)
        )

    measured = config.evaluation.best if pictures else None
    return Callbacks(evaluate=measure if pictures else None, show=show, save=save, best=measured)


def _scores(network: nn.Module, decoder: Decoder, config: TrainConfig, pictures: list[LabelledPicture]) -> Scores:
    precision = "f32" if config.loop.precision == "f32" else "bf16"
    estimator = torch_estimator(
        network, decoder, height=config.evaluation.height, device=config.loop.device, precision=precision
    )
    return evaluate(estimator, pictures).figures


def _some(shard: Path, most: int) -> list[LabelledPicture]:
    """An even selection of at most `most` pictures of a shard."""
    pictures = list(read_shard(shard))
    return pictures[:: -(-len(pictures) // most)]
