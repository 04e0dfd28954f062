from __future__ import annotations

import numpy as np
import pytest

from helmet_service.bench.conditions import CONDITIONS
from helmet_service.bench.gallery import KINDS, write_gallery
from helmet_service.bench.outcomes import PARTS, Judged, Label, Outcome, compare, figures
from helmet_service.bench.reliability import reliability, stated
from helmet_service.bench.report import as_json, as_table
from helmet_service.bench.scenes import Scene
from helmet_service.verdicts.boxes import Box
from helmet_service.verdicts.case import JudgedCase
from helmet_service.verdicts.judge import Judgement, Verdict
from pose.estimation.head_frames import HeadFrame


def verdict(index, x, status, size=20, confidence=None):
    head = HeadFrame(x, 100, size, (0, -1), 1)
    return Verdict(index, status, "bare_head", confidence, None, Box(0, 0, 1, 1), 0.1, head)


def judged(*verdicts, heads=()):
    """Verdicts on heads at these x, (x, status, ...), beside labels of 20 pixels at these x, (x, worn)."""
    boxes = np.array([(x - 10, 90, 20, 20) for x, _ in heads], float).reshape(-1, 4)
    worn = np.array([worn for _, worn in heads], bool)
    scene = Scene("one", np.zeros((200, 500, 3), np.uint8), boxes, worn, np.zeros((0, 4)))
    return compare(scene, JudgedCase((), Judgement(tuple(verdict(i, *each) for i, each in enumerate(verdicts)), ())))


LABELS = ((50, False), (150, False), (250, True), (350, True), (450, False))
VERDICTS = (
    (50, "no_helmet"), (150, "unknown"), (250, "no_helmet"), (350, "helmet"),  # 450 is not found
    (200, "no_helmet"), (300, "no_helmet", 11), (400, "unknown"),  # nobody labelled these; 11 px is too small
)  # fmt: skip


def test_every_label_and_every_alarm_is_counted_where_it_belongs():
    picture = judged(*VERDICTS, heads=LABELS)
    assert {name: figure.value for name, figure in figures([picture]).items()} == pytest.approx(
        {
            "heads_found": 100 * 4 / 5,
            "right_of_all": 100 * 2 / 5,
            "right_of_found": 100 * 2 / 4,
            "right_of_judged": 100 * 2 / 3,
            "unknown_of_found": 100 * 1 / 4,
            "bare_caught_of_found": 100 * 1 / 2,
            "bare_caught_of_all": 100 * 1 / 3,
            "alarm_precision": 100 * 1 / 2,
            "stray_alarms_per_100": 100,
            "ghosts_per_100": 300,
        }
    )
    assert picture.missed == (Label(4, "no_helmet", 20),)


def test_figures_are_of_all_pictures_together_and_lie_in_their_intervals():
    pictures = [judged(*VERDICTS, heads=LABELS), judged((50, "no_helmet"), heads=((50, False),)), judged()]
    measured = figures(pictures)
    assert measured["heads_found"].value == pytest.approx(100 * 5 / 6)
    assert measured["stray_alarms_per_100"].value == pytest.approx(100 / 3)
    assert all(figure.low <= figure.value <= figure.high for figure in measured.values())


def test_a_size_counts_its_own_labels_alone():
    pictures = [judged((50, "no_helmet"), (150, "no_helmet", 70), heads=((50, False),))]
    assert figures(pictures, PARTS["20 32px"])["heads_found"].value == 100
    assert figures(pictures, PARTS["20 32px"])["stray_alarms_per_100"].value == 0
    assert "heads_found" not in figures(pictures, PARTS["over 64px"])
    assert figures(pictures, PARTS["over 64px"])["stray_alarms_per_100"].value == 100


def test_what_there_is_nothing_to_count_of_is_told_as_that():
    results = {
        (condition.name, "assignment"): [judged((250, "helmet"), heads=((250, True),))] for condition in CONDITIONS
    }
    plain = as_json(results, {})["assignment"]["whole heads"]
    assert plain["heads_found"] == [100, 100, 100]
    assert plain["alarm_precision"] is None
    assert as_table(results, ("heads_found", "alarm_precision")).splitlines()[:3:2] == [
        "| 1 pictures, 1 heads, 0 bare | heads found % | alarm precision % |",
        "| assignment, whole heads | 100.0 [100.0, 100.0] | – |",
    ]


def outcome(confidence, truth, status="no_helmet"):
    return Outcome(verdict(0, 0, status, 20, confidence), None if truth is None else 0, truth, 20)


def test_confidences_are_stated_of_labelled_heads_and_of_stray_alarms():
    outcomes = (
        outcome(0.9, "no_helmet"),
        outcome(0.8, "helmet"),
        outcome(0.7, None),  # a stray alarm
        outcome(0.6, None, "helmet"),  # says nothing
        outcome(None, "helmet", "unknown"),
    )
    said, right = stated([Judged((), (), Judgement((), ()), outcomes, ())])
    assert said.tolist() == [0.9, 0.8, 0.7]
    assert right.tolist() == [1, 0, 0]


def test_honest_confidences_have_no_calibration_error():
    said = np.repeat([0.6, 0.9], 100)
    right = np.concatenate([np.arange(100) % 10 < 6, np.arange(100) % 10 < 9]).astype(float)
    found = reliability(said, right)
    assert found is not None
    assert found.calibration_error == pytest.approx(0, abs=1e-9)
    assert found.brier == pytest.approx((0.6 * 0.4 + 0.9 * 0.1) / 2)
    assert [each.verdicts for each in found.bins] == [50] * 4


def test_boasting_shows():
    found = reliability(np.full(100, 0.99), np.tile([0.0, 1.0], 50))
    assert found is not None
    assert found.calibration_error == pytest.approx(0.49)


def test_the_gallery_shows_every_stray_alarm_and_each_ghost_once(tmp_path):
    picture = judged((50, "unknown"), (150, "no_helmet"), (250, "helmet"), heads=((250, True),))
    scene = Scene("one", np.zeros((200, 500, 3), np.uint8), np.zeros((0, 4)), np.zeros(0, bool), np.zeros((0, 4)))
    results = {(condition.name, "assignment"): [picture] for condition in CONDITIONS}
    write_gallery(tmp_path / "wrong.html", [scene], results)
    page = (tmp_path / "wrong.html").read_text()
    assert page.count(f"{KINDS['ghost']} (1)") == 1
    assert page.count(f"{KINDS['stray alarm']} (1)") == len(CONDITIONS)
    assert page.count("<figure>") == 1 + len(CONDITIONS)


def test_too_few_verdicts_say_nothing():
    assert reliability(np.full(49, 0.9), np.ones(49)) is None
