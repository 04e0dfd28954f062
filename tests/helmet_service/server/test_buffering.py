from __future__ import annotations

import io

import gevent
import pytest

from helmet_service import create_app
from helmet_service.http.request_body import BODY_PROBLEM
from helmet_service.server.buffering import Buffering
from helmet_service.server.waiting import WaitingClients
from helmet_service.settings import Settings
from helmet_service.video.jobs import Jobs
from helmet_service.work.service import EXTENSION
from tests.helmet_service.api.checks import full

LIMIT = 1_000_000


class Silent(io.BytesIO):
    """A client that sends a part and then nothing."""

    def read(self, size=-1):
        if not (piece := super().read(size)):
            gevent.sleep(60)
        return piece


class Endless(io.BytesIO):
    """A client that never stops sending."""

    def read(self, size=-1):
        return bytes(size)


@pytest.fixture
def service(estimator):
    settings = Settings(max_body_mb=1, in_flight_mb=2, deadline_s=0.05, queue=0)
    return create_app(settings, estimator).extensions[EXTENSION]


def request_for(stream, method="POST", length=2, path="/"):
    return {"REQUEST_METHOD": method, "PATH_INFO": path, "CONTENT_LENGTH": length, "wsgi.input": stream}


def buffered(app, service):
    return Buffering(app, service, Jobs(service.settings), WaitingClients())


def ask(service, stream, **request):
    """What the application got: the body, and the status of the problem with it."""
    got = []

    def app(environ, start_response):
        problem, body = environ.get(BODY_PROBLEM), environ["wsgi.input"]
        got.append((body.read(), problem and problem.status))
        assert body.closed or problem  # what was read takes no memory while its request waits
        start_response("200 OK", [])
        return io.BytesIO(b"answer")

    environ = request_for(stream, **request)
    answer = buffered(app, service)(environ, lambda *_: None)
    assert environ["wsgi.input"].closed  # the body takes no memory while the client takes the answer
    assert next(iter(answer)) == b"answer"
    return got[0], answer


@pytest.mark.parametrize(
    ("stream", "request_", "expected"),
    [
        (io.BytesIO(b"{}"), {}, (b"{}", None)),
        (io.BytesIO(b"{"), {}, (b"{", None)),
        (io.BytesIO(b"{}"), {"method": "PUT"}, (b"{}", None)),
        (io.BytesIO(b"{}"), {"method": "GET"}, (b"", None)),
        (io.BytesIO(b"{}"), {"length": LIMIT + 1}, (b"", None)),
        (Silent(b"{"), {}, (b"", 408)),
    ],
    ids=["whole", "broken off", "PUT", "no body", "too large", "late"],
)
def test_a_body_is_received_before_the_application_is_called(service, stream, request_, expected):
    got, answer = ask(service, stream, **request_)
    assert got == expected
    answer.close()


def test_no_more_of_a_body_without_a_length_is_received_than_tells_that_it_is_too_large(service):
    got, answer = ask(service, Endless(), length=None)
    assert LIMIT < len(got[0]) < LIMIT + 100_000
    answer.close()


def test_a_body_that_would_be_refused_is_not_waited_for(service):
    with full(service.admission.queue):
        assert ask(service, Silent())[0] == (b"", 503)
        assert ask(service, io.BytesIO(b"{}"), method="PUT", path="/v1/cameras/gate-3/zones")[0] == (b"{}", None)


def test_who_paused_before_a_full_queue_is_let_in_when_it_has_room_again(service):
    problems = []

    def app(environ, _start_response):
        problems.append(environ.get(BODY_PROBLEM))
        return io.BytesIO()

    buffering = buffered(app, service)
    with full(service.admission.queue):
        for _ in range(50):
            buffering(request_for(Silent()), print)
        paused = gevent.spawn(buffering, request_for(io.BytesIO(b"{}")), print)
        gevent.sleep(0)
    paused.get()
    assert [problem and problem.status for problem in problems] == [503] * 50 + [None]


def test_bodies_are_received_while_there_is_room(service):
    with service.admission.in_flight.holding(2 * LIMIT - 1):
        assert ask(service, io.BytesIO(b"{}"))[0] == (b"", 503)
    assert ask(service, io.BytesIO(bytes(LIMIT)), length=LIMIT)[0] == (bytes(LIMIT), None)


def test_what_still_comes_is_discarded_behind_the_answer(service):
    stream = io.BytesIO(bytes(LIMIT + 1))
    _, answer = ask(service, stream, length=LIMIT + 1)
    assert list(answer) == [b""]
    assert stream.read() == b""


def test_a_client_that_sends_without_an_end_is_hung_up_on(service):
    _, answer = ask(service, Endless(), length=LIMIT + 1)
    with pytest.raises(ConnectionResetError):
        list(answer)


def test_who_waits_for_longest_is_hung_up_on_first_and_those_between_requests_when_told_so():
    clients, ended = WaitingClients(), []

    def wait(name, idle):
        try:
            with clients.wait(60, False, idle=idle):
                gevent.sleep(60)
        except ConnectionResetError:
            ended.append(name)

    waiting = [gevent.spawn(wait, *each) for each in (("first", False), ("busy", False), ("idle", True))]
    gevent.sleep(0)
    clients.hang_up(1)
    gevent.sleep(0)
    assert ended == ["first"]
    clients.hang_up(only_idle=True)
    gevent.sleep(0)
    assert ended == ["first", "idle"]
    gevent.killall(waiting)
