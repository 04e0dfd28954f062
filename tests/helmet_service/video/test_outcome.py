from __future__ import annotations

import pytest

from helmet_service.verdicts.watching import Span, TrackSpans
from helmet_service.video.outcome import damage, summary, timeline_json


def track(number, *statuses):
    return TrackSpans(number, tuple(Span(at, at + 1.23456, status, 0.98765) for at, status in enumerate(statuses)))


def test_the_timeline_is_that_of_the_wire_format():
    told = timeline_json([TrackSpans(7, (Span(0.04, 1.23456, "helmet", 0.98765), Span(1.23456, 2.0, "unknown", None)))])
    assert told == {
        "tracks": [
            {
                "track": 7,
                "spans": [
                    {"from_s": 0.04, "to_s": 1.235, "status": "helmet", "confidence": 0.988},
                    {"from_s": 1.235, "to_s": 2.0, "status": "unknown", "confidence": None},
                ],
            }
        ]
    }


@pytest.mark.parametrize(
    ("tracks", "counts", "compliant"),
    [
        ([], (0, 0, 0), None),
        ([track(0, "unknown", "helmet", "unknown")], (1, 0, 0), True),
        ([track(0, "helmet", "no_helmet", "helmet")], (0, 1, 0), False),
        ([track(0, "helmet"), track(1, "unknown")], (1, 0, 1), None),
        ([track(0, "no_helmet"), track(1, "unknown")], (0, 1, 1), False),
    ],
)
def test_a_track_counts_by_the_worst_that_was_said_of_it(tracks, counts, compliant):
    told = summary(tracks, 100, 20, None)
    assert (told["helmet"], told["no_helmet"], told["unknown"]) == counts
    assert (told["tracks"], told["compliant"], told["frames"], told["frames_judged"]) == (
        len(tracks),
        compliant,
        100,
        20,
    )


@pytest.mark.parametrize(
    ("stated", "found", "words"),
    [
        (1500, None, None),  # the file's count was not exact
        (1500, "3 pieces could not be decoded", "decoded 812 of about 1,500 frames: 3 pieces could not be decoded"),
        (None, "3 pieces could not be decoded", "decoded 812 frames: 3 pieces could not be decoded"),
    ],
)
def test_damage_is_told_in_words(stated, found, words):
    assert damage(812, stated, found) == words
