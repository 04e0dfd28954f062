"""`python -m samples.live SOURCE`: sends a camera, a video or a folder of pictures to a running service, and draws the
answers.

It sends the newest picture as often, and in such quality, as the service's hints say, and draws each answer on the
picture that it is about. It needs the serving requirements alone.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.live_connection import LiveClosedError, LiveConnection, live

Pixels = NDArray[np.uint8]
# Colours that colour-blind people can tell apart (Okabe and Ito), BGR, and a sign for those who see none.
_LOOKS: Final = {"helmet": ((178, 114, 0), "+"), "no_helmet": ((0, 94, 213), "!"), "unknown": ((130, 130, 130), "?")}
_MOST_AT_ONCE: Final = 20  # pictures whose answers may still come


def main() -> int:
    """Send, draw and write until the source ends; returns the exit status."""
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        with live(options.address, options.client, options.key) as connection:
            _Sending(connection, options.rate, options.out).send_all(options.source)
    except (LiveClosedError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
    return 0


class _Sending:
    """One stream: what was sent and not answered yet, and how to send, as the service's hints say.

    most: pictures a second.
    """

    def __init__(self, connection: LiveConnection, most: float, out: Path) -> None:
        self._connection, self._most, self._out = connection, most, out
        self._sent: dict[int, Pixels] = {}
        self._quality, self._rate = 80, min(most, 1.0)

    def send_all(self, source: str) -> None:
        """Send the source's pictures, and take the answers meanwhile."""
        print("limits:", (self._connection.receive() or {})["limits"])
        for number, pixels in enumerate(_pictures(source, lambda: self._rate)):
            self._sent[number] = pixels
            self._sent.pop(number - _MOST_AT_ONCE, None)
            _, file = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, self._quality])
            self._connection.send(file.tobytes())
            until = time.monotonic() + 1 / self._rate
            while (left := until - time.monotonic()) > 0:
                if answer := self._connection.receive(left):
                    self._take(answer)
        while self._sent and (answer := self._connection.receive()):  # the last is about the last picture
            self._take(answer)

    def _take(self, answer: dict[str, Any]) -> None:
        """Print the answer, follow its hint, and write its picture with what is drawn on it."""
        hint, number = answer["quality_hint"], answer["seq"]
        self._quality, self._rate = hint["jpeg_quality"], min(self._most, hint["rate"])
        print(f"{number:>6}  {answer['dropped']:>3} dropped, {self._rate} a second, quality {self._quality}: ", end="")
        pixels = self._sent.get(number)
        self._sent = {later: kept for later, kept in self._sent.items() if later > number}
        if "people" not in answer:
            print("; ".join(f"{e['field']}: expected {e['expected']}, got {e['got']}" for e in answer["errors"]))
            return
        print(", ".join(f"{person['track']} {person['voted']['status']}" for person in answer["people"]))
        if pixels is not None:
            cv2.imwrite(str(self._out / f"{number:06}.jpg"), _drawn(pixels, answer))


def _drawn(pixels: Pixels, answer: dict[str, Any]) -> Pixels:
    """The picture with a box, a sign and the track of each person, in the colour of the voted status."""
    drawn, scale = pixels.copy(), max(1.0, max(pixels.shape[:2]) / 1000)
    thick = max(1, round(2 * scale))
    for person in answer["people"]:
        box, status = person["box"], person["voted"]["status"]
        colour, sign = _LOOKS[status]
        left, top = round(box["left"]), round(box["top"])
        right, bottom = round(box["left"] + box["width"]), round(box["top"] + box["height"])
        cv2.rectangle(drawn, (left, top), (right, bottom), colour, thick)
        text, place = f"{sign} {person['track']} {status}", (left, top - 3 * thick if top > 24 * scale else bottom)
        for line, width in ((255, 255, 255), 4 * thick), (colour, thick):
            cv2.putText(drawn, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.7 * scale, line, width, cv2.LINE_AA)
    return drawn


def _pictures(source: str, rate: Callable[[], float]) -> Iterator[Pixels]:
    """BGR pictures of a folder one by one; of a camera or a video those that are due at this rate."""
    if Path(source).is_dir():
        read = (cv2.imread(str(path)) for path in sorted(Path(source).iterdir()))
        yield from (np.asarray(pixels, np.uint8) for pixels in read if pixels is not None)
        return
    capture = cv2.VideoCapture(int(source) if source.isdigit() else source)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # a camera's newest picture
    frames_a_second = 0.0 if source.isdigit() else capture.get(cv2.CAP_PROP_FPS)
    if not capture.isOpened():
        raise OSError(f"SOURCE: expected a folder, a video or a camera's number, got {source}")
    while (read_one := capture.read())[0]:
        yield np.asarray(read_one[1], np.uint8)
        for _ in range(round(frames_a_second / rate()) - 1):
            capture.grab()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m samples.live", description=__doc__)
    parser.add_argument("source", metavar="SOURCE", help="a camera's number, a video, or a folder of pictures")
    parser.add_argument("--address", default="http://127.0.0.1:24417", help="of the service")
    parser.add_argument("--client", default="sample", help="the stream's name")
    parser.add_argument("--key", default="", help="an API key, if the service needs one")
    parser.add_argument("--rate", type=float, default=5.0, help="most pictures a second")
    parser.add_argument("--out", type=Path, default="live", metavar="FOLDER", help="where to write what is drawn")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
