"""A training run of a pose network: configuration -> data, network and loss -> the loop.

The loop (`pose.train.loop.loop`) knows nothing of poses; what it has to know of them is put together here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pose.data.shards import LabelledPicture, read_shard
from pose.estimation.decode import Grouping
from pose.estimation.model import SHIPPED, read_model
from pose.estimation.preprocess import check_input_height
from pose.fields import FieldSpec, TargetWidths
from pose.measuring.evaluation import evaluate
from pose.train.augment import AugmentConfig
from pose.train.augment.batches import CropBatches, DeviceCropBatches, Draws, prepare
from pose.train.configuration import configuration_from, plain
from pose.train.data.cache import Cache, open_or_build
from pose.train.data.examples import DataConfig
from pose.train.estimator import torch_estimator
from pose.train.loop.config import LoopConfig
from pose.train.loop.distributed import Processes
from pose.train.loop.loop import run
from pose.train.loop.parts import freeze
from pose.train.loop.prefetch import Batch
from pose.train.loop.recording.nonfinite import Rebuild
from pose.train.loop.recording.recorder import Callbacks, Scores
from pose.train.loop.trainer import Loss
from pose.train.losses import LossConfig, field_loss
from pose.train.networks import build
from pose.train.networks.blocks import Network
from pose.train.networks.checkpoint import Checkpoint, load_checkpoint, load_matching, save_checkpoint
from pose.train.networks.layout import layout
from pose.train.show import show_batch
from pose.train.teacher import Teacher, TeacherConfig, load_teacher

BUILDER: Final = "pose.train.run:rebuild"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkConfig:
    """Which network is trained, and what it starts from."""

    name: str = "fpn"
    """One of `pose.train.networks.NETWORKS`."""
    options: dict[str, Any] = field(default_factory=dict)
    """Keyword arguments of its class: widths and the like."""
    start: Path | None = None
    """A checkpoint whose weights are taken over as far as they fit; null: random weights."""
    heads: bool = True
    """Whether head fields (centre, size, offset of helmeted and bare heads) are trained beside keypoints and limbs."""
    learning_rates: dict[str, float] = field(default_factory=dict)
    """Factors of `loop.learning_rate` by the first name of a parameter; 0 freezes such a part, others have 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CropConfig:
    """The crops of a step and process."""

    size: int = 256
    """Pixels a side, a multiple of 32."""
    batch: int = 16
    """Crops in a batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationConfig:
    """What the averaged network is measured on during a run."""

    data: list[Path] = field(default_factory=list)
    """Shards of labelled pictures; none: nothing is measured and there is no best checkpoint."""
    pictures: int = 64
    """At most so many pictures of each shard, evenly taken."""
    height: int = 384
    """Of the network's input, pixels."""
    best: str = "AP"
    """The figure that is highest for the best checkpoint, as `python -m pose evaluate --json` names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """A training run."""

    folder: Path
    """The run's folder; the run goes on from what it finds there."""
    data: DataConfig
    """What is trained on."""
    network: NetworkConfig = field(default_factory=NetworkConfig)
    """What is trained."""
    crops: list[CropConfig] = field(default_factory=lambda: [CropConfig()])
    """Sizes of crops, used in turn."""
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    """What is done to pictures."""
    targets: TargetWidths = field(default_factory=TargetWidths)
    """How broad the peaks and limbs are that the network aims at."""
    teacher: TeacherConfig = field(default_factory=TeacherConfig)
    """Whose fields are distilled."""
    loss: LossConfig = field(default_factory=LossConfig)
    """What is minimised."""
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)
    """What is measured on the way."""
    loop: LoopConfig
    """How the network steps, and when it evaluates and saves."""


def train(config: TrainConfig) -> None:
    """Run, or go on with, the training that `config` describes; errors are those of `loop.run` and of the data."""
    processes = Processes.from_environment()
    torch.manual_seed(config.loop.seed)
    network, spec = _network(config)
    cache = open_or_build(config.data, progress=processes.first)
    values = plain(config)
    batches, finish = _batches(config, cache, spec, processes)
    run(
        config.loop,
        network,
        batches,
        _Loss(spec, config.loss),
        config.folder,
        Rebuild(BUILDER, values),
        _callbacks(config, spec, values),
        config.network.learning_rates,
        finish,
    )


def rebuild(values: Mapping[str, Any]) -> tuple[nn.Module, Loss]:
    """The network, with its starting weights, and the loss of the run with this configuration."""
    config = configuration_from(TrainConfig, values, "the run's configuration")
    network, spec = _network(config)
    return network, _Loss(spec, config.loss)


def _network(run_config: TrainConfig) -> tuple[Network, FieldSpec]:
    config = run_config.network
    channels = layout(heads=config.heads).channels
    network = build(config.name, channels, **config.options)
    if config.start is not None:
        _take_over(network, config.name, config.start)
    if run_config.teacher.model is not None and run_config.teacher.features:
        network.see_with(sum(run_config.teacher.features.values()))
    freeze(network, config.learning_rates)
    return network, layout(heads=config.heads, stride=network.stride)


def _take_over(network: Network, name: str, start: Path) -> None:
    checkpoint = load_checkpoint(start)
    if checkpoint.network != name:
        raise ValueError(f"network.start: expected a checkpoint of {name}, got one of {checkpoint.network}: {start}")
    left = load_matching(network, checkpoint.weights)
    if left and Processes.from_environment().first:
        print(f"network.start: not in {start}, so as they were at random: {', '.join(left)}")


@dataclass(frozen=True, slots=True)
class _Loss:
    spec: FieldSpec
    config: LossConfig

    def __call__(self, network: nn.Module, batch: Batch) -> dict[str, Tensor]:
        pictures = batch["picture"].permute(0, 3, 1, 2).float() / 256 - 0.5
        pictures = pictures.contiguous(memory_format=torch.channels_last)
        if "teacher_features" not in batch or not isinstance(network, Network):
            return field_loss(network(pictures), batch, self.spec, self.config)
        stages, seen = network.with_features(pictures)
        parts = field_loss(stages, batch, self.spec, self.config)
        error = ((seen.float() - batch["teacher_features"]) ** 2).mean()
        return {**parts, "features": error, "loss": parts["loss"] + self.config.features * error}


def _batches(
    config: TrainConfig, cache: Cache, spec: FieldSpec, processes: Processes
) -> tuple[Callable[[int], Any], Callable[[Any], Batch]]:
    """`batches` and `finish` of `loop.run`: a GPU's batches are finished, and taught, where it is at hand."""
    sizes = tuple((crop.size, crop.batch) for crop in config.crops)
    draws = Draws(cache, config.augment, spec, sizes, config.loop.seed, processes.rank, config.targets)
    device = processes.device(config.loop.device)
    teach = _Teaching(config, spec)
    if device.type == "cpu":
        on_cpu = CropBatches(draws)
        return lambda step: teach(on_cpu(step)), lambda batch: batch
    on_device = DeviceCropBatches(draws, device)
    return partial(prepare, draws), lambda prepared: teach(on_device.finish(prepared))


class _Teaching:
    """Adds the teacher's fields beside the labels' as `teacher`, if there is a teacher; it loads where it is asked."""

    def __init__(self, config: TrainConfig, spec: FieldSpec) -> None:
        self._config, self._spec = config, spec
        self._teacher: Teacher | None = None

    def __call__(self, batch: Batch) -> Batch:
        config, pictures = self._config.teacher, batch["picture"]
        if config.model is None:
            return batch
        if self._teacher is None:
            threads = self._config.loop.threads or os.cpu_count() or 1
            self._teacher = load_teacher(config, config.model, self._spec, pictures.device, threads)
        fields, features = self._teacher.see(pictures)
        return {**batch, "teacher": fields, **({"teacher_features": features} if config.features else {})}


def _callbacks(config: TrainConfig, spec: FieldSpec, values: dict[str, Any]) -> Callbacks:
    pictures = [picture for shard in config.evaluation.data for picture in _some(shard, config.evaluation.pictures)]
    grouping = read_model(SHIPPED).grouping
    check_input_height(config.evaluation.height)

    def measure(network: nn.Module) -> Scores:
        return _scores(network, spec, grouping, config, pictures)

    def show(network: nn.Module, batch: Batch) -> Mapping[str, NDArray[np.uint8]]:
        return show_batch(network, batch, spec)

    def save(network: nn.Module, path: Path, scores: Scores) -> None:
        kept = {name: value for name, value in network.state_dict().items() if not name.startswith("hint.")}
        weights = {name: value.detach().cpu() for name, value in kept.items()}
        facts = {"configuration": values, "scores": scores}
        save_checkpoint(path, Checkpoint(config.network.name, spec, weights, dict(config.network.options), facts))

    measured = config.evaluation.best if pictures else None
    return Callbacks(evaluate=measure if pictures else None, show=show, save=save, best=measured)


def _scores(
    network: nn.Module, spec: FieldSpec, grouping: Grouping, config: TrainConfig, pictures: list[LabelledPicture]
) -> Scores:
    precision = "f32" if config.loop.precision == "f32" else "bf16"
    estimator = torch_estimator(
        network, spec, grouping, height=config.evaluation.height, device=config.loop.device, precision=precision
    )
    return evaluate(estimator, pictures).figures


def _some(shard: Path, most: int) -> list[LabelledPicture]:
    """At most so many pictures of a shard, evenly taken."""
    pictures = list(read_shard(shard))
    return pictures[:: -(-len(pictures) // most)]
