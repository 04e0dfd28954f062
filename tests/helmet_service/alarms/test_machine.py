"""Alarms begin, are told again and end as the rules say, whatever the frames show."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helmet_service.alarms.machine import SeenFrame, step
from helmet_service.cameras.camera import AlarmRules, Steady

RULES = AlarmRules()


def run(frames, rules=RULES, states=None):
    """The states after these frames, and all changes with the times of their frames."""
    states, told = states or {}, []
    for frame in frames:
        states, changes = step(states, frame, rules)
        told += [(frame.at_s, change) for change in changes]
    return states, told


def of_one(shown: str, rate: float, track: int = 5):
    """Frames of one track in one zone. shown: B: bare, n: not bare, or not seen; x: forgotten."""
    return [
        SeenFrame(number / rate, {(track, "z"): 0.97} if each == "B" else {}, set() if each == "x" else {track})
        for number, each in enumerate(shown)
    ]


def kinds(told):
    return [(at_s, change.kind.removeprefix("alarm_"), change.why_ended) for at_s, change in told]


@pytest.mark.parametrize(
    ("rate", "shown", "expected"),
    [
        (1, "BBBBBB", [(3, "on", None)]),  # three seconds after the first
        (1, "BnnB", []),  # two of four frames
        (1, "BnBBnnnnnnn", [(3, "on", None), (9, "off", "covered")]),  # five seconds after the first that is clear
        (1, "BBBBnnnnBnnnnnnn", [(3, "on", None), (9, "off", "covered")]),  # one stray frame does not hold it up
        (1, "BBBBnnnnBBnnnnnnn", [(3, "on", None), (15, "off", "covered")]),  # two do
        (1, "BBBBnx", [(3, "on", None), (5, "off", "left")]),
        (1, "BBBnnnnnnBBBBB", [(12, "on", None)]),  # what was clear for five seconds is forgotten
        (10, "B" * 31, [(3, "on", None)]),
        (10, "B" * 10 + "n" * 10 + "B" * 11, [(3, "on", None)]),  # somebody hidden for a second
        (10, "B" + "n" * 60 + "B" * 30, []),
        (0.1, "BBB", [(20, "on", None)]),  # three frames
        (0.1, "BBBnnn", [(20, "on", None), (50, "off", "covered")]),
        (0.1, "BBBx", [(20, "on", None), (30, "off", "left")]),
    ],
)
def test_what_begins_and_ends_an_alarm(rate, shown, expected):
    assert kinds(run(of_one(shown, rate))[1]) == expected


def test_an_alarm_that_goes_on_is_told_again():
    _, told = run(of_one("B" * 1300, 1))
    assert [(at_s, kind) for at_s, kind, _ in kinds(told)] == [(3, "on"), (603, "repeat"), (1203, "repeat")]
    last = told[-1][1]
    assert (last.track, last.zone, last.state.began_s, last.state.repeats) == (5, "z", 0, 2)
    assert last.state.confidence == 0.97


def test_somebody_hidden_is_not_told_again():
    states, _ = run(of_one("B" * 600 + "n", 1))
    assert step(states, SeenFrame(605, {}, {5}), RULES)[1] == []


KEYS = [(track, zone) for track in range(3) for zone in "ab"]
steady = st.tuples(st.integers(1, 5), st.integers(0, 2), st.sampled_from([0.0, 1.0, 5.0])).map(
    lambda drawn: Steady(drawn[0], drawn[0] + drawn[1], drawn[2])
)
rules = st.builds(AlarmRules, on=steady, off=steady, repeat_s=st.sampled_from([1.0, 10.0, 600.0]))
frame = st.tuples(st.sampled_from([0.1, 1.0, 10.0]), st.integers(0, 2 ** len(KEYS) - 1), st.integers(0, 7))


@st.composite
def moving_pictures(draw):
    """Frames at any rate, of up to three tracks in two zones, that are bare, clear, or forgotten."""
    at_s, frames = 0.0, []
    for wait, bits, remembered in draw(st.lists(frame, min_size=1, max_size=25)):
        at_s += wait
        bare = {key: 0.97 for place, key in enumerate(KEYS) if bits >> place & 1}
        tracks = {track for track in range(3) if remembered >> track & 1}
        frames.append(SeenFrame(at_s, bare, tracks | {track for track, _ in bare}))
    return frames


def follow(told, key):
    return [(at_s, change) for at_s, change in told if (change.track, change.zone) == key]


@settings(max_examples=40)
@given(moving_pictures(), rules)
def test_an_alarm_begins_once_and_after_enough_frames_and_seconds(frames, rules):
    _, told = run(frames, rules)
    for key in {(change.track, change.zone) for _, change in told}:
        last = "off"
        for at_s, change in follow(told, key):
            kind = change.kind.removeprefix("alarm_")
            assert (last, kind) in {("off", "on"), *((open_, kind) for open_ in ("on", "repeat") if kind != "on")}
            last = kind
            if kind == "on":
                before = [frame for frame in frames if frame.at_s <= at_s]
                assert sum(key in frame.bare for frame in before[-rules.on.of :]) >= rules.on.frames
                assert any(key in frame.bare and at_s - frame.at_s >= rules.on.seconds for frame in before)
                assert at_s - change.state.began_s >= rules.on.seconds


@settings(max_examples=40)
@given(moving_pictures(), rules)
def test_an_alarm_is_told_again_no_sooner_than_the_rules_allow(frames, rules):
    _, told = run(frames, rules)
    for key in {(change.track, change.zone) for _, change in told}:
        before_s = None
        for at_s, change in follow(told, key):
            if change.kind == "alarm_repeat":
                assert at_s - before_s >= rules.repeat_s
            before_s = at_s


@settings(max_examples=40)
@given(moving_pictures(), rules, st.sampled_from([0.1, 1.0, 10.0]))
def test_when_everybody_has_left_everything_ends(frames, rules, wait):
    states, told = run(frames, rules)
    after, ended = run([SeenFrame(frames[-1].at_s + wait, {}, set())], rules, states)
    assert after == {}
    assert sum(c.kind == "alarm_on" for _, c in told) == sum(c.kind == "alarm_off" for _, c in told + ended)
    assert all(change.why_ended == "left" for _, change in ended)


@settings(max_examples=40)
@given(moving_pictures(), rules)
def test_when_everybody_is_covered_everything_ends_within_the_frames_and_seconds_of_the_rules(frames, rules):
    states, _ = run(frames, rules)
    last_s, tracks = frames[-1].at_s, frames[-1].tracks
    calm = [SeenFrame(last_s + number, {}, tracks) for number in range(1, rules.off.of + int(rules.off.seconds) + 2)]
    assert run(calm, rules, states)[0] == {}


@settings(max_examples=40)
@given(moving_pictures(), rules, st.sampled_from(KEYS))
def test_a_track_in_a_zone_is_alarmed_about_whatever_others_do(frames, rules, key):
    alone = [
        SeenFrame(frame.at_s, {each: sure for each, sure in frame.bare.items() if each == key}, frame.tracks)
        for frame in frames
    ]
    assert follow(run(frames, rules)[1], key) == run(alone, rules)[1]


@settings(max_examples=40)
@given(moving_pictures(), rules)
def test_states_are_bounded_by_what_is_remembered(frames, rules):
    states = {}
    for frame in frames:
        states, _ = step(states, frame, rules)
        assert {track for track, _ in states} <= set(frame.tracks)
        assert all(len(state.recent) <= max(rules.on.of, rules.off.of) for state in states.values())
