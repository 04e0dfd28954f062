"""Events reach a real broker that is killed and started again, and the states it keeps are those of the cameras."""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import replace

import paho.mqtt.client as paho
import pytest

from helmet_service.alarms.outbox import Outbox
from helmet_service.outlets.mqtt import Mqtt
from helmet_service.outlets.outlet import DeliveryError
from helmet_service.outlets.sender import Senders
from helmet_service.outlets.site_state import SiteState, after
from samples.demo import free_port
from tests.helmet_service.outlets.events import CAMERAS, EVENTS, JPEG
from tests.helmet_service.outlets.sites import record, site, until


@pytest.fixture(scope="session")
def mosquitto():
    """The broker's path; without it the test is skipped, but fails where CI is set."""
    path = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
    if path is None:
        missing = "expected the system package mosquitto, got none"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    return path


class Broker:
    """A mosquitto on loopback that can be killed and started again; it keeps nothing."""

    def __init__(self, path, folder, *lines):
        self.port = free_port()
        self._config = folder / "mosquitto.conf"
        self._config.write_text("\n".join([f"listener {self.port} 127.0.0.1", "user root", *lines]) + "\n")
        self._path = path
        self._process = None

    def start(self):
        self._process = subprocess.Popen(
            [self._path, "-c", str(self._config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def reload(self):
        self._process.send_signal(signal.SIGHUP)

    def end(self):
        self._process.kill()
        self._process.wait()


@contextmanager
def broker(path, folder, *lines):
    running = Broker(path, folder, *lines or ("allow_anonymous true",))
    running.start()
    try:
        yield running
    finally:
        running.end()


class Subscriber:
    """What a client that subscribes to everything is told; it connects again by itself."""

    def __init__(self, port, user=None, certificate=None):
        self.told = []
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, "subscriber")
        self._client.reconnect_delay_set(1, 1)
        if user:
            self._client.username_pw_set(*user)
        if certificate:
            self._client.tls_set(str(certificate))
        self.subscribed = threading.Event()
        self._client.on_connect = lambda client, *_: client.subscribe("#", 1)
        self._client.on_subscribe = lambda *_: self.subscribed.set()
        self._client.on_message = lambda _client, _data, message: self.told.append((message.topic, message.payload))
        self._client.connect_async("localhost" if certificate else "127.0.0.1", port)
        self._client.loop_start()

    def kept(self):
        return dict(self.told)

    def ids(self):
        return [json.loads(payload)["id"] for topic, payload in self.told if topic == "helmet/events"]

    def close(self):
        self._client.disconnect()
        self._client.loop_stop()


@contextmanager
def subscriber(port, user=None, certificate=None):
    listening = Subscriber(port, user, certificate)
    try:
        until(listening.subscribed.is_set)
        yield listening
    finally:
        listening.close()


def options(port, **more):
    return {"host": "127.0.0.1", "port": port, "tls": False, "topic": "helmet", **more}


def numbered(count):
    return [replace(EVENTS[place % 4], id=f"01K5T{place:021d}") for place in range(count)]


def test_an_alarm_ends_when_all_alarms_of_its_camera_have_ended():
    on = replace(EVENTS[0], alarm=replace(EVENTS[0].alarm, id="another"))
    both = after(SiteState(), [EVENTS[0], on])
    assert both.alarms("gate-3")
    one = after(both, [EVENTS[3]])
    assert one.alarms("gate-3")
    assert not after(one, [replace(EVENTS[3], alarm=on.alarm)]).alarms("gate-3")
    assert not one.alarms("kran")


def test_without_a_broker_an_event_fails():
    with pytest.raises(DeliveryError, match="Connection refused"):
        Mqtt("broker", options(free_port(), user="u", password="s3cret"), CAMERAS, []).send(EVENTS[0], None)


@pytest.mark.slow
@pytest.mark.parametrize("version", ["3.1.1", "5"])
def test_the_broker_keeps_the_states_that_were_told(mosquitto, tmp_path, version):
    with broker(mosquitto, tmp_path) as running:
        with subscriber(running.port):  # it listens
            pass
        outlet = Mqtt("broker", options(running.port, version=version, discovery="homeassistant"), CAMERAS, EVENTS[:2])
        outlet.send(EVENTS[4], JPEG)
        outlet.rest()
        with subscriber(running.port) as late:
            until(lambda: "helmet/status" in late.kept() and "helmet/kran/event" in late.kept())
            kept = late.kept()
            assert [kept[f"helmet/{camera}/alarm"] for camera, _ in CAMERAS] == [b"ON", b"ON", b"OFF"]
            assert [kept[f"helmet/{camera}/problem"] for camera, _ in CAMERAS] == [b"OFF", b"ON", b"OFF"]
            assert (kept["helmet/kran/picture"], kept["helmet/status"]) == (JPEG, b"online")
            assert len([topic for topic in kept if topic.startswith("homeassistant/")]) == 9
            assert "helmet/events" not in kept
            outlet.close()
            until(lambda: late.kept()["helmet/status"] == b"offline")


@pytest.mark.slow
def test_the_last_will_says_that_the_service_is_gone(mosquitto, tmp_path):
    with broker(mosquitto, tmp_path) as running, subscriber(running.port) as watching:
        outlet = Mqtt("broker", options(running.port), CAMERAS, [])
        outlet.rest()
        until(lambda: watching.kept().get("helmet/status") == b"online")
        outlet._connection.drop()
        until(lambda: watching.kept()["helmet/status"] != b"online")
        assert watching.kept()["helmet/status"] == b"offline"


def users(folder, *names):
    """Lines of a password file, in which everybody's password is `right`."""
    for name in names:
        file = folder / f"user-{name}"
        subprocess.run(["mosquitto_passwd", "-b", "-c", str(file), name, "right"], check=True)
        yield file.read_text()


@pytest.mark.slow
def test_a_wrong_password_is_told_and_the_right_one_is_let_in(mosquitto, tmp_path):
    (tmp_path / "users").write_text("".join(users(tmp_path, "helmet")))
    lines = "allow_anonymous false", f"password_file {tmp_path / 'users'}"
    with broker(mosquitto, tmp_path, *lines) as running, subscriber(running.port, ("helmet", "right")) as watching:
        wrong, right = (options(running.port, user="helmet", password=password) for password in ("wrong", "right"))
        with pytest.raises(DeliveryError, match="the broker refused: Not authorized") as raised:
            Mqtt("broker", wrong, CAMERAS, []).send(EVENTS[0], None)
        assert "wrong" not in str(raised.value)
        outlet = Mqtt("broker", right, CAMERAS, [])
        outlet.send(EVENTS[0], None)
        until(lambda: watching.ids() == [EVENTS[0].id])
        outlet.close()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_connection_is_encrypted_and_the_brokers_certificate_checked(mosquitto, tmp_path, certificate, monkeypatch):
    certified, key = certificate
    lines = "allow_anonymous true", f"certfile {certified}", f"keyfile {key}"
    with broker(mosquitto, tmp_path, *lines) as running:
        encrypted = {**options(running.port), "host": "localhost", "tls": True}
        until(lambda: "certificate verify failed" in failure(Mqtt("broker", encrypted, CAMERAS, [])))
        gc.collect()  # paho leaves a socket to it whose handshake fails, which is a warning
        monkeypatch.setenv("SSL_CERT_FILE", str(certified))
        with subscriber(running.port, certificate=certified) as watching:
            outlet = Mqtt("broker", encrypted, CAMERAS, [])
            outlet.send(EVENTS[0], None)
            outlet.close()
            until(watching.ids)
            assert watching.ids() == [EVENTS[0].id]


def failure(outlet):
    """Why an outlet cannot tell its receiver."""
    with pytest.raises(DeliveryError) as raised:
        outlet.send(EVENTS[0], None)
    return str(raised.value)


@pytest.mark.slow
def test_nothing_is_lost_when_the_broker_is_killed_and_comes_back(mosquitto, tmp_path):
    events, file = numbered(60), tmp_path / "users"
    watcher, helmet = users(tmp_path, "watcher", "helmet")
    file.write_text(watcher + helmet)
    lines = "allow_anonymous false", f"password_file {file}"
    with broker(mosquitto, tmp_path, *lines) as running, subscriber(running.port, ("watcher", "right")) as watching:
        senders = Senders(site(broker=("mqtt", options(running.port, user="helmet", password="right"))), tmp_path)
        senders.start()
        for place, event in enumerate(events):
            record(tmp_path, [event], ["broker"])
            senders.wake()
            if place % 20 == 10:
                until(lambda least=place - 5: len(set(watching.ids())) >= least)
                running.end()
                watching.subscribed.clear()
                file.write_text(watcher)  # a broker tells nobody what came before he subscribed
                running.start()
                until(watching.subscribed.is_set)
                file.write_text(watcher + helmet)
                running.reload()
        until(lambda: Outbox(tmp_path).counts()[0].waiting == 0, 60)
        senders.stop()
        until(lambda: watching.kept()["helmet/status"] == b"offline")
    arrived = list(dict.fromkeys(watching.ids()))
    assert arrived == [event.id for event in events]
