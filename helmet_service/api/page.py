"""The page at `/ui`: static files of `helmet_service/page/`, sent packed, and the sample pictures it offers."""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, abort, redirect, request
from werkzeug.wrappers import Response as BaseResponse

page: Final = Blueprint("page", __name__)

_FOLDER: Final = Path(__file__).resolve().parents[1] / "page"
_SAMPLES: Final = _FOLDER.parents[1] / "samples"
_TYPES: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
# Files that have a packed form already are not packed again.
_PACKED_ALREADY: Final = frozenset({".jpg"})
# The page loads from this service alone, and runs and styles nothing that does not lie in a file of it. A picture of
# the person who uses it is shown before it is sent (blob:).
_OWN_ONLY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@page.get("/ui")
def index() -> Response:
    """The page itself."""
    response = _file(_FOLDER / "index.html")
    response.headers["Content-Security-Policy"] = _OWN_ONLY
    return response


@page.get("/ui/")
def index_with_slash() -> BaseResponse:
    """A redirection to the page from its path with a slash."""
    return redirect("../ui")


@page.get("/ui/<path:name>")
def asset(name: str) -> Response:
    """A file that the page loads."""
    return _file(_within(_FOLDER, name))


@page.get("/ui/samples/<path:name>")
def sample(name: str) -> Response:
    """A sample picture, its thumbnail, or `scenes.json` with the hat boxes in all of them."""
    return _file(_within(_SAMPLES, name))


def _within(folder: Path, name: str) -> Path:
    """A file of the folder; 404 for anything else, so also for a way out of it."""
    try:
        path = (folder / name).resolve(strict=True)
    except (OSError, ValueError):  # missing, too long a name, or one with a NUL
        abort(404)
    if not (path.is_relative_to(folder) and path.suffix in _TYPES and path.is_file()):
        abort(404)
    return path


def _file(path: Path) -> Response:
    """A file, packed where the client takes that; asked for again, it is sent only if it has changed."""
    packs = path.suffix not in _PACKED_ALREADY and request.accept_encodings["gzip"] > 0
    response = Response(_content(path, path.stat().st_mtime_ns, packs), mimetype=_TYPES[path.suffix])
    if packs:
        response.content_encoding = "gzip"
    response.vary.add("Accept-Encoding")
    response.cache_control.no_cache = True  # asks each time whether it has changed
    response.add_etag()  # of the content: an installer may give the files of all versions the same time
    response.make_conditional(request)
    return response


@lru_cache(maxsize=256)
def _content(path: Path, _changed_ns: int, packs: bool) -> bytes:
    content = path.read_bytes()
    return gzip.compress(content, mtime=0) if packs else content
