"""Records alarms in a folder, one after the other, and prints the number of each that is recorded; to be killed."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from helmet_service.alarms.store import AlarmStore
from helmet_service.cameras.camera import AlarmRules
from tests.helmet_service.alarms.kept import alarm_id, evidence, off, on

if __name__ == "__main__":
    store = AlarmStore(Path(sys.argv[1]))
    for number in count(int(sys.argv[2])):
        store.record([on(number)], ["hook"], {alarm_id(number): evidence(100_000)})
        store.record([off(on(number), 0.0)])
        store.purge(AlarmRules(keep_mb=1), passed_s=1)
        print(number, flush=True)
