import hashlib
import io
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pose.__main__ import main
from pose.train.data.coco_download import Archive, DownloadError, download, fetch


class Owner(BaseHTTPRequestHandler):
    """Serves `server.files`; `server.ranges`: whether in parts; `server.cut`: after how many bytes to stop once."""

    def do_GET(self):
        content = self.server.files.get(self.path)
        asked = self.headers.get("Range")
        self.server.asked.append(asked)
        if content is None:
            self.send_error(404)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.server.ranges else 0
        if start >= len(content):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(content)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        cut, self.server.cut = self.server.cut, None
        self.wfile.write(content[start:][:cut])

    def log_message(self, *arguments):
        pass


@pytest.fixture
def owner():
    with ThreadingHTTPServer(("127.0.0.1", 0), Owner) as server:
        server.files, server.ranges, server.cut, server.asked = {}, True, None, []
        server.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def zipped(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


CONTENT = zipped(val2017__one="picture one", val2017__two="picture two")
WITH_MD5 = Archive("zips/val2017.zip", hashlib.md5(CONTENT).hexdigest(), "val2017")
WITHOUT_MD5 = Archive("zips/val2017.zip", None, "val2017")


@pytest.mark.parametrize(
    ("archive", "checked"),
    [(WITH_MD5, f"MD5 {WITH_MD5.md5} as expected"), (WITHOUT_MD5, "no checksum known, size and")],
    ids=["with MD5", "without"],
)
def test_an_archive_is_loaded_checked_and_unpacked_once(owner, tmp_path, archive, checked):
    owner.files["/zips/val2017.zip"] = CONTENT
    (line,) = fetch(tmp_path, (archive,), owner.url)
    assert checked in line
    assert (tmp_path / "val2017" / "two").read_text() == "picture two"
    assert not (tmp_path / "val2017.zip").exists()
    assert "exists already" in next(fetch(tmp_path, (archive,), owner.url))
    assert len(owner.asked) == 1


@pytest.mark.parametrize("ranges", [True, False])
def test_what_broke_off_goes_on_or_begins_anew_where_the_server_cannot(owner, tmp_path, ranges):
    owner.files["/zips/val2017.zip"] = CONTENT
    owner.ranges, owner.cut = ranges, 100
    with pytest.raises(DownloadError, match=f"expected {len(CONTENT)} bytes, got 100; run the command again"):
        list(fetch(tmp_path, (WITH_MD5,), owner.url))
    assert (tmp_path / "val2017.zip.part").stat().st_size == 100
    list(fetch(tmp_path, (WITH_MD5,), owner.url))
    assert owner.asked == [None, "bytes=100-"]
    assert (tmp_path / "val2017" / "one").read_text() == "picture one"


def test_a_part_that_is_already_whole_is_taken(owner, tmp_path):
    owner.files["/file"] = CONTENT
    (tmp_path / "file.part").write_bytes(CONTENT)
    download(f"{owner.url}/file", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_a_part_that_is_longer_than_the_file_is_refused(owner, tmp_path):
    owner.files["/file"] = CONTENT
    (tmp_path / "file.part").write_bytes(CONTENT + b"more")
    with pytest.raises(DownloadError, match="expected a file, got 416"):
        download(f"{owner.url}/file", tmp_path / "file")


def test_a_wrong_checksum_is_refused_and_the_file_removed(owner, tmp_path):
    owner.files["/zips/val2017.zip"] = CONTENT + b"!"
    with pytest.raises(DownloadError, match=f"expected MD5 {WITH_MD5.md5}, got .*; removed, try again"):
        list(fetch(tmp_path, (WITH_MD5,), owner.url))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"no zip file at all", CONTENT.replace(b"picture one", b"picture 0ne")])
def test_a_broken_archive_is_refused_even_where_no_checksum_is_known(owner, tmp_path, content):
    owner.files["/zips/val2017.zip"] = content
    with pytest.raises(DownloadError, match="expected a whole zip file, got a broken one"):
        list(fetch(tmp_path, (WITHOUT_MD5,), owner.url))


def test_a_file_that_the_owner_lacks_is_named(owner, tmp_path, capsys):
    assert main(["data", "fetch", "coco2017", str(tmp_path), "--base-url", owner.url]) == 1
    error = capsys.readouterr().err
    assert f"error: {owner.url}/annotations/annotations_trainval2017.zip: expected a file, got 404" in error


def test_a_server_that_is_not_there_is_named(owner, tmp_path):
    with pytest.raises(DownloadError, match=r"http://127\.0\.0\.1:1/file: interrupted .*run the command again"):
        download("http://127.0.0.1:1/file", tmp_path / "file")
