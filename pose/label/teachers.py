"""Loads the fields networks that label skeletons."""

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
    """The network of a model's folder, or those of a folder that `pose/peers` describes.

    They run on each picture and on its mirror image. People are skeletons alone, because a head labels no body.
    Raises ModelError for the folder, ValueError for the height.
    """
    if (folder / DESCRIPTION).exists():
        loaded: Sequence[Estimator] = [pose.load(folder, threads=threads, height=height)]
    else:
        loaded = load_peers(folder, height=height, threads=threads)
    alone = [Estimator(replace(each.model, joining=None), each.runtime, each.height) for each in loaded]
    return [AveragedEstimator(each, flip=True) for each in alone]
