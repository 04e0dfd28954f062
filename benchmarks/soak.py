"""Does the service stay stable under long load? `python -m benchmarks.soak [--minutes N] [--out FOLDER]`.

gunicorn runs with the service's default settings, and 16 clients keep it busy over loopback. They send pictures of 98
and 400 kB, of one pixel, of 12 and rarely of 40 megapixels, broken pictures and broken JSON, on kept and on new
connections; four more clients stall in a head or a body. Every 10 s each worker's memory, threads and open files go
into FOLDER/soak.csv, and the counts of `/metrics` are compared with the clients'. At the end come a table,
FOLDER/soak.svg, and exit status 1 when

- a worker's memory grew by more than 50 MB: its median in the last 30 % of the run minus that from 10 to 40 %,
- a worker's most threads or open files grew by more than 4 or 40 between the same times,
- an answer had a status over 499 other than 503 and 504, or `/metrics` was wrong,
- a request on a new connection was not answered, or none was answered with 200,
- a worker ended.
"""

from __future__ import annotations

import argparse
import base64
import csv
import http.client
import json
import math
import random
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import astuple, dataclass, field, fields
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from urllib.request import urlopen

import cv2
import numpy as np
import psutil
from matplotlib.figure import Figure
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.crowds import crowd_request
from samples.demo import Running, service

CLIENTS: Final = 16
STALLING: Final = 4
EACH_S: Final = 10.0
MOST_GROWTH_MB: Final = 50
MOST_MORE_THREADS: Final = 4
MOST_MORE_FILES: Final = 40  # kept connections come and go
ROUTE: Final = "/v1/compliance"
_JSON: Final = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Sample:
    """One worker at one moment."""

    seconds: float
    pid: int
    memory_mb: float
    threads: int
    files: int


@dataclass(slots=True)
class Seen:
    """The clients' counts: requests begun, answers by status, and new connections that were closed unanswered."""

    begun: int = 0
    lost: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    counting: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        """Before a request's head is sent."""
        with self.counting:
            self.begun += 1

    def lose(self) -> None:
        """Instead of an answer."""
        with self.counting:
            self.lost += 1

    def end(self, status: int) -> None:
        """After its answer came."""
        with self.counting:
            self.answers[status] += 1


def main() -> int:
    """Run, write the files, print the table; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10, help="default: 10")
    parser.add_argument("--out", type=Path, default=Path("runs/soak"), help="default: runs/soak")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    seen, done = Seen(), threading.Event()
    with service(LOG_LEVEL="error") as running, ThreadPoolExecutor(CLIENTS + STALLING) as clients:
        bodies = _bodies()
        working = [clients.submit(_work, running.address, bodies, seen, done, seed) for seed in range(CLIENTS)]
        working += [clients.submit(_stall, running.address, seen, done, seed) for seed in range(STALLING)]
        try:
            samples, faults = _watch(running, seen, 60 * options.minutes, options.out / "soak.csv")
        finally:
            done.set()
        for client in working:
            client.result()
        faults += _wrong_metrics(running.address, seen, idle=True)
    _draw(samples, options.out / "soak.svg")
    print(table(samples))
    print(f"\nanswers: {', '.join(f'{count} of {status}' for status, count in sorted(seen.answers.items()))}")
    faults += growth(samples)
    faults += [f"{seen.lost} requests on new connections got no answer"] if seen.lost else []
    faults += [] if seen.answers[200] else ["no answer of 200"]
    faults += [f"{seen.answers[s]} answers of {s}" for s in sorted(seen.answers) if s >= 500 and s not in (503, 504)]
    for fault in faults:
        print(f"FAULT: {fault}")
    return 1 if faults else 0


def _watch(running: Running, seen: Seen, seconds: float, path: Path) -> tuple[list[Sample], list[str]]:
    """Sample all workers until the time is over; returns the samples and the faults found meanwhile."""
    began = time.monotonic()
    first = _workers(running)
    samples: list[Sample] = []
    faults: list[str] = []
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(entry.name for entry in fields(Sample))
        while (now := time.monotonic() - began) < seconds:
            if _workers(running) != first:
                return samples, [*faults, f"after {now:.0f} s a worker had ended: {first} became {_workers(running)}"]
            new = [_sample(now, pid) for pid in first]
            rows.writerows(astuple(sample) for sample in new)
            file.flush()
            samples += new
            faults += _wrong_metrics(running.address, seen)
            memory = " ".join(f"{sample.memory_mb:.0f}" for sample in new)
            line = f"\r{now / 60:.1f} of {seconds / 60:g} min, {sum(seen.answers.values())} answers, {memory} MB, "
            print(f"{line}{len(faults)} faults ", end="", file=sys.stderr, flush=True)
            time.sleep(max(0.0, min(EACH_S, began + seconds - time.monotonic())))
    print(file=sys.stderr)
    return samples, faults


def _workers(running: Running) -> list[int]:
    return sorted(child.pid for child in psutil.Process(running.process.pid).children())


def _sample(seconds: float, pid: int) -> Sample:
    worker = psutil.Process(pid)
    return Sample(
        round(seconds, 1), pid, round(worker.memory_info().rss / 1e6, 1), worker.num_threads(), worker.num_fds()
    )


def _wrong_metrics(address: str, seen: Seen, *, idle: bool = False) -> list[str]:
    """Faults of `/metrics`: it must count all answers that came before it is asked, and no more than were begun.

    idle: no request may wait and no body may be held.
    """
    least = sum(seen.answers.values())
    with urlopen(f"{address}/metrics", timeout=60) as response:  # noqa: S310  our own address
        families = list(text_string_to_metric_families(response.read().decode()))
    most = seen.begun
    samples = [sample for family in families for sample in family.samples]
    counted = sum(s.value for s in samples if s.name == "helmet_requests_total" and s.labels["route"] == ROUTE)
    values = {s.name: s.value for s in samples if not s.labels}
    wrong = []
    if not least <= counted <= most:
        wrong.append(f"/metrics: expected {least} to {most} requests, got {counted:.0f}")
    most_waiting, most_bytes = (0, 0) if idle else (values["helmet_queue_places"], math.inf)
    if values["helmet_queue_depth"] > most_waiting or values["helmet_body_bytes_in_flight"] > most_bytes:
        depth, held = values["helmet_queue_depth"], values["helmet_body_bytes_in_flight"]
        wrong.append(f"/metrics: expected at most {most_waiting:.0f} waiting, got {depth:.0f} and {held:.0f} bytes")
    return wrong


def _bodies() -> list[tuple[bytes, int]]:
    """Bodies, and how many of 200 requests send each."""
    whole = crowd_request(5, 98)
    request = json.loads(whole)
    file = base64.b64decode(request["picture"])
    picture = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)

    def of_size(width: int, height: int) -> bytes:
        jpeg = cv2.imencode(".jpg", cv2.resize(picture, (width, height)), [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
        return json.dumps({**request, "picture": base64.b64encode(jpeg).decode()}).encode()

    cut = json.dumps({**request, "picture": base64.b64encode(file[: len(file) // 2]).decode()}).encode()
    return [
        (crowd_request(1, 98), 60),
        (whole, 60),
        (crowd_request(5, 400), 40),
        (of_size(1, 1), 16),
        (of_size(4000, 3000), 8),
        (of_size(7300, 5475), 1),
        (cut, 5),
        (whole[: len(whole) // 2], 5),
        (b'{"picture": "none", "hats": [{"left": -1}]}', 5),
    ]


def _work(address: str, bodies: list[tuple[bytes, int]], seen: Seen, done: threading.Event, seed: int) -> None:
    """A client: sends one request after the other, on a kept connection or now and then on a new one."""
    chance = random.Random(seed)
    kept = http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)
    while not done.is_set():
        if chance.random() < 0.2:
            kept.close()
        (body,) = chance.choices([body for body, _ in bodies], [often for _, often in bodies])
        seen.begin()
        is_new = kept.sock is None
        try:
            kept.request("POST", ROUTE, body, _JSON)
            answer = kept.getresponse()
            answer.read()
        except (http.client.RemoteDisconnected, ConnectionError):  # a kept connection may be closed at any time
            kept.close()
            if is_new:
                seen.lose()
            continue
        seen.end(answer.status)
        if answer.status == 503:
            done.wait(0.2)


def _stall(address: str, seen: Seen, done: threading.Event, seed: int) -> None:
    """A client that sends a part of a head or a body, and waits until the service answers or closes."""
    parts = urlsplit(address)
    head = f"POST {ROUTE} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
    while not done.is_set():
        with suppress(OSError), socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
            if seed % 2:
                connection.sendall(head[:40].encode())
                connection.recv(1000)
                continue
            seen.begin()
            connection.sendall(head.encode() + b'{"picture": "')
            if answer := connection.recv(1000):
                seen.end(int(answer.split()[1]))


def _parts(samples: list[Sample], pid: int, value: Callable[[Sample], float]) -> tuple[np.ndarray, np.ndarray]:
    """A worker's values from 10 to 40 % of the run and in its last 30 %."""
    own = [sample for sample in samples if sample.pid == pid]
    end = own[-1].seconds
    earlier = [value(sample) for sample in own if 0.1 * end <= sample.seconds <= 0.4 * end]
    later = [value(sample) for sample in own if sample.seconds >= 0.7 * end]
    return np.array(earlier), np.array(later)


def growth(samples: list[Sample]) -> list[str]:
    """A line for each figure that grew beyond its bound."""
    faults = []
    for pid in sorted({sample.pid for sample in samples}):
        before, after = _parts(samples, pid, lambda sample: sample.memory_mb)
        if not len(before):
            faults.append(f"worker {pid}: expected samples of at least a minute, got too few to tell growth")
            continue
        if (more := np.median(after) - np.median(before)) > MOST_GROWTH_MB:
            faults.append(f"worker {pid}: expected at most {MOST_GROWTH_MB} MB more memory, got {more:.0f}")
        before, after = _parts(samples, pid, lambda sample: sample.threads)
        if (more := after.max() - before.max()) > MOST_MORE_THREADS:
            faults.append(f"worker {pid}: expected at most {MOST_MORE_THREADS} more threads, got {more:.0f}")
        before, after = _parts(samples, pid, lambda sample: sample.files)
        if (more := after.max() - before.max()) > MOST_MORE_FILES:
            faults.append(f"worker {pid}: expected at most {MOST_MORE_FILES} more open files, got {more:.0f}")
    return faults


def table(samples: list[Sample]) -> str:
    """A Markdown table with a row for each worker; memory in MB."""
    lines = [
        "| worker | start, MB | 10 % | 50 % | end | highest | slope after 10 %, MB/h | threads | open files, most |",
        "|---" * 9 + "|",
    ]
    for number, pid in enumerate(sorted({sample.pid for sample in samples}), 1):
        own = [sample for sample in samples if sample.pid == pid]
        memory = [sample.memory_mb for sample in own]
        shown = " | ".join(f"{memory[round(share * (len(own) - 1))]:.0f}" for share in (0, 0.1, 0.5, 1))
        later = own[len(own) // 10 :]
        slope = np.polyfit([s.seconds / 3600 for s in later], [s.memory_mb for s in later], 1)[0]
        threads, files = max(s.threads for s in own), max(s.files for s in own)
        lines.append(f"| {number} | {shown} | {max(memory):.0f} | {slope:+.1f} | {threads} | {files} |")
    return "\n".join(lines)


def _draw(samples: list[Sample], path: Path) -> None:
    figure = Figure(figsize=(8, 6), layout="constrained")
    axes = figure.subplots(3, 1, sharex=True)
    for name, axis in zip(("memory_mb", "threads", "files"), axes, strict=True):
        for pid in sorted({sample.pid for sample in samples}):
            own = [sample for sample in samples if sample.pid == pid]
            axis.plot([s.seconds / 60 for s in own], [getattr(s, name) for s in own], label=f"worker {pid}")
        axis.set_ylabel({"memory_mb": "memory, MB", "files": "open files"}.get(name, name))
        axis.set_ylim(bottom=0)
    axes[0].legend()
    axes[-1].set_xlabel("minutes")
    figure.savefig(path)


if __name__ == "__main__":
    sys.exit(main())
