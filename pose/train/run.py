"""A training run of a pose network: makes data, network and loss from the configuration, and runs the loop with them.

The loop (`pose.train.loop.loop`) does not depend on poses; everything that does is passed to it here.
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
from pose.estimation.decoder import Decoder
from pose.estimation.model import SHIPPED, read_model, thresholds_for
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
    """The network to train, and its starting weights."""

    name: str = "fpn"
    """One of `pose.train.networks.NETWORKS`."""
    options: dict[str, Any] = field(default_factory=dict)
    """Keyword arguments of its class, such as widths."""
    start: Path | None = None
    """A checkpoint whose weights are taken where they fit; null: random weights."""
    heads: bool = True
    """Whether to train head fields (centre, size, offset of helmeted and bare heads) beside keypoints and limbs."""
    learning_rates: dict[str, float] = field(default_factory=dict)
    """Factors of `loop.learning_rate` by the first name of a parameter; 0 freezes the part, others have 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CropConfig:
    """The crops of a step, per process."""

    size: int = 256
    """The side in pixels, a multiple of 32."""
    batch: int = 16
    """Number of crops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationConfig:
    """Measurements of the averaged network during a run."""

    data: list[Path] = field(default_factory=list)
    """Shards of labelled pictures; without any, there is no measurement and no best checkpoint."""
    pictures: int = 64
    """Most pictures of each shard, an even selection."""
    height: int = 384
    """Height of the network's input in pixels."""
    best: str = "AP"
    """The figure that is highest for the best checkpoint, as `python -m pose evaluate --json` names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """A training run."""

    folder: Path
    """The run's folder; a run that it holds is continued."""
    data: DataConfig
    """The training data."""
    network: NetworkConfig = field(default_factory=NetworkConfig)
    """The network to train."""
    crops: list[CropConfig] = field(default_factory=lambda: [CropConfig()])
    """Sizes of crops, used in turn."""
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    """The augmentation of pictures."""
    targets: TargetWidths = field(default_factory=TargetWidths)
    """Widths of peaks and limbs in the targets."""
    teacher: TeacherConfig = field(default_factory=TeacherConfig)
    """The teacher whose fields are distilled."""
    loss: LossConfig = field(default_factory=LossConfig)
    """Weights of the loss's parts."""
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)
    """Measurements during the run."""
    loop: LoopConfig
    """Steps, and when to evaluate and save."""


def train(config: TrainConfig) -> None:
    """Start or continue the run that `config` describes; errors are those of `loop.run` and of the data."""
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
        network.add_hint(sum(run_config.teacher.features.values()))
    freeze(network, config.learning_rates)
    return network, layout(heads=config.heads, stride=network.stride)


def _take_over(network: Network, name: str, start: Path) -> None:
    checkpoint = load_checkpoint(start)
    if checkpoint.network != name:
        raise ValueError(f"network.start: expected a checkpoint of {name}, got one of {checkpoint.network}: {start}")
    left = load_matching(network, checkpoint.weights)
    if left and Processes.from_environment().first:
        print(f"network.start: random weights for those that {start} lacks: {', '.join(left)}")


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
    """`batches` and `finish` of `loop.run`; for a GPU, `finish` makes pixels and the teacher's fields."""
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
    """Adds the teacher's fields to a batch as `teacher`, if there is a teacher; the first batch loads it."""

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
    decoder = thresholds_for(spec, read_model(SHIPPED)).decoder
    check_input_height(config.evaluation.height)

    def measure(network: nn.Module) -> Scores:
        return _scores(network, decoder, config, pictures)

    def show(network: nn.Module, batch: Batch) -> Mapping[str, NDArray[np.uint8]]:
        return show_batch(network, batch, spec)

    def save(network: nn.Module, path: Path, scores: Scores) -> None:
        kept = {name: value for name, value in network.state_dict().items() if not name.startswith("hint.")}
        weights = {name: value.detach().cpu() for name, value in kept.items()}
        facts = {"configuration": values, "scores": scores}
        save_checkpoint(path, Checkpoint(config.network.name, spec, weights, dict(config.network.options), facts))

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
