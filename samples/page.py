"""`python -m samples.page`: photographs the page for the docs, as a browser shows it (docs/page.md).

It starts the service and a consumer of video jobs, opens each tab in the system's Chromium, does there what a person
would do, with the sample pictures, and writes docs/page/*.webp. Then it prints what a first visit of each tab takes.
Arguments: names of pictures, if not all are wanted.
"""

from __future__ import annotations

import io
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import cv2
import requests
from PIL import Image

from samples import watched_alarms, watched_site
from samples.demo import PATIENCE_S, ROOT, consumer, service
from samples.video import pan

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OUT: Final = ROOT / "docs" / "page"
TRAFFIC_S: Final = 120


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture to be taken: its name, the open tab, what is done there before, and the browser's settings."""

    name: str
    tab: str
    act: Callable[[Page, Path], None]
    settings: dict[str, Any] = field(default_factory=dict)


def main() -> int:
    """Take all pictures; returns the exit status."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None or find_spec("playwright") is None:
        print("expected the system package chromium and requirements-dev.txt (Playwright)", file=sys.stderr)
        return 1
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pan(folder / "gate-3.mp4", folder / "gate-3.jsonl")
        watched = folder / "watch"
        with (
            service(VIDEO_DIR=name, WATCH_DIR=str(watched)) as running,
            consumer(VIDEO_DIR=name),
            browser(chromium, folder) as opened,
        ):
            watched_site.tell(watched, running.address)
            watched_alarms.record(watched)
            for shot in SHOTS:
                if not sys.argv[1:] or shot.name in sys.argv[1:]:
                    take(opened, running.address, shot, folder)
            for tab in dict.fromkeys(shot.tab for shot in SHOTS):
                page = opened.new_page()
                page.goto(f"{running.address}/ui#{tab}")
                print("{}: {} files, {} bytes".format(tab, *carried(page)))
    return 0


@contextmanager
def browser(chromium: str, folder: Path) -> Iterator[Browser]:
    """Chromium, whose camera shows Hopper: a service cap is no helmet."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  a tool for developers, and this file is imported

    site = cv2.imread(str(ROOT / "samples" / "site_two.jpg"))
    film = folder / "camera.mjpeg"
    film.write_bytes(cv2.imencode(".jpg", site[200:, 480:])[1].tobytes())
    flags = ["--no-sandbox", "--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield opened
        opened.close()


def take(opened: Browser, address: str, shot: Shot, folder: Path) -> None:
    """Take one picture and write it."""
    settings = {"locale": "en-GB", "viewport": {"width": 1280, "height": 830}, "timezone_id": "UTC", **shot.settings}
    context = opened.new_context(permissions=["camera"], reduced_motion="reduce", **settings)
    context.set_default_timeout(1000 * PATIENCE_S)
    page = context.new_page()
    page.goto(f"{address}/ui#{shot.tab}")
    page.locator(f"section.{shot.tab} h1").wait_for()
    shot.act(page, folder)
    path = OUT / f"{shot.name}.webp"
    Image.open(io.BytesIO(page.screenshot())).save(path, quality=80, method=6)
    context.close()
    print(f"wrote {path.relative_to(ROOT)}, {path.stat().st_size // 1000} kB")


def carried(page: Page) -> tuple[int, int]:
    """How many answers the page's first visit took until the network was idle, and their bytes, packed as they came.

    Frames of cameras, which come again and again, are left out.
    """
    page.wait_for_load_state("networkidle")
    entries = "[...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')]"
    once = f"{entries}.filter(({{name}}) => !name.endsWith('/frame'))"
    sizes: list[int] = page.evaluate(f"{once}.map((each) => each.transferSize)")
    return len(sizes), sum(sizes)


def judge_sample(page: Page, number: int) -> None:
    """Have a sample judged."""
    page.locator("section.picture .samples button").nth(number).click()
    page.locator("section.picture .verdicts li").first.wait_for()
    page.mouse.move(0, 0)


def two(page: Page, _folder: Path) -> None:
    """The picture of the README: a helmet that is not worn, and one that is."""
    judge_sample(page, 0)


def far(page: Page, _folder: Path) -> None:
    """Five people."""
    judge_sample(page, 1)


def what_if(page: Page, _folder: Path) -> None:
    """The box of the helmet in her arm is dragged to her head, and her verdict changes."""
    judge_sample(page, 0)
    collins = json.loads((ROOT / "samples" / "scenes.json").read_text())["site_two.jpg"]["people"][0]
    hat, head = collins["hat"], collins["head"]
    stage = page.locator("section.picture .stage img").bounding_box()
    scale = stage["width"] / 1280
    start = hat["left"] + hat["width"] / 2, hat["top"] + hat["height"] / 2
    end = head["left"] + head["width"] / 2, head["top"] + 0.2 * head["height"]
    page.mouse.move(stage["x"] + scale * start[0], stage["y"] + scale * start[1])
    page.mouse.down()
    page.mouse.move(stage["x"] + scale * end[0], stage["y"] + scale * end[1], steps=5)
    page.mouse.up()
    page.locator("section.picture .verdicts .was").first.wait_for()


def video(page: Page, folder: Path) -> None:
    """A video with its detector's hats is sent, and its result is played up to a moment."""
    section = page.locator("section.video")
    section.locator("input[type=file]").first.set_input_files(folder / "gate-3.mp4")
    section.locator("details.options summary").click()
    section.locator("details.options input[type=file]").set_input_files(folder / "gate-3.jsonl")
    section.locator("button.main").click()
    section.locator("button.show").click()
    player = section.locator("video")
    player.evaluate("""(video) => new Promise((done) => {
        video.addEventListener("seeked", done, {once: true});
        video.currentTime = 6.5;
    })""")
    page.mouse.move(0, 0)
    page.wait_for_timeout(2000)  # the player's controls fade out


def camera(page: Page, _folder: Path) -> None:
    """The camera is judged for a while."""
    page.locator("section.camera button.main").click()
    page.locator("section.camera li").first.wait_for()
    page.wait_for_timeout(5000)


def state(page: Page, _folder: Path) -> None:
    """The state of a service that has had something to do for two minutes."""
    address = page.url.partition("/ui")[0]
    picture = (ROOT / "samples" / "site_far.jpg").read_bytes()
    until = time.monotonic() + TRAFFIC_S
    while time.monotonic() < until:
        requests.post(f"{address}/v1/compliance", files={"picture": picture}, timeout=PATIENCE_S).raise_for_status()
    page.reload()
    page.locator("section.state canvas").last.wait_for()


def alarms(page: Page, _folder: Path) -> None:
    """The list, and an alarm that is open."""
    section = page.locator("section.alarms")
    section.locator("li", has_text="Gate 3").get_by_role("link").click()
    section.locator("figure a img").evaluate("(image) => image.decode()")
    page.wait_for_load_state("networkidle")
    page.mouse.move(0, 0)


def cameras(page: Page, _folder: Path) -> None:
    """The wall, with a frame of each camera."""
    page.locator("section.cameras .tile [data-shown]").nth(5).wait_for()


def zones(page: Page, _folder: Path) -> None:
    """The zones of a camera, one of them chosen."""
    page.goto(f"{page.url}/gate-3/zones")
    page.locator("section.cameras .stage[data-shown]").wait_for()
    page.locator("section.cameras .zone-list button").first.click()
    page.mouse.move(0, 0)


DARK: Final = {"color_scheme": "dark"}
CHINESE: Final = {"locale": "zh-CN"}
TALL: Final = {"viewport": {"width": 1280, "height": 1200}}
PHONE: Final = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True}
SHOTS: Final = (
    Shot("alarms", "alarms", alarms, {"viewport": {"width": 1100, "height": 780}}),
    Shot("cameras", "cameras", cameras, {"viewport": {"width": 1080, "height": 810}}),
    Shot("zones", "cameras", zones),
    Shot("picture", "picture", two),
    Shot("what-if", "picture", what_if),
    Shot("chinese", "picture", far, CHINESE | DARK),
    Shot("phone", "picture", two, PHONE),
    Shot("video", "video", video, TALL),
    Shot("camera", "camera", camera),
    Shot("state", "state", state, TALL),
)


if __name__ == "__main__":
    sys.exit(main())
