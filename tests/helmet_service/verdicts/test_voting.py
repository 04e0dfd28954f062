from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helmet_service.verdicts.moving import OTHER, RATES, times, verdict, votes_on

WORN = st.sampled_from(["helmet", "no_helmet"])


def said(verdicts, rate) -> list[str]:
    """The voted status after each of these verdicts."""
    return [votes.status for votes in votes_on((number / rate, each) for number, each in enumerate(verdicts))]


@settings(max_examples=50)
@given(st.sampled_from(RATES), WORN, st.sampled_from([0.6, 0.8, 0.99]), st.booleans(), st.integers(0, 29))
def test_one_frame_changes_nothing_however_sure_it_is(rate, worn, confidence, judged, place):
    around = verdict(OTHER[worn] if judged else "unknown", confidence)
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


@pytest.mark.parametrize("rate", RATES)
def test_frames_that_contradict_each_other_leave_it_open(rate):
    verdicts = [verdict("helmet"), verdict("no_helmet")] * (10 * rate)
    assert set(said(verdicts, rate)) == {"unknown"}


def test_a_frame_states_a_confidence_and_only_for_what_is_known():
    votes = list(votes_on((at_s, verdict("helmet")) for at_s in times(5, 10)))
    assert votes[0].status == "unknown"
    assert votes[-1].frames == len(votes) == 50
    assert votes[-1].total > 0
