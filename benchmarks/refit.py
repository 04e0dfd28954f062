"""Fits anew everything that depends on the network, in order: `python -m benchmarks.refit [--model DIR]`.

Reads the pictures of `benchmarks.tuning` from PICTURES_DIR. Writes what belongs to the model into its `pose.json`:
grouping (`benchmarks.grouping`), then joining (`benchmarks.joining`), then the second look (`benchmarks.second_look`).
Prints what belongs to the code, a line a constant, to be changed by hand: canonical heads and worn hats
(`benchmarks.proportions`) that have moved, confidences, gate and threshold of alarms (`benchmarks.calibration`).
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
from tqdm import tqdm

import pose
from benchmarks import calibration, grouping, joining, proportions, second_look
from benchmarks.folders import folder
from benchmarks.proportions import Proportions
from benchmarks.remembered import remembering
from benchmarks.tuning import COCO, KINDS, tuning
from helmet_service.verdicts import hat_fit
from helmet_service.verdicts.judge import Rules
from pose.data.labels import WHOLE_HEAD
from pose.data.shards import LabelledPicture
from pose.estimation import head_frames
from pose.estimation.estimator import Estimator, check_warm_up
from pose.estimation.model import DESCRIPTION, SHIPPED, Model
from pose.pictures.decoding import decode
from pose.skeleton import KEYPOINTS

MOST_PIXELS: Final = 16_000_000  # of a warm-up picture
MOVED: Final = 0.03  # sizes of a head, or of its logarithm, from which a median or spread counts as another
VIEWS: Final = {
    "front": "_FRONT",
    "three quarters": "_THREE_QUARTER",
    "profile": "_PROFILE",
    "back": "_BACK",
}

Pictures = Mapping[str, Sequence[LabelledPicture]]
"""The sets of `benchmarks.tuning`, by name."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant of the code that is to change: in which file, what it is now, what it should be."""

    file: str
    name: str
    old: object
    new: object

    def __str__(self) -> str:
        return f"{self.file}: {self.name}: {self.old} -> {self.new}"


def main() -> None:
    """Refit, write `pose.json`, print the constants."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=SHIPPED, metavar="DIR", help="folder with pose.json")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of the network")
    options = parser.parse_args()
    pictures = folder("PICTURES_DIR")
    if pictures is None:
        return
    with TemporaryDirectory() as remembered:
        estimator = remembering(pose.load(options.model, threads=options.threads), Path(remembered))
        estimator, constants = refit(estimator, tuning(pictures))
        check_warm_up(estimator, lambda path: decode(path.read_bytes(), MOST_PIXELS).pixels)
    write(options.model, estimator.model)
    print(f"written: {options.model / DESCRIPTION}")
    for constant in constants:
        print(constant)


def refit(estimator: Estimator, pictures: Pictures) -> tuple[Estimator, tuple[Constant, ...]]:
    """The estimator with its thresholds fitted anew, and the code's constants that are to change."""
    constants: list[Constant] = []
    with tqdm(total=len(OF_MODEL) + len(OF_CODE), unit="step") as steps:
        for name, fitted in OF_MODEL.items():
            steps.set_description(name)
            estimator = fitted(estimator, pictures)
            steps.update()
        for name, changes in OF_CODE.items():
            steps.set_description(name)
            constants.extend(changes(estimator, pictures))
            steps.update()
    return estimator, tuple(constants)


def fit_grouping(estimator: Estimator, pictures: Pictures) -> Estimator:
    """With the best grouping; prints the table of docs/measured/grouping.md."""
    tried = grouping.fit(estimator, pictures)
    tqdm.write(grouping.table(tried))
    return _changed(estimator, grouping=grouping.best(tried))


def fit_joining(estimator: Estimator, pictures: Pictures) -> Estimator:
    """With the evidence of skeletons and heads fitted."""
    return _changed(
        estimator, joining=joining.fit({n: joining.see(estimator, each, n) for n, each in headed(pictures)})
    )


def fit_second_look(estimator: Estimator, pictures: Pictures) -> Estimator:
    """With the evidence of two looks fitted, where heads are joined."""
    joined = estimator.model.joining
    if joined is None:
        return estimator
    twice = {name: second_look.see_twice(estimator, joined, each, name) for name, each in headed(pictures)}
    return _changed(estimator, second_look=second_look.fit(twice))


def find_moved(estimator: Estimator, pictures: Pictures) -> Iterator[Constant]:
    """Where keypoints and hats lie otherwise than the code has it, on all pictures with heads."""
    boxed = [picture for name in pictures if name != COCO for picture in pictures[name]]
    shown = tqdm(boxed, desc="proportions", unit="picture")
    measured = proportions.measure((picture, estimator(picture.pixels).people) for picture in shown)
    yield from moved_keypoints(measured)
    yield from moved_hats(measured)


def fit_calibration(estimator: Estimator, pictures: Pictures) -> Iterator[Constant]:
    """Thresholds and coefficients of verdicts; prints how well they fit."""
    return changed_rules(calibration.fit(estimator, pictures))


OF_MODEL: Final[Mapping[str, Callable[[Estimator, Pictures], Estimator]]] = {
    "grouping": fit_grouping,
    "joining": fit_joining,
    "second look": fit_second_look,
}
"""The steps that change a model, each on what the ones before made of it."""
OF_CODE: Final[Mapping[str, Callable[[Estimator, Pictures], Iterator[Constant]]]] = {
    "proportions": find_moved,
    "calibration": fit_calibration,
}
"""The steps that tell what is to change in the code, on the model that came of `OF_MODEL`."""


def headed(pictures: Pictures) -> Iterator[tuple[str, Sequence[LabelledPicture]]]:
    """The sets of `KINDS`, by name."""
    return ((name, pictures[name]) for names in KINDS.values() for name in names)


def _changed(estimator: Estimator, **thresholds: Any) -> Estimator:  # noqa: ANN401  whatever a model has
    return Estimator(replace(estimator.model, **thresholds), estimator.runtime, estimator.height)


def write(model: Path, fitted: Model) -> None:
    """Put the thresholds into the folder's `pose.json`; everything else stays as it stands."""
    path = model / DESCRIPTION if model.is_dir() else model
    values = json.loads(path.read_text(encoding="utf-8"))
    for name in ("grouping", "joining", "second_look"):
        values[name] = (thresholds := getattr(fitted, name)) and asdict(thresholds)
    path.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


def moved_keypoints(measured: Proportions) -> Iterator[Constant]:
    """Keypoints of the canonical heads whose median lies `MOVED` or more from where the code has it."""
    for view, name in VIEWS.items():
        canonical = getattr(head_frames, name)
        for keypoint, place in measured.keypoints.get(view, {}).items():
            if keypoint in canonical:
                old, new = canonical[keypoint], (round(place.x, 2), round(place.y, 2))
                if np.hypot(new[0] - old[0], new[1] - old[1]) >= MOVED:
                    yield Constant("pose/estimation/head_frames.py", f"{name}[{KEYPOINTS[keypoint]}]", old, new)


def moved_hats(measured: Proportions) -> Iterator[Constant]:
    """Conventions of hat boxes that have moved by `MOVED`; shells lie between those of people and upper parts."""
    file, whole = "helmet_service/verdicts/hat_fit.py", measured.hats[WHOLE_HEAD]
    shells = [hat for boxes, hat in measured.hats.items() if boxes != WHOLE_HEAD]
    along, log_size = (float(np.mean([getattr(hat, part) for hat in shells])) for part in ("along", "log_size"))
    for name, old, new in (
        ("HEAD", hat_fit.HEAD, hat_fit.Convention(round(whole.along, 2), round(whole.log_size, 2))),
        ("SHELL", hat_fit.SHELL, hat_fit.Convention(round(along, 2), round(log_size, 2))),
    ):
        if max(abs(new.along - old.along), abs(new.log_size - old.log_size)) >= MOVED:
            yield Constant(file, name, old, new)


def changed_rules(rules: Rules) -> Iterator[Constant]:
    """Thresholds and coefficients that differ from the code's."""
    for file, old, new in (
        ("helmet_service/verdicts/judge.py", Rules(), rules),
        ("helmet_service/verdicts/calibration.py", Rules().calibration, rules.calibration),
    ):
        for field in fields(old):
            before, after = getattr(old, field.name), getattr(new, field.name)
            if field.name != "calibration" and before != after:
                yield Constant(file, f"{type(old).__name__}.{field.name}", before, after)


if __name__ == "__main__":
    main()
