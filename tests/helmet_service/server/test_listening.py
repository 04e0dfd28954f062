from __future__ import annotations

import socket

import pytest

from helmet_service.server.listening import binds, check_listening
from helmet_service.setting_fields import SettingsError
from samples.demo import free_port


@pytest.mark.parametrize(
    ("host", "places"),
    [
        ("0.0.0.0", ["0.0.0.0:80"]),
        ("gate.example", ["gate.example:80"]),
        ("::", ["[::]:80"]),
        ("[::1]", ["[::1]:80"]),
        ("127.0.0.1, ::1", ["127.0.0.1:80", "[::1]:80"]),
        ("unix:/run/helmet/socket,::1", ["unix:/run/helmet/socket", "[::1]:80"]),
    ],
)
def test_each_place_is_told_to_gunicorn_as_it_reads_them(host, places):
    assert binds(host, 80) == places


@pytest.mark.parametrize(
    "host",
    [
        "",
        ",",
        "127.0.0.1,",
        "127.0.0.1:80",
        "[::1]:80",
        "*",
        "a..b",
        "fe80::1%eth0",
        "unix:",
        "unix:socket",
        "unix://a",
    ],
)
def test_what_is_no_place_is_refused(host):
    with pytest.raises(SettingsError, match="HOST: expected addresses, names or unix:/path, with commas between, got "):
        binds(host, 80)


@pytest.mark.parametrize(
    ("host", "complaint"),
    [
        ("192.0.2.1", "'192.0.2.1:PORT': Cannot assign requested address"),
        ("no-such.invalid", "'no-such.invalid:PORT': "),
        ("127.0.0.1,127.0.0.1", "'127.0.0.1': it clashes with another one\n"),
        ("127.0.0.1,0.0.0.0", "'0.0.0.0': it clashes with another one\n"),
        ("0.0.0.0,::", "'::': it clashes with another one (`::` takes IPv4, too)\n"),
        ("unix:TMP/missing/socket", "': its folder is missing or may not be written to"),
        ("unix:TMP", "': something else than a socket is there"),
        (f"unix:TMP/{'x' * 100}", "': a path of more than 107 bytes"),
    ],
)
def test_where_nobody_can_listen_is_told(tmp_path, host, complaint):
    port = free_port()
    with pytest.raises(SettingsError) as raised:
        check_listening(host.replace("TMP", str(tmp_path)), port)
    assert str(raised.value).startswith("HOST: expected places to listen at, got ")
    assert complaint.replace("PORT", str(port)) in f"{raised.value}\n"


def test_a_port_that_is_taken_is_left_to_gunicorn_and_an_old_socket_too(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.socket(socket.AF_UNIX) as old:
        old.bind(str(tmp_path / "socket"))
        check_listening(f"127.0.0.1,unix:{tmp_path}/socket", taken.getsockname()[1])


def test_looking_leaves_nothing_behind(tmp_path):
    port = free_port()
    for _ in range(2):
        check_listening(f"127.0.0.1,unix:{tmp_path}/socket", port)
    assert list(tmp_path.iterdir()) == []
