"""What never moves is kept over restarts and taught by false alarms, whatever the clock and the files are."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest

from helmet_service.alarms.alarm import Acknowledgement
from helmet_service.alarms.store import AlarmStore
from helmet_service.watch import known_still
from helmet_service.watch.known_still import KnownStill
from tests.helmet_service.alarms.kept import alarm_id, evidence, on
from tests.helmet_service.watch.judged import Frames

FACTS = {"person": {"head": {"x": 640.0, "y": 360.0, "size": 64.0}}, "picture": {"width": 1280, "height": 720}}
YEAR_S = 365 * 86_400.0


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setattr(known_still, "_LEARN_S", 0.0)
    store = AlarmStore(tmp_path)
    for number, camera in enumerate(("gate", "gate", "yard")):
        store.record([on(number, camera=camera)], (), {alarm_id(number): replace(evidence(), facts=FACTS)})
    return store


def say(store, number, reason="nobody_there", at=None):
    store.acknowledge(alarm_id(number), Acknowledgement(at or time.time(), "me", True, reason))


def watched(known):
    """The memory after a frame of a picture that has something to see."""
    for frame in Frames().of("helmet", seconds=1):
        known.step(frame)
    return known.places_json()


def test_who_says_that_nobody_is_there_teaches_the_camera_whose_alarm_it_was_once(store, tmp_path):
    known = KnownStill(tmp_path, "gate", store)
    assert watched(known) == []
    say(store, 0)
    say(store, 1, reason="wears_helmet")
    say(store, 2)
    (place,) = watched(known)
    assert place["taught"]
    assert place["box"] == pytest.approx({"left": 0.475, "top": 0.4556, "width": 0.05, "height": 0.0889}, abs=1e-3)
    known.forget()
    assert watched(known) == []


def test_it_survives_a_restart(store, tmp_path):
    known = KnownStill(tmp_path, "gate", store)
    say(store, 0)
    before = watched(known)
    known.keep()
    assert KnownStill(tmp_path, "gate", store).places_json() == before != []


def test_a_clock_that_was_a_year_ahead_for_a_while_keeps_nobody_from_teaching(store, tmp_path):
    KnownStill(tmp_path, "gate", store).keep()
    path = tmp_path / "still" / "gate.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"taught_until": time.time() + YEAR_S}))
    say(store, 1, at=time.time() + YEAR_S)
    known = KnownStill(tmp_path, "gate", store)
    assert watched(known) == []
    say(store, 0)
    assert len(watched(known)) == 1


@pytest.mark.parametrize("content", ["", "{", "null", "[]", '{"person": {}}', '{"memory": {"places": [{}]}}'])
def test_damaged_files_end_nothing(store, tmp_path, content, caplog):
    (tmp_path / "still").mkdir()
    (tmp_path / "still" / "gate.json").write_text(content)
    known = KnownStill(tmp_path, "gate", store)
    (tmp_path / "evidence" / alarm_id(0) / "alarm.json").write_text(content)
    say(store, 0)
    assert watched(known) == []
    assert len(caplog.records) == 2
    known.keep()
    assert KnownStill(tmp_path, "gate", store).places_json() == []
