"""What live clients get, and requests beside them: `python -m benchmarks.live_clients [--seconds N]`.

gunicorn with the service's default settings, over loopback. Live clients send `samples/site_two.jpg` as often as the
hints say. Beside them one client asks for verdicts on the same picture, one request after the other.
"""

from __future__ import annotations

import argparse
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final
from urllib.request import Request

import numpy as np

from benchmarks.load import come_to_rest
from benchmarks.slow_clients import asked
from samples.demo import ROOT, service
from samples.live_connection import live

CLIENTS: Final = (0, 1, 4, 16)
_SETTLING: Final = 0.3  # of the time, which is not counted


@dataclass
class _Told:
    """Of one live client: seconds until each answer, and each hint's rate."""

    took_s: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    dropped: int = 0


def main() -> None:
    """Print a Markdown table, a row a number of live clients."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="of each row (default: 30)")
    seconds = parser.parse_args().seconds
    heads = ["live clients", "frames a second", "dropped", "p50, ms", "p99, ms", "least and most hinted rate",
             "changes of a hint", "requests a second", "p50, ms", "p99, ms"]  # fmt: skip
    print(f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|")
    with service(WORKERS="1", LIVE_MAX=str(max(CLIENTS))) as running:
        for clients in CLIENTS:
            come_to_rest(running)
            print(f"| {clients} | {_row(running.address, clients, seconds)} |")


def _row(address: str, clients: int, seconds: float) -> str:
    over, picture = threading.Event(), (ROOT / "samples" / "site_two.jpg").read_bytes()
    counted_from, until = time.monotonic() + _SETTLING * seconds, time.monotonic() + seconds
    with ThreadPoolExecutor(clients + 1) as threads:
        streams = [threads.submit(_live, address, picture, counted_from, over) for _ in range(clients)]
        requests = threads.submit(_requests, address, counted_from, over)
        over.wait(until - time.monotonic())
        over.set()
        told, took_ms = [stream.result() for stream in streams], requests.result()
    counted_s = (1 - _SETTLING) * seconds
    cells = _live_cells(told, counted_s) if told else ["", "", "", "", "", ""]
    return " | ".join([*cells, f"{len(took_ms) / counted_s:.1f}", *_percentiles(took_ms)])


def _live_cells(told: list[_Told], counted_s: float) -> list[str]:
    took_ms = [1e3 * took for one in told for took in one.took_s]
    rates = [one.rates[-1] for one in told if one.rates]
    changes = max(sum(rate != later for rate, later in zip(one.rates, one.rates[1:], strict=False)) for one in told)
    cells = [f"{len(took_ms) / counted_s:.1f}", str(sum(one.dropped for one in told)), *_percentiles(took_ms)]
    return [*cells, f"{min(rates):g}, {max(rates):g}", str(changes)]


def _percentiles(took_ms: list[float]) -> list[str]:
    return [f"{np.percentile(took_ms, percent):.0f}" for percent in (50, 99)]


def _live(address: str, picture: bytes, counted_from: float, over: threading.Event) -> _Told:
    told, sent, number, rate = _Told(), dict[int, float](), 0, 1.0
    with live(address, "benchmark") as stream:
        stream.receive()
        while not over.is_set():
            stream.send(picture)
            sent[number] = time.monotonic()
            number, due = number + 1, time.monotonic() + 1 / rate
            while (left := due - time.monotonic()) > 0 and not over.is_set():
                if (answer := stream.receive(min(left, 1.0))) is None:
                    continue
                rate = answer["quality_hint"]["rate"]
                if time.monotonic() > counted_from:
                    told.took_s.append(time.monotonic() - sent[answer["seq"]])
                    told.rates.append(rate)
                    told.dropped += answer["dropped"]
    return told


def _requests(address: str, counted_from: float, over: threading.Event) -> list[float]:
    body, took_ms = (ROOT / "samples" / "compliance.json").read_bytes(), []
    while not over.is_set():
        took = asked(Request(f"{address}/v1/compliance", body, {"Content-Type": "application/json"}))  # noqa: S310
        took_ms += [took] if time.monotonic() > counted_from else []
    return took_ms


if __name__ == "__main__":
    main()
