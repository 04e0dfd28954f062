from __future__ import annotations

import pytest

from helmet_service.verdicts.voting import Votes, VotingRules, vote
from tests.helmet_service.verdicts.moving import RATES, times, verdict

RULES = VotingRules()
OTHER = {"helmet": "no_helmet", "no_helmet": "helmet"}


def said(verdicts, rate) -> list[str]:
    """The voted status after each of these verdicts."""
    votes: Votes | None = None
    statuses = []
    for number, each in enumerate(verdicts):
        votes = vote(votes, each, number / rate, RULES)
        statuses.append(votes.status)
    return statuses


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("worn", ["helmet", "no_helmet"])
@pytest.mark.parametrize("around", ["unknown", "other"])
def test_one_frame_changes_nothing_however_sure_it_is(rate, worn, around):
    around = OTHER[worn] if around == "other" else around
    for place in range(10 * rate):
        verdicts = [verdict(around, 0.6)] * (10 * rate)
        verdicts[place] = verdict(worn, 0.99)
        assert worn not in said(verdicts, rate)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("worn", ["helmet", "no_helmet"])
def test_what_all_frames_show_is_said_after_a_second(rate, worn):
    statuses = said([verdict(worn)] * (5 * rate), rate)
    first = times(rate, 5)[statuses.index(worn)]
    assert 0.9 <= first <= 1.1
    assert set(statuses[: statuses.index(worn)]) == {"unknown"}
    assert set(statuses[statuses.index(worn) :]) == {worn}
