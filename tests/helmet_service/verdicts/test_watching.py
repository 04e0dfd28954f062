from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helmet_service.verdicts.case import JudgedCase
from helmet_service.verdicts.judge import Judgement
from helmet_service.verdicts.voting import VOTING
from helmet_service.verdicts.watching import Span, TrackSpans, Voted, Watched, Watcher, timeline
from tests.helmet_service.verdicts.moving import RATES, doubtful, frame, times, votes_on

NOBODY = JudgedCase((), Judgement((), ()))


def frames(*voted: tuple[float, str, float]) -> list[Watched]:
    """Frames of one track: when, its status, and since when."""
    return [
        Watched(at_s, NOBODY, (Voted(0, status, None if status == "unknown" else 0.9, since_s, 1),))
        for at_s, status, since_s in voted
    ]


def changes(spans: tuple[Span, ...]) -> list[tuple[float, str]]:
    return [(span.from_s, span.status) for span in spans]


@settings(max_examples=20)
@given(st.sampled_from(RATES), st.lists(st.floats(12, 18), min_size=1, max_size=3), st.booleans(), st.integers(0, 1000))
def test_spans_are_those_that_people_wore_whatever_the_frame_rate(rate, lengths, first, seed):
    starts = [0.0, *(sum(lengths[: count + 1]) for count in range(len(lengths)))]
    worn = [(start, "helmet" if first == (count % 2 == 0) else "no_helmet") for count, start in enumerate(starts)]
    verdicts = list(doubtful(worn, rate, starts[-1] + 12, seed))
    voted = [
        Watched(votes.at_s, NOBODY, (Voted(0, votes.status, votes.confidence(VOTING), votes.since_s, votes.frames),))
        for votes in votes_on(verdicts)
    ]
    (track,) = timeline(voted)
    assert [status for _, status in changes(track.spans)] == [status for _, status in worn]
    assert [start for start, _ in changes(track.spans)] == pytest.approx(starts, abs=1)
    assert track.spans[-1].to_s == verdicts[-1][0]


@pytest.mark.parametrize(
    ("voted", "spans"),
    [
        # said late, known from the start
        ([(0, "unknown", 0), (1, "helmet", 0), (2, "helmet", 0)], [(0, 2, "helmet")]),
        # as the change was seen, not as it was said
        ([(0, "helmet", 0), (4, "unknown", 4), (5, "no_helmet", 3)], [(0, 3, "helmet"), (3, 5, "no_helmet")]),
        # a doubt that passed, and one that stayed
        ([(0, "helmet", 0), (4, "unknown", 4), (5, "helmet", 3)], [(0, 5, "helmet")]),
        (
            [(0, "helmet", 0), (4, "unknown", 4), (9, "helmet", 7)],
            [(0, 4, "helmet"), (4, 7, "unknown"), (7, 9, "helmet")],
        ),
        # one frame
        ([(2, "unknown", 2)], [(2, 2, "unknown")]),
    ],
)
def test_a_timeline_has_each_status_from_when_it_began(voted, spans):
    (track,) = timeline(frames(*voted))
    assert [(span.from_s, span.to_s, span.status) for span in track.spans] == spans


def test_a_span_has_the_mean_confidence_of_its_frames():
    watched = [Watched(at, NOBODY, (Voted(0, "helmet", sure, 0, 1),)) for at, sure in enumerate((0.9, 0.99, 0.96))]
    assert timeline(watched) == (TrackSpans(0, (Span(0, 2, "helmet", pytest.approx(0.95)),)),)


def test_everybody_has_votes_of_their_own_and_frames_keep_their_verdicts():
    watcher = Watcher()
    watched = [watcher.step(frame("helmet", "no_helmet", at_s=at_s), at_s) for at_s in times(5, 4)]
    last = watched[-1]
    assert [(voted.track, voted.status, voted.since_s, voted.frames) for voted in last.voted] == [
        (0, "helmet", 0, 20),
        (1, "no_helmet", 0, 20),
    ]
    assert last.judged.judgement == frame("helmet", "no_helmet", at_s=last.at_s).judgement
    assert [track.track for track in timeline(watched)] == [0, 1]


def test_a_watcher_forgets_whom_it_no_longer_sees():
    watcher = Watcher()
    tracks = {watcher.step(frame("helmet"), 10.0 * count).voted[0].track for count in range(50)}
    assert len(tracks) == 50
    assert len(watcher._votes) == 1


def test_a_frame_without_anybody_is_watched_too():
    assert Watcher().step(NOBODY, 0.0) == Watched(0.0, NOBODY, ())
    assert timeline([]) == ()
