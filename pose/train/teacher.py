"""Dense distillation: another pose network's fields on the same crops, converted to the layout in training.

Few pictures have human keypoints, while a teacher's fields have targets for every cell. After Hinton, Vinyals and Dean,
"Distilling the Knowledge in a Neural Network" (2015).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from pose.estimation.estimator import load
from pose.estimation.model import DESCRIPTION
from pose.estimation.preprocess import REFERENCE_HEIGHT
from pose.fields import FieldSpec
from pose.peers import load_peers
from pose.runtimes import Runtime
from pose.train.loop.prefetch import Batch
from pose.train.networks.device_network import DeviceNetwork

Answer = Callable[[Tensor], Tensor]
"""(N, H, W, 3) uint8 BGR -> a network's channels (N, C, H / stride, W / stride) float32 on the same device."""

_REACH: Final = 4  # cells around a cell among which the highest value is its peak or ridge
_LOWEST: Final = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherConfig:
    """The teacher whose fields are distilled."""

    model: Path | None = None
    """Folder of a model, or of a network that `pose/peers` describes; null: no teacher."""
    sharpness: float = 3.0
    """Narrows peaks and limbs: a value v near a highest one m becomes v * (v / m) ** (sharpness - 1). 1 changes
    nothing; at 3 human-pose-estimation-0001, whose Gaussians are wider than ours, differs least from labels
    (docs/measured/training-log.md)."""

    features: dict[str, int] = field(default_factory=dict)
    """Operations inside the teacher's network and their numbers of channels, at the stride of its fields, to distil too
    (after Romero et al., "FitNets: Hints for Thin Deep Nets", ICLR 2015)."""

    def __post_init__(self) -> None:
        """Raise ValueError for a sharpness that would widen peaks."""
        if self.sharpness < 1:
            raise ValueError(f"teacher.sharpness: expected at least 1, got {self.sharpness}")


class Teacher:
    """A pose network of any layout, whose fields are converted to the layout `spec`."""

    def __init__(self, answer: Answer, own: FieldSpec, spec: FieldSpec, sharpness: float) -> None:
        if own.stride % spec.stride:
            raise ValueError(f"teacher: expected a stride in steps of {spec.stride} pixels, got {own.stride}")
        self._answer, self._own, self._spec = answer, own, spec
        self._enlarge = own.stride // spec.stride
        self._sharpness = sharpness

    def __call__(self, pictures: Tensor) -> Tensor:
        """The fields of `see`."""
        return self.see(pictures)[0]

    def see(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """(N, H, W, 3) uint8 BGR -> the teacher's fields and features.

        Fields (N, channels, H / stride, W / stride), 0 in channels that the teacher lacks; features (N, F, h, w) at its
        own stride, each of mean 0 and variance 1 in the batch.
        """
        answered = self._answer(pictures)
        answered, features = answered[:, : self._own.channels], answered[:, self._own.channels :]
        return self._fields(answered), functional.batch_norm(features, None, None, training=True)

    def _fields(self, answered: Tensor) -> Tensor:
        if self._enlarge > 1:
            answered = functional.interpolate(answered, scale_factor=self._enlarge, mode="bicubic")
        fields = answered.new_zeros(len(answered), self._spec.channels, *answered.shape[-2:])
        heatmaps = answered[:, list(self._own.heatmaps)].clamp(min=0)
        heatmaps = heatmaps * _narrowing(heatmaps, self._sharpness)
        fields[:, list(self._spec.heatmaps)] = heatmaps
        x, y = (answered[:, list(channels)] for channels in zip(*self._own.pafs, strict=True))
        narrowing = _narrowing(torch.hypot(x, y), self._sharpness)
        for channels, part in zip(zip(*self._spec.pafs, strict=True), (x, y), strict=True):
            fields[:, list(channels)] = part * narrowing
        if self._spec.background is not None:
            fields[:, self._spec.background] = 1 - heatmaps.amax(dim=1)
        return fields


class Teaching:
    """Adds the teacher's fields to a batch as `teacher`, if there is a teacher; the first batch loads it.

    spec: the layout to which they are converted. threads: of the teacher on a CPU.
    """

    def __init__(self, config: TeacherConfig, spec: FieldSpec, threads: int) -> None:
        self._config, self._spec, self._threads = config, spec, threads
        self._teacher: Teacher | None = None

    def __call__(self, batch: Batch) -> Batch:
        """The batch; its `picture` is (N, H, W, 3) uint8 BGR."""
        config, pictures = self._config, batch["picture"]
        if config.model is None:
            return batch
        if self._teacher is None:
            self._teacher = load_teacher(config, config.model, self._spec, pictures.device, self._threads)
        fields, features = self._teacher.see(pictures)
        return {**batch, "teacher": fields, **({"teacher_features": features} if config.features else {})}


def load_teacher(config: TeacherConfig, model: Path, spec: FieldSpec, device: torch.device, threads: int) -> Teacher:
    """The teacher in the folder `model`; on a CPU OpenVINO runs it with so many threads, else PyTorch on `device`.

    Raises ValueError or PoseError for a folder or a network that cannot be a teacher.
    """
    if (model / DESCRIPTION).exists():
        if config.features:
            names = ", ".join(config.features)
            raise ValueError(f"teacher.features: expected none of a model of this project's own, got {names}")
        estimator = load(model, runtime="openvino", threads=threads)
    else:
        estimator = load_peers(model, height=REFERENCE_HEIGHT, threads=threads, inner=tuple(config.features))[0]
    own, network = estimator.model.field_decoder.layout, estimator.model.network
    on_cpu = device.type == "cpu"
    answer = answer_of(estimator.runtime) if on_cpu else DeviceNetwork(network, own, device, tuple(config.features))
    return Teacher(answer, own, spec, config.sharpness)


def answer_of(runtime: Runtime) -> Answer:
    """A runtime as a function of pictures on the CPU."""
    return lambda pictures: torch.from_numpy(runtime.run(pictures.numpy()))


def _narrowing(values: Tensor, sharpness: float) -> Tensor:
    """(N, C, h, w), at least 0 -> factors in [0, 1], 1 at each local maximum."""
    highest = functional.max_pool2d(values, 2 * _REACH + 1, stride=1, padding=_REACH)
    factors: Tensor = (values / highest.clamp(min=_LOWEST)) ** (sharpness - 1)
    return factors
