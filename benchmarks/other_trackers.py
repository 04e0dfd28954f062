"""Kept trackers, and the measures of kept and own ones: `benchmarks.tracking` runs it as a program of its own.

Its environment has requirements-trackers.txt and nothing of this project. stdin: JSON, a list of sequences. Each has a
`rate`, `frames` with `truth` (ids), `boxes` (left, top, right, bottom) and `owners` (the id that each box belongs to,
-1 for none), and `tracks`: by a tracker's name, the ids that it gave to each frame's boxes. stdout: JSON, by the names
of trackers and the rates, counts over all sequences. With the argument `others`, kept trackers are measured, too.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import supervision as sv
from trackers import ByteTrackTracker, CBIoUTracker, OCSORTTracker, SORTTracker
from trackers.eval.clear import compute_clear_metrics
from trackers.eval.identity import compute_identity_metrics

GAP_FRAMES = 60  # of 30 a second, whatever the rate: 2 s
CLEAR = ("CLR_TP", "CLR_FN", "CLR_FP", "IDSW", "Frag")
IDENTITY = ("IDTP", "IDFN", "IDFP")


def main() -> None:
    """Measure every tracker on every sequence."""
    counts: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for sequence in json.load(sys.stdin):
        tracks = dict(sequence["tracks"])
        if "others" in sys.argv:
            tracks |= {name: followed(each, sequence["frames"]) for name, each in others(sequence["rate"]).items()}
        for name, ids in tracks.items():
            counts[name][str(sequence["rate"])].update(measured(sequence["frames"], ids))
    json.dump(counts, sys.stdout)


def others(rate: float) -> dict[str, Any]:
    """Each with its defaults, but for what ours does: a gap of 2 s, and an id at once."""
    same = {"lost_track_buffer": GAP_FRAMES, "frame_rate": rate, "minimum_consecutive_frames": 1}
    kinds = {"SORT": SORTTracker, "ByteTrack": ByteTrackTracker, "OC-SORT": OCSORTTracker, "C-BIoU": CBIoUTracker}
    return {name: kind(**same) for name, kind in kinds.items()}


def followed(tracker: Any, frames: list[dict[str, Any]]) -> Iterator[list[int]]:  # noqa: ANN401
    """The ids of each frame's boxes, all of which are alike sure; -1 where the tracker gives none."""
    for frame in frames:
        count = len(frame["boxes"])
        boxes = np.array(frame["boxes"], float).reshape(-1, 4)
        places = {"place": np.arange(count)}
        answer = tracker.update(sv.Detections(boxes, confidence=np.full(count, 0.9), data=places))
        ids = np.full(count, -1)
        if len(answer):
            ids[answer.data["place"]] = answer.tracker_id
        yield ids.tolist()


def measured(frames: list[dict[str, Any]], tracks: Iterator[list[int]]) -> dict[str, int]:
    """What MOTA and IDF1 are made of. A box is where the truth is that it belongs to: ids alone are measured."""
    truth = [np.array(frame["truth"], int) for frame in frames]
    ids, alike = [], []
    for frame, given, real in zip(frames, map(np.array, tracks), truth, strict=True):
        told = given >= 0
        ids.append(given[told].astype(int))
        alike.append((real[:, None] == np.array(frame["owners"], int)[told]).astype(float))
    clear, identity = compute_clear_metrics(truth, ids, alike), compute_identity_metrics(truth, ids, alike)
    return {name: int(clear[name]) for name in CLEAR} | {name: int(identity[name]) for name in IDENTITY}


if __name__ == "__main__":
    main()
