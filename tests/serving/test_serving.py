"""The service as it is served: real gunicorn, real sockets, real pictures."""

from __future__ import annotations

import http.client
import json
import os
import re
import select
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests

from pose.runtimes import driver_is_there
from samples.demo import post
from tests.serving.test_workers import connect

WITHIN_PX = 3  # runtimes and processors round differently
WITHIN_PERCENT = 0.1  # of the picture


def assert_same_people(rows, expected):
    assert len(rows) == len(expected)
    for row, wanted in zip(rows, expected, strict=True):
        assert row["flag"] is wanted["flag"]
        assert row["rate"] == pytest.approx(wanted["rate"], abs=WITHIN_PERCENT)
        for edge in ("x1", "y1", "x2", "y2"):
            assert row[edge] == pytest.approx(wanted[edge], abs=WITHIN_PX)


def test_input_json_gets_output_json(address, root):
    answer = post(f"{address}/", json.loads((root / "input.json").read_text()))
    expected = json.loads((root / "output.json").read_text())
    assert (answer["code"], answer["message"]) == (expected["code"], expected["message"])
    assert_same_people(answer["data"], expected["data"])


def test_the_readmes_curl_gets_the_readmes_answer(address, root):
    readme = (root / "README.md").read_text()
    (command,) = [line for line in readme.splitlines() if line.startswith("curl ")]
    (answer,) = [line for line in readme.splitlines() if line.startswith('{"code"')]
    here = command.replace("http://127.0.0.1:24417", address).split()
    got = subprocess.run(here, cwd=root, capture_output=True, check=True, text=True).stdout
    assert re.sub(r"[\d.]+", "7", got) == re.sub(r"[\d.]+", "7", answer + "\n")
    assert_same_people(json.loads(got)["data"], json.loads(answer)["data"])
    assert (root / "output.json").read_text() == answer + "\n"


def test_the_documented_answers_are_what_the_service_says(address, root):
    blocks = re.findall(r"```json\n(.*?)```", (root / "docs" / "api.md").read_text(), re.S)
    (legacy,) = [json.loads(block) for block in blocks if block.startswith('{"code"')]
    assert legacy == json.loads((root / "output.json").read_text())
    with_hats, without = [json.loads(block) for block in blocks if '"hats_from"' in block and '"seq"' not in block]
    request = json.loads((root / "samples" / "compliance.json").read_text())
    answer = post(f"{address}/v1/compliance", request)
    for person in answer["people"]:
        del person["head"], person["keypoints"]
    assert_same_verdicts(answer, with_hats)
    picture = {"picture": request["picture"]}
    answer = post(f"{address}/v1/compliance", picture)
    assert_same_verdicts(answer, without)
    assert_same_boxes(answer["hats"], without["hats"])
    (heads,) = [json.loads(block) for block in blocks if block.startswith('{"picture"') and "bare_heads" in block]
    answer = post(f"{address}/v1/hats", picture)
    assert list(answer) == list(heads)
    assert_same_boxes(answer["hats"] + answer["bare_heads"], heads["hats"] + heads["bare_heads"])


def assert_same_verdicts(answer, told):
    assert list(answer) == list(told)
    for key in ("id", "picture", "hats_from", "trust", "unmatched_hats", "summary"):
        assert answer[key] == told[key]
    for person, wanted in zip(answer["people"], told["people"], strict=True):
        assert person.pop("box") == pytest.approx(wanted.pop("box"), abs=WITHIN_PX)
        for key, within in (("area_ratio", WITHIN_PERCENT / 100), ("score", 0.05), ("confidence", 0.05)):
            assert person.pop(key) == pytest.approx(wanted.pop(key), abs=within)
        assert person == wanted


def assert_same_boxes(boxes, expected):
    for box, wanted in zip(boxes, expected, strict=True):
        assert box.pop("score") == pytest.approx(wanted.pop("score"), abs=0.05)
        assert box == pytest.approx(wanted, abs=WITHIN_PX)


def test_the_v1_twin_tells_the_same_and_why(address, root):
    answer = post(f"{address}/v1/compliance", json.loads((root / "samples" / "compliance.json").read_text()))
    assert [(p["status"], p["reason"], p["hat"]) for p in answer["people"]] == [
        ("no_helmet", "hat_not_worn", None),
        ("helmet", "hat_on_head", 1),
    ]
    assert answer["unmatched_hats"] == [{"hat": 0, "reason": "held_or_lying"}]
    assert answer["summary"] == {"people": 2, "helmet": 1, "no_helmet": 1, "unknown": 0, "compliant": False}


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_answered_and_the_next_request_works(address, chunked):
    body = b"x" * 21_000_000
    answer = requests.post(
        f"{address}/v1/compliance",
        data=iter([body]) if chunked else body,
        headers={"Content-Type": "application/json"},
        timeout=60,
    )
    assert answer.status_code == 413
    assert answer.json()["errors"][0]["field"] == "body"
    assert requests.get(f"{address}/healthz", timeout=10).status_code == 200


def test_a_client_that_goes_away_in_the_middle_of_its_body_leaves_the_service_working(address):
    with connect(address) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf")
    assert requests.get(f"{address}/healthz", timeout=10).status_code == 200


def test_what_clients_say_of_themselves_changes_no_route(address):
    assert requests.get(f"{address}/healthz", headers={"SCRIPT_NAME": "/foo"}, timeout=10).status_code == 200


def opened(address, head):
    """A connection over which the head of a request was sent, without a body yet."""
    connection = connect(address)
    connection.sendall(head.encode() + b"\r\nHost: x\r\nContent-Type: application/json\r\n")
    return connection


DECLARED, CHUNKED = "Content-Length: 100000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n10000\r\n"


def status_of_a_drip(address, head, framing=DECLARED, drops=200):
    """The status that a client gets which sends a byte each tenth of a second; fails when there is none in 20 s."""
    with opened(address, head) as connection:
        connection.sendall(framing.encode())
        for _ in range(drops):
            if select.select([connection], [], [], 0.1)[0]:
                return int(connection.recv(1000).split()[1])
            connection.sendall(b" ")
    return pytest.fail(f"no answer to {head} after {drops} bytes")


def test_a_body_that_drips_is_not_waited_for(hurried):
    expected = {
        ("POST /v1/compliance HTTP/1.1", DECLARED): 408,
        ("POST /v1/compliance HTTP/1.1", CHUNKED): 408,
        ("POST / HTTP/1.1", DECLARED): 408,
        ("POST / HTTP/1.1", CHUNKED): 408,
        ("POST /nope HTTP/1.1", DECLARED): 404,
        ("POST /nope HTTP/1.1", CHUNKED): 404,
    }
    with ThreadPoolExecutor(len(expected)) as clients:  # each waits for a second
        statuses = clients.map(lambda drip: status_of_a_drip(hurried, *drip), expected)
        assert dict(zip(expected, statuses, strict=True)) == expected


def test_an_idle_connection_ends_when_its_time_is_over(hurried):
    with connect(hurried) as connection:  # which waits for a minute, less than by default
        connection.sendall(b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
        received = b"".join(iter(lambda: connection.recv(1000), b""))
    assert received.startswith(b"HTTP/1.1 404")
    assert b"\r\nConnection: keep-alive\r\n" in received


def test_more_drips_than_threads_leave_the_health_answering(hurried):
    heads = ["POST /v1/poses HTTP/1.1"] * 10 + ["GET /healthz HTTP/1.1"] * 10
    with ThreadPoolExecutor(len(heads)) as clients:
        statuses = clients.map(status_of_a_drip, [hurried] * len(heads), heads)
        assert requests.get(f"{hurried}/healthz", timeout=20).status_code == 200
        assert list(statuses) == [408] * 10 + [200] * 10


def test_one_connection_carries_many_requests(address):
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    for _ in range(3):
        connection.request("POST", "/v1/poses", b"not json", {"Content-Type": "application/json"})
        response = connection.getresponse()
        assert response.status == 400
        assert json.load(response)["status"] == 400
    connection.close()


def test_a_start_that_is_refused_is_one_line_and_exit_status_78(root):
    ended = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "wsgi:app"],
        cwd=root,
        env={**os.environ, "PORT": "eighty"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 78
    assert ended.stderr == "helmet-service cannot start: PORT: expected a whole number from 1 to 65535, got 'eighty'\n"


def copy_model(root, folder, **change):
    shutil.copytree(root / "model", folder)
    values = json.loads((folder / "pose.json").read_text())
    (folder / "pose.json").write_text(json.dumps({**values, **change}))
    return str(folder)


def test_what_cannot_be_served_is_one_line_and_exit_status_78(root, tmp_path):
    without_int8 = copy_model(root, tmp_path / "without int8", int8=None, headwear=None)
    another_network = copy_model(root, tmp_path / "another network", sha256="0" * 64)
    (tmp_path / "keys").write_text("too-short")
    refused = {
        "/nowhere: No such file or directory": {"MODEL_DIR": "/nowhere"},
        "pose.json: expected an int8 network, got none": {"MODEL_DIR": without_int8, "PRECISION": "int8"},
        "COMPAT_OWN_HATS: expected 0, as ": {"MODEL_DIR": without_int8, "COMPAT_OWN_HATS": "1"},
        "pose.onnx: expected sha256 " + "0" * 64: {"MODEL_DIR": another_network},
        "HOST: expected addresses, names or unix:/path, with commas between, got '127.0.0.1:80'": {
            "HOST": "127.0.0.1:80"
        },
        "HOST: expected places to listen at, got 'unix:/nowhere/socket': its folder is": {
            "HOST": "unix:/nowhere/socket"
        },
        "API_KEYS_FILE: expected keys of 20 to 200 visible ASCII characters": {"API_KEYS_FILE": str(tmp_path / "keys")},
    }
    if not driver_is_there():
        refused["cuda: expected an NVIDIA GPU with its driver (libcuda.so.1), got none"] = {"RUNTIME": "cuda"}
    command = [sys.executable, "-m", "tests.serving.refused_starts", json.dumps([*refused.values()])]
    ended = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["78"] * len(refused)
    for line, complaint in zip(ended.stderr.splitlines(), refused, strict=True):
        assert complaint in line
    assert "too-short" not in ended.stderr


def test_a_model_that_does_not_find_its_warm_up_people_is_live_but_not_ready(never_ready):
    address = never_ready.address
    deadline = time.monotonic() + 60
    while "being loaded" in (answer := requests.get(f"{address}/readyz", timeout=10)).text:
        assert time.monotonic() < deadline
    assert answer.status_code == 503
    assert "warmup.jpg: expected at least 1 people, got 0" in answer.text
    work = requests.post(f"{address}/v1/compliance", json={"picture": "", "hats": []}, timeout=10)
    assert work.status_code == 503
    assert int(work.headers["Retry-After"]) >= 1
    assert requests.get(f"{address}/healthz", timeout=10).status_code == 200
