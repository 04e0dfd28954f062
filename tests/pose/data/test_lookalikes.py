import pytest

from pose.data.lookalikes import lookalike


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "an empty file"),
        (b"<!DOCTYPE html>\n<html>", "an HTML page"),
        (b"\xef\xbb\xbf\r\n  <HTML lang=en>", "an HTML page"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "an XML page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "a Git LFS pointer"),
    ],
)
def test_what_comes_in_the_place_of_a_file_is_recognised(tmp_path, content, kind):
    (tmp_path / "file").write_bytes(content)
    assert lookalike(tmp_path / "file").startswith(kind)


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"{}", b"version 1", b"\0" * 4096])
def test_other_files_are_not(tmp_path, content):
    (tmp_path / "file").write_bytes(content)
    assert lookalike(tmp_path / "file") is None
