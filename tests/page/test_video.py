"""The tab for videos, in a real browser."""

from __future__ import annotations

import json
import re
import socket
from contextlib import ExitStack

import pytest
from playwright.sync_api import expect

from helmet_service.settings import Settings
from helmet_service.verdicts.watching import Span, TrackSpans
from helmet_service.video.jobs import Jobs
from helmet_service.video.outcome import summary, timeline_json
from pose.video.probe import probe
from samples.demo import consumer, free_port, server, service
from tests.helmet_service.video.consumers import walk
from tests.pose.video.videos import picture, write

TRACKS = (
    TrackSpans(0, (Span(0.0, 11.8, "helmet", 0.97),)),
    TrackSpans(
        1, (Span(0.4, 1.0, "unknown", None), Span(1.0, 5.9, "helmet", 0.97), Span(5.9, 11.8, "no_helmet", 0.99))
    ),
)
BARE = "Person #1: no helmet from 0:05.9 to 0:11.8, 99%"
CHINESE = "[一-鿿]"
NAMES = re.compile(r"\w+\.mp4|\{.*\}")  # are not translated, nor is JSON
SLOW_BYTES_PER_S = 400_000


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """A video of twelve seconds."""
    path = tmp_path_factory.mktemp("film") / "gate.mp4"
    return write(path, map(picture, range(24)), times=[number / 2 for number in range(24)])


@pytest.fixture(scope="module")
def long_film(film):
    """The same with zeros behind it, which nobody reads."""
    path = film.with_name("crane.mp4")
    path.write_bytes(film.read_bytes() + bytes(2_000_000))
    return path


@pytest.fixture
def jobs(video_dir):
    """The jobs of `address`; none is left by a test."""
    jobs = Jobs(Settings(video_dir=video_dir, video_free_mb=0))
    yield jobs
    for job in jobs.all():
        jobs.cancel_and_remove(job.id)


def queued(jobs, film, name):
    folder = jobs.reserve()
    (folder / "upload").write_bytes(film.read_bytes())
    return jobs.begin(folder, "", {"id": name, "every": None}, probe(film))


def done(jobs, film, name="gate.mp4"):
    job = queued(jobs, film, name)
    jobs.change(job.id, lambda job: job.become("running"))
    jobs.result(job.id).write_bytes(film.read_bytes())
    jobs.timeline(job.id).write_text(json.dumps(timeline_json(TRACKS)))
    return jobs.change(job.id, lambda job: job.become("done", frames=24, summary=summary(TRACKS, 24, 24, None)))


def uploads(jobs):
    """The folders of uploads that are not complete."""
    return [folder for folder in (jobs.folder / "jobs").glob("*") if not (folder / "job.json").exists()]


def choose(page, video):
    page.locator("input[type=file]").first.set_input_files(video)


def upload(page, video):
    choose(page, video)
    page.get_by_role("button", name="Upload").click()


def slow_down(page):
    """From now on the page's uploads take their time."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    unbounded = {"offline": False, "latency": 0, "downloadThroughput": -1}
    session.send("Network.emulateNetworkConditions", unbounded | {"uploadThroughput": SLOW_BYTES_PER_S})


def listed(page, name):
    return page.get_by_role("listitem").filter(has_text=name)


def at(page):
    """Where the player is, in seconds."""
    return page.locator("video").evaluate("video => video.currentTime")


def test_a_result_is_shown_with_a_timeline_that_leads_through_the_video(
    address, jobs, film, open_page, no_axe_violations
):
    done(jobs, film)
    page = open_page(address, "video")
    listed(page, "gate.mp4").get_by_role("button", name="Show the result").click()
    expect(page.get_by_text("1 of 2 people without a helmet; first at 0:05.9.", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="gate.mp4").first).to_be_focused()
    page.get_by_role("button", name=BARE).click()
    expect(page.locator(".playhead")).to_have_attribute("style", re.compile("left: 50%"))
    assert at(page) == 5.9
    for key, name in (
        ("ArrowUp", "Person #0: helmet"),
        ("ArrowDown", "Person #1: cannot"),
        ("ArrowRight", "Person #1: helmet"),
    ):
        page.keyboard.press(key)
        expect(page.locator(":focus")).to_have_accessible_name(re.compile(name))
    page.keyboard.press("Enter")
    assert at(page) == 1.0
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the timeline").click()
    assert download.value.suggested_filename == "gate-timeline.json"
    no_axe_violations(page)


def test_a_video_is_sent_waits_its_turn_and_is_cancelled_by_keyboard_alone(
    address, jobs, film, open_page, no_axe_violations
):
    queued(jobs, film, "first.mp4")
    page = open_page(address, "video")
    expect(page.get_by_text("up to 2 GB and 4 hours")).to_be_visible()
    with page.expect_file_chooser() as chooser:
        press_tab_until(page, "Choose a video")
        page.keyboard.press("Enter")
    chooser.value.set_files(film)
    press_tab_until(page, "Upload")
    page.keyboard.press("Enter")
    expect(listed(page, "gate.mp4")).to_contain_text("1 video is before it.")
    press_tab_until(page, "Cancel: gate.mp4")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Cancel the work on gate.mp4?")
    no_axe_violations(page)
    page.keyboard.press("Escape")
    expect(page.locator(":focus")).to_have_accessible_name("Cancel: gate.mp4")
    page.keyboard.press("Enter")
    press_tab_until(page, "Cancel")
    page.keyboard.press("Enter")
    expect(listed(page, "gate.mp4")).to_have_count(0)
    expect(page.get_by_role("status")).to_have_text("gate.mp4 was removed.")
    assert [job.request["id"] for job in jobs.all()] == ["first.mp4"]


def press_tab_until(page, name):
    """Press Tab until what has this name has the focus."""
    named = "({ariaLabel, labels, textContent}) => ariaLabel ?? (labels?.[0]?.textContent ?? textContent).trim()"
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.locator(":focus").evaluate(named) == name:
            return
    pytest.fail(f"expected that Tab leads to {name}")


def test_jobs_are_there_when_the_page_is_loaded_again_and_can_be_deleted(address, jobs, film, open_page):
    done(jobs, film, "old.mp4")
    done(jobs, film, "new.mp4")
    page = open_page(address, "video")
    for _ in range(2):
        expect(page.get_by_role("heading", level=3)).to_have_text(["new.mp4", "old.mp4"])
        page.reload()
    listed(page, "old.mp4").get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", level=3)).to_have_text(["new.mp4"])
    assert [job.request["id"] for job in jobs.all()] == ["new.mp4"]


def test_a_job_that_nobody_takes_says_that_the_consumer_must_run(address, jobs, film, open_page):
    queued(jobs, film, "gate.mp4")
    page = open_page(address, "about:blank")
    page.clock.install()
    page.goto(f"{address}/ui#video")
    page.reload()
    expect(listed(page, "gate.mp4")).to_contain_text("It is next.")
    page.clock.fast_forward(11_000)
    expect(listed(page, "gate.mp4")).to_contain_text("python -m helmet_service work")


@pytest.mark.slow
def test_changes_of_a_job_are_told(address, jobs, film, open_page):
    job = queued(jobs, film, "gate.mp4")
    page = open_page(address, "video")
    expect(listed(page, "gate.mp4")).to_contain_text("It is next.")
    jobs.change(job.id, lambda job: job.become("running"))
    jobs.change(job.id, lambda job: job.become("running", frames=6, eta_s=120.0))
    expect(listed(page, "gate.mp4")).to_contain_text("25% · about 2 minutes left")
    jobs.change(job.id, lambda job: job.become("failed", error="no frame can be decoded"))
    expect(listed(page, "gate.mp4")).to_contain_text("failed")
    expect(page.get_by_role("status")).to_have_text("gate.mp4 failed.")


def test_what_is_no_video_is_refused_in_plain_words(address, jobs, tmp_path, open_page):
    (tmp_path / "gate.mp4").write_bytes(b"PK\3\4" + bytes(1000))
    page = open_page(address, "video", allowed=["422"])
    upload(page, tmp_path / "gate.mp4")
    expect(page.get_by_role("alert")).to_contain_text("The service cannot read this as a video.")
    assert uploads(jobs) == []


@pytest.mark.slow
def test_a_video_that_is_dropped_gives_its_job_a_name(address, jobs, film, open_page):
    page = open_page(address, "video")
    dropped = page.evaluate_handle(
        """([name, bytes]) => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], name));
            return data;
        }""",
        ["北门\x85\u3000" + 200 * "x" + ".mp4", list(film.read_bytes())],
    )
    page.get_by_text("There are no videos yet.").dispatch_event("drop", {"dataTransfer": dropped})
    page.get_by_role("button", name="Upload").click()
    expect(listed(page, "北门")).to_contain_text("It is next.")
    assert [job.request["id"] for job in jobs.all()] == ["北门  " + 124 * "x"]


def test_an_upload_tells_how_far_it_is_and_can_be_cancelled(address, jobs, long_film, open_page):
    page = open_page(address, "video")
    slow_down(page)
    upload(page, long_film)
    expect(page.get_by_text(re.compile(r"of 2 MB · .*/s, .* left"))).to_be_visible()
    page.get_by_role("button", name="Cancel the upload").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the upload").click()
    expect(page.get_by_role("button", name="Upload")).to_be_visible()
    assert jobs.all() == []


@pytest.mark.slow
def test_a_phone_in_chinese_shows_all_of_it(address, jobs, film, open_page, no_axe_violations):
    done(jobs, film)
    queued(jobs, film, "waiting.mp4")
    page = open_page(address, "video", lang="zh-CN", size=(360, 640), dark=True)
    choose(page, film)
    page.get_by_text("选项").click()
    listed(page, "gate.mp4").get_by_role("button", name="查看结果").click()
    expect(page.get_by_text("2 人中有 1 人未戴安全帽；首次出现在 0:05.9。", exact=True)).to_be_visible()
    lines = page.locator("main").inner_text().splitlines()
    english = [line for line in lines if re.search("[A-Za-z]{3}", NAMES.sub("", line)) and not re.search(CHINESE, line)]
    assert english == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    no_axe_violations(page)


@pytest.mark.slow
def test_a_video_becomes_a_result_that_is_shown(tmp_path, open_page):
    settings = {"VIDEO_DIR": str(tmp_path / "videos"), "VIDEO_FREE_MB": "0"}
    film = walk(tmp_path / "walk.mp4", 20)
    with service(WORKERS="1", **settings) as running, consumer(**settings):
        page = open_page(running.address, "video", allowed=["ERR_"])
        upload(page, film)
        expect(page.get_by_role("group", name="Timeline")).to_be_visible(timeout=120_000)
        expect(page.locator("video")).to_have_js_property("readyState", 4)
        span = page.locator(".span").last
        span.click()
        assert at(page) == float(span.get_attribute("data-from"))
        expect(page.get_by_role("status")).to_contain_text("people")


@pytest.mark.slow
def test_a_service_without_pyav_says_that_it_takes_no_videos(address, open_page):
    page = open_page(address, "picture")

    def without(route):
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"takes_videos": False})

    page.route("**/v1/info", without)
    page.get_by_role("link", name="Video").click()
    expect(page.get_by_text("This service takes no videos")).to_be_visible()
    expect(page.get_by_label("Choose a video")).to_have_count(0)


@pytest.mark.slow
def test_a_result_that_was_removed_meanwhile_says_so(address, jobs, film, open_page):
    job = done(jobs, film)
    page = open_page(address, "video", allowed=["410"])
    expect(listed(page, "gate.mp4")).to_be_visible()
    jobs.cancel_and_remove(job.id)
    listed(page, "gate.mp4").get_by_role("button", name="Show the result").click()
    expect(page.get_by_role("alert").first).to_contain_text("This was removed.")
    expect(page.get_by_text("The browser cannot load or play the drawn video.")).to_be_visible()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"VIDEO_MAX_MB": "1"}, "This video is too large: it has 2 MB, and the service takes up to 1 MB."),
        ({"VIDEO_FREE_MB": "100000000"}, "The disk of the service has no room for this video."),
        ({"RATE_LIMIT": "2"}, "Too many requests in a short time."),  # the page asks for facts and the list
    ],
)
def test_an_upload_that_is_refused_says_why(tmp_path, long_film, open_page, no_axe_violations, settings, told):
    with service(**{"WORKERS": "1", "VIDEO_DIR": str(tmp_path), "VIDEO_FREE_MB": "0"} | settings) as running:
        page = open_page(running.address, "video", allowed=["503", "429", "ERR_"])
        expect(page.get_by_text("There are no videos yet.")).to_be_visible()
        expect(page.get_by_text("and 4 hours")).to_be_visible()
        upload(page, long_film)
        expect(page.get_by_role("alert")).to_contain_text(told)
        no_axe_violations(page)


@pytest.mark.slow
def test_who_signs_in_has_the_videos_of_the_own_key_alone(tmp_path, film, open_page):
    keys = ("gate-three-7Yt0pQ2xLw", "gate-four-9Yt0pQ2xLwQ")
    (tmp_path / "keys").write_text("\n".join(keys))
    settings = {"VIDEO_DIR": str(tmp_path / "videos"), "VIDEO_FREE_MB": "0", "API_KEYS_FILE": str(tmp_path / "keys")}
    with service(WORKERS="1", **settings) as running:
        first, second = (open_page(running.address, "video", allowed=["401", "ERR_"]) for _ in keys)
        for page, key in zip((first, second), keys, strict=True):
            page.get_by_label("API key").fill(key)
            page.get_by_role("dialog").get_by_role("button", name="Sign in").click()
            expect(page.get_by_text("There are no videos yet.")).to_be_visible()
        upload(first, film)
        expect(listed(first, "gate.mp4")).to_contain_text("It is next.")
        second.reload()
        expect(second.get_by_text("There are no videos yet.")).to_be_visible()
        listed(first, "gate.mp4").get_by_role("button", name="Cancel").click()
        first.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        expect(first.get_by_text("There are no videos yet.")).to_be_visible()


@pytest.mark.slow
def test_an_upload_is_tried_again_when_there_is_a_place(tmp_path, long_film, open_page):
    with service(WORKERS="1", VIDEO_DIR=str(tmp_path), VIDEO_FREE_MB="0") as running, ExitStack() as closing:
        port = int(running.address.rpartition(":")[2])
        jobs = Jobs(Settings(video_dir=tmp_path, video_free_mb=0))
        head = b"POST /v1/videos HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        for _ in range(8):
            closing.enter_context(socket.create_connection(("127.0.0.1", port))).sendall(
                head + b"Content-Length: 9\r\n\r\n"
            )
        page = open_page(running.address, "video", allowed=["503", "ERR_"])
        expect(page.get_by_text("There are no videos yet.")).to_be_visible()
        assert len(uploads(jobs)) == 8
        upload(page, long_film)
        expect(page.get_by_role("alert")).to_contain_text("receives as many videos as it can")
        expect(page.get_by_text(re.compile("Next try in . second"))).to_be_visible()
        closing.close()
        expect(listed(page, "crane.mp4")).to_be_visible()


@pytest.mark.slow
def test_after_the_service_was_away_an_upload_can_be_sent_again_and_the_list_comes_back(
    tmp_path, film, long_film, open_page
):
    settings = {"WORKERS": "1", "VIDEO_DIR": str(tmp_path), "VIDEO_FREE_MB": "0", "LOG_LEVEL": "error", "DRAIN_S": "0"}
    port = free_port()
    start = ("gunicorn", "--config", "gunicorn.conf.py", "wsgi:app"), port, "/readyz", {**settings, "PORT": str(port)}
    with server(*start) as running:
        page = open_page(running.address, "video", allowed=["ERR_"])
        upload(page, film)
        expect(listed(page, "gate.mp4")).to_contain_text("It is next.")
        slow_down(page)
        upload(page, long_film)
        expect(page.get_by_text(re.compile("of 2 MB"))).to_be_visible()
        running.process.kill()
        expect(page.get_by_role("alert").first).to_contain_text("The upload broke off")
        expect(page.locator(".jobs").get_by_role("alert")).to_contain_text("The service does not answer.")
    jobs = Jobs(Settings(video_dir=tmp_path, video_free_mb=0))
    with server(*start):
        expect(page.locator(".jobs").get_by_role("alert")).to_have_count(0)
        page.get_by_role("button", name="Upload").click()
        expect(listed(page, "crane.mp4")).to_contain_text("1 video is before it.")
        jobs.change(jobs.all()[0].id, lambda job: job.become("running", frames=12))
        expect(listed(page, "gate.mp4")).to_contain_text("50%")
