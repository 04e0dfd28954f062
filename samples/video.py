"""`python -m samples.video`: has a video judged as a client would, prints who wore what when, and draws the result.

It makes the video of a camera that pans over `site_two.jpg`, and hats as a detector would send them: Hopper's cap in
all frames but one, and in none any more from the middle on; then starts the service and a consumer of jobs,
posts both, waits, and writes four frames of the result beside each other.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import requests

from pose.video.reading import MOST_PIXELS, open_video
from pose.video.writing import VideoWriter
from samples.demo import PATIENCE_S, ROOT, consumer, service

SECONDS: Final = 12
RATE: Final = 10
WIDTH: Final = 960
CAP_OFF: Final = 60  # the frame from which no cap is boxed
MISSED: Final = 30  # one frame in which the detector misses it
SHOWN_S: Final = (0.4, 3.0, 6.4, 10.0)


def main() -> None:
    """Run the demonstration."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, nargs="?", default=ROOT / "video.jpg", help="default: video.jpg")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pan(folder / "pan.mp4", folder / "pan.jsonl")
        with service(WORKERS="1", VIDEO_DIR=name) as running, consumer(VIDEO_DIR=name):
            job = _post(running.address, folder)
            print(json.dumps(job["summary"]))
            address = f"{running.address}/v1/videos/{job['id']}"
            for track in requests.get(f"{address}/timeline", timeout=PATIENCE_S).json()["tracks"]:
                print(json.dumps(track))
            (folder / "result.mp4").write_bytes(requests.get(f"{address}/result", timeout=PATIENCE_S).content)
        _draw(folder / "result.mp4", options.out)
    print(f"wrote {options.out}")


def pan(video: Path, hats: Path) -> None:
    """Write the video, and its hats as lines for the part `hats` of `POST /v1/videos`."""
    site = cv2.imread(str(ROOT / "samples" / "site_two.jpg"))
    _, hopper = json.loads((ROOT / "samples" / "scenes.json").read_text())["site_two.jpg"]["people"]
    count, room = SECONDS * RATE, site.shape[1] - WIDTH
    with VideoWriter(video, WIDTH, site.shape[0]) as writer, hats.open("w") as lines:
        for frame in range(count):
            left = round(room * (0.5 - 0.5 * np.cos(2 * np.pi * frame / count)))
            writer.write(np.ascontiguousarray(site[:, left : left + WIDTH]), frame / RATE)
            is_boxed = frame < CAP_OFF and frame != MISSED
            hat = hopper["hat"] | {"left": hopper["hat"]["left"] - left, "score": 0.9}
            lines.write(json.dumps({"frame": frame, "hats": [hat] if is_boxed else []}) + "\n")


def _post(address: str, folder: Path) -> dict[str, Any]:
    """The finished job."""
    with (folder / "pan.mp4").open("rb") as video, (folder / "pan.jsonl").open("rb") as hats:
        answer = requests.post(f"{address}/v1/videos", files={"video": video, "hats": hats}, timeout=PATIENCE_S)
    job: dict[str, Any] = answer.json()
    while job["state"] in ("queued", "running"):
        time.sleep(0.5)
        job = requests.get(f"{address}/v1/videos/{job['id']}", timeout=PATIENCE_S).json()
    if job["state"] != "done":
        raise RuntimeError(f"expected a job that is done, got {job}")
    return job


def _draw(video: Path, out: Path) -> None:
    with open_video(video, MOST_PIXELS) as read:
        shown = {round(at * RATE) for at in SHOWN_S}
        frames = [frame.pixels for frame in read.frames() if frame.number in shown]
    smaller = [cv2.resize(frame, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA) for frame in frames]
    sheet = np.vstack([np.hstack(smaller[:2]), np.hstack(smaller[2:])])
    cv2.imwrite(str(out), sheet, [cv2.IMWRITE_JPEG_QUALITY, 85])


if __name__ == "__main__":
    main()
