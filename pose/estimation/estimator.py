"""Picture -> people: scale the picture, run the network, decode its answer."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pose.estimation.decode import Grouping
from pose.estimation.hands import HandFinder, open_hands
from pose.estimation.head_frames import own_heads
from pose.estimation.headwear import HeadwearClassifier, open_headwear
from pose.estimation.joining import join
from pose.estimation.model import DESCRIPTION, Model, ModelError, read_model, verify
from pose.estimation.preprocess import REFERENCE_HEIGHT, Placement, canvas_widths, check_input_height, place, prepare
from pose.hands import Hand
from pose.runtimes import GPU_PRECISIONS, NoGpuError, Runtime, driver_is_there, open_runtime
from pose.runtimes.batching import Batching
from pose.skeleton import HeadPeak, Person

_LOG: Final = logging.getLogger(__name__)
_GPU_BATCH: Final = 8
_SAME_PLACE: Final = 0.3  # head sizes between a head and the same one found in float arithmetic


@dataclass(frozen=True, slots=True)
class Estimate:
    """The people of one picture, best score first (the leftmost first among equals).

    scale: network-input pixels per picture pixel. timings_ms: `network` (with scaling the picture) and `grouping`.
    looks: how many, at the whole picture and at parts of it. confirmed, dropped: how many people a second look
    (`second_look.py`) kept and removed. hands: those of the people, where they were asked for.
    """

    people: tuple[Person, ...]
    scale: float
    timings_ms: dict[str, float]
    looks: int = 1
    confirmed: int = 0
    dropped: int = 0
    hands: tuple[Hand, ...] = ()


class Estimator:
    """A loaded model; call it with a picture.

    headwear: sees what the people wear on their heads, and hands finds their hands, where all looks are taken
    (`views.look`).
    """

    def __init__(
        self,
        model: Model,
        runtime: Runtime,
        height: int,
        headwear: HeadwearClassifier | None = None,
        hands: HandFinder | None = None,
    ) -> None:
        self.model = model
        self.runtime = runtime
        self.height = check_input_height(height)
        self.headwear = headwear
        self.hands = hands

    def __call__(self, picture: NDArray[np.uint8], size: tuple[int, int] | None = None) -> Estimate:
        """Find everybody in an upright (H, W, 3) uint8 BGR picture of any size.

        size: width and height of the original of which `picture` is a smaller copy; keypoints lie in the original.
        """
        started = time.perf_counter()
        width, height = size or (picture.shape[1], picture.shape[0])
        placement = place(width, height, self.height)
        answer = self.answer(picture, placement)
        answered = time.perf_counter()
        people = self.people(answer, placement)
        grouped = time.perf_counter()
        return Estimate(
            people=people,
            scale=placement.scale_y,
            timings_ms={"network": 1e3 * (answered - started), "grouping": 1e3 * (grouped - answered)},
        )

    def answer(self, picture: NDArray[np.uint8], placement: Placement) -> NDArray[np.float32]:
        """The network's answer to a picture, or a smaller copy of it.

        (channels, canvas_height / stride, canvas_width / stride) float32.
        """
        answer: NDArray[np.float32] = self.runtime.run(prepare(picture, placement)[None])[0]
        return answer

    def heads(self, answer: NDArray[np.float32], placement: Placement, least: float) -> tuple[HeadPeak, ...]:
        """The heads in the network's answer with at least this score, in pixels of the picture, best first."""
        x, y = placement.scale_x, placement.scale_y
        found = self.model.decoder.heads(answer, least)
        return tuple(replace(head, x=head.x / x, y=head.y / y, size=head.size / y) for head in found)

    def people(self, answer: NDArray[np.float32], placement: Placement) -> tuple[Person, ...]:
        """The people in the network's answer, in pixels of the picture."""
        keypoints, scores = self.model.decoder.people(answer)
        keypoints[..., :2] = placement.to_picture(keypoints[..., :2])
        people = in_order(Person(k, float(s)) for k, s in zip(keypoints, scores, strict=True))
        joining = self.model.joining
        if joining is None:
            return people
        return in_order(join(people, self.heads(answer, placement, joining.peak), joining))

    def warm(self) -> Iterable[int]:
        """Run once at each canvas width, so that no request waits for a compilation; yields each compiled width.

        The middle of the list comes first: it is the one of 16:9, which most cameras send.
        """
        widths = canvas_widths(self.height)
        middle = widths[len(widths) // 2]
        for width in sorted(widths, key=lambda width: abs(width - middle)):
            self.runtime.run(np.zeros((1, self.height, width, 3), np.uint8))
            yield width


def in_order(people: Iterable[Person]) -> tuple[Person, ...]:
    """The people in the order of an `Estimate`."""
    return tuple(sorted(people, key=lambda person: (-person.score, float(person.outline[:, 0].min()))))


def check_warm_up(estimator: Estimator, read: Callable[[Path], NDArray[np.uint8]]) -> None:
    """ModelError unless the estimator finds the people of its model's warm-up picture, with their heads in place.

    read: a picture file -> (H, W, 3) uint8 BGR.
    """
    warm_up = estimator.model.warm_up
    if warm_up is None:
        raise ModelError(f"{DESCRIPTION}: expected warm_up, got none")
    picture = read(warm_up.picture)
    placement = place(picture.shape[1], picture.shape[0], estimator.height)
    answer = estimator.answer(picture, placement)
    if not np.isfinite(answer).all():
        kind = estimator.model.decoder.layout.kind
        raise ModelError(f"{warm_up.picture.name}: expected finite {kind}, got NaN or infinity")
    people = estimator.people(answer, placement)
    if len(people) < warm_up.people:
        raise ModelError(f"{warm_up.picture.name}: expected at least {warm_up.people} people, got {len(people)}")
    heads = [head for head in own_heads(people) if head]
    for x, y, size in warm_up.heads:
        if not any(math.hypot(head.x - x, head.y - y) < _SAME_PLACE * size for head in heads):
            raise ModelError(f"{warm_up.picture.name}: expected a head at ({x:.0f}, {y:.0f}), got none")


def checked(
    load_with: Callable[[str], Estimator], precision: str, read: Callable[[Path], NDArray[np.uint8]]
) -> Estimator:
    """The estimator of this precision, after `check_warm_up`; ModelError when it fails.

    load_with: precision -> the estimator. Where `auto` took int8 or bf16 and the check fails on this processor, float32
    replaces it.
    """
    estimator = load_with(precision)
    try:
        check_warm_up(estimator, read)
    except ModelError as error:
        used = estimator.runtime.precision
        if precision != "auto" or used not in ("int8", "bf16"):
            raise
        _LOG.error("%s is not used, f32 is slower: %s", used, error)
        estimator = load_with("f32")
        check_warm_up(estimator, read)
    return estimator


def load(
    model: Path,
    *,
    runtime: str = "auto",
    precision: str = "auto",
    threads: int = 1,
    streams: int = 1,
    batch: int = 0,
    height: int = REFERENCE_HEIGHT,
    grouping: Grouping | None = None,
) -> Estimator:
    """Load a model from its folder (or its `pose.json`), after checking its files' sha256.

    runtime: `auto` takes an NVIDIA GPU if one loads, else OpenVINO, with a warning if a GPU's driver is there.
    precision: `int8` runs the folder's quantised network; so does `auto` on OpenVINO if the folder has one.
    threads: of one run on a CPU. streams: simultaneous runs on OpenVINO. batch: most pictures of several callers in one
    run (`Batching`); 0: 8 on a GPU, else 1. height: of the network's input, a multiple of 32 pixels.
    grouping: replaces that of a model of fields.
    Raises ModelError for the folder, ValueError for the settings, NoGpuError for `cuda` without a GPU.
    """
    description = read_model(model)
    verify(description)
    if grouping is not None:
        description = replace(description, decoder=replace(description.field_decoder, grouping=grouping))
    open_named = partial(_open, description, precision=precision, threads=threads, streams=streams, batch=batch)
    opened = _open_best(open_named, precision) if runtime == "auto" else open_named(runtime)
    headwear, hands = open_headwear(description, threads, streams), open_hands(description, precision, threads, streams)
    return Estimator(description, opened, height, headwear, hands)


def _open_best(open_named: Callable[[str], Runtime], precision: str) -> Runtime:
    if precision in GPU_PRECISIONS and driver_is_there():
        try:
            return open_named("cuda")
        except NoGpuError as error:
            _LOG.warning("the CPU runs the network, the GPU does not: %s", error)
    return open_named("openvino")


def _open(model: Model, runtime: str, *, precision: str, threads: int, streams: int, batch: int) -> Runtime:
    if precision == "auto" and runtime == "openvino" and model.int8 is not None:
        precision = "int8"
    network = model.network_for(precision)
    if batch > 1:  # one batch runs at a time, with all threads
        threads, streams = threads * streams, 1
    opened = open_runtime(runtime, network, model.decoder.layout, precision=precision, threads=threads, streams=streams)
    most = batch or (_GPU_BATCH if runtime == "cuda" else 1)
    return Batching(opened, most) if most > 1 else opened
