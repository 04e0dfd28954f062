from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from helmet_service.setting_fields import SettingsError
from helmet_service.settings import Settings, markdown_table

KSERVE = {"RUNTIME": "kserve", "KSERVE_URL": "http://networks:8000"}


def test_nothing_set_means_the_defaults():
    assert Settings.from_environment({"PATH": "/bin"}) == Settings()


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("HOST", "127.0.0.1", "127.0.0.1"),
        ("PORT", "80", 80),
        ("MODEL_DIR", "/models/new", Path("/models/new")),
        ("RUNTIME", "onnx", "onnx"),
        ("INPUT_HEIGHT", "512", 512),
        ("QUEUE", "0", 0),
        ("DEADLINE_S", "2.5", 2.5),
        ("MIN_HEAD_PX", "1e1", 10.0),
        ("COMPAT_UNKNOWN", "false", "false"),
    ],
)
def test_a_variable_sets_the_field_of_its_name(variable, text, value):
    assert getattr(Settings.from_environment({variable: text}), variable.lower()) == value


@pytest.mark.parametrize(
    ("variable", "text", "expected"),
    [
        ("PORT", "0", "a whole number from 1 to 65535"),
        ("PORT", "65536", "a whole number from 1 to 65535"),
        ("PORT", "24417.0", "a whole number from 1 to 65535"),
        ("PORT", "٣", "a whole number from 1 to 65535"),
        ("PORT", "", "a whole number from 1 to 65535"),
        ("INPUT_HEIGHT", "400", "a multiple of 32 from 32 to 2048"),
        ("DEADLINE_S", "nan", "a number from 0.001 to 3600"),
        ("DEADLINE_S", "inf", "a number from 0.001 to 3600"),
        ("DEADLINE_S", "soon", "a number from 0.001 to 3600"),
        ("RUNTIME", "torch", "auto or openvino or onnx or cuda or kserve"),
        ("RUNTIME", "ONNX", "auto or openvino or onnx or cuda or kserve"),
        ("MODEL_DIR", "", "a folder"),
        ("HOST", "", "text"),
        ("API_KEYS_FILE", "", "text"),
        ("TRUSTED_PROXIES", "127.0.0.1", "a whole number from 0 to 10"),
    ],
)
def test_a_bad_value_is_one_line_that_names_variable_expected_and_got(variable, text, expected):
    with pytest.raises(SettingsError) as raised:
        Settings.from_environment({variable: text})
    assert str(raised.value) == f"{variable}: expected {expected}, got {text!r}"


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({"RUNTIME": "kserve"}, "KSERVE_URL: expected http://host:port, got ''"),
        (
            {"RUNTIME": "kserve", "KSERVE_URL": "https://networks:8000"},
            "KSERVE_URL: expected http://host:port, got 'https://networks:8000'",
        ),
        ({**KSERVE, "PRECISION": "int8"}, "PRECISION: expected auto with RUNTIME=kserve, got int8"),
        ({**KSERVE, "BATCH": "2"}, "BATCH: expected 0 with RUNTIME=kserve, whose server batches, got 2"),
        ({"IN_FLIGHT_MB": "19"}, "IN_FLIGHT_MB: expected at least MAX_BODY_MB, got 19 and 20"),
        ({"MAX_BODY_MB": "129"}, "IN_FLIGHT_MB: expected at least MAX_BODY_MB, got 128 and 129"),
        *(
            (
                {"VIDEO_QUEUE": address},
                "VIDEO_QUEUE: expected redis://host:port/number, the same with rediss, or unix:///path, "
                f"got '{address.partition(':')[0]}'...",
            )
            for address in (
                "amqp://user:secret@queue",
                "redis://queue:abc/0",
                "redis://queue:99999",
                "redis://queue/0?socket_timeout=x",
                "redis://queue?x=1",
                "redis://queue/jobs",
                "redis://[::1",
                f"redis://{'q' * 64}",
                "unix://",
            )
        ),
        *(
            (
                {"CORS_ORIGINS": f"https://a.example,{origin}"},
                "CORS_ORIGINS: expected origins as browsers write them (https://gate.example:8443, no path), "
                f"got '{origin}'",
            )
            for origin in (
                "*",
                "null",
                "gate.example",
                "https://gate.example/",
                "ftp://gate.example",
                "https://A.example",
            )
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused(environment, complaint):
    with pytest.raises(SettingsError) as raised:
        Settings.from_environment(environment)
    assert str(raised.value) == complaint


@pytest.mark.parametrize(
    "environment",
    [
        {"MAX_BODY_MB": "128"},
        KSERVE,
        {"VIDEO_QUEUE": "rediss://user:p%40ss@queue.example:6379/1"},
        {"VIDEO_QUEUE": "redis://[::1]:6379"},
        {"VIDEO_QUEUE": "unix:///run/redis.sock"},
    ],
)
def test_settings_that_just_fit_together_are_taken(environment):
    settings = Settings.from_environment(environment)
    assert {name: str(getattr(settings, name.lower())) for name in environment} == environment


def test_a_long_bad_value_is_cut_and_stays_one_line():
    with pytest.raises(SettingsError) as raised:
        Settings.from_environment({"PORT": "x\n" * 1000})
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 200


def test_every_setting_has_a_meaning_and_a_row():
    table = markdown_table()
    for entry in fields(Settings):
        assert entry.metadata["meaning"].endswith(".")
        assert f"| `{entry.name.upper()}` |" in table


def test_the_documented_table_is_the_one_made_from_the_settings(root):
    page = (root / "docs" / "settings.md").read_text(encoding="utf-8")
    documented = page.split("<!-- settings -->")[1].split("<!-- end of settings -->")[0]
    assert documented.strip() == markdown_table()
