from __future__ import annotations

import numpy as np

from benchmarks.verdicts import Counts, count, figures
from helmet_service.verdicts.boxes import Box
from helmet_service.verdicts.judge import Judgement, Verdict
from pose.head_frames import HeadFrame
from pose.shards import LabelledPicture


def picture(*heads):
    """Labelled heads of 20 pixels at these x: (x, kind)."""
    labels = {"heads": [{"box": [x - 10, 90, 20, 20], "kind": kind} for x, kind in heads], "ignore": []}
    return LabelledPicture("one", np.zeros((200, 500, 3), np.uint8), labels)


def judgement(*verdicts):
    """Verdicts on heads at these x: (x, status); a size of 20 unless told."""
    people = [
        Verdict(i, status, "bare_head", None, None, Box(0, 0, 1, 1), 0.1, HeadFrame(x, 100, *size or (20,), (0, -1), 1))
        for i, (x, status, *size) in enumerate(verdicts)
    ]
    return Judgement(tuple(people), ())


def test_every_label_and_every_alarm_is_counted_where_it_belongs():
    labelled = picture((50, "head"), (150, "head"), (250, "helmet"), (350, "helmet"), (450, "head"))
    judged = judgement(
        (50, "no_helmet"), (150, "unknown"), (250, "no_helmet"), (350, "helmet"),  # 450 is not found
        (200, "no_helmet"), (300, "no_helmet", 11), (400, "unknown"),  # nobody labelled these; 11 px is too small
    )  # fmt: skip
    assert count(labelled, judged) == Counts(
        labels=5, found=4, right=2, unknown=1, bare=3, bare_caught=1, alarms=2, stray_alarms=1
    )


def test_figures_are_of_all_pictures_together():
    few = Counts(labels=1, found=1, right=1, unknown=0, bare=1, bare_caught=1, alarms=1, stray_alarms=0)
    many = Counts(labels=9, found=4, right=3, unknown=1, bare=3, bare_caught=1, alarms=3, stray_alarms=3)
    values = [cell.split(" [")[0] for cell in figures([few, many])]
    assert values == ["50.0", "80.0", "20.0", "50.0", "50.0", "150.0"]
