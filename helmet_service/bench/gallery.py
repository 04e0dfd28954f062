"""The wrong verdicts as one HTML page, the most confident first: crops as taken and as judged."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from helmet_service.bench.outcomes import Judged, Outcome, is_stray_alarm
from helmet_service.bench.run import MATCHERS_OF, Results
from helmet_service.bench.scenes import Scene, seen_as
from helmet_service.pictures.drawing import annotate
from helmet_service.verdicts.boxes import Box

KINDS: Final = {
    "cleared": "Bare heads called helmet: the dangerous mistake",
    "false alarm": "Helmeted heads called bare",
    "stray alarm": "Alarms where no head is labelled: ghosts, backs, and people without a label",
    "ghost": "People found where no head is labelled, without an alarm",
    "unknown": "Labelled heads called unknown",
    "missed": "Labelled heads that were not found",
}
MOST: Final = 40  # of a kind and condition
_ONCE: Final = ("ghost", "unknown", "missed")  # shown under a matcher's first condition only: the others repeat them
_VIEWS: Final = {condition.name: condition.view for condition in MATCHERS_OF}
_SIDE: Final = 200  # pixels of a crop as shown
_CONTEXT: Final = 5.0  # a crop's side in head sizes


@dataclass(frozen=True, slots=True)
class _Mistake:
    kind: str
    confidence: float
    box: Box
    text: str


def write_gallery(path: Path, scenes: Sequence[Scene], results: Results) -> None:
    """Write the mistakes as one self-contained page, with a section for each kind, condition and matcher but legacy."""
    sections = []
    shown: set[str] = set()
    for (condition, matcher), judged in results.items():
        if matcher == "legacy":
            continue
        view = _VIEWS[condition]
        heads = [seen_as(scene, view).heads for scene in scenes]
        mistakes = [(mistake, i) for i, labels in enumerate(heads) for mistake in _mistakes(judged[i], labels)]
        for kind, meaning in KINDS.items():
            of_kind = [(mistake, i) for mistake, i in mistakes if mistake.kind == kind]
            if not of_kind or (kind in _ONCE and matcher in shown):
                continue
            worst = sorted(of_kind, key=lambda pair: -pair[0].confidence)[:MOST]
            title = f"{matcher}, {condition}: {meaning} ({len(of_kind)})"
            cards = [_card(mistake, scenes[i], judged[i], view) for mistake, i in worst]
            sections.append(f"<h2>{html.escape(title)}</h2><div class=cards>{''.join(cards)}</div>")
        shown.add(matcher)
    path.write_text(_PAGE.format(sections="\n".join(sections)))


def _mistakes(picture: Judged, labels: NDArray[np.float64]) -> Iterator[_Mistake]:
    for outcome in picture.outcomes:
        verdict, head = outcome.verdict, outcome.verdict.head
        if head is None or outcome.right:
            continue
        kind = _kind(outcome)
        said = "" if verdict.confidence is None else f" {verdict.confidence:.2f}"
        text = f"{verdict.reason}{said}, head {head.confidence:.2f}, {outcome.size:.0f} px"
        box = Box(head.x - head.size / 2, head.y - head.size / 2, head.size, head.size)
        yield _Mistake(kind, verdict.confidence or head.confidence, box, text)
    for label in picture.missed:
        yield _Mistake("missed", label.size, Box(*labels[label.index].tolist()), f"{label.truth}, {label.size:.0f} px")


def _kind(outcome: Outcome) -> str:
    """The key of `KINDS` for this wrong outcome."""
    if outcome.truth is None:
        return "stray alarm" if is_stray_alarm(outcome) else "ghost"
    return {"unknown": "unknown", "helmet": "cleared", "no_helmet": "false alarm"}[outcome.verdict.status]


def _card(mistake: _Mistake, scene: Scene, judged: Judged, view: str) -> str:
    seen = seen_as(scene, view)
    painted = annotate(seen.pixels, judged.people, judged.judgement, judged.hats)
    crops = [_crop(pixels, mistake.box) for pixels in (seen.pixels, painted)]
    encoded = cv2.imencode(".jpg", np.concatenate(crops, axis=1), [cv2.IMWRITE_JPEG_QUALITY, 75])[1]
    data = base64.b64encode(encoded.tobytes()).decode()
    caption = html.escape(f"{scene.name}: {mistake.text}")
    return f'<figure><img src="data:image/jpeg;base64,{data}"><figcaption>{caption}</figcaption></figure>'


def _crop(pixels: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    x, y = box.centre
    side = _CONTEXT * max(box.width, box.height, 8.0)
    scale = _SIDE / side
    matrix = np.array([[scale, 0, _SIDE / 2 - scale * x], [0, scale, _SIDE / 2 - scale * y]])
    return cv2.warpAffine(pixels, matrix, (_SIDE, _SIDE)).astype(np.uint8, copy=False)


_PAGE: Final = """<!doctype html><meta charset=utf-8><title>Wrong verdicts</title>
<style>body{{font:14px sans-serif;margin:1em}}.cards{{display:flex;flex-wrap:wrap;gap:8px}}
figure{{margin:0;width:400px}}img{{width:400px;display:block}}figcaption{{overflow-wrap:anywhere}}</style>
<h1>Wrong verdicts</h1>
<p>Left as taken, right as judged. The most confident ones first.</p>
{sections}
"""
