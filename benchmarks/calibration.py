"""Fits anew what verdicts' confidences rest on, and draws what a threshold costs: `python -m benchmarks.calibration`.

To be run after each change of the network. Reads tune-site.tar and train-1.tar from PICTURES_DIR and prints logistic
regressions, each with what it says beside what was so:

- that a head frame is a head (`pose.head_frames._confidence`), on both shards' heads;
- that a head without a hat is bare, that a head with one wears it (`helmet_service.verdicts.calibration`), on tune-site
  under every condition of the benchmark that changes hats alone.

Heads that nobody labelled count as wrong, but for those of tune-site that `benchmarks.unlabelled` lists. The drawings
docs/reliability.svg and docs/trade-off.svg show confidences beside what was so, and alarms against bare heads caught
for each value of `Rules.min_alarm_confidence`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot
from numpy.typing import NDArray
from scipy.special import expit, logit

import pose
from benchmarks.folders import folder
from benchmarks.logistic import logistic
from benchmarks.unlabelled import LIST
from helmet_service.bench.outcomes import Judged, Outcome, figures, is_stray_alarm
from helmet_service.bench.reliability import reliability, stated
from helmet_service.bench.run import MATCHERS, Results, by_assignment, run
from helmet_service.bench.scenes import DETECTED, scene_of
from helmet_service.verdicts.hat_fit import fit_hats
from helmet_service.verdicts.judge import Rules
from pose.head_frames import HeadFrame
from pose.model import SHIPPED
from pose.shards import read_shard
from pose.skeleton import HEAD_KEYPOINTS, LEFT_SHOULDER, NECK, RIGHT_SHOULDER

SITE_PICTURES: Final = 600  # of train-1
THRESHOLDS: Final = (0.0, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
DOCS: Final = Path(__file__).parent.parent / "docs"

Floats = NDArray[np.float64]


def main() -> None:
    """Print the fits, draw both pictures."""
    pictures = folder("PICTURES_DIR")
    if pictures is None:
        return
    mpl.use("svg")
    estimator = pose.load(SHIPPED, threads=2)
    listed = json.loads(LIST.read_text())
    tune = [scene_of(picture, listed.get(picture.name, ())) for picture in read_shard(pictures / "tune-site.tar")]
    site = [scene_of(picture) for picture in read_shard(pictures / "train-1.tar") if picture.labels["heads_complete"]]
    matchers = {f"{least}": partial(by_assignment, rules=Rules(min_alarm_confidence=least)) for least in THRESHOLDS}
    results = run(estimator, tune, {**MATCHERS, **matchers}, DETECTED)
    more = run(estimator, site[:SITE_PICTURES], {"assignment": MATCHERS["assignment"]}, DETECTED[:1])
    mixed = [judged for condition in DETECTED for judged in results[condition.name, "assignment"]]
    plain = [*results[DETECTED[0].name, "assignment"], *more[DETECTED[0].name, "assignment"]]
    _report("head: constant, head points, neck and shoulders", _rows(_heads(plain)))
    _report("bare: constant, log-odds of the head", _rows(_bare(mixed)))
    _report("helmet: constant, cost", _rows(_helmets(mixed)))
    _draw_reliability(mixed, DOCS / "reliability.svg")
    _draw_trade_off(results, DETECTED[0].name, DOCS / "trade-off.svg")


def _rows(rows: Iterator[tuple[float, ...]]) -> Floats:
    return np.array(list(rows), float)


def _heads(pictures: Sequence[Judged]) -> Iterator[tuple[float, float, bool]]:
    """Summed scores of head points, of neck and shoulders, and whether the head is a labelled one."""
    for picture in pictures:
        for outcome in picture.outcomes:
            scores = picture.people[outcome.verdict.person].keypoints[:, 2]
            head_points = float(scores[list(HEAD_KEYPOINTS)].sum())
            if head_points > 0:
                torso = float(scores[[NECK, RIGHT_SHOULDER, LEFT_SHOULDER]].sum())
                yield head_points, torso, outcome.truth is not None


def _bare(pictures: Sequence[Judged]) -> Iterator[tuple[float, bool]]:
    """Log-odds of heads that no hat was assigned to, and whether they are bare."""
    for outcome, head in _judged(pictures):
        stray = is_stray_alarm(outcome) or (outcome.truth is None and outcome.verdict.reason == "low_confidence")
        if outcome.verdict.reason in ("bare_head", "hat_not_worn", "low_confidence") and (outcome.truth or stray):
            yield _log_odds(head), outcome.truth == "no_helmet"


def _helmets(pictures: Sequence[Judged]) -> Iterator[tuple[float, bool]]:
    """Cost of the assigned hat, and whether the head wears one."""
    for picture in pictures:
        for outcome, head in _judged([picture]):
            if outcome.verdict.status == "helmet" and outcome.truth:
                hats = [hat for hat in picture.hats if hat.index == outcome.verdict.hat]
                yield float(fit_hats([head], hats, "auto").cost[0, 0]), outcome.right


def _judged(pictures: Sequence[Judged]) -> Iterator[tuple[Outcome, HeadFrame]]:
    for picture in pictures:
        for outcome in picture.outcomes:
            if outcome.verdict.head is not None:
                yield outcome, outcome.verdict.head


def _log_odds(head: HeadFrame) -> float:
    return float(logit(np.clip(head.confidence, 1e-6, 1 - 1e-6)))


def _report(name: str, rows: Floats) -> None:
    design, right = np.column_stack([np.ones(len(rows)), rows[:, :-1]]), rows[:, -1]

    weights = logistic(design, right)
    print(f"{name}: {', '.join(f'{weight:.2f}' for weight in weights)} ({len(right)} heads, {right.mean():.2f} right)")
    found = reliability(expit(design @ weights), right)
    print("| said | was so | heads |\n|---|---|---|")
    for each in found.bins if found else ():
        print(f"| {each.said:.2f} | {each.right:.2f} | {each.verdicts} |")


def _draw_reliability(pictures: Sequence[Judged], path: Path) -> None:
    found = reliability(*stated(pictures))
    if found is None:
        return
    figure, axes = pyplot.subplots(figsize=(5, 5))
    axes.plot([0.5, 1], [0.5, 1], color="grey", linewidth=1, label="as it should be")
    axes.plot([each.said for each in found.bins], [each.right for each in found.bins], "o-", label="verdicts")
    axes.set(xlabel="confidence stated (mean of the bin)", ylabel="share that was right", xlim=(0.5, 1), ylim=(0.5, 1))
    axes.set_title(f"Calibration error {found.calibration_error:.3f}, Brier score {found.brier:.3f}")
    axes.legend()
    _save(figure, path)


def _draw_trade_off(results: Results, condition: str, path: Path) -> None:
    measured = {least: figures(results[condition, f"{least}"]) for least in THRESHOLDS}
    legacy = figures(results[condition, "legacy"])
    figure, axes = pyplot.subplots(1, 2, figsize=(10, 4.5), sharex=True)
    for plot, name, meaning in (
        (axes[0], "alarm_precision", "alarm precision at labelled heads, %"),
        (axes[1], "stray_alarms_per_100", "stray alarms per 100 pictures"),
    ):
        recall = [each["bare_caught_of_found"].value for each in measured.values()]
        plot.plot(recall, [each[name].value for each in measured.values()], "o-", label="MIN_ALARM_CONFIDENCE")
        for least, x in zip(THRESHOLDS, recall, strict=True):
            plot.annotate(f"{least}", (x, measured[least][name].value), textcoords="offset points", xytext=(4, 4))
        plot.plot(legacy["bare_caught_of_found"].value, legacy[name].value, "s", label="the older rule")
        plot.set(xlabel="bare heads caught, % of found", ylabel=meaning)
        plot.legend()
    _save(figure, path)


def _save(figure: pyplot.Figure, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    print(f"written: {path}")


if __name__ == "__main__":
    main()
