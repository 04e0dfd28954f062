"""Judges labelled pictures under every condition by every matcher, on the same skeletons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from tqdm import tqdm

from helmet_service.bench.conditions import AS_PEOPLE_SEE, CONDITIONS, NO_HATS, Condition, detect_hats
from helmet_service.bench.outcomes import Judged, compare
from helmet_service.bench.scenes import Scene, seen_as
from helmet_service.verdicts.boxes import Hat
from helmet_service.verdicts.case import MATCHERS as NAMES
from helmet_service.verdicts.case import Case, JudgedCase, judge_case
from helmet_service.verdicts.rules import Rules
from pose import Estimate, Estimator

Matcher = Callable[[Case], JudgedCase]
Results = Mapping[tuple[str, str], Sequence[Judged]]
"""By condition and matcher: the outcomes of each picture, in the pictures' order."""

MATCHERS: Final[Mapping[str, Matcher]] = {name: partial(judge_case, rules=Rules(), matcher=name) for name in NAMES}
"""The default one first, which goes by the hats alone, as the legacy rule does."""
MODEL: Final = "model"
"""The name of our own assignment where nobody supplied hats."""
_AND_BOTH: Final[Mapping[str, Matcher]] = {**MATCHERS, "both": partial(judge_case, rules=Rules(), trust="both")}
MATCHERS_OF: Final[Mapping[Condition, Mapping[str, Matcher]]] = {
    **dict.fromkeys(CONDITIONS, MATCHERS),
    **dict.fromkeys(AS_PEOPLE_SEE, _AND_BOTH),
    NO_HATS: {MODEL: partial(judge_case, rules=Rules(), trust="model")},
}
"""What judges under each condition of `python -m helmet_service bench`."""


def run(
    estimator: Estimator,
    scenes: Sequence[Scene],
    matchers_of: Mapping[Condition, Mapping[str, Matcher]] = MATCHERS_OF,
) -> Results:
    """Look at each view of each scene once, and let the matchers judge it under every condition of that view."""
    results: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    views = dict.fromkeys(condition.view for condition in matchers_of)
    progress = tqdm(total=len(scenes) * len(views), unit="view")
    for scene in scenes:
        for view in views:
            seen = seen_as(scene, view)
            found = estimator(seen.pixels)
            for condition in (each for each in matchers_of if each.view == view):
                truth, hats = detect_hats(seen, condition, found.people)
                for name, matcher in matchers_of[condition].items():
                    judged = matcher(case_of(truth, found, hats))
                    results[condition.name, name].append(compare(truth, judged))
            progress.update()
    progress.close()
    return results


def case_of(scene: Scene, found: Estimate, hats: Sequence[Hat] | None) -> Case:
    """What the verdicts judge in a scene in which these people were found."""
    height, width = scene.pixels.shape[:2]
    return Case(found.people, hats, width, height, found.scale)
