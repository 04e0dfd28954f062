"""Requests to the routes of the web system and their answers, as files in `golden/web_system/` that a person can check.

A file says what is asked, in words that `Asking` understands, and what is answered.
`python -m tests.helmet_service.api.web_system_exchanges` writes answers that are others now. Look at them before they
are committed: clients that nobody here knows read them.
"""

from __future__ import annotations

import base64
import io
import json
import re
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import cv2
from werkzeug.datastructures import FileStorage
from werkzeug.test import EnvironBuilder, TestResponse, encode_multipart

import pose
import pose.pictures.decoding
from helmet_service.api.live_streams import STREAM, Frame
from pose.estimation.hands import HandFinder
from tests.conftest import ROOT
from tests.helmet_service.api.test_videos import Site
from tests.helmet_service.conftest import encoded
from tests.helmet_service.server.test_live_sockets import HANDSHAKE
from tests.pose.blue_hands import blue_hands
from tests.pose.video.videos import picture, write

FOLDER: Final = Path(__file__).parent / "golden" / "web_system"
NAMES: Final = sorted(path.stem for path in FOLDER.glob("*.json"))
ABOUT: Final = {"dropped": 0, "quality_hint": {"jpeg_quality": 80, "rate": 5.0}}
# Another at each time, or on each machine: of these the type alone is compared.
_VARYING: Final = {
    "processing_time", "task_id", "request_id", "cpu_percent", "memory_percent", "avg_fps", "avg_latency",
    "total_detections", "avg_people_per_frame",
}  # fmt: skip
HANDS: Final = ((364, 610), (497, 572))  # beyond the wrists of the left person
_UNSEEN: Final = [0.0, 0.0, 0.0]
_FAINT: Final = 0.15  # the score of a keypoint that another processor may not see
_PICTURE: Final = re.compile(r"\((samples/\w+\.jpg)\)")
_TASK: Final = re.compile(r"\((queued|done|removed)\)")


class Asking:
    """A service with the web system's routes, to which what is blue is a hand; jobs in each state, and a small film.

    `(samples/NAME.jpg)` in a text stands for that file's base64; `(hands)` for that of site_two.jpg with a blue disc at
    two hands; `(queued)`, `(done)` and `(removed)` for a task; `(film)` for the film.
    """

    def __init__(self, estimator: pose.Estimator, folder: Path) -> None:
        hands = HandFinder(blue_hands(folder))
        seeing = pose.Estimator(estimator.model, estimator.runtime, estimator.height, estimator.headwear, hands)
        self.site = Site(seeing, folder, web_system="1")
        self.film = write(folder / "film.mp4", map(picture, range(3))).read_bytes()
        self._tasks = {"queued": self.site.queued(), "done": self.site.done(), "removed": self.site.done()}
        self.site.jobs.cancel_and_remove(self._tasks["removed"])
        self._http("POST", "/api/detect/upload", {"form": {"file": "samples/site_two.jpg"}})  # for figures to tell of

    def answer(self, asked: dict[str, Any]) -> tuple[int, Any]:
        """Status and JSON of the answer, with pictures in it cut short."""
        method, path = self._meant(asked["route"]).split()
        if method == "WS":
            return 101, _shortened(self._frame(path, asked))
        response = self._http(method, path, asked)
        return response.status_code, _shortened(response.json)

    def _http(self, method: str, path: str, asked: dict[str, Any]) -> TestResponse:
        client = self.site.client
        if "json" in asked:
            return client.open(path, method=method, json=json.loads(self._meant(json.dumps(asked["json"]))))
        if "form" in asked:
            files = {name: FileStorage(io.BytesIO(self._file(file)), file) for name, file in asked["form"].items()}
            boundary, body = encode_multipart(files)
            return client.open(path, method=method, data=body, content_type=f"multipart/form-data; boundary={boundary}")
        return client.open(path, method=method)

    def _file(self, name: str) -> bytes:
        return self.film if name == "(film)" else (ROOT / name).read_bytes()

    def _frame(self, path: str, asked: dict[str, Any]) -> Any:
        environ = EnvironBuilder(path, headers=HANDSHAKE).get_environ()
        for _ in self.site.app(environ, lambda *_: None):
            pass
        stream = environ[STREAM]
        data = self._file(asked["file"]) if "file" in asked else self._meant(asked["text"]).encode()
        answer = stream.answer(Frame(0, data, is_text="text" in asked, at_s=time.monotonic()), ABOUT)
        stream.close()
        return json.loads(answer)

    def _meant(self, text: str) -> str:
        text = _PICTURE.sub(lambda found: base64.b64encode((ROOT / found[1]).read_bytes()).decode(), text)
        text = text.replace("(hands)", with_hands())
        return _TASK.sub(lambda found: self._tasks[found[1]], text)


def alike(told: Any, known: Any, key: str = "") -> bool:
    """Whether an answer is the known one, places to two pixels and scores to 0.1, as processors round differently."""
    if isinstance(known, dict):
        return list(told) == list(known) and all(alike(told[name], known[name], name) for name in known)
    if isinstance(known, list):
        if told == _UNSEEN and len(known) == len(_UNSEEN):
            return known[2] < _FAINT
        return len(told) == len(known) and all(map(alike, told, known))
    if key in _VARYING:
        return type(told) is type(known)
    if isinstance(known, float):
        return abs(told - known) <= (0.1 if abs(known) <= 1 else 2)
    return told == known and type(told) is type(known)


def exchange(name: str) -> dict[str, Any]:
    """What a file says."""
    said: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return said


def with_hands() -> str:
    """What `(hands)` stands for."""
    pixels = cv2.imread(str(ROOT / "samples" / "site_two.jpg"))
    for place in HANDS:
        cv2.circle(pixels, place, 8, (255, 0, 0), cv2.FILLED)
    return encoded(pixels, ".jpg")


def _shortened(answer: Any) -> Any:
    """The answer; of a picture in it the beginning and its size."""
    if isinstance(answer, dict) and (url := answer.get("result_image")):
        head, _, data = url.partition(",")
        jpeg = pose.pictures.decoding.decode(base64.b64decode(data, validate=True), max_pixels=10**7)
        answer["result_image"] = f"{head},({jpeg.width} x {jpeg.height} pixels)"
    return answer


def _written(said: dict[str, Any]) -> str:
    """JSON with a keypoint on a line."""
    text = json.dumps(said, indent=1, ensure_ascii=False)
    return re.sub(r"\[\s+([\d.e-]+),\s+([\d.e-]+),\s+([\d.e-]+)(?:,\s+([\d.e-]+))?\s+\]", _on_a_line, text) + "\n"


def _on_a_line(numbers: re.Match[str]) -> str:
    return f"[{', '.join(number for number in numbers.groups() if number)}]"


def main() -> None:
    """Write the answers that have changed."""
    with tempfile.TemporaryDirectory() as folder:
        asking = Asking(pose.load(ROOT / "model", threads=2), Path(folder))
        for name in NAMES:
            known = exchange(name)
            status, answer = asking.answer(known["asked"])
            if status != known["status"] or not alike(answer, known["answer"]):
                (FOLDER / f"{name}.json").write_text(_written({**known, "status": status, "answer": answer}))


if __name__ == "__main__":
    main()
