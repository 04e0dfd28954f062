"""Runs a network over labelled pictures: its figures, their intervals, and the time per picture."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from tqdm import tqdm

from pose.data.labels import HUMAN
from pose.data.shards import LabelledPicture
from pose.estimation.estimator import Estimate, Estimator
from pose.estimation.preprocess import place
from pose.measuring.measures import Measure, head_measure, intervals, keypoint_measure
from pose.measuring.peak_measures import peak_measure
from pose.skeleton import HeadPeak

_LEAST_PEAK: Final = 0.05  # score of a peak that still counts for AP


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result of a measurement.

    model: name and version. precision: the arithmetic that the network ran with. height: of its input, pixels.
    people: how many are labelled, by human keypoints or by a head box. ms_per_picture: median of scaling, network and
    grouping; network_ms: without grouping.
    figures: AP, AP50, AP75, APM, APL, AR where there are keypoints (`measures.keypoint_measure`); heads and ghosts
    where there are heads (`measures.head_measure`); peaks of a network with head fields
    (`peak_measures.peak_measure`). intervals: 95 % over pictures, by the same names, where requested.
    """

    model: str
    precision: str
    height: int
    pictures: int
    people: int
    ms_per_picture: float
    network_ms: float
    figures: dict[str, float]
    intervals: dict[str, tuple[float, float]]


def evaluate(
    estimator: Estimator, pictures: Sequence[LabelledPicture], *, with_intervals: bool = False, progress: bool = False
) -> Evaluation:
    """Find the people of labelled pictures and compare them with the labels; ValueError where no label allows it.

    AP counts pictures with human keypoints; heads and ghosts count pictures with every head labelled. Both kinds may be
    mixed.
    """
    name = f"{estimator.model.name} {estimator.model.version}"
    estimates = [estimator(p.pixels) for p in tqdm(pictures, unit="picture", desc=name, disable=not progress)]
    figures: dict[str, float] = {}
    bounds: dict[str, tuple[float, float]] = {}
    for measure, count in [*_measures(pictures, estimates), *_peak_measures(estimator, pictures)]:
        figures |= {name: value for name, value in measure(np.arange(count)).items() if not math.isnan(value)}
        bounds |= intervals(measure, count) if with_intervals else {}
    if not figures:
        raise ValueError(
            f"data: expected pictures with keypoints or heads labelled by people, got {len(pictures)} others"
        )
    return Evaluation(
        model=name,
        precision=estimator.runtime.precision,
        height=estimator.height,
        pictures=len(pictures),
        people=sum(_labelled_people(picture) for picture in pictures),
        ms_per_picture=statistics.median(sum(estimate.timings_ms.values()) for estimate in estimates),
        network_ms=statistics.median(estimate.timings_ms["network"] for estimate in estimates),
        figures=figures,
        intervals=bounds,
    )


def _measures(pictures: Sequence[LabelledPicture], estimates: Sequence[Estimate]) -> list[tuple[Measure, int]]:
    """The measures that these pictures allow, each with the number of its pictures."""
    seen = [(picture, estimate.people) for picture, estimate in zip(pictures, estimates, strict=True)]
    posed = [(picture, people) for picture, people in seen if _keypoints_by_people(picture)]
    boxed = [(picture, people) for picture, people in seen if picture.labels.heads_complete]
    measures = []
    if any(picture.labels.people for picture, _ in posed):
        measures.append((keypoint_measure([p for p, _ in posed], [people for _, people in posed]), len(posed)))
    if any(len(picture.heads) for picture, _ in boxed):
        measures.append((head_measure([p for p, _ in boxed], [people for _, people in boxed]), len(boxed)))
    return measures


def _peak_measures(estimator: Estimator, pictures: Sequence[LabelledPicture]) -> list[tuple[Measure, int]]:
    """The measure of heads as a whole, if the network and the labels have them; it runs the network once more."""
    boxed = [picture for picture in pictures if picture.labels.heads_complete]
    if not estimator.model.decoder.sees_heads or not any(len(picture.heads) for picture in boxed):
        return []
    return [(peak_measure(boxed, [_peaks(estimator, picture) for picture in boxed]), len(boxed))]


def _peaks(estimator: Estimator, picture: LabelledPicture) -> tuple[HeadPeak, ...]:
    placement = place(picture.pixels.shape[1], picture.pixels.shape[0], estimator.height)
    return estimator.heads(estimator.answer(picture.pixels, placement), placement, _LEAST_PEAK)


def _keypoints_by_people(picture: LabelledPicture) -> bool:
    """Whether the picture's keypoints are human labels, or people labelled it as empty."""
    sources = {person.source for person in picture.labels.people}
    if sources:
        return HUMAN in sources
    return bool(picture.labels.people_complete and not picture.labels.heads_complete)


def _labelled_people(picture: LabelledPicture) -> int:
    drawn = sum(person.source == HUMAN for person in picture.labels.people)
    return drawn or (len(picture.heads) if picture.labels.heads_complete else 0)
