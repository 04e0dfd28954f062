from __future__ import annotations

import hashlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import TimestampSigner

from helmet_service.http.access import Keys, client_of
from helmet_service.http.page_session import LASTS_S, Session, new_cookie, session_of

GATE, YARD, GONE = (hashlib.sha256(name).digest() for name in (b"gate", b"yard", b"gone"))
NAMESAKE = GATE[:4] + YARD[4:]  # its client has the same name
KEYS = Keys((YARD, NAMESAKE, GATE))


@pytest.fixture
def at(monkeypatch):
    """Sets the clock, to seconds after the test's begin."""
    begin = int(time.time())

    def set_clock(after_s):
        monkeypatch.setattr(time, "time", lambda: begin + after_s)

    set_clock(0)
    return set_clock


@pytest.mark.usefixtures("at")
@pytest.mark.parametrize("digest", KEYS.digests)
def test_a_cookie_stands_for_its_key(digest):
    assert session_of(new_cookie(digest), KEYS) == Session(client_of(digest), LASTS_S)


def test_a_cookie_of_a_removed_key_stands_for_nobody():
    assert session_of(new_cookie(GONE), KEYS) is None
    assert session_of(new_cookie(GATE), Keys((YARD, NAMESAKE))) is None


def changed(cookie, part, text):
    parts = cookie.split(".")
    parts[part] = text
    return ".".join(parts)


@pytest.mark.parametrize(
    "forged",
    [
        lambda cookie: "",
        lambda cookie: cookie[:-1],
        lambda cookie: cookie.rpartition(".")[0],
        lambda cookie: cookie.partition(".")[0],
        lambda cookie: cookie + ".",
        lambda cookie: cookie.upper(),
        lambda cookie: changed(cookie, 0, YARD.hex()[:8]),
        lambda cookie: changed(cookie, 1, new_cookie(GATE).split(".")[1][:-1] + "_"),
        lambda cookie: changed(cookie, 1, "__________"),
        lambda cookie: changed(cookie, 2, new_cookie(YARD).split(".")[2]),
        lambda cookie: TimestampSigner(GATE).sign(GATE.hex()[:8]).decode(),
    ],
)
def test_what_was_not_signed_stands_for_nobody(forged):
    assert session_of(forged(new_cookie(GATE)), KEYS) is None


@given(st.text() | st.text().map(lambda text: f"{GATE.hex()[:8]}.{text}"))
def test_no_text_that_is_made_up_stands_for_anybody(text):
    assert session_of(text, KEYS) is None


@pytest.mark.parametrize(
    ("after_s", "ends_s"),
    [(-61, None), (-60, LASTS_S + 60), (0, LASTS_S), (60, LASTS_S - 60), (LASTS_S - 1, 1), (LASTS_S, None)],
)
def test_a_session_ends_after_eight_hours_wherever_its_cookie_is_kept(at, after_s, ends_s):
    cookie = new_cookie(GATE)
    at(after_s)
    assert session_of(cookie, KEYS) == (None if ends_s is None else Session(client_of(GATE), ends_s))
