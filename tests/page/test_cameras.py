"""The cameras tab: the wall, one camera and its zones, from files as the watch writes them."""

from __future__ import annotations

import re
import shutil
import time
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from helmet_service.alarms.store import AlarmStore
from helmet_service.cameras.watch_folder import CameraState, KnownCamera, WatchFolder
from helmet_service.cameras.zones import Zone
from samples.page import carried
from tests.helmet_service.alarms.kept import on
from tests.page.showing import NAMES, SAID

RAMP = Zone("Ramp", "helmet", ((0.1, 0.2), (0.5, 0.2), (0.5, 0.9), (0.1, 0.9)), 0.3)
STREET = Zone("Street", "ignored", ((0.6, 0.1), (0.9, 0.1), (0.9, 0.6)))
PERSON: dict[str, Any] = {
    "person": 0, "status": "no_helmet", "reason": "bare_head", "confidence": 0.97, "hat": None,
    "box": {"left": 800.0, "top": 340.0, "width": 200.0, "height": 300.0}, "area_ratio": 0.07, "score": 0.6, "track": 4,
    "voted": {"status": "no_helmet", "confidence": 0.9, "since_s": 1_790_000_000.0, "frames": 3}, "alarm": None,
    "still": False,
}  # fmt: skip
PIPE = {"box": {"left": 0.8, "top": 0.6, "width": 0.05, "height": 0.1}, "known_s": 7200.0, "seen": 40, "taught": False}


class Site:
    """Cameras of the service of `address`, as a watch tells of them that has just written all its files."""

    def __init__(self, folder: WatchFolder, picture: bytes) -> None:
        self.folder, self._picture = folder, picture

    def publish(self, **names: str) -> None:
        self.folder.publish(
            [KnownCamera(id_, name, "stream", f"rtsp://10.0.0.7/{id_}", 1.0, "always") for id_, name in names.items()]
        )
        for id_ in names:
            self.tell(id_)

    def tell(self, camera: str, **told: Any) -> None:
        """How a camera does, for the next hour."""
        now = time.time()
        live = {"at": now + 3600, "state": "live", "since": now, "picture": (1280, 720), "people": [PERSON]}
        self.folder.write_state(CameraState(camera, **live | told))
        self.folder.write_frame(camera, self._picture)


@pytest.fixture
def site(watch_dir, root):
    """No camera yet; none is left by a test."""
    yield Site(WatchFolder(watch_dir), (root / "samples" / "site_two.jpg").read_bytes())
    shutil.rmtree(watch_dir, ignore_errors=True)


@pytest.fixture
def open_page(site, open_page):
    """Pages are closed before the cameras are gone: they would tell of it."""
    return open_page


@pytest.fixture
def gate(site):
    """One camera with two zones."""
    site.publish(gate="Gate 3")
    site.folder.set_zones("gate", [RAMP, STREET])
    return site


def tiles(page: Page) -> Locator:
    return page.locator(".cameras .tile")


def opened(open_page, address, place="cameras/gate/zones", **options):
    """The page at a place of the tab, once the camera's frame is shown."""
    page = open_page(address, place, **options)
    expect(page.locator(".cameras .stage[data-shown]")).to_be_visible()
    return page


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a place of the picture, in shares, is in the window."""
    shown = page.locator(".cameras svg.zones").bounding_box()
    return shown["x"] + x * shown["width"], shown["y"] + y * shown["height"]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*at(page, *start))
    page.mouse.down()
    page.mouse.move(*at(page, *end), steps=4)
    page.mouse.up()


def near(*corners: tuple[float, float]) -> list[Any]:
    return [pytest.approx(corner, abs=0.01) for corner in corners]


def saved(page: Page, site: Site) -> list[Zone]:
    """The zones that the service has once the page says so."""
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").get_by_text("Saved.")).to_be_visible()
    return site.folder.zones("gate")


def test_the_wall_has_alarms_first_then_troubles_and_frames_only_of_cameras_that_are_seen(
    open_page, no_axe_violations, address, site, watch_dir
):
    site.publish(**{f"c{number}": f"Hall {number}" for number in range(1, 15)})
    site.tell("c9", trouble="frozen", why="the same picture for 61 s")
    site.tell("c3", people=[PERSON | {"still": True}])
    AlarmStore(watch_dir).record([on(1, time.time(), camera="c12")])
    page = open_page(address, "cameras")
    names = tiles(page).locator("strong")
    expect(names).to_have_text(["Hall 12", "Hall 9", *(f"Hall {n}" for n in (*range(1, 9), 10, 11, 13, 14))])
    expect(tiles(page).nth(0)).to_contain_text(re.compile(r"1 alarm\s+Watched\s+1 No helmet"))
    expect(page.get_by_role("link", name="1 alarm")).to_have_attribute("href", "#alarms/camera/c12")
    expect(tiles(page).nth(1)).to_contain_text(re.compile(r"Picture stands still\s+since \d+:\d\d\s*the same picture"))
    expect(page.locator(".tile", has_text="Hall 3")).to_contain_text("Nobody in the picture")
    expect(tiles(page).nth(0).locator("[data-shown] img")).to_be_visible()
    assert site.folder.wants_frames("c12")
    assert not site.folder.wants_frames("c14")  # below the window
    no_axe_violations(page)
    page.get_by_label("Find a camera").fill("hall 14")
    expect(names).to_have_text(["Hall 14"])
    expect(tiles(page).locator("[data-shown]")).to_be_visible()
    page.get_by_role("link", name="Hall 14").press("Enter")
    expect(page.get_by_role("heading", name="Hall 14")).to_be_focused()
    page.go_back()
    expect(names).to_have_text(["Hall 14"])


@pytest.mark.slow
def test_a_watch_that_does_not_run_is_told_with_what_to_do(open_page, no_axe_violations, address, site):
    site.publish(gate="Gate 3")
    site.tell("gate", at=time.time() - 120)
    page = open_page(address, "cameras", allowed=["404"])
    expect(page.get_by_role("alert")).to_contain_text(
        re.compile(r"does not run.+2 minutes ago.+helmet_service watch", re.S)
    )
    expect(tiles(page)).to_contain_text("Not watched")
    no_axe_violations(page)
    site.folder.publish([])
    expect(page.get_by_role("heading", name="There are no cameras yet")).to_be_visible()
    expect(page.locator(".cameras pre")).to_contain_text("source: rtsp://")


@pytest.mark.slow
def test_a_camera_shows_who_is_there_and_what_never_moves(open_page, no_axe_violations, address, gate):
    unsure = PERSON | {"status": "unknown", "reason": "low_confidence", "confidence": None}
    gate.tell("gate", people=[unsure, PERSON | {"track": 7, "still": True}], still=[PIPE], delay_s=0.31)
    page = opened(open_page, address, "cameras/gate")
    voted = re.compile(r"No helmet.*This picture alone: Cannot be judged\. The picture does not show clearly", re.S)
    expect(page.get_by_role("listitem").filter(has_text="Person 4")).to_have_text(voted)
    expect(page.locator("svg.people .label")).to_have_text(["4 No helmet 90%"])
    expect(page.locator("svg.zones text")).to_have_text(["Ramp", "Street", "1"])
    expect(page.get_by_role("listitem").filter(has_text="Person 7")).to_contain_text("Does not move: does not alarm.")
    expect(page.get_by_text("Has not moved for 2 hours.")).to_be_visible()
    expect(page.locator(".cameras .legend li")).to_have_text(
        ["Helmets required: Ramp", "Ignored: Street", "Does not move: does not alarm"]
    )
    expect(page.locator(".cameras .facts")).to_contain_text(
        re.compile(r"310 ms.*1280 × 720.*rtsp://10.0.0.7/gate", re.S)
    )
    no_axe_violations(page)
    page.get_by_label("Language").select_option("中文")
    expect(page.get_by_text("已有2小时没有移动。")).to_be_visible()
    said = set(re.findall(r"[A-Za-z][A-Za-z]+", page.evaluate(SAID))) - NAMES
    assert said == {"Gate", "Ramp", "Street"}


@pytest.mark.slow
def test_zones_are_drawn_bent_and_named_by_mouse(open_page, no_axe_violations, address, gate):
    page = opened(open_page, address)
    page.get_by_role("button", name="Add a zone").click()
    corners = (0.55, 0.65), (0.75, 0.65), (0.75, 0.95)
    for corner in (*corners, corners[0]):
        page.mouse.click(*at(page, *corner))
    expect(page.get_by_label("Name")).to_have_value("Zone 3")
    drag(page, (0.65, 0.65), (0.7, 0.55))  # the middle of an edge
    drag(page, corners[2], (1.2, 1.2))
    page.get_by_role("button", name="Undo").click()
    page.get_by_label("Name").fill("Pit")
    page.get_by_role("radio", name="Heads blurred").check()
    page.mouse.click(*at(page, 0.3, 0.5))
    slider = page.get_by_role("slider", name="Smallest person")
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("31% of the picture"))
    expect(page.locator("svg.zones .ghost")).to_be_visible()
    drag(page, (0.3, 0.5), (0.35, 0.5))
    no_axe_violations(page)
    ramp, street, pit = saved(page, gate)
    assert (list(ramp.points), ramp.min_person) == (near((0.15, 0.2), (0.55, 0.2), (0.55, 0.9), (0.15, 0.9)), 0.31)
    assert street == STREET
    assert (pit.name, pit.rule) == ("Pit", "blurred")
    assert list(pit.points) == near(corners[0], (0.7, 0.55), corners[1], corners[2])


@pytest.mark.slow
def test_zones_are_drawn_and_bent_by_keyboard(open_page, address, gate):
    page = opened(open_page, address)
    page.get_by_role("button", name="Add a zone").press("Enter")
    expect(page.get_by_role("application", name="Zone 3: Helmets required")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # a corner after the first one
    expect(page.get_by_role("application", name=re.compile("Corner 2 of 5"))).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Escape")
    expect(page.get_by_role("application", name="Corner 2 of 5: 51% from the left, 25% from the top")).to_be_visible()
    page.locator("svg.zones [data-corner='4']").focus()
    page.keyboard.press("Delete")
    page.locator("svg.zones [data-index='1']").focus()
    page.keyboard.press("Delete")
    expect(page.get_by_role("button", name="Add a zone")).to_be_focused()
    expect(page.get_by_role("status").get_by_text("Street is deleted.")).to_be_attached()
    ramp, added = saved(page, gate)
    assert ramp == RAMP
    assert list(added.points) == near((0.2586, 0.25), (0.5086, 0.25), (0.7586, 0.25), (0.7586, 0.75))


@pytest.mark.slow
def test_a_refused_zone_is_told_at_its_field_and_is_kept_until_it_is_saved(open_page, no_axe_violations, address, gate):
    page = opened(open_page, address, allowed=["422"])
    page.get_by_role("button", name="Street").click()
    page.get_by_label("Name").fill("Ramp")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("The zones were not saved")
    why = "A zone needs a name of its own, of 1 to 64 characters."
    expect(page.get_by_label("Name")).to_have_accessible_description(why)
    no_axe_violations(page)
    page.get_by_role("link", name="Gate 3").click()
    page.get_by_role("link", name="All cameras").click()
    tiles(page).get_by_role("link", name="Zones are not saved").click()
    page.get_by_label("Name").fill("Road")
    with page.expect_event("dialog") as asked:
        page.evaluate("setTimeout(() => location.reload())")
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    assert [zone.name for zone in saved(page, gate)] == ["Ramp", "Road"]
    gate.folder.set_zones("gate", [STREET])
    expect(page.locator(".cameras .zone-list li")).to_have_count(1)  # nothing of one's own is lost by it


@pytest.mark.slow
def test_a_finger_draws_and_bends_zones_on_a_phone_and_scrolls_elsewhere(open_page, no_axe_violations, address, gate):
    page = opened(open_page, address, size=(360, 640), has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    finger = page.context.new_cdp_session(page)

    def swipe(start, end):
        (x, y), (to_x, to_y) = at(page, *start), at(page, *end)
        finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for step in (0.25, 0.5, 0.75, 1):
            point = {"x": x + step * (to_x - x), "y": y + step * (to_y - y)}
            finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    page.get_by_role("button", name="Add a zone").tap()
    for corner in ((0.6, 0.7), (0.9, 0.7), (0.9, 0.95)):
        page.touchscreen.tap(*at(page, *corner))
    page.get_by_role("button", name="Finish").tap()
    swipe((0.62, 0.68), (0.55, 0.75))  # beside the corner, as a finger is
    page.touchscreen.tap(*at(page, 0.3, 0.5))
    expect(page.get_by_label("Name")).to_have_value("Ramp")
    no_axe_violations(page)
    drawn = saved(page, gate)[2].points
    assert list(drawn) == [pytest.approx(corner, abs=0.03) for corner in ((0.55, 0.75), (0.9, 0.7), (0.9, 1))]
    page.evaluate("scrollTo(0, 0)")
    swipe((0.3, 0.7), (0.3, 0.1))
    page.wait_for_function("scrollY > 20")


@pytest.mark.slow
def test_a_first_visit_of_each_view_is_small(open_page, address, gate):
    for place in ("cameras", "cameras/gate", "cameras/gate/zones"):
        _, size = carried(open_page(address, place))
        assert size < 80_000
