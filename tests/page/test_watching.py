"""What `open_page` and `no_axe_violations` let pass, and what they do not, on pages of a small server."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.page.watching import INSECURE_HOST, Watched

PAGE = '<!doctype html><html lang="en"><title>A page</title><link rel="icon" href="data:,"><main><h1>Hello</h1>{}'
POLICY = "default-src 'none'; script-src 'self'; img-src data:; connect-src *"
ELEMENTS = {
    "troubled": '<p style="color: red"></p><script src="troubles.js"></script>',
    "quiet": "",
    "unnamed": "<button></button>",
}
TROUBLES = """
console.error("too loud");
Promise.reject(new Error("nobody cares"));
fetch("refused");
fetch("http://elsewhere.test/").catch(() => {});
new WebSocket("ws://elsewhere.test/").onerror = () => {};
missing();
"""

pytestmark = pytest.mark.slow  # a test of tests


class Handler(BaseHTTPRequestHandler):
    """`/NAME/ui` is a page with the elements of this name."""

    def do_GET(self):
        _, name, file = self.path.split("/")
        text = {"ui": PAGE.format(ELEMENTS[name]), "troubles.js": TROUBLES}.get(file)
        self.send_response(200 if text is not None else 422)
        self.send_header("Content-Type", "text/javascript" if file.endswith(".js") else "text/html")
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write((text or "").encode())

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def pages():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_troubles_are_told_unless_they_are_allowed(browser, pages):
    strict, lenient = Watched(browser), Watched(browser)
    opened = [
        strict.open_page(f"{pages}/troubled"),
        lenient.open_page(f"{pages}/troubled", allowed=["422", "elsewhere"]),
    ]
    for page in opened:
        page.wait_for_load_state("networkidle")
    strict.close()
    lenient.close()
    common = ["Content-Security-Policy: style-src", "missing is not defined", "nobody cares", "too loud"]
    other = ["422", "asked elsewhere: http://elsewhere.test/", "asked elsewhere: ws://elsewhere.test/"]
    assert [part for part in common + other if not any(part in told for told in strict.troubles)] == []
    assert [part for part in common + other if any(part in told for told in lenient.troubles)] == common


def test_a_page_without_troubles_passes(open_page, no_axe_violations, pages):
    page = open_page(f"{pages}/quiet", "tab", lang="zh-CN", size=(360, 640), dark=True, reduced_motion=True)
    no_axe_violations(page)
    queries = ("(prefers-color-scheme: dark)", "(prefers-reduced-motion)", "(width: 360px)")
    assert page.evaluate("queries => queries.map(query => matchMedia(query).matches)", queries) == [True] * 3
    assert page.evaluate("[navigator.language, location.hash]") == ["zh-CN", "#tab"]


def test_axe_tells_of_a_button_without_a_name(open_page, no_axe_violations, pages):
    with pytest.raises(AssertionError, match="button-name"):
        no_axe_violations(open_page(f"{pages}/unnamed"))


def test_the_camera_shows_a_sample_where_browsers_allow_it(open_page, pages):
    page = open_page(f"{pages}/quiet", permissions=["camera"])
    size = "navigator.mediaDevices.getUserMedia({video: true}).then(camera => camera.getTracks()[0].getSettings())"
    settings = page.evaluate(size)
    assert (settings["width"], settings["height"]) == (1280, 720)
    insecure = open_page(f"{pages.replace('127.0.0.1', INSECURE_HOST)}/quiet")
    assert insecure.evaluate("[isSecureContext, navigator.mediaDevices]") == [False, None]
