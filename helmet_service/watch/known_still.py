"""The memory of what never moves at one camera, kept over restarts, and taught by people who call alarms false."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from helmet_service.alarms.database import StoreError
from helmet_service.alarms.store import AlarmStore
from helmet_service.shared_files import replace_json
from helmet_service.verdicts.boxes import Box
from helmet_service.verdicts.still import StillMemory, StillPlace, head_box
from helmet_service.watch.judging import JudgedCameraFrame
from helmet_service.watch.thumbnails import grey_thumbnail

_LOG: Final = logging.getLogger(__name__)
_KEEP_S: Final = 60.0
_LEARN_S: Final = 5.0


class KnownStill:
    """`StillMemory` of one camera, in the file `still/ID.json` of a folder (WATCH_DIR)."""

    def __init__(self, folder: Path, camera: str, store: AlarmStore) -> None:
        self._path, self._camera, self._store = folder / "still" / f"{camera}.json", camera, store
        self._memory, self._taught_until = _read(self._path)
        self._kept_s = self._learned_s = time.monotonic()

    def step(self, judged: JudgedCameraFrame) -> frozenset[int]:
        """The tracks of the next frame that must not alarm now."""
        pixels = judged.frame.pixels
        height, width = pixels.shape[:2]
        still = self._memory.step(judged.watched, grey_thumbnail(pixels), (width, height))
        now_s = time.monotonic()
        if now_s - self._learned_s >= _LEARN_S:
            self._learned_s = now_s
            self._learn()
        if now_s - self._kept_s >= _KEEP_S:
            self.keep()
        return still

    def places_json(self) -> list[dict[str, Any]]:
        """The places that never move, as `CameraState.still` has them."""
        return [_place_json(place) for place in self._memory.places()]

    def forget(self) -> None:
        """The camera looks somewhere else now."""
        self._memory.forget()

    def keep(self) -> None:
        """Write down what is known; a disk that refuses is tried again later."""
        self._kept_s = time.monotonic()
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_json(self._path, {"memory": self._memory.to_json(), "taught_until": self._taught_until})
        except OSError as error:
            _LOG.error("camera %s: what never moves could not be kept: %s", self._camera, error)

    def _learn(self) -> None:
        """Learn from alarms of which somebody has said since the last time that nobody is there."""
        now = time.time()
        after = min(self._taught_until, now)  # the clock may have been set back
        try:
            new = self._store.called_empty(self._camera, after, now)
        except StoreError:
            return
        for alarm in new:
            self._teach(alarm.id)
        self._taught_until = max([after, *(alarm.acknowledged.at for alarm in new if alarm.acknowledged)])

    def _teach(self, alarm: str) -> None:
        """Nobody is where this alarm's head was."""
        try:
            facts = self._store.evidence_file(alarm, "alarm.json")
            head = facts and _head_in_shares(json.loads(facts.read_text()))
        except (OSError, ValueError, TypeError, LookupError) as error:
            _LOG.error("camera %s: nothing is learned from alarm %s: %s", self._camera, alarm, error)
            return
        if head:
            self._memory.false_alarm(head)
            _LOG.info("camera %s: nobody is where alarm %s was", self._camera, alarm)


def _read(path: Path) -> tuple[StillMemory, float]:
    """What is known, and until when people's words are learned; nothing, where the file is none of ours."""
    try:
        kept = json.loads(path.read_text())
        return StillMemory.from_json(kept["memory"]), float(kept["taught_until"])
    except FileNotFoundError:
        return StillMemory(), time.time()
    except (OSError, ValueError, TypeError, LookupError, ArithmeticError) as error:
        _LOG.error("%s: expected what never moves, got what cannot be read: %s", path, error)
        return StillMemory(), time.time()


def _head_in_shares(facts: Mapping[str, Any]) -> Box | None:
    """The alarmed head of an `alarm.json`, None where there was none."""
    head, picture = facts["person"]["head"], facts["picture"]
    return head and head_box(head["x"], head["y"], head["size"], (picture["width"], picture["height"]))


def _place_json(place: StillPlace) -> dict[str, Any]:
    box = place.head
    return {
        "box": {"left": box.left, "top": box.top, "width": box.width, "height": box.height},
        "known_s": round(place.known_s, 1),
        "seen": place.seen,
        "taught": place.taught,
    }
