from __future__ import annotations

import os
import shutil
import threading
from contextlib import ExitStack

import cv2
import numpy as np
import pytest

from helmet_service import create_app
from helmet_service.http.problems import Problem
from helmet_service.settings import Settings
from helmet_service.work.looking import SentPicture
from helmet_service.work.network import load_warm
from helmet_service.work.service import Service
from helmet_service.work.stages import Stages
from pose import Estimator, ModelError
from pose.runtimes import Runtime
from pose.runtimes.batching import Batching
from tests.helmet_service.api.checks import assert_problem, assert_refused, full
from tests.pose.spoilt_models import spoilt_model


def joined_loading() -> None:
    """Return when the thread that loads the model has ended."""
    for thread in threading.enumerate():
        if thread.name == "load-model":
            thread.join()


@pytest.fixture
def model_dir(root, tmp_path):
    """A copy of the shipped model's folder, to be broken."""
    return shutil.copytree(root / "model", tmp_path / "model")


def test_a_model_that_finds_its_warm_up_people_is_ready(root):
    client = create_app(Settings(model_dir=root / "model", input_height=128, second_looks=0)).test_client()
    joined_loading()
    assert client.get("/readyz").json == {"status": "ready"}


def test_until_the_model_is_loaded_health_is_told_and_work_refused(tmp_path, blank):
    os.mkfifo(tmp_path / "pose.json")  # whoever opens it waits for the other side
    client = create_app(Settings(model_dir=tmp_path)).test_client()
    try:
        assert client.get("/healthz").status_code == 200
        for response in (client.get("/readyz"), client.get("/v1/info"), client.post("/v1/poses", json={})):
            assert "being loaded" in assert_problem(response, 503)["detail"]
            assert response.headers["Retry-After"] == "1"
        assert "being loaded" in assert_refused(client.post("/", json={"img": blank}), 503)
    finally:
        (tmp_path / "pose.json").write_text("{}")
        joined_loading()


def test_after_a_failure_to_load_the_process_lives_and_tells_why(tmp_path, caplog, blank):
    client = create_app(Settings(model_dir=tmp_path / "nowhere")).test_client()
    joined_loading()
    assert client.get("/healthz").status_code == 200
    assert "nowhere" in assert_problem(client.get("/readyz"), 503)["detail"]
    assert_problem(client.post("/v1/poses", json={"picture": blank}), 503)
    (record,) = caplog.records
    assert (record.levelname, record.exc_info) == ("ERROR", None)


def test_requests_leave_threads_to_refusals(estimator):
    service = Service(Settings(threads=8, queue=1), estimator)
    for _ in range(2):
        with ExitStack() as until:
            for _ in range(4):
                service.admission.admit(until)
            with pytest.raises(Problem, match="threads"):
                service.admission.admit(until)


def test_who_was_let_in_before_the_queue_was_full_is_refused_before_the_picture_is_decoded(estimator):
    service = Service(Settings(queue=0), estimator)
    with full(service.admission.queue), pytest.raises(Problem) as raised:
        service.looker.look(SentPicture(b"no picture", "picture"), Stages(60), ExitStack())
    assert raised.value.status == 503


LARGE = cv2.imencode(".bmp", np.zeros((1600, 2700, 3), np.uint8))[1].tobytes()
SMALL = cv2.imencode(".bmp", np.zeros((90, 160, 3), np.uint8))[1].tobytes()


@pytest.mark.parametrize(
    ("held", "batch", "turns", "status"),
    [
        (SentPicture(LARGE, "picture"), 1, 2, 504),
        (SentPicture(SMALL, "picture", drawn=True), 1, 2, 504),
        (SentPicture(SMALL, "picture", drawn=True), 3, 4, 504),
        (SentPicture(SMALL, "picture"), 1, 2, 422),
    ],
    ids=["large", "drawn", "drawn, in batches", "small"],
)
def test_a_picture_that_is_large_or_drawn_keeps_its_turn_until_it_is_answered(estimator, held, batch, turns, status):
    joining = Estimator(estimator.model, Batching(estimator.runtime, batch), estimator.height)
    service = Service(Settings(), joining)

    def status_of_another():
        with pytest.raises(Problem) as raised:
            service.looker.look(SentPicture(b"no picture", "picture"), Stages(0), ExitStack())
        return raised.value.status

    with ExitStack() as until_answered:
        for turn in range(turns):
            assert turn == 0 or status_of_another() == 422
            service.looker.look(held, Stages(60), until_answered)
        assert status_of_another() == status
    assert status_of_another() == 422


class OutOfMemory(Runtime):
    """A runtime that can compile nothing any more."""

    precision = "f32"

    def run(self, batch):
        raise RuntimeError(f"no memory for {batch.shape}")


def test_a_width_that_cannot_be_compiled_is_one_line_and_leaves_the_service_ready(estimator, caplog):
    service = Service(Settings(), None)
    service.network.use_and_warm(Estimator(estimator.model, OutOfMemory(), 384))
    service.check_ready()
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "could not be compiled: no memory for (1, 384, 672, 3)" in record.message
    assert record.exc_info is None


class StopsTheService(Runtime):
    """A runtime whose every run tells a service to stop, and counts."""

    precision = "f32"

    def __init__(self, service):
        self._service, self.runs = service, 0

    def run(self, batch):
        self.runs += 1
        self._service.stop()


def test_a_service_that_stops_compiles_no_further_width(estimator):
    service = Service(Settings(), None)
    runtime = StopsTheService(service)
    service.network.use_and_warm(Estimator(estimator.model, runtime, 384))
    assert runtime.runs == 1


@pytest.mark.parametrize(("threads", "batch", "slots"), [(16, 8, 4), (20, 8, 8), (64, 8, 8), (16, 1, 1)])
def test_as_many_are_let_to_the_network_as_a_batch_takes_and_threads_allow(estimator, threads, batch, slots):
    joining = Estimator(estimator.model, Batching(estimator.runtime, batch), 384)
    queue = Service(Settings(threads=threads), joining).admission.queue
    with ExitStack() as inside:
        for _ in range(slots):
            inside.enter_context(queue.turn(Stages(60)))
        with pytest.raises(Problem), queue.turn(Stages(0)):
            pytest.fail("the network is busy")


def test_a_changed_network_is_not_loaded(model_dir):
    with (model_dir / "pose.onnx").open("ab") as network:
        network.write(b"\0")
    with pytest.raises(ModelError, match="sha256"):
        load_warm(Settings(model_dir=model_dir))


def test_a_model_that_does_not_find_its_warm_up_people_is_refused(model_dir, root):
    description = (root / "model" / "pose.json").read_text()
    (model_dir / "pose.json").write_text(description.replace('"people": ', '"people": 99'))
    with pytest.raises(ModelError, match=r"warmup.jpg: expected at least 99\d+ people, got \d"):
        load_warm(Settings(model_dir=model_dir, input_height=128))


def test_a_quantised_network_that_sees_nobody_gives_way_to_float(root, tmp_path, caplog):
    model_dir = spoilt_model(root, tmp_path, 0)
    with caplog.at_level("ERROR"):
        assert load_warm(Settings(model_dir=model_dir)).runtime.precision == "f32"
    assert "int8 is not used" in caplog.text
    with pytest.raises(ModelError, match="people, got 0"):
        load_warm(Settings(model_dir=model_dir, precision="int8"))


class CountsLooks:
    """In place of the classifier of headwear."""

    def __init__(self):
        self.looks = 0

    def __call__(self, picture, people, shrunk):
        self.looks += 1
        return people, 0.0


@pytest.mark.parametrize("headwear", [True, False])
def test_headwear_is_looked_at_only_where_an_answer_needs_it(estimator, headwear):
    classifier = CountsLooks()
    service = Service(Settings(), Estimator(estimator.model, estimator.runtime, estimator.height, classifier))
    service.looker.look(SentPicture(SMALL, "picture", headwear=headwear), Stages(60), ExitStack())
    assert classifier.looks == headwear
