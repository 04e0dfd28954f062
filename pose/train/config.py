"""The configuration of a training run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pose.fields import TargetWidths
from pose.train.augment import AugmentConfig
from pose.train.data.examples import DataConfig
from pose.train.loop.config import LoopConfig
from pose.train.losses import LossConfig
from pose.train.proposal_losses import ProposalLossConfig
from pose.train.teacher import TeacherConfig


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
    """Whether to train head fields (centre, size, offset of helmeted and bare heads) beside keypoints and limbs; false
    for a network that answers proposals."""
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
    """Weights of the loss's parts, of a network that answers fields."""
    proposal_loss: ProposalLossConfig = field(default_factory=ProposalLossConfig)
    """Weights of the loss's parts, of a network that answers proposals."""
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)
    """Measurements during the run."""
    loop: LoopConfig
    """Steps, and when to evaluate and save."""
