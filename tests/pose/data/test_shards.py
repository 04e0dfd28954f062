import io
import re
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from pose.data.labels import read_labels
from pose.data.shards import decoded, read_shard
from tests.pose.pictures.exif import orientation_stored_as
from tests.pose.shard_files import BROKEN, CLEAR, HEAD, LABELS, PICTURE, changed, encoded, outcome, packed


def written(tmp_path, content):
    (tmp_path / "a.tar").write_bytes(content)
    return tmp_path / "a.tar"


@pytest.mark.parametrize("form", CLEAR)
def test_labels_whose_meaning_is_clear_are_read(tmp_path, form):
    (picture,) = read_shard(written(tmp_path, CLEAR[form](tmp_path)))
    labels = read_labels(LABELS)
    assert picture.name == "a"
    assert picture.pixels.shape == (60, 80, 3)
    assert picture.labels.people == labels.people
    assert picture.heads.tolist() == [[30, 5, 12, 14]]
    assert picture.helmeted.tolist() == [True]
    assert picture.ignore.tolist() == [[60, 10, 10, 40]]
    assert (picture.labels.people_complete, picture.labels.heads_complete) == (True, True)
    assert picture.labels.boxes == labels.boxes


@pytest.mark.parametrize("kind", BROKEN)
def test_what_cannot_be_used_is_named_with_file_and_field(tmp_path, kind):
    content, message = BROKEN[kind]
    shard = written(tmp_path, content)
    with pytest.raises(ValueError, match=f"^{re.escape(str(shard))}.*{re.escape(message)}") as raised:
        list(read_shard(shard))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9])
@pytest.mark.parametrize("form", ["as documented", "gzip", "bzip2", "xz", "zip"])
def test_a_download_that_was_cut_is_never_read_as_a_whole_one(tmp_path, form, share):
    whole = CLEAR[form](tmp_path)
    with pytest.raises(ValueError, match=r"a\.tar: expected a tar or zip file, got .*truncated or damaged"):
        list(read_shard(written(tmp_path, whole[: int(share * len(whole.rstrip(b"\0")))])))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.data())
@pytest.mark.parametrize("form", ["as documented", "gzip", "zip"])
def test_damage_anywhere_is_read_past_or_refused(tmp_path_factory, form, data):
    folder = tmp_path_factory.mktemp("shard")
    whole = CLEAR[form](folder)
    place = data.draw(st.integers(0, len(whole) - 1))
    piece = data.draw(st.binary(max_size=40))
    shard = written(folder, whole[:place] + piece + whole[place + len(piece) :])
    pictures = outcome(lambda: list(read_shard(shard)))
    if isinstance(pictures, ValueError):
        assert str(pictures).startswith(f"{shard}: ")
        assert "\n" not in str(pictures)
    else:
        assert pictures


def test_pictures_keep_the_order_of_their_archive_and_the_names_of_its_folders(tmp_path):
    members = [{f"{name}.png": PICTURE, f"{name}.json": encoded(LABELS)} for name in ("b/2", "./a/1", "c")]
    shard = written(tmp_path, packed(members[0] | members[1] | members[2]))
    assert [picture.name for picture in read_shard(shard)] == ["b/2", "a/1", "c"]


def test_heads_of_unknown_kind_teach_and_measure_nothing(tmp_path):
    (picture,) = read_shard(written(tmp_path, changed(heads=[HEAD, {"box": [50, 5, 12, 14]}])))
    assert picture.heads.tolist() == [HEAD["box"]]
    assert not picture.labels.heads_complete


def test_a_file_that_is_not_there_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        list(read_shard(tmp_path / "missing.tar"))


def test_a_picture_is_turned_as_its_exif_says_unless_it_is_wanted_as_stored():
    file = io.BytesIO()
    Image.new("RGB", (30, 20)).save(file, "JPEG", exif=orientation_stored_as(3, "<", struct.pack("<H", 6)))
    assert decoded(file.getvalue(), "a.jpg").shape == (30, 20, 3)
    assert decoded(file.getvalue(), "a.jpg", upright=False).shape == (20, 30, 3)
