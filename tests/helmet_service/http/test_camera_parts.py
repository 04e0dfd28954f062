from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmet_service.http.camera_parts import CameraParts
from helmet_service.http.problems import Problem

MOST = 1000
JPEG = b"\xff\xd8 any bytes \r\n--frontie\r-- \r\n\r\n \xff\xd9"


def parts(body, size=7, content_type="multipart/x-mixed-replace; boundary=frontier"):
    """What comes out of a body that is fed in pieces of this size."""
    taken = CameraParts(content_type, MOST)
    found = [part for at in range(0, len(body), size) for part in taken.feed(body[at : at + size])]
    return found + list(taken.end())


def sized(data, head="Content-Type: image/jpeg", delimiter="--frontier", end="\r\n"):
    return f"{delimiter}{end}{head}{end}Content-Length: {len(data)}{end}{end}".encode() + data + end.encode()


def unsized(data, delimiter="--frontier"):
    return f"{delimiter}\r\nContent-Type: image/jpeg\r\n\r\n".encode() + data + b"\r\n"


XML = b'<EventNotificationAlert version="2.0"><eventType>VMD</eventType></EventNotificationAlert>'
ALERT_STREAM = sized(XML, 'Content-Type: application/xml; charset="UTF-8"') + sized(
    JPEG, 'Content-Disposition: form-data; name="Picture"; filename="a.jpg"\r\nContent-Type: image/jpeg'
)
SNAP_MANAGER = sized(b"Events[0].EventBaseInfo.Code=VideoMotion\r\n", "Content-Type: text/plain") + sized(JPEG)


@pytest.mark.parametrize("size", [1, 2, 7, 100_000])
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", []),
        (sized(JPEG), [JPEG]),
        (sized(JPEG, end="\n"), [JPEG]),
        (sized(b""), [b""]),
        (b"preamble\r\n" + sized(JPEG) + b"between\r\n" + sized(JPEG * 2), [JPEG, JPEG * 2]),
        (ALERT_STREAM, [XML, JPEG]),
        (SNAP_MANAGER, [b"Events[0].EventBaseInfo.Code=VideoMotion\r\n", JPEG]),
        (unsized(JPEG) + unsized(b"") + b"--frontier--\r\n", [JPEG, b""]),
        (unsized(JPEG) + b"--frontier--\r\n" + sized(JPEG), [JPEG]),  # what follows the end is no part
        (sized(JPEG, delimiter="----frontier"), [JPEG]),  # the boundary was named without its own dashes
        (sized(JPEG)[:-9], []),  # broken off
        (unsized(JPEG)[:-2], [JPEG]),
        (unsized(JPEG)[:20], []),
        (b"--frontiers\r\n\r\nno" + sized(JPEG), []),
    ],
    ids=str,
)
def test_parts_come_whole_in_whatever_pieces(body, expected, size):
    assert parts(body, size) == expected


@pytest.mark.parametrize(
    ("content_type", "delimiter"),
    [
        ("multipart/form-data; boundary=frontier", "--frontier"),
        ('Multipart/Mixed; boundary="frontier"', "--frontier"),
        ("multipart/x-mixed-replace;boundary=--frontier", "--frontier"),
        ("multipart/x-mixed-replace; boundary=--frontier", "----frontier"),
        ("multipart/form-data; boundary=----", "------"),
    ],
)
def test_boundaries_are_taken_as_cameras_name_them(content_type, delimiter):
    assert parts(sized(JPEG, delimiter=delimiter) * 2, content_type=content_type) == [JPEG, JPEG]


def test_a_sized_part_is_told_with_its_last_byte_and_no_other_with_it():
    taken = CameraParts("multipart/mixed; boundary=frontier", MOST)
    assert list(taken.feed(sized(JPEG)[:-3])) == []
    assert list(taken.feed(sized(JPEG)[-3:-2])) == [JPEG]
    assert taken.held == 0


@given(st.lists(st.binary(max_size=200)), st.integers(1, 50), st.booleans())
def test_all_bytes_of_all_parts_come_as_they_were(bodies, size, are_sized):
    bodies = [body.replace(b"frontier", b"") for body in bodies]
    write = sized if are_sized else unsized
    assert parts(b"".join(map(write, bodies)) + b"--frontier--", size) == bodies


@pytest.mark.parametrize(
    "body",
    [
        sized(bytes(MOST + 1)),
        sized(JPEG).replace(b"Content-Length: ", b"Content-Length: 99999999"),
        unsized(bytes(MOST + 1)),
        b"--frontier\r\n" + b"A: b\r\n" * 4000,
    ],
)
@pytest.mark.parametrize("size", [100, 100_000])
def test_a_part_that_is_too_large_is_refused(body, size):
    with pytest.raises(Problem) as raised:
        parts(body, size)
    assert (raised.value.status, raised.value.errors[0].field) == (413, "body")


def test_what_lies_between_parts_is_not_kept():
    taken = CameraParts("multipart/mixed; boundary=frontier", MOST)
    for _ in range(100):
        assert list(taken.feed(b"-" * 1000)) == []
        assert taken.held < 1000
    assert list(taken.feed(b"\r\n" + sized(JPEG))) == [JPEG]


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("image/jpeg", 415),
        ("", 415),
        ("multipart/mixed", 400),
        ("multipart/mixed; boundary=", 400),
        (f"multipart/mixed; boundary={'x' * 71}", 400),
    ],
)
def test_another_type_or_no_boundary_is_refused(content_type, status):
    with pytest.raises(Problem) as raised:
        CameraParts(content_type, MOST)
    assert raised.value.status == status
