"""What a watch loses that is killed again and again: `python -m benchmarks.watch_kills [--kills 50] [--seed 0]`.

It runs `python -m helmet_service watch` with one camera, to which a picture with bare heads is pushed twice a second,
and alarms that are told again each second to a webhook. The watch is killed by SIGKILL at random moments, also while it
starts; in every third life the webhook is down; in every sixth, once alarms come, another watch tries the same folder.
At last a watch without new pictures runs until it has told everything. What is asked then: did every event of the
database arrive, has every alarm its pictures and an end, and was the other watch refused each time?
"""

from __future__ import annotations

import argparse
import random
import signal
import sqlite3
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from tqdm import tqdm

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
from helmet_service.alarms.outbox import Outbox
from helmet_service.alarms.store import AlarmStore

LIFE_S: Final = (0.5, 9.0)  # from the start to the kill; the first alarm comes after 4 s on two free cores
SETTINGS: Final = {"INPUT_HEIGHT": "128", "LOG_LEVEL": "error"}  # starts sooner, and still sees the heads
REFUSED: Final = 78  # exit status
EVIDENCE: Final = {"picture.jpg", "annotated.jpg", "alarm.json"}


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50, help="(default: 50)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (default: 0)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, receiving() as receiver:
        refused = killed_again_and_again(Path(folder), receiver, options.kills, random.Random(options.seed))
        print("| what | count |\n|---|---|")
        for name, count in (refused | found(Path(folder) / "watch", receiver)).items():
            print(f"| {name} | {count} |")


def site(receiver: Receiver) -> dict[str, Any]:
    """One pushing camera, hasty alarms, one webhook."""
    steady = {"frames": 2, "of": 2, "seconds": 0.5}
    return {
        "cameras": [{"id": "gate", "source": "push", "rate": 2}],
        "alarms": {"on": steady, "off": steady, "repeat_s": 1},
        "outlets": [{"name": "hook", "kind": "webhook", "url": receiver.url}],
    }


def killed_again_and_again(folder: Path, receiver: Receiver, kills: int, moments: random.Random) -> dict[str, int]:
    """Watch with kills, and then until everything is told; how often it was killed, and another one refused."""
    watch = RunningWatch(folder, site(receiver), SETTINGS)
    statuses: list[int] = []
    with Pushing(watch.watched, "gate", noisy_jpegs(far_people()), rate=2):
        for life in tqdm(range(kills), unit="kill"):
            if life % 3 == 2:
                receiver.stop()
            with watching(watch):
                if life % 6 == 0:
                    statuses.append(_another(watch, receiver))
                time.sleep(moments.uniform(*LIFE_S))
            if life % 3 == 2:
                receiver.start()
    with watching(watch):
        until(lambda: not untold(watch.watched.path))
        watch.end(signal.SIGTERM)
    return {"kills": kills, "other watches tried": len(statuses), "of them refused": statuses.count(REFUSED)}


def _another(watch: RunningWatch, receiver: Receiver) -> int:
    """The exit status of another watch on the same folder, once this one tells of alarms."""
    before = len(receiver.came)
    until(lambda: len(receiver.came) > before)
    return RunningWatch(watch.folder, watch.site, watch.settings).start().wait()


def untold(folder: Path) -> int:
    """How many alarms of WATCH_DIR have not ended, and deliveries wait."""
    return len(AlarmStore(folder).open_alarms()) + sum(outlet.waiting for outlet in Outbox(folder).counts())


def found(folder: Path, receiver: Receiver) -> dict[str, int]:
    """What is in WATCH_DIR and has arrived, and what is missing of it."""
    with closing(sqlite3.connect(folder / "alarms.db")) as connection:
        events = connection.execute("select id, kind, alarm from events").fetchall()
        unended = connection.execute("select count(*) from alarms where ended is null").fetchone()[0]
    came = Counter(event["id"] for _, event in receiver.came)
    on = [alarm for _, kind, alarm in events if kind == "alarm_on"]
    return {
        "events recorded": len(events),
        "of them alarms": len(on),
        "events that never arrived": sum(id_ not in came for id_, *_ in events),
        "events that arrived more than once": sum(count > 1 for count in came.values()),
        "arrived events that are not recorded": len(came.keys() - {id_ for id_, *_ in events}),
        "alarms without all pictures": sum(not _has_evidence(folder, alarm) for alarm in on),
        "alarms without an end": unended,
    }


def _has_evidence(folder: Path, alarm: str) -> bool:
    return {path.name for path in (folder / "evidence" / alarm).glob("*")} == EVIDENCE


if __name__ == "__main__":
    main()
