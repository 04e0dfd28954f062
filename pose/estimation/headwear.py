"""What people wear on their heads: a small network that looks at a crop around each head, in the picture's own pixels.

It sees small heads larger than the network that found them does, and also says where no head is.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pose.estimation.head_frames import HeadFrame, fit_head
from pose.estimation.model import Model
from pose.estimation.preprocess import cut_turned
from pose.estimation.second_look import batches
from pose.runtimes.openvino import OpenVinoRuntime
from pose.skeleton import Headwear, Person

SIDE: Final = 64  # pixels of a crop's sides
SPAN: Final = 2.4  # head sizes that a crop's side covers: the head with a helmet's brim and crown, and the shoulders
OUTPUT: Final = "headwear"
# Crops in one run: a short list, because each size is compiled on its own.
_BATCHES: Final = (8, 5, 4, 3, 2, 1)


class HeadwearClassifier:
    """A loaded network; safe to call from several threads.

    network: an ONNX file that takes (N, SIDE, SIDE, 3) uint8 BGR and answers `OUTPUT`, (N, 3) float32: the
    probabilities of a helmeted head, a bare head and no head. threads, streams: see `OpenVinoRuntime`.
    """

    def __init__(self, network: Path, *, threads: int = 1, streams: int = 1) -> None:
        self._runtime = OpenVinoRuntime(network, (OUTPUT,), precision="auto", threads=threads, streams=streams)

    def warm(self) -> None:
        """Run once at each number of crops, so that no request waits for a compilation."""
        for size in _BATCHES:
            self._runtime.run(np.zeros((size, SIDE, SIDE, 3), np.uint8))

    def __call__(
        self, picture: NDArray[np.uint8], people: Sequence[Person], shrunk: float = 1.0
    ) -> tuple[tuple[Person, ...], float]:
        """The people with what those with a head wear on it, and the milliseconds that it took.

        picture: (H, W, 3) uint8 BGR. shrunk: its pixels per pixel of the original, in which the people lie.
        """
        started = time.perf_counter()
        heads = {place: head for place, person in enumerate(people) if (head := fit_head(person))}
        crops = [cut_head(picture, head, SIDE, SPAN, shrunk) for head in heads.values()]
        seen = dict(zip(heads, (Headwear(*row[:2]) for rows in self._run(crops) for row in rows), strict=True))
        worn = tuple(replace(person, headwear=seen.get(place)) for place, person in enumerate(people))
        return worn, 1e3 * (time.perf_counter() - started)

    def _run(self, crops: Sequence[NDArray[np.uint8]]) -> Iterator[list[list[float]]]:
        for batch in batches(crops, _BATCHES):
            yield self._runtime.run(np.stack(batch)).astype(float).tolist()


def open_headwear(model: Model, threads: int = 1, streams: int = 1) -> HeadwearClassifier | None:
    """The model's classifier; None where it has none. threads, streams: see `OpenVinoRuntime`."""
    return HeadwearClassifier(model.headwear, threads=threads, streams=streams) if model.headwear else None


def cut_head(
    picture: NDArray[np.uint8], head: HeadFrame, side: int, span: float, shrunk: float = 1.0
) -> NDArray[np.uint8]:
    """(side, side, 3) uint8 BGR: the square around a head, turned so that its crown is up, grey beyond the picture.

    span: the head sizes that the square's side covers. shrunk: the picture's pixels per pixel of the head's picture.
    """
    return cut_turned(picture, (head.x, head.y), span * head.size, head.up, side, shrunk)
