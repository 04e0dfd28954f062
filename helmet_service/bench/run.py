"""Labelled pictures under every condition, judged by every matcher on the same skeletons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from tqdm import tqdm

from helmet_service.bench.outcomes import Judged, compare
from helmet_service.bench.scenes import CONDITIONS, VIEWS, Condition, Scene, generator_of, given
from helmet_service.verdicts.boxes import Hat
from helmet_service.verdicts.fragments import whole_people
from helmet_service.verdicts.judge import Judgement, judge
from helmet_service.verdicts.legacy_rule import legacy_judgement
from helmet_service.verdicts.rules import Rules
from pose import Estimate, Estimator
from pose.skeleton import Person

Matcher = Callable[[Scene, Estimate, Sequence[Hat]], tuple[tuple[Person, ...], Judgement]]
"""Takes what was found and answers who was judged, and what of them."""
Results = Mapping[tuple[str, str], Sequence[Judged]]
"""By condition and matcher: what each picture came to, in the pictures' order."""


def by_assignment(
    scene: Scene, found: Estimate, hats: Sequence[Hat], rules: Rules
) -> tuple[tuple[Person, ...], Judgement]:
    """The default matcher."""
    height, width = scene.pixels.shape[:2]
    people, heads = whole_people(found.people, rules)
    return people, judge(people, hats, width=width, height=height, scale=found.scale, rules=rules, heads=heads)


def by_legacy(scene: Scene, found: Estimate, hats: Sequence[Hat]) -> tuple[tuple[Person, ...], Judgement]:
    """The older rule."""
    height, width = scene.pixels.shape[:2]
    return found.people, legacy_judgement(found.people, hats, width=width, height=height)


MATCHERS: Final[Mapping[str, Matcher]] = {"assignment": partial(by_assignment, rules=Rules()), "legacy": by_legacy}
"""The default one first."""


def run(
    estimator: Estimator,
    scenes: Sequence[Scene],
    matchers: Mapping[str, Matcher] = MATCHERS,
    conditions: Sequence[Condition] = CONDITIONS,
    seed: int = 0,
) -> Results:
    """Each view of a picture is looked at once, however many judge there."""
    results: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    views = dict.fromkeys(condition.view for condition in conditions)
    progress = tqdm(total=len(scenes) * len(views), unit="view")
    for scene in scenes:
        for view in views:
            seen = seen_as(scene, view, seed)
            found = estimator(seen.pixels)
            for condition in (each for each in conditions if each.view == view):
                truth, hats = given(seen, condition, found.people, seed)
                for name, matcher in matchers.items():
                    people, judgement = matcher(truth, found, hats)
                    results[condition.name, name].append(compare(truth, people, hats, judgement))
            progress.update()
    progress.close()
    return results


def seen_as(scene: Scene, view: str, seed: int) -> Scene:
    """The scene in this view."""
    return VIEWS[view](scene, generator_of(scene, view, seed))
