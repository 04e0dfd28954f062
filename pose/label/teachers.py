"""The fields networks that are asked for skeletons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pose
from pose.estimation.estimator import Estimator
from pose.estimation.model import DESCRIPTION
from pose.measuring.averaging import AveragedEstimator
from pose.peers import load_peers


def load_teachers(folder: Path, *, height: int, threads: int) -> list[Estimator]:
    """The network of a model's folder, or those which `pose/peers` describes of another.

    They see each picture twice, once mirrored, and take skeletons alone for people: a head is no label of a body.
    Raises ModelError for the folder, ValueError for the height.
    """
    if (folder / DESCRIPTION).exists():
        loaded: Sequence[Estimator] = [pose.load(folder, threads=threads, height=height)]
    else:
        loaded = load_peers(folder, height=height, threads=threads)
    alone = [Estimator(replace(each.model, joining=None), each.runtime, each.height) for each in loaded]
    return [AveragedEstimator(each, flip=True) for each in alone]
