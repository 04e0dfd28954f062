"""What a network is trained for, by the kind of answer that it gives: targets, loss and pictures."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from pose.fields import FieldSpec
from pose.layout import Layout
from pose.proposals import ProposalSpec
from pose.train.augment.batches import TargetMaker
from pose.train.augment.field_targets import FieldTargets
from pose.train.augment.proposal_targets import ProposalTargets
from pose.train.config import TrainConfig
from pose.train.loop.prefetch import Batch
from pose.train.losses import LossConfig, field_loss
from pose.train.networks.layout import layout, proposal_layout
from pose.train.proposal_losses import ProposalLossConfig, proposal_loss
from pose.train.show import field_panels, proposal_panels
from pose.train.teacher import Teaching

Arrays = Mapping[str, NDArray[np.float32]]
Picture = NDArray[np.uint8]


class Task(Protocol):
    """What training does otherwise for another kind of answer."""

    @property
    def layout(self) -> Layout:
        """What the network is trained to answer."""
        ...

    @property
    def targets(self) -> TargetMaker:
        """Makes the targets of crops."""
        ...

    def teach(self, batch: Batch) -> Batch:
        """The batch with what a teacher answers to it, if there is one."""
        ...

    def loss(self, stages: Sequence[Tensor], batch: Batch) -> dict[str, Tensor]:
        """The parts of the loss, and `loss`; stages: answers (N, C, h, w)."""
        ...

    def panels(self, picture: Picture, targets: Arrays, answer: NDArray[np.float32]) -> Sequence[Picture]:
        """Drawings of one crop's targets and of the network's answer (C, h, w), over the enlarged crop."""
        ...


@dataclass(frozen=True, slots=True)
class FieldTask:
    """Fields of keypoints, limbs and heads."""

    layout: FieldSpec
    targets: FieldTargets
    weights: LossConfig
    teaching: Teaching

    @classmethod
    def of(cls, config: TrainConfig, stride: int) -> FieldTask:
        """The run's task for a network with this stride."""
        spec = layout(heads=config.network.heads, stride=stride)
        teaching = Teaching(config.teacher, spec, config.loop.threads or os.cpu_count() or 1)
        return cls(spec, FieldTargets(spec, config.targets), config.loss, teaching)

    def teach(self, batch: Batch) -> Batch:
        """See `Task.teach`."""
        return self.teaching(batch)

    def loss(self, stages: Sequence[Tensor], batch: Batch) -> dict[str, Tensor]:
        """See `Task.loss`."""
        return field_loss(stages, batch, self.layout, self.weights)

    def panels(self, picture: Picture, targets: Arrays, answer: NDArray[np.float32]) -> Sequence[Picture]:
        """See `Task.panels`."""
        return field_panels(picture, targets, answer, self.layout)


@dataclass(frozen=True, slots=True)
class ProposalTask:
    """Proposals of people and keypoints, and the edges between them."""

    layout: ProposalSpec
    targets: ProposalTargets
    weights: ProposalLossConfig

    @classmethod
    def of(cls, config: TrainConfig, stride: int) -> ProposalTask:
        """The run's task for a network with this stride; ValueError where fields are asked of it."""
        if config.network.heads:
            raise ValueError(f"network.heads: expected false for {config.network.name}, which has no fields, got true")
        if config.teacher.model is not None:
            expected = f"null for {config.network.name}, which has no fields to distil"
            raise ValueError(f"teacher.model: expected {expected}, got {config.teacher.model}")
        spec = proposal_layout(stride=stride)
        return cls(spec, ProposalTargets(spec), config.proposal_loss)

    def teach(self, batch: Batch) -> Batch:
        """The batch: nobody teaches proposals."""
        return batch

    def loss(self, stages: Sequence[Tensor], batch: Batch) -> dict[str, Tensor]:
        """See `Task.loss`."""
        return proposal_loss(stages, batch, self.layout, self.weights)

    def panels(self, picture: Picture, targets: Arrays, answer: NDArray[np.float32]) -> Sequence[Picture]:
        """See `Task.panels`."""
        return proposal_panels(picture, targets, answer)


TASKS: Final[Mapping[str, Callable[[TrainConfig, int], Task]]] = {
    FieldSpec.kind: FieldTask.of,
    ProposalSpec.kind: ProposalTask.of,
}
"""By what a network answers (`Network.answers`): the run's configuration and the network's stride -> its task."""
