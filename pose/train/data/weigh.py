"""Hard example mining: weighs pictures by the errors of a trained network, and by rare heads.

After Shrivastava, Gupta and Girshick, "Training Region-based Object Detectors with Online Hard Example Mining" (CVPR
2016), but once, before training.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pose.estimation.estimator import Estimator
from pose.estimation.head_frames import own_heads
from pose.measuring.measures import pair_heads
from pose.skeleton import Person
from pose.train.data.examples import Example


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Additions to a picture's weight of 1, per ghost, missed head and bare head; `most` bounds the sum."""

    ghost: float = 1.0
    missed: float = 0.5
    bare: float = 0.0
    most: float = 4.0


@dataclass(frozen=True, slots=True)
class Hard:
    """Counts of a picture: heads found where none is labelled, labelled heads that are not found, and bare heads."""

    name: str
    ghosts: int
    missed: int
    bare: int

    def weight(self, weights: Weights) -> float:
        """The relative frequency with which the picture is drawn."""
        more = weights.ghost * self.ghosts + weights.missed * self.missed + weights.bare * self.bare
        return min(1 + more, weights.most)


def find_hard(examples: Iterable[Example], estimator: Estimator) -> Iterator[Hard]:
    """The counts of each picture with every head labelled; other pictures are skipped."""
    for example in examples:
        if example.heads_complete:
            yield hard_of(example, estimator(example.pixels).people)


def hard_of(example: Example, people: Sequence[Person]) -> Hard:
    """The counts of a picture in which the network found these people, by `pair_heads`."""
    heads = [head for head in own_heads(people) if head is not None]
    centres = np.array([(head.x, head.y) for head in heads], float).reshape(-1, 2)
    pairing = pair_heads(centres, example.heads.astype(float), example.ignore.astype(float))
    missed = len(pairing.labels) - len(pairing.pairs)
    return Hard(example.name, len(pairing.ghosts), missed, int((~example.helmeted).sum()))
