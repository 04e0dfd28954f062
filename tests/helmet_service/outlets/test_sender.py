"""Each outlet is told at its own pace, by a thread that neither faults nor receivers that hang can end."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager

import pytest

from helmet_service.alarms.outbox import Outbox
from helmet_service.outlets.sender import Senders
from tests.helmet_service.outlets.events import EVENTS, JPEG
from tests.helmet_service.outlets.receivers import http_receiver
from tests.helmet_service.outlets.sites import record, site, until


@contextmanager
def sending(folder, **outlets):
    senders = Senders(site(**outlets), folder)
    senders.start()
    try:
        yield senders
    finally:
        senders.stop()


def counts(folder):
    return {each.outlet: (each.waiting, each.done, each.refused, each.given_up) for each in Outbox(folder).counts()}


def hooks(*urls):
    return {f"hook-{place}": ("webhook", {"url": url}) for place, url in enumerate(urls)}


def test_what_waits_and_what_is_recorded_later_arrives_in_order(tmp_path):
    record(tmp_path, EVENTS[:2], ["hook-0"])
    with http_receiver(lambda _: (200, {})) as (url, came), sending(tmp_path, **hooks(url)) as senders:
        record(tmp_path, EVENTS[2:], ["hook-0"])
        senders.wake()
        until(lambda: counts(tmp_path).get("hook-0") == (0, 6, 0, 0))
    assert [request.headers["webhook-id"] for request in came] == [event.id for event in EVENTS]


@pytest.mark.slow
def test_a_receiver_that_hangs_holds_up_no_other_and_no_stop(tmp_path):
    hangs = threading.Event()

    def never(_request):
        hangs.wait()
        return 200, {}

    record(tmp_path, EVENTS, ["hook-0", "hook-1"])
    with http_receiver(never) as (slow, came), http_receiver(lambda _: (200, {})) as (quick, _):
        with sending(tmp_path, **hooks(slow, quick)):
            until(lambda: came and counts(tmp_path).get("hook-1") == (0, 6, 0, 0))
            stopped = time.monotonic()
        assert time.monotonic() - stopped < 3
        hangs.set()
    assert counts(tmp_path)["hook-0"][0] >= 5


def test_what_is_refused_is_counted_and_the_rest_arrives(tmp_path, caplog):
    def answer(request):
        return (400 if request.headers["webhook-id"] == EVENTS[1].id else 200), {}

    record(tmp_path, EVENTS[:3], ["hook-0"])
    with http_receiver(answer) as (url, _), sending(tmp_path, **hooks(url)):
        until(lambda: counts(tmp_path).get("hook-0") == (0, 2, 1, 0))
    assert f"outlet hook-0: event {EVENTS[1].id} is refused: answered 400, expected 2xx" in caplog.text


def test_the_picture_of_an_alarm_is_sent_while_it_is_kept(tmp_path):
    folder = tmp_path / "evidence" / EVENTS[0].alarm.id
    folder.mkdir(parents=True)
    (folder / "annotated.jpg").write_bytes(JPEG)
    record(tmp_path, EVENTS[:2], ["hook-0"])
    with (
        http_receiver(lambda _: (200, {})) as (url, came),
        sending(tmp_path, **{"hook-0": ("webhook", {"url": url, "picture": True})}),
    ):
        until(lambda: len(came) == 2)
    assert [b"picture_jpeg" in request.body for request in came] == [True, False]


def test_a_fault_of_an_outlet_is_told_without_its_text_and_its_event_waits(tmp_path, caplog):
    record(tmp_path, EVENTS[:1], ["hook-0"])
    with sending(tmp_path, **{"hook-0": ("webhook", {"url": "http://127.0.0.1:9/", "secret": "s3cret=not-base64"})}):
        until(lambda: counts(tmp_path) and Outbox(tmp_path).counts()[0].error)
    (count,) = Outbox(tmp_path).counts()
    assert count.error.startswith("Error at base64.py:")
    assert "s3cret" not in caplog.text


def test_what_waits_for_an_outlet_that_is_gone_is_given_up_and_told(tmp_path, caplog):
    record(tmp_path, EVENTS[:2], ["old"])
    with sending(tmp_path):
        until(lambda: counts(tmp_path) == {"old": (0, 0, 0, 2)})
    assert "2 deliveries were given up" in caplog.text


def test_a_disk_that_fails_for_a_while_ends_no_thread(tmp_path, monkeypatch, caplog):
    for pause in ("_NO_DISK_S", "_LOOK_S"):
        monkeypatch.setattr(f"helmet_service.outlets.sender.{pause}", 0.01)
    record(tmp_path / "disk", EVENTS[:1], ["hook-0"])
    watch_dir = tmp_path / "watch"
    watch_dir.mkdir()
    (watch_dir / "alarms.db").symlink_to(tmp_path / "mounted" / "alarms.db")
    with http_receiver(lambda _: (200, {})) as (url, came), sending(watch_dir, **hooks(url)):
        until(lambda: "unable to open database file" in caplog.text)
        (tmp_path / "disk").rename(tmp_path / "mounted")
        until(lambda: counts(watch_dir).get("hook-0") == (0, 1, 0, 0))
    assert len(came) == 1


def test_no_line_of_the_log_has_a_secret(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    record(tmp_path, EVENTS[:2], ["hook-0"])
    with (
        http_receiver(lambda _: (400, {})) as (url, came),
        sending(tmp_path, **{"hook-0": ("webhook", {"url": f"{url}/s3cret", "secret": "czNjcmV0"})}),
    ):
        until(lambda: len(came) == 2)
    assert "s3cret" not in caplog.text + str(site(hook=("webhook", {"url": "s3cret"})))
    assert "czNjcmV0" not in caplog.text
