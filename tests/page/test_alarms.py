"""The alarms tab, in a real browser: alarms as the watch records them, and what people say of them."""

from __future__ import annotations

import re
import shutil
import time

import pytest
from playwright.sync_api import expect

from helmet_service.alarms.alarm import Acknowledgement
from helmet_service.alarms.evidence_folder import Evidence
from helmet_service.alarms.store import AlarmStore
from helmet_service.cameras.camera import AlarmRules
from helmet_service.cameras.watch_folder import CameraState, KnownCamera, WatchFolder
from tests.helmet_service.alarms.kept import PERSON, alarm_id, off, on, repeat
from tests.page.showing import NAMES, SAID

GATE = KnownCamera("gate-3", "3 号门", "stream", "rtsp://10.0.0.7/stream1", 1.0, "always")
CRANE = KnownCamera("crane", "3 号门", "stream", "rtsp://10.0.0.8/stream1", 1.0, "always")


@pytest.fixture
def store(watch_dir):
    """The alarms of `address`, of two cameras that are watched; none is left by a test."""
    folder = WatchFolder(watch_dir)
    folder.publish([GATE, CRANE])
    folder.write_state(CameraState("gate-3", time.time() + 3600, "live", time.time()))
    yield AlarmStore(watch_dir)
    shutil.rmtree(watch_dir)


@pytest.fixture(scope="module")
def evidence(root):
    picture = (root / "samples" / "site_two.jpg").read_bytes()
    return Evidence(picture, picture, {}, PERSON)


def record(store, evidence, *events):
    begun = {event.alarm.id: evidence for event in events if event.kind == "alarm_on"}
    store.record(events, evidence=begun)


def some_alarms(store, evidence):
    """One that lasts and is the oldest, one whose person left, and one that somebody has called false."""
    now = time.time()
    lasting, left, false = on(1, now - 700), on(2, now - 600, zone=""), on(3, now - 500, camera="crane")
    record(
        store,
        evidence,
        lasting,
        repeat(lasting, now - 100),
        left,
        off(left, now - 580, "left"),
        false,
        off(false, now - 400),
    )
    said = Acknowledgement(now - 300, "Ann", false_alarm=True, reason="not_required", note="The canteen.")
    store.acknowledge(alarm_id(3), said)


def listed(page):
    return page.locator(".alarms .list li")


def test_alarms_are_listed_looked_at_and_acknowledged_by_keyboard(
    open_page, no_axe_violations, address, store, evidence
):
    some_alarms(store, evidence)
    page = open_page(address, "alarms")
    expect(listed(page)).to_contain_text(
        [
            re.compile("3 号门 · Kran „Süd“.*Open for 1[12] minutes.*told once more.*Not acknowledged", re.S),
            re.compile("False alarm: no helmet is required there · Ann · .*5 minutes ago", re.S),
            re.compile("Ended after 24 seconds: the person left.*Not acknowledged", re.S),
        ]
    )
    expect(page).to_have_title("(1) Alarms – Helmet service")
    listed(page).first.get_by_role("link").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="3 号门 · Kran")).to_be_focused()
    picture = page.get_by_role("img", name="The picture of the alarm")
    expect(picture).to_have_js_property("naturalWidth", 1280)
    no_axe_violations(page)
    page.get_by_role("button", name="Acknowledge", exact=True).press("Enter")
    expect(page.get_by_role("button", name="Change…")).to_be_focused()
    expect(page).to_have_title("Alarms – Helmet service")
    page.keyboard.press("Enter")
    page.get_by_label("False: nobody is there").check()
    page.get_by_label("Note").fill("A pipe.")
    page.get_by_label("Your name").fill("Bo")
    no_axe_violations(page)
    page.keyboard.press("Enter")
    expect(listed(page).first).to_contain_text("False alarm: nobody is there · Bo")
    said = store.alarm(alarm_id(1)).acknowledged
    assert (said.false_alarm, said.reason, said.note, said.by) == (True, "nobody_there", "A pipe.", "Bo")
    page.get_by_role("link", name="Close").press("Enter")
    expect(listed(page).first.get_by_role("link")).to_be_focused()


@pytest.mark.slow
def test_a_new_alarm_is_told_and_leaves_the_rest_where_it_is(open_page, address, store, evidence):
    record(store, evidence, *(on(number, time.time() - 900 + number) for number in range(1, 9)))
    page = open_page(address, "alarms", size=(360, 640))
    last = listed(page).last.get_by_role("link")
    last.focus()
    before = last.bounding_box()
    record(store, evidence, on(9, time.time()))
    expect(page.get_by_role("status")).to_have_text("New alarm at 3 号门")
    expect(listed(page)).to_have_count(9)
    expect(last).to_be_focused()
    assert abs(last.bounding_box()["y"] - before["y"]) < 1


@pytest.mark.slow
def test_filters_and_older_alarms(open_page, address, store, evidence, no_axe_violations):
    now = time.time() - 3600
    for number in range(1, 60):
        camera = "crane" if number == 2 else "gate-3"
        record(store, evidence, on(number, now + number, camera=camera), off(on(number, now, camera=camera), now + 90))
    page = open_page(address, "alarms")
    expect(listed(page)).to_have_count(25)
    page.get_by_role("button", name="Show older ones").click()
    expect(listed(page)).to_have_count(50)
    page.get_by_role("button", name="Show older ones").click()
    expect(listed(page)).to_have_count(59)
    expect(page.get_by_role("button", name="Show older ones")).to_have_count(0)
    page.get_by_label("Camera").select_option("crane")
    expect(listed(page)).to_have_count(1)
    page.get_by_label("Show").select_option("open now")
    expect(page.get_by_text("No alarm fits this choice.")).to_be_visible()
    no_axe_violations(page)
    page.get_by_role("button", name="Show all alarms").click()
    expect(listed(page)).to_have_count(25)
    record(store, evidence, on(60, now + 60, camera="crane"))
    page.goto(f"{address}/ui#alarms/camera/crane")  # where the camera's tile leads
    expect(listed(page)).to_have_count(1)
    expect(page.get_by_label("Show")).to_have_value("open")
    expect(page.get_by_label("Camera")).to_have_value("crane")


@pytest.mark.slow
def test_an_alarm_that_is_no_longer_kept_says_so(open_page, address, store, evidence):
    first = on(1)
    record(store, evidence, first, off(first, first.at + 9))
    page = open_page(address, f"alarms/{alarm_id(1)}", allowed=["404"])
    expect(page.get_by_role("img", name="The picture of the alarm")).to_be_visible()
    store.purge(AlarmRules(keep_days=0), passed_s=1.0)
    expect(page.get_by_text("This alarm is no longer kept")).to_be_visible()
    expect(page.get_by_text("There are no alarms.")).to_be_visible()
    page.get_by_role("link", name="Close").click()
    expect(page.get_by_role("heading", name="List of alarms")).to_be_focused()


@pytest.mark.slow
def test_without_a_watch_the_tab_says_what_to_do(open_page, address, watch_dir):
    page = open_page(address, "alarms")
    expect(page.get_by_text("No cameras are watched yet")).to_be_visible()
    WatchFolder(watch_dir).publish([GATE])
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("The cameras are not watched now")
    shutil.rmtree(watch_dir)


@pytest.mark.slow
def test_a_service_that_does_not_answer_is_told_and_the_list_comes_back(open_page, address, store, evidence):
    page = open_page(address, "alarms", allowed=["ERR_INTERNET_DISCONNECTED"])
    expect(page.get_by_text("There are no alarms.")).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    record(store, evidence, on(1, time.time()))
    page.context.set_offline(False)
    expect(listed(page)).to_have_count(1)
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.slow
def test_a_phone_in_chinese_shows_all_of_it(open_page, address, store, evidence, no_axe_violations):
    some_alarms(store, evidence)
    page = open_page(address, "alarms", lang="zh-CN", size=(360, 640), dark=True)
    expect(listed(page)).to_have_count(3)
    no_axe_violations(page)
    listed(page).first.get_by_role("link").click()
    expect(listed(page).first).to_be_hidden()
    page.get_by_role("button", name="误报…").click()
    no_axe_violations(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert set(re.findall(r"[A-Za-z][A-Za-z]+", page.evaluate(SAID))) - NAMES - {"Kran", "Ann"} == set()


TELL = """
    window.told = [];
    window.Notification = class {
        static requestPermission = async () => "granted";
        constructor(text) { told.push(text); }
    };
    OscillatorNode.prototype.start = () => told.push("a tone");
    OscillatorNode.prototype.stop = () => {};
"""


@pytest.mark.slow
def test_new_alarms_sound_and_notify_where_somebody_wants_it(open_page, address, store, evidence):
    page = open_page(address, "alarms")
    expect(page.get_by_text("There are no alarms.")).to_be_visible()
    page.evaluate(TELL)
    page.get_by_text("Tell me of new alarms").click()
    page.get_by_label("with a notification").check()
    page.get_by_label("with a sound").check()
    record(store, evidence, on(1, time.time()))
    expect(listed(page)).to_have_count(1)
    assert page.evaluate("told") == ["a tone", "a tone", "a tone", "a tone", "New alarm at 3 号门"]


@pytest.mark.slow
def test_a_browser_that_shows_no_notifications_says_so(open_page, address):
    page = open_page(address, "alarms")
    page.get_by_text("Tell me of new alarms").click()
    page.get_by_label("with a notification").click()  # nobody is there to allow it
    expect(page.get_by_role("alert")).to_contain_text("The browser shows no notifications")
    expect(page.get_by_label("with a notification")).not_to_be_checked()


LISTS = """async () => {
    const {joined, openFirst} = await import("./ui/tabs/alarms/following.js");
    const {partAround} = await import("./ui/tabs/alarms/cut_out.js");
    const list = (ids, more) => ({alarms: [...ids].map((id) => ({id, ended: id < "x" ? 1 : null, camera: id})), more});
    const said = ({alarms, more}) => [alarms.map(({id}) => id).join(""), more];
    const open = list("zyx", false).alarms;
    return {
        joined: [
            joined(list("", false), list("dc", true)),
            joined(list("dcba", false), list("ed", true)),
            joined(list("dcb", true), list("edc", true)),
            joined(list("cb", true), list("fe", true)),
            joined(list("dcba", true), list("da", false)),
        ].map(said),
        openFirst: ["", "y"].map((camera) => openFirst(list("zcb", true), open, {which: "all", camera}))
            .map((alarms) => alarms.map(({id}) => id).join("")),
        parts: [
            [{left: 0.45, top: 0.4, width: 0.1, height: 0.2}, 2, 1],
            [{left: 0.9, top: 0.8, width: 0.1, height: 0.2}, 2, 1],
            [{left: 0, top: 0, width: 1, height: 1}, 0.5, 1],
        ].map((about) => Object.values(partAround(...about)).map((share) => Math.round(100 * share))),
    };
}"""


def test_pages_of_the_list_join_without_gaps_and_cut_outs_stay_in_the_picture(open_page, address):
    assert open_page(address, "tls").evaluate(LISTS) == {
        "joined": [["dc", True], ["edcba", False], ["edcb", True], ["fe", True], ["da", False]],
        "openFirst": ["zyxcb", "ycb"],
        "parts": [[43, 35, 15, 30], [85, 70, 15, 30], [0, 25, 100, 50]],
    }
