"""Patches of a shard of labelled pictures, cut once and kept for later calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from tqdm import tqdm

from pose.data.shards import LabelledPicture, read_shard

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

P = TypeVar("P", bound="DataclassInstance")


def kept(path: Path, kind: type[P], shard: Path, cut: Callable[[Iterable[LabelledPicture]], P]) -> P:
    """What `cut` makes of the shard's pictures: arrays, read from the file if an earlier call left them there."""
    if not path.exists():
        cut_now = cut(tqdm(read_shard(shard), desc=f"patches of {shard.stem}", unit="picture"))
        unfinished = path.with_suffix(".unfinished.npz")
        np.savez(unfinished, **{part.name: getattr(cut_now, part.name) for part in fields(kind)})
        unfinished.replace(path)
    with np.load(path) as arrays:
        return kind(**arrays)
