from __future__ import annotations

import hashlib

import pytest
from werkzeug.datastructures import Headers

from helmet_service.http.access import client_address, client_of, is_open, key_in, read_keys, unknown_key
from helmet_service.setting_fields import SettingsError

GATE = "gate-three-7Yt0pQ2xLw"
YARD = "yard/9fK+u1ZrVb4TqS=="


@pytest.fixture
def keys(tmp_path):
    path = tmp_path / "keys"
    path.write_text(f"# the cameras\n\n{GATE}\r\n  {YARD}  ")
    return read_keys(str(path))


def name(key):
    return f"key {hashlib.sha256(key.encode()).hexdigest()[:8]}"


@pytest.mark.parametrize("key", [GATE, YARD])
@pytest.mark.parametrize(
    "headers", [{"X-API-Key": "{}"}, {"Authorization": "Bearer {}"}, {"Authorization": "bearer  {}"}]
)
def test_a_key_of_the_file_names_its_client(keys, key, headers):
    shown = key_in(Headers({header: value.format(key) for header, value in headers.items()}))
    assert client_of(keys.digest(shown)) == name(key)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-Key": ""},
        {"X-API-Key": GATE[:-1]},
        {"X-API-Key": GATE + " "},
        {"X-API-Key": GATE.upper()},
        {"X-API-Key": f"Bearer {GATE}"},
        {"X-API-Key": "# the cameras"},
        {"X-API-Key": "é\udcff" * 1000},
        {"X-API-Key": hashlib.sha256(GATE.encode()).hexdigest()},
        {"X-API-Key": "wrong", "Authorization": f"Bearer {GATE}"},
        {"Authorization": GATE},
        {"Authorization": f"Basic {GATE}"},
        {"Authorization": "Bearer"},
    ],
)
def test_whatever_else_is_shown_names_nobody(keys, headers):
    assert keys.digest(key_in(Headers(headers))) is None


def test_the_keys_themselves_are_not_kept(keys):
    assert GATE not in repr(keys)
    assert [len(digest) for digest in keys.digests] == [32, 32]


def test_without_a_file_no_keys_are_asked_for():
    assert read_keys("") is None


@pytest.mark.parametrize(
    ("text", "got"),
    [
        (b"", "a file without any"),
        (b"# nobody\n\n", "a file without any"),
        (b"secret", "something else in line 1"),
        (GATE.encode() + b"\n" + b"secret" * 40, "something else in line 2"),
        (b"two secret words that are long", "something else in line 1"),
        ("sécrète-sécrète-sécrète".encode(), "something else in line 1"),
        (b"\xff\xfe\x00secret", "something else in line 1"),
        (f"\n{GATE}\n{YARD}\n{GATE}".encode(), "the key of line 2 again in line 4"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line_without_its_text(tmp_path, text, got):
    path = tmp_path / "keys"
    path.write_bytes(text)
    with pytest.raises(SettingsError) as raised:
        read_keys(str(path))
    expected = "API_KEYS_FILE: expected keys of 20 to 200 visible ASCII characters, one a line, got "
    assert str(raised.value) == expected + got


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"got '.*/keys': No such file or directory"):
        read_keys(str(tmp_path / "keys"))


def test_what_came_instead_of_a_key_is_not_repeated():
    for key, got in (("guess", "another"), ("", "nothing")):
        problem = unknown_key(key)
        assert (problem.status, problem.errors[0].got) == (401, got)
        assert problem.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("10.0.0.7", "address 10.0.0.7"),
        ("::ffff:10.0.0.7", "address 10.0.0.7"),
        ("2001:db8:1:2:3:4:5:6", "address 2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "address 2001:db8:1:2::/64"),
        ("fe80::1%eth0", "address fe80::/64"),
        ("", "address unknown"),
        (None, "address unknown"),
        ("10.0.0.7:4711", "address unknown"),
        ("x" * 9000, "address unknown"),
    ],
)
def test_an_address_names_its_client(address, client):
    assert client_address(address) == client


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/docs", "/docs/swagger-ui.css", "/openapi.json", "/ui", "/ui/app.js"]
)
def test_probes_and_the_pages_are_open(path):
    assert is_open(path)


@pytest.mark.parametrize(
    "path", ["/", "/v1/poses", "/v1/info", "/v1/status", "/metrics", "/docsx", "/uix", "/healthz/", ""]
)
def test_all_else_is_not(path):
    assert not is_open(path)
