"""Requests that no sound client sends, against real gunicorn.

A few thousand are a test (tests/serving/test_hostile.py); many, by hand: python -m tests.fuzz.hostile --requests 100000
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import struct
import sys
import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import requests
from tqdm import tqdm

from samples.demo import ROOT, service
from tests.helmet_service.api.checks import LEGACY_CODES, WORK

CLIENTS = 8
JSON = "application/json"
FORM = "multipart/form-data; boundary=x"
WEB_SYSTEM = ("/api/detect/image", "/api/detect/upload", "/api/video/upload", "/api/video/task/x", "/api/ws/realtime/x")
JPEG = (ROOT / "model" / "warmup.jpg").read_bytes()


def png(width, height, depth=8, colour=2, data=b"", extra=b""):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", zlib.compress(data))
        + chunk(b"IEND", b"")
    )


def hostile_pictures(jpeg, chance):
    cut = chance.randrange(len(jpeg))
    flipped = bytearray(jpeg)
    flipped[chance.randrange(len(jpeg))] ^= 1 << chance.randrange(8)
    return [
        b"",
        b"GIF89a" + bytes(100),
        jpeg[:cut],
        bytes(flipped),
        chance.randbytes(300),
        png(0, 0),
        png(100_000, 100_000),
        png(6000, 6000, depth=1, colour=0, data=bytes(751 * 6000)),
        png(10, 10, data=b"\0"),
        png(10, 10, data=bytes(31 * 10), extra=b"\x00\x00\x00\x08acTL" + bytes(12)),
        b"RIFF\xff\xff\xff\xffWEBPVP8X" + bytes(30),
        b"BM" + chance.randbytes(60),
    ]


def hostile_values(chance):
    return [
        None, True, -1, 0, 1e308, "7", "\ud800", [], {}, [[]], "x" * 3000, 10**30, float("nan"), float("inf"),
        chance.random(), {"left": 1}, [{"left": -5, "top": "a", "width": 0, "height": None}],
        [{"left": 1, "top": 1, "width": 1, "height": 1}] * 600,
    ]  # fmt: skip


def part(name, content):
    return b"--x\r\nContent-Disposition: form-data; name=" + name + b"\r\n\r\n" + content + b"\r\n"


def hostile_body(jpeg, chance):
    """Bytes and a content type that no sound client sends."""
    picture = base64.b64encode(chance.choice(hostile_pictures(jpeg, chance))).decode()
    value = chance.choice(hostile_values(chance))
    fields = {"img": [picture], "picture": picture, "image_base64": picture, "hats": [], "hat_location": []}
    keys = [
        "img",
        "picture",
        "image_base64",
        "draw_result",
        "hats",
        "hat_location",
        "location",
        "include",
        "id",
        "format",
    ]
    fields[chance.choice(keys)] = value
    whole = json.dumps(fields).encode()
    return chance.choice(
        [
            (whole, JSON),
            (whole[: chance.randrange(len(whole))], JSON),
            (json.dumps({"img": [picture] * 17, "hat_location": []}).encode(), JSON),
            (b"[" * 10_000 + b"]" * 10_000, JSON),
            (b'{"img": ' + b"9" * 5000 + b"}", JSON),
            (b'{"a": "' + bytes([chance.randrange(128, 256)]) + b'"}', JSON),
            (json.dumps(value).encode(), JSON),
            (whole, "text/plain"),
            (part(b"picture", jpeg[:200]), FORM),
            (part(b"file; filename=a", jpeg[:200]) + b"--x--", FORM),
            (part(b"a", b"b") * 200, FORM),
            (part(b"video; filename=a", b"\0\0\0\x18ftypisom" + chance.randbytes(200)) + b"--x--", FORM),
            (whole, "multipart/form-data"),
            (b"", JSON),
        ]
    )  # fmt: skip


def send(address, seed):
    """Send the hostile request of this number; returns its status, AssertionError when the answer is not in shape."""
    chance = random.Random(seed)
    method = chance.choice(["POST"] * 12 + ["GET", "PUT", "DELETE", "PATCH"])
    others = [
        "/v1/videos",
        "//v1/videos",
        *WEB_SYSTEM,
        "/nowhere",
        "/v1/../etc/passwd",
        "/%00",
        "/v1/compliance/" + "x" * 500,
    ]
    route = chance.choice(WORK * 4 + others)
    body, content_type = hostile_body(JPEG, chance)
    answer = requests.request(method, address + route, data=body, headers={"Content-Type": content_type}, timeout=120)
    assert_contracts_shape(answer, route)
    return answer.status_code


def largest_allowed():
    """The body of a request with a grey picture of nearly 40 megapixels."""
    side = 6324
    picture = png(side, side, colour=0, data=bytes((1 + side) * side))
    return json.dumps({"picture": base64.b64encode(picture).decode()}).encode()


def assert_contracts_shape(answer, route):
    assert answer.status_code < 500 or answer.status_code in {503, 504}, (route, answer.text)
    if answer.status_code == 200:
        return
    if route in LEGACY_CODES:
        body = answer.json()
        assert set(body) == {"code", "message", "data"}
        assert int(body["code"]) == answer.status_code
        assert body["data"] == []
    else:
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert answer.json()["status"] == answer.status_code
        assert answer.json()["request_id"] == answer.headers["X-Request-Id"]


def send_largest(address, clients):
    """Many of the largest pictures at once; returns the statuses. What these need, the allocator keeps."""
    ask = partial(requests.post, f"{address}/v1/poses", largest_allowed(), headers={"Content-Type": JSON})
    return {answer.result().status_code for answer in [clients.submit(ask) for _ in range(2 * CLIENTS)]}


def workers(process):
    """The process ids of gunicorn's workers."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return {int(child) for child in children}


def memory_mb(pids, field="VmRSS"):
    """Resident memory of the largest of these processes: now, or the most that it ever had (VmHWM)."""

    def resident(pid):
        (line,) = [x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith(field)]
        return int(line.split()[1]) / 1000

    return max(map(resident, pids))


def main():
    """Send many, tell statuses and memory; returns the exit status: 1 when an answer was wrong or a worker ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1_000_000, help="number of the first; the test's begin with 0")
    asked = parser.parse_args()
    statuses, wrong = Counter(), 0
    with service(LOG_LEVEL="error", WEB_SYSTEM="1") as running, ThreadPoolExecutor(CLIENTS) as clients:
        before = workers(running.process)
        send_largest(running.address, clients)
        print(f"memory of the larger worker: {memory_mb(workers(running.process)):.0f} MB after the largest pictures")
        seeds = range(asked.seed, asked.seed + asked.requests)
        with tqdm(total=len(seeds), unit=" requests") as bar:
            for at in range(0, len(seeds), 1000):
                answers = [(seed, clients.submit(send, running.address, seed)) for seed in seeds[at : at + 1000]]
                for seed, answer in answers:
                    bar.update()
                    if error := answer.exception():
                        wrong += 1
                        tqdm.write(f"request {seed}: {type(error).__name__}: {str(error)[:500]}")
                    else:
                        statuses[answer.result()] += 1
                bar.set_postfix_str(f"{memory_mb(workers(running.process)):.0f} MB")
        same = workers(running.process) == before
        highest = memory_mb(workers(running.process), "VmHWM")
    print(f"the most that a worker ever held: {highest:.0f} MB")
    print(
        f"statuses: {dict(sorted(statuses.items()))}; wrong answers: {wrong}; workers {'the same' if same else 'died'}"
    )
    return int(wrong > 0 or not same)


if __name__ == "__main__":
    sys.exit(main())
