"""How long after a bare head appears a webhook is told: `python -m benchmarks.watch_delay [--alarms 30]`.

It runs `python -m helmet_service watch` with the default rules of alarms and one camera at one frame a second, to which
pictures are pushed 5 times a second: a site without people, then, at a random moment, with three bare heads, again and
again. A Markdown table has the seconds from that moment, and from the alarm's `began`, to the webhook's arrival.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from benchmarks.running_watch import (
    Pushing,
    Receiver,
    RunningWatch,
    far_people,
    noisy_jpegs,
    receiving,
    until,
    watching,
)

PUSHED_A_SECOND: Final = 5
SHOWN_S: Final = 8.0
HIDDEN_S: Final = (8.0, 9.0)  # until all tracks are forgotten; random, so that moments fall anywhere between two frames
BLUR: Final = 40.0  # pixels, standard deviation: nobody is seen any more


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alarms", type=int, default=30, help="at least so many (default: 30)")
    wanted = parser.parse_args().alarms
    with tempfile.TemporaryDirectory() as folder, receiving() as receiver:
        appeared, began = delays(RunningWatch(Path(folder), site(receiver)), receiver, wanted)
    print("| seconds until the webhook is told | alarms | median | 95th percentile | longest |\n|---|---|---|---|---|")
    for name, seconds in (("from the moment when the head appears", appeared), ("from `began`", began)):
        median, late = np.percentile(seconds, (50, 95))
        print(f"| {name} | {len(seconds)} | {median:.2f} | {late:.2f} | {max(seconds):.2f} |")


def site(receiver: Receiver) -> dict[str, Any]:
    """One pushing camera, one webhook, defaults."""
    return {
        "cameras": [{"id": "gate", "source": "push"}],
        "outlets": [{"name": "hook", "kind": "webhook", "url": receiver.url}],
    }


def delays(watch: RunningWatch, receiver: Receiver, wanted: int) -> tuple[Sequence[float], Sequence[float]]:
    """Seconds from when the heads appear, and from `began`, to the arrival of each alarm."""
    with_people = far_people()
    without = np.asarray(cv2.GaussianBlur(with_people, (0, 0), BLUR), np.uint8)
    shown, hidden = noisy_jpegs(with_people), noisy_jpegs(without)
    moments = random.Random(0)
    appeared: list[float] = []
    began: list[float] = []
    with watching(watch), Pushing(watch.watched, "gate", hidden, PUSHED_A_SECOND) as pushing:
        until(lambda: _judges(watch))
        while len(began) < wanted:
            time.sleep(moments.uniform(*HIDDEN_S))
            before, pushing.shown, from_s = len(receiver.came), shown, time.time()
            time.sleep(SHOWN_S)
            pushing.shown = hidden
            told = [(at_s, event["alarm"]) for at_s, event in receiver.came[before:] if event["kind"] == "alarm_on"]
            appeared += [at_s - from_s for at_s, _ in told]
            began += [at_s - alarm["began_s"] for at_s, alarm in told]
    return appeared, began


def _judges(watch: RunningWatch) -> bool:
    state = watch.watched.state("gate")
    return state is not None and state.judged > 0


if __name__ == "__main__":
    main()
