"""The pictures on which thresholds are chosen: of plant cameras and of sites with all heads labelled, and of COCO."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

from benchmarks.unlabelled import LIST
from pose.data.json_values import Box
from pose.data.shards import LabelledPicture, read_shard

PLANT: Final = "tune-cctv"
SITE: Final = "tune-site"
COCO: Final = "train-coco"
SHELLS: Final = "train-shells"
KINDS: Final = {"plant cameras": (PLANT, "train-cctv"), "sites": (SITE, "train-site")}
"""Of each kind of camera, the sets whose heads are all labelled: of no training, and of a part of the training."""

# By training set: its files, the beginning of its pictures' `origin`, and the step at which pictures are taken.
_TRAINING: Final = {
    "train-cctv": (("train-cctv",), "plant", 8),
    "train-site": (("train-0", "train-1"), "hard-hat-workers", 8),
    COCO: (("train-0", "train-1", "train-2"), "coco", 1),
    SHELLS: (("train-0", "train-1", "train-2"), "panly", 2),
}


def tuning(pictures: Path) -> dict[str, list[LabelledPicture]]:
    """All sets by name, from a folder of shards."""
    sets = {name: audited(read_shard(pictures / f"{name}.tar")) for name in (PLANT, SITE)}
    return sets | {name: _part(pictures, name) for name in _TRAINING}


def _part(pictures: Path, name: str) -> list[LabelledPicture]:
    files, origin, every = _TRAINING[name]
    labelled = (picture for file in files for picture in read_shard(pictures / f"{file}.tar"))
    chosen = (
        picture
        for picture in labelled
        if picture.labels.origin.startswith(origin) and (picture.labels.heads_complete or name == COCO)
    )
    return list(islice(chosen, 0, None, every))


def audited(pictures: Iterable[LabelledPicture]) -> list[LabelledPicture]:
    """The pictures, with the unlabelled real heads that `benchmarks.unlabelled` lists as regions to ignore."""
    listed: Mapping[str, list[Box]] = json.loads(LIST.read_text())
    return [
        replace(picture, labels=replace(picture.labels, ignore=(*picture.labels.ignore, *listed.get(picture.name, ()))))
        for picture in pictures
    ]
