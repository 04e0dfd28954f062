from __future__ import annotations

import pytest

from helmet_service.verdicts.voting import VOTING
from tests.helmet_service.verdicts.moving import OTHER, RATES, times, verdict, votes_on


def said(verdicts, rate) -> list[str]:
    """The voted status after each of these verdicts."""
    return [votes.status for votes in votes_on((number / rate, each) for number, each in enumerate(verdicts))]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("worn", ["helmet", "no_helmet"])
@pytest.mark.parametrize("confidence", [None, 0.6, 0.99])
def test_one_frame_changes_nothing_however_sure_it_is(rate, worn, confidence):
    around = verdict(OTHER[worn], confidence) if confidence else verdict("unknown")
    for place in (0, 1, 2, 10, 28, 29):
        verdicts = [around] * 30
        verdicts[place] = verdict(worn, 0.99)
        assert worn not in said(verdicts, rate)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("worn", ["helmet", "no_helmet"])
@pytest.mark.parametrize(("confidence", "earliest", "latest"), [(0.99, 0.9, 1.1), (0.6, 0.9, 2), (None, 0.9, 2)])
def test_what_all_frames_show_is_said_within_seconds(rate, worn, confidence, earliest, latest):
    statuses = said([verdict(worn, confidence)] * (5 * rate), rate)
    first = statuses.index(worn)
    assert earliest <= times(rate, 5)[first] <= latest
    assert statuses == ["unknown"] * first + [worn] * (len(statuses) - first)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("worn", ["helmet", "no_helmet"])
def test_who_is_no_longer_judged_is_unknown_after_some_seconds(rate, worn):
    statuses = said([verdict(worn)] * (10 * rate) + [verdict("unknown")] * (20 * rate), rate)
    left = statuses.index("unknown", 5 * rate)
    assert 14 <= left / rate <= 19
    assert set(statuses[left:]) == {"unknown"}


@pytest.mark.parametrize(("worn", "first_s"), [("helmet", 1.0), ("no_helmet", 1.5)])
def test_an_alarm_takes_more_evidence_than_a_helmet(worn, first_s):
    statuses = said([verdict(worn, 0.6)] * 90, 30)
    assert statuses.index(worn) / 30 == pytest.approx(first_s, abs=0.1)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(
    ("between", "seconds", "since_s"),
    [
        ("no_helmet", 5, 15),  # put on again
        ("unknown", 5, 0),  # the head was turned away
        ("unknown", 9, 19),  # nobody knows whether it was on meanwhile
    ],
)
def test_who_is_seen_with_it_again_wears_it_since_then(rate, between, seconds, since_s):
    worn = ["helmet"] * (10 * rate) + [between] * (seconds * rate) + ["helmet"] * (6 * rate)
    *_, votes = votes_on((number / rate, verdict(each)) for number, each in enumerate(worn))
    assert votes.status == "helmet"
    assert votes.since_s == pytest.approx(since_s, abs=0.6)


@pytest.mark.parametrize("rate", RATES)
def test_frames_that_contradict_each_other_leave_it_open(rate):
    verdicts = [verdict("helmet"), verdict("no_helmet")] * (10 * rate)
    assert set(said(verdicts, rate)) == {"unknown"}


def test_only_what_is_said_has_a_confidence_and_it_grows_with_the_frames():
    votes = list(votes_on((at_s, verdict("helmet", 0.9)) for at_s in times(5, 10)))
    confidences = [each.confidence(VOTING) for each in votes]
    stated = [sure for sure in confidences if sure is not None]
    assert [sure is None for sure in confidences] == [each.status == "unknown" for each in votes]
    assert 0.9 <= stated[0] < stated[3] < stated[-1] <= 0.99
    assert [each.frames for each in votes] == list(range(1, 51))
