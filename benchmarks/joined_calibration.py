"""Fits what joins headwear and supplied hats: `python -m benchmarks.joined_calibration [--model DIR]`.

Run it after each change of a model's classifier of headwear, after `benchmarks.calibration`. It reads tune-site.tar and
tune-cctv.tar from PICTURES_DIR and prints logistic regressions, each with its probabilities beside the shares that were
right:

- that there is a head, on every head frame of both kinds of cameras, which weigh alike; heads without a label count as
  wrong, except those that `benchmarks.unlabelled` lists;
- that a labelled head wears a helmet, under all conditions with hats under which heads count as people see them, and
  without hats. Nearly everybody wears a helmet on plant cameras. So the helmets of each kind of camera weigh as much as
  those of the other, and bare heads of both kinds together as much as all helmets: what is fitted says which of the two
  is likelier where both are equally frequent. Boxes on bare heads and late boxes weigh a tenth (`SELDOM`).

A table shows what the threshold of helmets makes of them without hats. docs/measured/reliability-joined.svg shows
confidences, with hats and without, beside the shares that were right.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

import pose
from benchmarks.calibration import THRESHOLDS, alike, draw_reliability, judged, report
from benchmarks.folders import folder
from benchmarks.tuning import PLANT, SITE, audited
from helmet_service.bench.conditions import AS_PEOPLE_SEE, NO_HATS
from helmet_service.bench.outcomes import MEASURES, Judged, Outcome, figures
from helmet_service.verdicts.calibration import fields_log_odds, log_odds, shown_log_odds
from helmet_service.verdicts.case import judge_case
from helmet_service.verdicts.rules import JoinedCalibration, Rules
from pose.data.shards import LabelledPicture, read_shard
from pose.estimation.estimator import Estimator
from pose.estimation.head_frames import HeadFrame
from pose.estimation.model import SHIPPED
from pose.measuring.measures import MIN_LABEL_PX
from pose.skeleton import Headwear, Person

NOT_JUDGED: Final = ("head_too_small", "contested_hat")
CONDITIONS: Final = dict.fromkeys((SITE, PLANT), (*AS_PEOPLE_SEE, NO_HATS))
# Of a detector in the field, in one of ten pictures at the most: with more nobody would use it.
SELDOM: Final = {"one hat swapped": 0.1, "late hats": 0.1}
SHOWN: Final = ("right_of_found", "right_of_judged", "unknown_of_found")

Floats = NDArray[np.float64]
Pictures = Mapping[str, Sequence[LabelledPicture]]


def main() -> None:
    """Print the fits and the table, draw the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=SHIPPED, metavar="DIR", help="folder with pose.json")
    options = parser.parse_args()
    folder_of_pictures = folder("PICTURES_DIR")
    if folder_of_pictures is None:
        return
    mpl.use("svg")
    estimator = pose.load(options.model, threads=2)
    pictures = {name: audited(read_shard(folder_of_pictures / f"{name}.tar")) for name in CONDITIONS}
    rules = replace(Rules(), joined=fit(estimator, pictures))
    print(rules.joined)
    print(thresholds(estimator, pictures, rules))
    joined = judged(estimator, pictures, CONDITIONS, {"both": partial(judge_case, rules=rules, trust="both")})
    draw_reliability([p for kind in joined.values() for of in kind.values() for p in of], "reliability-joined.svg")


def fit(estimator: Estimator, pictures: Pictures) -> JoinedCalibration:
    """The coefficients; pictures: audited, by the names of `CONDITIONS`."""
    found = judged(estimator, pictures, CONDITIONS, {"hats": partial(judge_case, rules=Rules())})
    heads = [np.array(list(_heads(kind[NO_HATS.name, "hats"])), float) for kind in found.values()]
    worn = [
        np.array(
            [
                (SELDOM.get(name, 1.0), *row)
                for (name, _), of in kind.items()
                for row in _worn(of, supplied=name != NO_HATS.name)
            ],
            float,
        )
        for kind in found.values()
    ]
    head = report("head: constant, log-odds found, log-odds shown", *alike(heads))
    helmet = report("helmet: constant, log-odds shown, log-odds of the fields, hat, no hat", *balanced(worn))
    return JoinedCalibration(*head, *helmet)


def balanced(kinds: Sequence[Floats]) -> tuple[Floats, Floats]:
    """The rows of all kinds of cameras, whose last column says which are helmets, and weights.

    kinds: rows with a first column more, how often the row occurs. Helmets of each kind have the same total, and bare
    heads of all kinds together as much as all helmets.
    """
    often, rows = np.split(np.concatenate(kinds), [1], axis=1)
    of_kind = np.repeat(np.arange(len(kinds)), [len(kind) for kind in kinds])
    groups = np.where(rows[:, -1] > 0, of_kind, -1)
    totals = {group: len(kinds) if group < 0 else 1 for group in np.unique(groups).tolist()}
    weights = often[:, 0].copy()
    for group, total in totals.items():
        weights[groups == group] *= total / weights[groups == group].sum()
    return rows, weights * len(rows) / weights.sum()


def thresholds(estimator: Estimator, pictures: Pictures, rules: Rules) -> str:
    """A table of the figures without hats for each threshold of helmets."""
    matchers = {
        f"{least}": partial(judge_case, trust="model", rules=replace(rules, min_helmet_confidence=least))
        for least in THRESHOLDS
    }
    found = judged(estimator, pictures, dict.fromkeys(CONDITIONS, (NO_HATS,)), matchers)
    lines = [f"| least | {' | '.join(f'{kind}: {MEASURES[name].heading}' for kind in found for name in SHOWN)} |"]
    lines.append("|---" * (1 + len(found) * len(SHOWN)) + "|")
    for least in matchers:
        of_kinds = [figures(kind[NO_HATS.name, least]) for kind in found.values()]
        lines.append(f"| {least} | {' | '.join(f'{of[name].value:.1f}' for of in of_kinds for name in SHOWN)} |")
    return "\n".join(lines)


def _heads(pictures: Iterable[Judged]) -> Iterator[tuple[float, float, bool]]:
    """Of each head: the log-odds with which it was found, and of what it shows, and whether it has a label."""
    for outcome, _, head, headwear in _seen(pictures):
        if outcome.truth or outcome.size >= MIN_LABEL_PX:
            yield log_odds(head.confidence), log_odds(headwear.helmet + headwear.bare), outcome.truth is not None


def _worn(pictures: Iterable[Judged], *, supplied: bool) -> Iterator[tuple[float, float, bool, bool, bool]]:
    """Of each labelled head: the log-odds of a helmet, and which hats are on it, and whether it wears a helmet.

    Log-odds: of the classifier, and of the fields. Hats: 1 where one is on the head; 1 where hats were supplied and
    none is on it. supplied: whether there were any.
    """
    for outcome, person, _, headwear in _seen(pictures):
        if outcome.truth:
            hat = outcome.verdict.hat is not None
            seen = shown_log_odds(headwear), fields_log_odds(person.head)
            yield *seen, hat, supplied and not hat, outcome.truth == "helmet"


def _seen(pictures: Iterable[Judged]) -> Iterator[tuple[Outcome, Person, HeadFrame, Headwear]]:
    """The heads with headwear that can be judged."""
    for picture in pictures:
        for outcome in picture.outcomes:
            person, head = picture.people[outcome.verdict.person], outcome.verdict.head
            if head is not None and person.headwear is not None and outcome.verdict.reason not in NOT_JUDGED:
                yield outcome, person, head, person.headwear


if __name__ == "__main__":
    main()
