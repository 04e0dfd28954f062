"""Judges labelled pictures under every condition by every matcher, on the same skeletons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from tqdm import tqdm

from helmet_service.bench.outcomes import Judged, compare
from helmet_service.bench.scenes import CONDITIONS, Condition, Scene, detect_hats, seen_as
from helmet_service.verdicts.boxes import Hat
from helmet_service.verdicts.case import MATCHERS as NAMES
from helmet_service.verdicts.case import Case, JudgedCase, judge_case
from helmet_service.verdicts.rules import Rules
from pose import Estimate, Estimator

Matcher = Callable[[Case], JudgedCase]
Results = Mapping[tuple[str, str], Sequence[Judged]]
"""By condition and matcher: the outcomes of each picture, in the pictures' order."""

MATCHERS: Final[Mapping[str, Matcher]] = {name: partial(judge_case, rules=Rules(), matcher=name) for name in NAMES}
"""The default one first."""


def run(
    estimator: Estimator,
    scenes: Sequence[Scene],
    matchers: Mapping[str, Matcher] = MATCHERS,
    conditions: Sequence[Condition] = CONDITIONS,
) -> Results:
    """Look at each view of each scene once, and let every matcher judge it under every condition of that view."""
    results: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    views = dict.fromkeys(condition.view for condition in conditions)
    progress = tqdm(total=len(scenes) * len(views), unit="view")
    for scene in scenes:
        for view in views:
            seen = seen_as(scene, view)
            found = estimator(seen.pixels)
            for condition in (each for each in conditions if each.view == view):
                truth, hats = detect_hats(seen, condition, found.people)
                for name, matcher in matchers.items():
                    judged = matcher(case_of(truth, found, hats))
                    results[condition.name, name].append(compare(truth, judged.people, hats, judged.judgement))
            progress.update()
    progress.close()
    return results


def case_of(scene: Scene, found: Estimate, hats: Sequence[Hat]) -> Case:
    """What the verdicts judge in a scene in which these people were found."""
    height, width = scene.pixels.shape[:2]
    return Case(found.people, hats, width, height, found.scale)
