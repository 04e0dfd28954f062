from __future__ import annotations

import time

from helmet_service.http.request_ids import new_request_id


def test_an_id_has_26_characters_of_crockfords_alphabet():
    for name in (new_request_id() for _ in range(100)):
        assert len(name) == 26
        assert set(name) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_ids_differ():
    assert len({new_request_id() for _ in range(1000)}) == 1000


def test_an_id_tells_its_millisecond(monkeypatch):
    monkeypatch.setattr(time, "time_ns", lambda: 1_469_918_176_385 * 1_000_000)
    assert new_request_id()[:10] == "01ARYZ6S41"  # the example of the ULID specification
