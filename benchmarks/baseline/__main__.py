"""How much faster than the ancestor's way of serving: `python -m benchmarks.baseline [--rounds 5] [--seconds 10]`.

It compares gunicorn with the service's default settings, at `INPUT_HEIGHT` 256 and as shipped, with the server beside
this file. All answer `POST /` with the same pictures and hats over loopback; wrk makes the load. All three run the
whole time, and one at a time is loaded. A first pass finds each side's best number of clients. Every figure is a ratio
within one round; the table has the median of the rounds and their range.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.baseline.crowds import PEOPLE, Crowd, crowd
from benchmarks.baseline.server import save_maps
from benchmarks.load import Load, come_to_rest, find_wrk, run
from pose import load
from pose.estimation.model import SHIPPED
from pose.estimation.preprocess import REFERENCE_HEIGHT
from samples.demo import Running, free_port, server, service

CLIENTS: Final = (1, 2, 4, 8)
FASTER: Final = {256: 12, REFERENCE_HEIGHT: 6}  # targets: times the baseline's requests a second
SHARE: Final = 25  # target: per cent of the baseline's median time of a single request

Ratios = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Bench:
    """Loads a server with one request; wrk: its path, body: the request's file, seconds: of a run."""

    wrk: str
    body: Path
    seconds: int

    def load(self, running: Running, clients: int) -> Load:
        """Load a server for one run; RuntimeError for an answer other than 200 or 503, and when no 200 came."""
        load = run(self.wrk, running.address, self.body, clients, self.seconds, path="/")
        if load.other or not load.answered:
            raise RuntimeError(f"{running.address}: expected answers of 200 within {self.seconds} s, got {load}")
        come_to_rest(running)
        return load

    def rate(self, running: Running, clients: int) -> float:
        """Answers a second."""
        load = self.load(running, clients)
        # requests under way at the end count as half done: of a slow server's answers they are a large part
        return load.per_second * (1 + clients / 2 / load.answered)

    def best_clients(self, running: Running) -> int:
        """The number of clients with the most answers a second."""
        return max(CLIENTS, key=lambda clients: self.rate(running, clients))


def main() -> None:
    """Print a Markdown table, a row a number of people and height."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=10, help="of each run of wrk (default: 10)")
    options = parser.parse_args()
    wrk = find_wrk()
    crowds = [_crowd(people) for people in PEOPLE]
    print("| people | height | requests/s, times its | target | time of a single request, % of its | target |")
    print("|---|---|---|---|---|---|")
    with (
        tempfile.TemporaryDirectory() as folder,
        baseline(Path(folder), crowds) as theirs,
        service(INPUT_HEIGHT="256") as low,
        service() as shipped,
    ):
        bench = Bench(wrk, Path(folder) / "body.json", options.seconds)
        ours = {256: low, REFERENCE_HEIGHT: shipped}
        for running in (theirs, *ours.values()):
            come_to_rest(running)
        for asked in crowds:
            bench.body.write_bytes(asked.request)
            rounds = _compare(bench, ours, theirs, f"{asked.people} people", options.rounds)
            for height in ours:
                _print_row(asked.people, height, [each[height] for each in rounds])


def _crowd(people: int) -> Crowd:
    """RuntimeError unless all sides find so many people."""
    crowd(people, load(SHIPPED, height=256))
    return crowd(people, load(SHIPPED))


@contextmanager
def baseline(folder: Path, crowds: Sequence[Crowd]) -> Iterator[Running]:
    """The ancestor's server on a free port, once it answers; the folder is for its maps."""
    maps, port = folder / "maps.npz", free_port()
    save_maps(maps, {crowd.file: crowd.maps() for crowd in crowds})
    command = ("benchmarks.baseline.server", "--port", str(port), "--maps", str(maps))
    with server(command, port, "/readyz", {}, subprocess.DEVNULL) as running:
        yield running


def _compare(
    bench: Bench, ours: dict[int, Running], theirs: Running, what: str, rounds: int
) -> list[dict[int, Ratios]]:
    """By height and round: our answers a second over the ancestor's, our time of a single request in % of its time."""
    clients_theirs = bench.best_clients(theirs)
    clients = {height: bench.best_clients(running) for height, running in ours.items()}
    _tell(f"{what}: clients at a time: {clients_theirs} (baseline), {clients} (by height)")
    compared = []
    for number in range(rounds):
        _tell(f"{what}: round {number + 1} of {rounds}")
        rate, single = bench.rate(theirs, clients_theirs), bench.load(theirs, 1).p50
        compared.append(
            {
                height: (
                    bench.rate(running, clients[height]) / rate,
                    100 * bench.load(running, 1).p50 / single,
                )
                for height, running in ours.items()
            }
        )
    return compared


def _print_row(people: int, height: int, rounds: Sequence[Ratios]) -> None:
    faster, share = zip(*rounds, strict=True)
    print(
        f"| {people} | {height} | {_spread(faster)} | >= {FASTER[height]} | {_spread(share)} | <= {SHARE} |",
        flush=True,
    )


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.1f} ({min(values):.1f}-{max(values):.1f})"


def _tell(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
