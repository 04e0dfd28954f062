"""Fits the confidences of verdicts and draws their thresholds' trade-off: `python -m benchmarks.calibration`.

Run it after each change of the network, as `benchmarks.refit` does. It reads tune-site.tar, tune-cctv.tar and
train-1.tar from PICTURES_DIR and prints logistic regressions, each with its probabilities beside the shares that were
right:

- that a head seen by keypoints alone is a head (`pose.estimation.head_frames._confidence`), on tune-site and train-1;
- that a head without a hat is bare, and that a head with one wears it (`helmet_service.verdicts.calibration`).

Heads without a label count as wrong, except those that `benchmarks.unlabelled` lists. Two drawings in docs/measured,
reliability.svg and trade-off.svg, show confidences beside the shares that were right, and alarms against bare heads
caught for each value of `Rules.min_alarm_confidence`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot
from numpy.typing import NDArray
from scipy.special import expit

import pose
from benchmarks.folders import folder
from benchmarks.logistic import logistic
from benchmarks.tuning import PLANT, SITE, audited
from helmet_service.bench.conditions import DETECTED, HALF_MISSED, Condition
from helmet_service.bench.outcomes import Figure, Judged, Outcome, figures, is_stray_alarm
from helmet_service.bench.reliability import reliability, stated
from helmet_service.bench.run import MATCHERS, Matcher, Results, run
from helmet_service.bench.scenes import scene_of
from helmet_service.settings import Settings
from helmet_service.verdicts.calibration import log_odds
from helmet_service.verdicts.case import judge_case
from helmet_service.verdicts.hat_fit import fit_hats
from helmet_service.verdicts.rules import Calibration, Rules
from pose.data.shards import LabelledPicture, read_shard
from pose.estimation.estimator import Estimator
from pose.estimation.head_frames import HeadFrame
from pose.estimation.model import SHIPPED
from pose.estimation.views import ViewsEstimator
from pose.skeleton import HEAD_KEYPOINTS, LEFT_SHOULDER, NECK, RIGHT_SHOULDER

SITE_PICTURES: Final = 600  # of train-1
# Each kind of camera's mix of hats to fit confidences on. On plant cameras hardly anybody is bare, so half of the hats
# are taken away there, and bare heads are fitted on those alone.
CONDITIONS: Final = {SITE: DETECTED, PLANT: (*DETECTED, HALF_MISSED)}
BARE: Final = {SITE: DETECTED, PLANT: (HALF_MISSED,)}
# The condition of the trade-off between alarms and bare heads caught.
TRADED: Final = {SITE: DETECTED[:1], PLANT: (HALF_MISSED,)}
WIDE: Final = Rules(gate=8.0, min_alarm_confidence=0.0)  # judges badly fitting hats and weak heads too
THRESHOLDS: Final = (0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
CAUGHT_LOSS: Final = 2.0  # % of the found bare heads that may be given up for fewer false alarms
DOCS: Final = Path(__file__).parent.parent / "docs" / "measured"

Floats = NDArray[np.float64]


def main() -> None:
    """Print the fits, draw both pictures."""
    pictures = folder("PICTURES_DIR")
    if pictures is None:
        return
    mpl.use("svg")
    estimator = pose.load(SHIPPED, threads=2)
    labelled = {name: audited(read_shard(pictures / f"{name}.tar")) for name in (SITE, PLANT)}
    site = [picture for picture in read_shard(pictures / "train-1.tar") if picture.labels.heads_complete]
    plain = [*labelled[SITE], *site[:SITE_PICTURES]]
    report("head: constant, head points, neck and shoulders", _rows(_heads(_alone(estimator, plain))), None)
    rules = fit(estimator, labelled)
    mixed = judged(estimator, labelled, CONDITIONS, {"assignment": partial(judge_case, rules=rules)})
    draw_reliability(
        [picture for kind in mixed.values() for each in kind.values() for picture in each], "reliability.svg"
    )
    _draw_trade_off(_at_thresholds(estimator, labelled, rules))


def fit(estimator: Estimator, pictures: Mapping[str, Sequence[LabelledPicture]]) -> Rules:
    """The confidences, the gate at a helmet's probability of one half, and the threshold of alarms (`choose_alarm`).

    pictures: audited, by the names of `CONDITIONS`; both kinds of cameras have equal weight. The gate is at most that
    of `WIDE`, because no hats beyond are measured.
    """
    found = judged(estimator, pictures, CONDITIONS, {"wide": partial(judge_case, rules=WIDE)})
    bare = [_rows(_bare(p for c in BARE[kind] for p in found[kind][c.name, "wide"])) for kind in CONDITIONS]
    worn = [_rows(_helmets(p for c in CONDITIONS[kind] for p in found[kind][c.name, "wide"])) for kind in CONDITIONS]
    bare_constant, bare_head = report("bare: constant, log-odds of the head", *alike(bare))
    helmet_constant, helmet_cost = report("helmet: constant, cost", *alike(worn))
    rules = Rules(
        gate=min(round(-helmet_constant / helmet_cost, 1), WIDE.gate),
        calibration=Calibration(helmet_constant, helmet_cost, bare_constant, bare_head),
    )
    return replace(rules, min_alarm_confidence=choose_alarm(_caught(_at_thresholds(estimator, pictures, rules))))


def alike(kinds: Sequence[Floats]) -> tuple[Floats, Floats]:
    """The rows of all kinds of cameras, and weights that give each kind the same total."""
    rows, weights = np.concatenate(kinds), np.concatenate([np.full(len(kind), 1 / len(kind)) for kind in kinds])
    return rows, weights * len(rows) / weights.sum()


def choose_alarm(caught: Mapping[float, float]) -> float:
    """The highest threshold that catches at most `CAUGHT_LOSS` % fewer of the bare heads than the lowest does.

    caught: % of bare heads, by threshold. A missed bare head is dangerous: only a few may be given up for fewer alarms.
    """
    return max(least for least in caught if caught[least] >= caught[min(caught)] - CAUGHT_LOSS)


def judged(
    estimator: Estimator,
    pictures: Mapping[str, Sequence[LabelledPicture]],
    conditions: Mapping[str, Sequence[Condition]],
    matchers: Mapping[str, Matcher],
) -> dict[str, Results]:
    """The results of each kind of camera under its conditions, with the service's default looks."""
    looking = ViewsEstimator(estimator, Settings().views())
    return {
        kind: run(looking, [scene_of(picture) for picture in pictures[kind]], dict.fromkeys(conditions[kind], matchers))
        for kind in conditions
    }


def _at_thresholds(
    estimator: Estimator, pictures: Mapping[str, Sequence[LabelledPicture]], rules: Rules
) -> dict[str, dict[str, dict[str, Figure]]]:
    """The figures of each kind of camera, for each of `THRESHOLDS` and for the legacy rule."""
    matchers: dict[str, Matcher] = {
        f"{least}": partial(judge_case, rules=replace(rules, min_alarm_confidence=least)) for least in THRESHOLDS
    }
    results = judged(estimator, pictures, TRADED, matchers | {"legacy": MATCHERS["legacy"]})
    return {kind: {name: figures(of) for (_, name), of in results[kind].items()} for kind in results}


def _caught(measured: Mapping[str, Mapping[str, Mapping[str, Figure]]]) -> dict[float, float]:
    """Bare heads caught in % of those found, by threshold: the mean of both kinds of cameras; prints each kind's."""
    caught = {}
    print(f"| least | {' | '.join(f'{kind}: bare caught %, stray alarms per 100' for kind in measured)} |")
    print(f"|---{'|---' * len(measured)}|")
    for least in THRESHOLDS:
        found = [
            (kind[f"{least}"]["bare_caught_of_found"].value, kind[f"{least}"]["stray_alarms_per_100"].value)
            for kind in measured.values()
        ]
        print(f"| {least} | {' | '.join(f'{bare:.1f}, {stray:.1f}' for bare, stray in found)} |")
        caught[least] = float(np.mean([bare for bare, _ in found]))
    return caught


def _alone(estimator: Estimator, pictures: Sequence[LabelledPicture]) -> Sequence[Judged]:
    """The results of skeletons without the network's own heads."""
    skeletons = Estimator(replace(estimator.model, joining=None), estimator.runtime, estimator.height)
    results = judged(skeletons, {SITE: pictures}, {SITE: DETECTED[:1]}, {"assignment": MATCHERS["assignment"]})
    return results[SITE][DETECTED[0].name, "assignment"]


def _rows(rows: Iterator[tuple[float, ...]]) -> Floats:
    return np.array(list(rows), float)


def _heads(pictures: Sequence[Judged]) -> Iterator[tuple[float, float, bool]]:
    """Of each head: summed scores of head points, of neck and shoulders, and whether it has a label."""
    for picture in pictures:
        for outcome in picture.outcomes:
            scores = picture.people[outcome.verdict.person].keypoints[:, 2]
            head_points = float(scores[list(HEAD_KEYPOINTS)].sum())
            if head_points > 0:
                torso = float(scores[[NECK, RIGHT_SHOULDER, LEFT_SHOULDER]].sum())
                yield head_points, torso, outcome.truth is not None


def _bare(pictures: Iterable[Judged]) -> Iterator[tuple[float, bool]]:
    """Of each head without a hat: its log-odds, and whether it is bare."""
    for outcome, head in _judged(pictures):
        stray = is_stray_alarm(outcome) or (outcome.truth is None and outcome.verdict.reason == "low_confidence")
        if outcome.verdict.reason in ("bare_head", "hat_not_worn", "low_confidence") and (outcome.truth or stray):
            yield log_odds(head.confidence), outcome.truth == "no_helmet"


def _helmets(pictures: Iterable[Judged]) -> Iterator[tuple[float, bool]]:
    """Of each head with a hat: the hat's cost, and whether the head wears one."""
    for picture in pictures:
        for outcome, head in _judged([picture]):
            if outcome.verdict.status == "helmet" and outcome.truth:
                hats = [hat for hat in picture.hats if hat.index == outcome.verdict.hat]
                yield float(fit_hats([head], hats, "auto", WIDE).cost[0, 0]), outcome.right


def _judged(pictures: Iterable[Judged]) -> Iterator[tuple[Outcome, HeadFrame]]:
    for picture in pictures:
        for outcome in picture.outcomes:
            if outcome.verdict.head is not None:
                yield outcome, outcome.verdict.head


def report(name: str, rows: Floats, weights: Floats | None = None) -> list[float]:
    """The coefficients to two digits; prints them, and their probabilities beside the shares that were right."""
    design, right = np.column_stack([np.ones(len(rows)), rows[:, :-1]]), rows[:, -1]
    coefficients = logistic(design, right, weights).round(2)
    print(f"{name}: {', '.join(map(str, coefficients))} ({len(right)} heads, {len(right) - int(right.sum())} wrong)")
    found = reliability(expit(design @ coefficients), right)
    print("| probability | right | heads |\n|---|---|---|")
    for each in found.bins if found else ():
        print(f"| {each.said:.2f} | {each.right:.2f} | {each.verdicts} |")
    values: list[float] = coefficients.tolist()
    return values


def draw_reliability(pictures: Sequence[Judged], name: str) -> None:
    """Draw what was stated against what was right, into docs/measured."""
    found = reliability(*stated(pictures))
    if found is None:
        return
    figure, axes = pyplot.subplots(figsize=(5, 5))
    axes.plot([0.5, 1], [0.5, 1], color="grey", linewidth=1, label="as it should be")
    axes.plot([each.said for each in found.bins], [each.right for each in found.bins], "o-", label="verdicts")
    axes.set(xlabel="confidence stated (mean of the bin)", ylabel="share that was right", xlim=(0.5, 1), ylim=(0.5, 1))
    axes.set_title(f"Calibration error {found.calibration_error:.3f}, Brier score {found.brier:.3f}")
    axes.legend()
    _save(figure, DOCS / name)


def _draw_trade_off(measured: Mapping[str, Mapping[str, Mapping[str, Figure]]]) -> None:
    figure, axes = pyplot.subplots(1, 2, figsize=(10, 4.5), sharex=True)
    for plot, name, meaning in (
        (axes[0], "alarm_precision", "alarm precision at labelled heads, %"),
        (axes[1], "stray_alarms_per_100", "stray alarms per 100 pictures"),
    ):
        for kind, found in measured.items():
            points = [
                (found[f"{least}"]["bare_caught_of_found"].value, found[f"{least}"][name].value) for least in THRESHOLDS
            ]
            plot.plot(*zip(*points, strict=True), "o-", label=f"MIN_ALARM_CONFIDENCE, {kind}")
            for least, point in zip(THRESHOLDS, points, strict=True):
                plot.annotate(f"{least}", point, textcoords="offset points", xytext=(4, 4))
            legacy = found["legacy"]
            plot.plot(legacy["bare_caught_of_found"].value, legacy[name].value, "s", label=f"the legacy rule, {kind}")
        plot.set(xlabel="bare heads caught, % of found", ylabel=meaning)
        plot.legend()
    _save(figure, DOCS / "trade-off.svg")


def _save(figure: pyplot.Figure, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    print(f"written: {path}")


if __name__ == "__main__":
    main()
