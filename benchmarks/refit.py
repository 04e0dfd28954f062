"""Fits everything that depends on the network, in order: `python -m benchmarks.refit [--model DIR]`.

It reads the pictures of `benchmarks.tuning` from PICTURES_DIR. It writes the model's thresholds into its `pose.json`:
grouping (`benchmarks.grouping`), then joining (`benchmarks.joining`), then the second look (`benchmarks.second_look`).
It prints the constants of the code to change by hand: canonical heads and worn hats (`benchmarks.proportions`) that
have moved, confidences, gate and threshold of alarms (`benchmarks.calibration`), and for a model that sees headwear
what joins it with hats (`benchmarks.joined_calibration`).
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
from tqdm import tqdm

import pose
from benchmarks import calibration, grouping, joined_calibration, joining, proportions, second_look
from benchmarks.folders import folder
from benchmarks.proportions import Proportions
from benchmarks.remembered import remembering
from benchmarks.rule_numbers import numbers
from benchmarks.tuning import COCO, KINDS, tuning
from helmet_service.verdicts.rules import Convention, Rules
from pose.data.labels import WHOLE_HEAD
from pose.data.shards import LabelledPicture
from pose.estimation import head_frames
from pose.estimation.estimator import Estimator, check_warm_up
from pose.estimation.model import DESCRIPTION, SHIPPED, Model
from pose.pictures.decoding import decode
from pose.skeleton import KEYPOINTS

MOST_PIXELS: Final = 16_000_000  # of a warm-up picture
MOVED: Final = 0.03  # head sizes: a smaller change of a median is noise
RULES_FILE: Final = "helmet_service/verdicts/rules.py"
VIEWS: Final = {
    "front": "FRONT",
    "three quarters": "_THREE_QUARTER",
    "profile": "_PROFILE",
    "back": "_BACK",
}

Pictures = Mapping[str, Sequence[LabelledPicture]]
"""The sets of `benchmarks.tuning`, by name."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant of the code to change: its file, its value now, its new value."""

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
    """The estimator with fitted thresholds, and the code's constants to change."""
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
    """The estimator with the best grouping; prints the table of docs/measured/grouping.md."""
    tried = grouping.fit(estimator, pictures)
    tqdm.write(grouping.table(tried))
    return _changed(estimator, decoder=replace(estimator.model.field_decoder, grouping=grouping.best(tried)))


def fit_joining(estimator: Estimator, pictures: Pictures) -> Estimator:
    """The estimator with the fitted evidence of skeletons and heads."""
    return _changed(
        estimator, joining=joining.fit({n: joining.see(estimator, each, n) for n, each in headed(pictures)})
    )


def fit_second_look(estimator: Estimator, pictures: Pictures) -> Estimator:
    """The estimator with the fitted evidence of two looks, if it joins heads."""
    joined = estimator.model.joining
    if joined is None:
        return estimator
    twice = {name: second_look.see_twice(estimator, joined, each, name) for name, each in headed(pictures)}
    return _changed(estimator, second_look=second_look.fit(twice))


def find_moved(estimator: Estimator, pictures: Pictures) -> Iterator[Constant]:
    """The constants of keypoints and hats on heads that differ from the code's, on all pictures with heads."""
    boxed = [picture for name in pictures if name != COCO for picture in pictures[name]]
    shown = tqdm(boxed, desc="proportions", unit="picture")
    measured = proportions.measure((picture, estimator(picture.pixels).people) for picture in shown)
    yield from moved_keypoints(measured)
    yield from moved_hats(measured)


def fit_calibration(estimator: Estimator, pictures: Pictures) -> Iterator[Constant]:
    """Thresholds and coefficients of verdicts; prints how well they fit."""
    return changed_rules(calibration.fit(estimator, pictures))


def fit_joined(estimator: Estimator, pictures: Pictures) -> Iterator[Constant]:
    """What joins headwear and supplied hats, if the model sees headwear; prints how well it fits."""
    if estimator.headwear is not None:
        yield from changed_rules(replace(Rules(), joined=joined_calibration.fit(estimator, pictures)))


OF_MODEL: Final[Mapping[str, Callable[[Estimator, Pictures], Estimator]]] = {
    "grouping": fit_grouping,
    "joining": fit_joining,
    "second look": fit_second_look,
}
"""The steps that change a model, each on what the ones before made of it."""
OF_CODE: Final[Mapping[str, Callable[[Estimator, Pictures], Iterator[Constant]]]] = {
    "proportions": find_moved,
    "calibration": fit_calibration,
    "joined calibration": fit_joined,
}
"""The steps that tell what is to change in the code, on the model that came of `OF_MODEL`."""


def headed(pictures: Pictures) -> Iterator[tuple[str, Sequence[LabelledPicture]]]:
    """The sets of `KINDS`, by name."""
    return ((name, pictures[name]) for names in KINDS.values() for name in names)


def _changed(estimator: Estimator, **thresholds: Any) -> Estimator:  # noqa: ANN401  whatever a model has
    return Estimator(replace(estimator.model, **thresholds), estimator.runtime, estimator.height, estimator.headwear)


def write(model: Path, fitted: Model) -> None:
    """Write the thresholds into the folder's `pose.json`, and leave everything else in it."""
    path = model / DESCRIPTION if model.is_dir() else model
    values = json.loads(path.read_text(encoding="utf-8"))
    values |= fitted.decoder.to_json()
    for name in ("joining", "second_look"):
        values[name] = (thresholds := getattr(fitted, name)) and asdict(thresholds)
    path.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


def moved_keypoints(measured: Proportions) -> Iterator[Constant]:
    """Keypoints of the canonical heads whose median differs from the code's by at least `MOVED`."""
    for view, name in VIEWS.items():
        canonical = getattr(head_frames, name)
        for keypoint, place in measured.keypoints.get(view, {}).items():
            if keypoint in canonical:
                old, new = canonical[keypoint], (round(place.x, 2), round(place.y, 2))
                if np.hypot(new[0] - old[0], new[1] - old[1]) >= MOVED:
                    yield Constant("pose/estimation/head_frames.py", f"{name}[{KEYPOINTS[keypoint]}]", old, new)


def moved_hats(measured: Proportions) -> Iterator[Constant]:
    """Conventions of hat boxes that moved by at least `MOVED`; shells are halfway between people's and upper parts."""
    fit, whole = Rules().fit, measured.hats[WHOLE_HEAD]
    shells = [hat for boxes, hat in measured.hats.items() if boxes != WHOLE_HEAD]
    along, size = (float(np.mean([getattr(hat, part) for hat in shells])) for part in ("along", "size"))
    for name, old, new in (
        ("head", fit.head, Convention(round(whole.along, 2), round(whole.size, 3))),
        ("shell", fit.shell, Convention(round(along, 2), round(size, 3))),
    ):
        if max(abs(new.along - old.along), abs(new.size - old.size)) >= MOVED:
            yield Constant(RULES_FILE, f"Rules.fit.{name}", old, new)


def changed_rules(rules: Rules) -> Iterator[Constant]:
    """Thresholds and coefficients that differ from the code's."""
    for (name, old), (_, new) in zip(numbers(Rules()), numbers(rules), strict=True):
        if old != new:
            yield Constant(RULES_FILE, f"Rules.{name}", old, new)


if __name__ == "__main__":
    main()
