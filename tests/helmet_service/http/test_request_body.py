from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmet_service.http.problems import Problem
from helmet_service.http.request_body import Body, parse_form, parse_json

FORM = "multipart/form-data; boundary=b"
PICTURE = b'--b\r\nContent-Disposition: form-data; name="picture"; filename="a.jpg"\r\n\r\n\xff\xd8\x00\r\n'
REQUEST = b'--b\r\nContent-Disposition: form-data; name="request"\r\n\r\n{"hats": []}\r\n'
END = b"--b--\r\n"


def status_of(parse, *arguments) -> int:
    """200, or the status of the problem raised."""
    try:
        parse(*arguments)
    except Problem as problem:
        return problem.status
    return 200


@pytest.mark.parametrize("length", [None, 10])
def test_a_body_within_the_limit_is_read_whole(length):
    assert Body(io.BytesIO(b"0123456789"), length, 10).read() == b"0123456789"


def test_nothing_beyond_the_declared_length_is_read():
    stream = io.BytesIO(b"0123456789GET /next")
    assert Body(stream, 10, 100).read() == b"0123456789"
    assert stream.tell() == 10


@pytest.mark.parametrize(("length", "most_read"), [(11, 0), (None, 11)])
def test_a_body_over_the_limit_is_refused_with_no_more_read_than_tells_that(length, most_read):
    stream = io.BytesIO(bytes(1000))
    with pytest.raises(Problem) as raised:
        Body(stream, length, 10).read()
    assert raised.value.status == 413
    assert stream.tell() == most_read


def test_a_body_shorter_than_declared_is_refused():
    with pytest.raises(Problem) as raised:
        Body(io.BytesIO(b"{}"), 5, 10).read()
    assert raised.value.status == 400
    assert raised.value.errors[0].got == "one that broke off after 2 bytes"


def test_what_was_wrong_with_a_body_that_a_server_collected_is_told():
    late = Problem(408, "late")
    with pytest.raises(Problem) as raised:
        Body(io.BytesIO(), 5, 10, late).read()
    assert raised.value is late


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'{"a": 1, "a": 2}', {"a": 2}),
        ('{"a": "é"}'.encode("utf-16"), {"a": "é"}),
        (b"\xef\xbb\xbf[]", []),
        (b'"\\ud800"', "\ud800"),
        (b"null", None),
    ],
)
def test_json_is_read(data, value):
    assert parse_json(data) == value


@pytest.mark.parametrize(
    ("data", "got"),
    [
        (b"", "nothing"),
        (b"{", "Expecting property name enclosed in double quotes at character 1"),
        (b"{} {}", "Extra data at character 3"),
        (b"a=1&b=2", "Expecting value at character 0"),
        (b'{"a": "\xe9"}', "another byte at 7"),
        (b"\xff\xd8\xff\xe0", "another byte at 0"),
        (b"[" * 10_000, "one nested too deep"),
        (b'{"a":' * 10_000, "one nested too deep"),
        (b"[" * 10_000 + b"]" * 10_000, "one nested too deep"),
        (b"1" * 5000, "a number with too many digits"),
        (b'{"left": -' + b"1" * 5000 + b"}", "a number with too many digits"),
    ],
)
def test_what_is_no_json_is_refused(data, got):
    with pytest.raises(Problem) as raised:
        parse_json(data)
    assert raised.value.status == 400
    assert raised.value.errors[0].got == got


def test_more_values_than_any_sound_request_holds_are_refused_before_they_take_memory():
    with pytest.raises(Problem) as raised:
        parse_json(b"[" + b"[]," * 1_000_000 + b"[]]")
    assert raised.value.status == 413


@given(st.binary(max_size=200))
def test_any_bytes_are_json_or_a_400(data):
    assert status_of(parse_json, data) in (200, 400)


@pytest.mark.parametrize(
    "request_part",
    [REQUEST, REQUEST.replace(b'name="request"', b'name="request"; filename="request.json"')],
    ids=["field", "file"],
)
def test_a_form_has_a_picture_and_a_request(request_part):
    assert parse_form(PICTURE + request_part + END, FORM) == {"picture": b"\xff\xd8\x00", "hats": []}


@pytest.mark.parametrize("content_type", ["Multipart/Form-Data; boundary=b", "MULTIPART/FORM-DATA; Boundary=b"])
def test_a_form_is_a_form_in_any_case(content_type):
    assert parse_form(PICTURE + END, content_type) == {"picture": b"\xff\xd8\x00"}


def test_a_form_without_a_request_asks_for_the_defaults():
    assert parse_form(PICTURE + END, FORM) == {"picture": b"\xff\xd8\x00"}


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b"", FORM),
        (b"{}", FORM),
        (PICTURE, FORM),
        (PICTURE + b"--b", FORM),
        (PICTURE + END, "multipart/form-data"),
        (PICTURE + END, "multipart/form-data; boundary=c"),
        (PICTURE + END, "multipart/form-data; boundary=é"),
        (b"--b\r\nX-Other: y\r\n\r\n" + END, FORM),
        (PICTURE + REQUEST.replace(b"[]", b"[") + END, FORM),
    ],
)
def test_what_is_not_the_declared_form_is_a_400(data, content_type):
    with pytest.raises(Problem) as raised:
        parse_form(data, content_type)
    assert raised.value.status == 400


@pytest.mark.parametrize(
    ("data", "field", "got"),
    [
        (REQUEST, "picture", "nothing"),
        (PICTURE * 2, "picture", "2 of them"),
        (PICTURE.replace(b'; filename="a.jpg"', b""), "picture", "one without"),
        (PICTURE + REQUEST * 2, "request", "2 of them"),
        (PICTURE + REQUEST.replace(b'{"hats": []}', b"[]"), "request", "a list of 0"),
        (PICTURE + REQUEST.replace(b"hats", b"picture"), "picture", "a list of 0"),
        (PICTURE + REQUEST.replace(b'"request"', b'"requets"'), "requets", "one"),
        (PICTURE + b"--b\r\nContent-Disposition: form-data\r\n\r\n{}\r\n", "(no name)", "one"),
    ],
)
def test_wrong_parts_are_named(data, field, got):
    with pytest.raises(Problem) as raised:
        parse_form(data + END, FORM)
    assert raised.value.status == 422
    assert [(error.field, error.got) for error in raised.value.errors] == [(field, got)]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(PICTURE * 5 + END, id="five parts"),
        pytest.param(b"--b\r\n" + b"X: y\r\n" * 200_000 + END, id="endless headers"),
        pytest.param(REQUEST.replace(b"[]", b" " * 600_000) + END, id="large field"),
    ],
)
def test_a_form_has_limits_of_its_own(data):
    with pytest.raises(Problem) as raised:
        parse_form(data, FORM)
    assert raised.value.status == 413


@given(st.lists(st.sampled_from([PICTURE, REQUEST, END, b"--b", b"\r\n", b"--", b"\xff", b"{}", b"Content-Type: "])))
def test_any_form_is_read_or_refused(pieces):
    assert status_of(parse_form, b"".join(pieces), FORM) in (200, 400, 413, 422)
