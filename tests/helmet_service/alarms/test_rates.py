"""How long it takes from the first frame of somebody bare-headed to the alarm, as docs/alarms.md says."""

from __future__ import annotations

import pytest

from helmet_service.alarms.machine import SeenFrame, step
from helmet_service.cameras.camera import AlarmRules
from helmet_service.verdicts.watching import Watcher
from helmet_service.watch.judging import tracking_at
from tests.helmet_service.verdicts.moving import frame


def seconds_to_alarm(rate: float, judged: float) -> float | None:
    watcher, states = Watcher(tracking=tracking_at(rate)), {}
    for number in range(int(60 * judged) + 1):
        watched = watcher.step(frame("no_helmet"), number / judged)
        bare = {(voted.track, ""): 0.97 for voted in watched.voted if voted.status == "no_helmet"}
        states, changes = step(states, SeenFrame(watched.at_s, bare, watcher.remembered), AlarmRules())
        if changes:
            return watched.at_s
    return None


@pytest.mark.parametrize(
    ("rate", "judged", "expected"),
    [(10, 10, 4), (5, 5, 4), (1, 1, 4), (0.5, 0.5, 6), (1, 0.3, 10), (0.5, 0.3, 10), (1, 0.25, None)],
)
def test_somebody_who_stands_there_is_alarmed_about_at_any_rate_that_the_vote_remembers(rate, judged, expected):
    assert seconds_to_alarm(rate, judged) == pytest.approx(expected)
