"""`cameras.yaml`: what it means, and each mistake as one line."""

from __future__ import annotations

import os
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helmet_service.alarms.events import AlarmFacts, Event
from helmet_service.cameras.camera import AlarmRules, Camera, CameraSource, Credentials, Detector, Steady
from helmet_service.cameras.outlet_options import MAIL_FIELDS
from helmet_service.cameras.schedule import Schedule
from helmet_service.cameras.site_file import SiteError, load_site
from helmet_service.cameras.site_table import markdown_tables
from helmet_service.cameras.watch_folder import KnownCamera
from helmet_service.outlets.mail import fields
from helmet_service.settings import Settings
from tests.helmet_service.cameras.sites import SECRET, one


def camera_of(site) -> Camera:
    (camera,) = site.cameras
    return camera


def complaints(load, text, **environ) -> list[str]:
    """The lines of the error, without the file's folder."""
    with pytest.raises(SiteError) as raised:
        load(text, **environ)
    assert str(raised.value) == "\n".join(raised.value.lines)
    return [line[line.index("cameras.yaml") :] for line in raised.value.lines]


def test_a_whole_file_means_what_it_says(load, tmp_path):
    site = load(
        """
        cameras:
          - id: gate-3
            name: Gate 3, north
            source: rtsp://10.0.0.7/stream1
            user: viewer
            password: {file: secret}
            rate: 0.5
            tiles: [2, 1]
            looks: once
            hats: {url: "http://10.0.0.9:8000/hats", user: service, password: {env: DETECTOR}}
            schedule: ["mon-fri 06:00-18:00"]
          - {id: yard, source: 0}
        alarms: {on: {frames: 4}, blur_others: false, keep_mb: 500}
        outlets:
          - {name: control-room, kind: webhook, url: "https://control.example/events", secret: {file: secret}}
        """,
        DETECTOR="d",
    )
    gate, yard = site.cameras
    assert gate == Camera(
        "gate-3",
        "Gate 3, north",
        CameraSource("stream", "rtsp://10.0.0.7/stream1", Credentials("viewer", SECRET)),
        0.5,
        Schedule.parse(["mon-fri 06:00-18:00"]),
        {"tiles": [2, 1], "looks": "once"},
        Detector("http://10.0.0.9:8000/hats", Credentials("service", "d")),
    )
    assert yard == Camera("yard", "yard", CameraSource("device", "0"), 1.0, Schedule())
    assert site.alarms == AlarmRules(on=Steady(4, 4, 3.0), blur_others=False, keep_mb=500)
    (outlet,) = site.outlets
    assert (outlet.name, outlet.kind) == ("control-room", "webhook")
    assert outlet.options == {"url": "https://control.example/events", "secret": SECRET, "picture": False}
    assert site.warnings == ()


def test_what_is_not_said_is_as_usual(load):
    site = load(one("source: push"))
    assert site.alarms == AlarmRules()
    assert site.outlets == ()
    assert camera_of(site).schedule.is_on(datetime(2026, 11, 28, 3))


def test_a_key_without_a_value_is_one_that_is_not_there(load):
    site = load("cameras:\n- {id: gate, source: push, rate: , schedule: , hats: }\nalarms:\n  on:\noutlets:")
    assert site == load(one("source: push"))


@pytest.mark.parametrize(
    ("keys", "kind", "address"),
    [
        ("source: 'rtsps://cam.example:322/a?b=c'", "stream", "rtsps://cam.example:322/a?b=c"),
        ("source: 'RTSP://[fd00::7]/a'", "stream", "RTSP://[fd00::7]/a"),
        ("source: http://cam/live.m3u8", "stream", "http://cam/live.m3u8"),
        ("source: http://cam/video.cgi, kind: mjpeg", "mjpeg", "http://cam/video.cgi"),
        ("source: https://cam/snap.jpg, kind: snapshot", "snapshot", "https://cam/snap.jpg"),
        ("source: '2'", "device", "2"),
        ("source: 2", "device", "2"),
        ("source: /dev/video3", "device", "3"),
        ("source: 2, kind: file", "file", "{folder}/2"),
        ("source: clips/gate.mp4", "file", "{folder}/clips/gate.mp4"),
        ("source: /srv/gate.mp4", "file", "/srv/gate.mp4"),
        ("source: push", "push", ""),
        ("source: {env: ADDRESS}", "stream", "http://cam/snap?user=a&password=b"),
    ],
)
def test_the_kind_of_a_source_follows_from_its_form(load, tmp_path, keys, kind, address):
    source = camera_of(load(one(keys), ADDRESS="http://cam/snap?user=a&password=b")).source
    assert source == CameraSource(kind, address.format(folder=tmp_path))


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ("source: 'rtsp://cam.example:554/stream1?channel=1'", "rtsp://cam.example:554/stream1"),
        ("source: {env: ADDRESS}", "rtsp://cam/user=…"),
        ("source: /srv/clips/gate.mp4", "gate.mp4"),
        ("source: 1", "1"),
        ("source: push", ""),
    ],
)
def test_servers_know_an_address_without_what_may_be_secret(load, keys, shown):
    camera = camera_of(load(one(keys), ADDRESS=f"rtsp://cam/user=admin_password={SECRET}_channel=1.sdp?pwd={SECRET}"))
    assert KnownCamera.of(camera) == KnownCamera("gate", "gate", camera.source.kind, shown, 1.0, "always")


NAMES = "id, name, source, kind, rate, scales, tiles, looks, hats, schedule, user, password"
ADDRESS = "{file: PATH} or {env: NAME}"


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ("rate: 1", f"source: expected rtsp://..., rtsps://..., http://..., https://..., a file, a device's number or "
                    f"push; or {ADDRESS}, got nothing"),
        ("source: push, rate: 11", "rate: expected a number from 0.5 to 10, got 11"),
        ("source: push, rate: true", "rate: expected a number from 0.5 to 10, got true"),
        ("source: push, rate: '1'", 'rate: expected a number from 0.5 to 10, got "1"'),
        ("source: push, name: 3", "name: expected text of 1 to 80 characters in one line, got 3"),
        ('source: push, name: "a\\nb"', 'name: expected text of 1 to 80 characters in one line, got "a\\nb"'),
        ("source: push, tiles: [2]", "tiles: expected [columns, rows], whole numbers from 1 to 8, got a list of 1"),
        ("source: push, tiles: [3, 2]",
         "tiles: expected scales and tiles that take at most 5 runs of the network (MAX_RUNS), got 7"),
        ("source: push, scales: [2]", "scales: expected [1], [1, 1.5], [1, 2] or [1, 1.5, 2], got a list of 1"),
        ("source: push, looks: twice", 'looks: expected auto or once, got "twice"'),
        ("source: push, hats: yes", 'hats: expected an object, got "yes"'),
        ("source: push, hats: {}", f"hats.url: expected http://... or https://...; or {ADDRESS}, got nothing"),
        ("source: push, hats: {url: rtsp://x}",
         f"hats.url: expected http://... or https://...; or {ADDRESS}, got text"),
        ("source: push, schedule: always", 'schedule: expected a list of times of the week, got "always"'),
        ("source: push, schedule: [6]", 'schedule[0]: expected days and hours such as "mon-fri 06:00-18:00", '
         '"sat,sun 22:00-06:00" (over midnight) or "daily 00:00-12:30", got 6'),
        ("source: push, colour: red", f"colour: expected no such key ({NAMES}), got text"),
        ("source: push, colour: ", f"?: expected no such key ({NAMES}), got null"),
        ("source: ", f"source: expected rtsp://..., rtsps://..., http://..., https://..., a file, a device's number or "
                     f"push; or {ADDRESS}, got null"),
        ("source: push, kind: file", 'kind: expected push with such a source, got "file"'),
        ("source: rtsp://x, kind: snapshot", 'kind: expected stream with such a source, got "snapshot"'),
        ("source: push, user: a, password: {file: secret}",
         'user: expected no user: this source asks for none, got text'),
        ("source: rtsp://x, user: a", "password: expected user and password, or neither, got nothing"),
        ("source: rtsp://x, password: {file: secret}", "user: expected user and password, or neither, got nothing"),
        ("source: rtsp://x, user: a, password: {env: NONE}",
         "password: expected a line of text in the variable NONE, got nothing"),
        ("source: rtsp://x, user: a, password: {file: nowhere}",
         "password: expected a file of one line, nowhere, got none"),
        ("source: rtsp://x, user: a, password: {file: empty}",
         "password: expected a file of one line, empty, got an empty one"),
        ("source: rtsp://x, user: a, password: {file: .}",
         "password: expected a file of one line, ., got something else"),
        ("source: push, source: push", "source: expected each key once, got it again in line 1"),
    ],
)  # fmt: skip
def test_each_mistake_of_a_camera_names_file_line_key_expected_and_got(load, keys, complaint):
    assert complaints(load, one(keys)) == [f"cameras.yaml:1: cameras[0].{complaint}"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", ": expected `cameras:` and a list of them, got an empty file"),
        ("# nothing\n", ":1: expected an object, got null"),
        ("- a", ":1: expected an object, got a list of 1"),
        ("alarms: {}", ":1: cameras: expected a list of cameras, got nothing"),
        ("cameras: []", ":1: cameras: expected at least one camera, got a list of 0"),
        ("cameras: [gate]", ':1: cameras[0]: expected an object, got "gate"'),
        (b"\n\xff", ":2: expected UTF-8, got other bytes"),
        ("a: 1\nb: \x07", ":2: expected printable characters, got U+0007"),
        ("#" * 1_000_001, ": expected a file of cameras, got more than 1000000 bytes"),
        ("a: &a [1]\nb: *a", ":2: expected each value written out, got an alias (*)"),
        ("a: !!python/object:os.system x", ":1: expected values without tags, got a tag (!)"),
        ("[" * 1000, ":1: expected at most 12 levels, got more"),
        ("a:\n\t- b", ":2: expected YAML, got this: found character '\\t' that cannot start any token"),
        ("a: 1\n---\nb: 1", ":2: expected YAML, got this: but found another document"),
        ("[a]: 1", ":1: expected text as a key, got a list or an object"),
    ],
)
def test_what_is_no_file_of_cameras_is_one_line(load, text, complaint):
    assert complaints(load, text) == [f"cameras.yaml{complaint}"]


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(SiteError) as raised:
        load_site(tmp_path / "cameras.yaml", {})
    assert raised.value.lines == [f"{tmp_path}/cameras.yaml: expected a file of cameras, got none"]


def test_a_pipe_is_no_file_and_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "cameras.yaml")
    with pytest.raises(SiteError, match="expected a file of cameras, got something else"):
        load_site(tmp_path / "cameras.yaml", {})


def test_all_mistakes_come_at_once_in_the_order_of_the_file(load):
    text = """
        cameras:
          - {id: gate, source: push}
          - id: gate
            source: push
            rate: 0
        alarms:
          on: {frames: 5}
          blur_others: no
        outlets:
          - {name: a, kind: fax}
          - {name: a, kind: syslog, port: 0}
          - {name: b, kind: mail, host: h, from: x@y, to: []}
        """
    number = "a whole number from 1 to 65535"
    assert complaints(load, text) == [
        'cameras.yaml:4: cameras[1].id: expected another id than that of cameras[0], got "gate"',
        "cameras.yaml:6: cameras[1].rate: expected a number from 0.5 to 10, got 0",
        "cameras.yaml:8: alarms.on.of: expected at least `frames`, 5, got nothing",
        'cameras.yaml:9: alarms.blur_others: expected true or false, got "no"',
        'cameras.yaml:11: outlets[0].kind: expected webhook or mqtt or hikvision or syslog or mail, got "fax"',
        'cameras.yaml:12: outlets[1].name: expected another name than that of outlets[0], got "a"',
        "cameras.yaml:12: outlets[1].host: expected the name or address of a host, got nothing",
        f"cameras.yaml:12: outlets[1].port: expected {number}, got 0",
        "cameras.yaml:13: outlets[2].to: expected 1 to 100 addresses, got a list of 0",
    ]


def test_a_file_of_a_password_that_everybody_may_read_is_a_warning(load, tmp_path):
    (tmp_path / "secret").chmod(0o644)
    site = load(one("source: rtsp://x, user: a, password: {file: secret}"))
    (warning,) = site.warnings
    assert warning.endswith("cameras.yaml:1: cameras[0].password: everybody may read secret (chmod o-r)")


@pytest.mark.parametrize("version", ["5", "'5'", "3.1.1"])
def test_a_version_need_not_be_quoted(load, version):
    site = load(f"{one('source: push')}\noutlets: [{{name: a, kind: mqtt, host: h, version: {version}}}]")
    assert site.outlets[0].options["version"] == version.strip("'")


@pytest.mark.parametrize(
    ("keys", "wrong"),
    [
        ("subject: '$camera: ${kind}, $$5'", ()),
        ("subject: $who", ("subject",)),
        ("subject: 5 $", ("subject",)),
        ("body: ''", ("body",)),
        ("to: [Office <office@site.example>, a.b+c@d.example]", ()),
        ("to: [office], from: 'x@y, z'", ("from", "to[0]")),
        ("host: 'mail server'", ("host",)),
        ("tls: none, port: 25, user: a, password: {file: secret}", ()),
    ],
)
def test_a_mail_that_could_not_be_sent_is_a_mistake(load, keys, wrong):
    usual = {"host": "h", "from": "x@y", "to": "[x@y]"}
    rest = "".join(f", {key}: {value}" for key, value in usual.items() if f"{key}: " not in keys)
    text = f"{one('source: push')}\noutlets: [{{name: a, kind: mail, {keys}{rest}}}]"
    if not wrong:
        assert load(text).outlets[0].kind == "mail"
        return
    assert [line.split(": ")[1] for line in complaints(load, text)] == [f"outlets[0].{key}" for key in wrong]


def test_templates_may_name_what_a_mail_has():
    event = Event("0" * 26, "alarm_on", 0.0, "gate", "Gate", AlarmFacts("1" * 26, "", 1, 0.0, 0.9))
    assert tuple(fields(event)) == MAIL_FIELDS


def test_more_runs_may_be_allowed(tmp_path):
    (tmp_path / "cameras.yaml").write_text(one("source: push, tiles: [3, 2]"))
    assert load_site(tmp_path / "cameras.yaml", {}, Settings(max_runs=7)).cameras[0].views == {"tiles": [3, 2]}


@settings(max_examples=50)
@given(st.text(max_size=60) | st.text(alphabet="{}[]:,-&*!|>'\" \n\tab", max_size=40))
def test_any_text_is_a_site_or_lines_of_mistakes(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(SiteError) as raised:
        load_site(path, {})
    assert all(line.startswith(f"{path}:") and line.isprintable() for line in raised.value.lines)


def test_the_documented_keys_are_those_of_the_file(root):
    page = (root / "docs" / "cameras.md").read_text(encoding="utf-8")
    documented = page.split("<!-- keys -->")[1].split("<!-- end of keys -->")[0]
    assert documented.strip() == markdown_tables()


def test_the_example_is_a_site(root):
    site = load_site(root / "deploy" / "cameras.example.yaml", {})
    assert {camera.source.kind for camera in site.cameras} >= {"stream", "snapshot", "push"}
