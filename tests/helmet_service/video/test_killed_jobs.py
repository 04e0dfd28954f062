"""Jobs whose processes are killed end like jobs that nobody disturbed, or fail clearly."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack

import psutil
import pytest

from samples.demo import free_port
from tests.conftest import ROOT
from tests.helmet_service.video.consumers import begin, consumer, jobs_of, kill, until, walk, workers

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    return walk(tmp_path_factory.mktemp("video") / "walk.mp4", 40)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, video):
    """Timeline, result and summary of a job that nobody disturbed."""
    jobs = jobs_of(tmp_path_factory.mktemp("undisturbed"))
    job = begin(jobs, video)
    with consumer(jobs):
        until(lambda: jobs.get(job.id).is_finished)
    return outcome(jobs, job)


def outcome(jobs, job):
    assert jobs.get(job.id).state == "done", jobs.get(job.id)
    return jobs.timeline(job.id).read_text(), jobs.result(job.id).read_bytes(), jobs.get(job.id).summary


def test_an_undisturbed_job_sees_people(undisturbed):
    _, result, summary = undisturbed
    assert summary["tracks"] > 0
    assert (summary["frames"], summary["frames_judged"], summary["damage"]) == (40, 40, None)
    assert result[4:8] == b"ftyp"


def at_part(jobs, job, number):
    """Wait until so many parts are finished, of four."""
    until((jobs.path(job.id) / "parts" / f"{number - 1:04}.mp4").exists)


@pytest.mark.parametrize("who", ["the job's process", "the consumer", "both, twice"])
def test_a_killed_job_ends_as_if_nothing_had_happened(tmp_path, video, undisturbed, who):
    jobs = jobs_of(tmp_path)
    job = begin(jobs, video)
    kills = {"both, twice": (0, 1)}.get(who, (1,))
    with ExitStack() as until_end:
        running = until_end.enter_context(consumer(jobs))
        for number in kills:
            until(lambda: jobs.get(job.id).state == "running")
            if number:
                at_part(jobs, job, number)
            (worker,) = workers(running)
            if who == "the job's process":
                kill(worker)
                continue
            kill(psutil.Process(running.pid))
            psutil.wait_procs([worker])  # it does not outlive its consumer
            running = until_end.enter_context(consumer(jobs))
        until(lambda: jobs.get(job.id).is_finished)
        kept = {"job.json", "lock", "result.mp4", "timeline.json"}
        until(lambda: {path.name for path in jobs.path(job.id).iterdir()} == kept)
    assert outcome(jobs, job) == undisturbed
    assert jobs.get(job.id).deaths == len(kills)


def test_a_stopped_consumer_leaves_its_job_to_the_next(tmp_path, video, undisturbed):
    jobs = jobs_of(tmp_path)
    job = begin(jobs, video)
    with consumer(jobs) as running:
        at_part(jobs, job, 1)
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0
    assert (jobs.get(job.id).state, jobs.get(job.id).deaths) == ("queued", 0)
    with consumer(jobs):
        until(lambda: jobs.get(job.id).is_finished)
    assert outcome(jobs, job) == undisturbed


def test_a_job_that_dies_three_times_fails_clearly(tmp_path, video):
    jobs = jobs_of(tmp_path)
    job = begin(jobs, video)
    with consumer(jobs) as running:
        for deaths in range(3):
            until(lambda deaths=deaths: jobs.get(job.id).deaths == deaths and workers(running))
            kill(workers(running)[0])
        until(lambda: jobs.get(job.id).is_finished)
    assert jobs.get(job.id).state == "failed"
    assert jobs.get(job.id).error == "its process died 3 times, at last by signal 9"


def test_a_model_that_cannot_be_loaded_is_tried_three_times(tmp_path, video):
    jobs = jobs_of(tmp_path)
    job = begin(jobs, video)
    environment = os.environ | {"VIDEO_DIR": str(tmp_path), "MODEL_DIR": str(tmp_path / "replaced")}
    command = [sys.executable, "-m", "helmet_service.video.run", job.id, str(os.getpid())]
    for state in ("queued", "queued", "failed"):
        os.close(jobs.claim(job.id))
        assert subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 1
        assert jobs.get(job.id).state == state
    said = "the service's own fault, which its log explains: ModelError"
    assert jobs.get(job.id).error == f"its process died 3 times, at last saying {said}"


def test_a_cancelled_job_ends_at_once(tmp_path, video):
    jobs = jobs_of(tmp_path)
    job = begin(jobs, video)
    with consumer(jobs) as running:
        until(lambda: workers(running))
        jobs.cancel_and_remove(job.id)
        until(lambda: not workers(running))
    assert (jobs.get(job.id).state, jobs.get(job.id).purged) == ("cancelled", True)
    assert list((jobs.folder / "jobs").iterdir()) == []


def test_what_cannot_be_decoded_is_told(tmp_path, video):
    jobs = jobs_of(tmp_path)
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(video.read_bytes()[:-20_000])  # its index is in front
    whole, nothing = begin(jobs, cut), begin(jobs, cut)
    (jobs.path(nothing.id) / "upload").write_bytes(b"RIFF....AVI nothing of this kind")
    with consumer(jobs):
        until(lambda: jobs.get(whole.id).is_finished and jobs.get(nothing.id).is_finished)
    told = jobs.get(whole.id).summary
    assert 0 < told["frames"] < 40
    assert told["damage"].startswith(f"decoded {told['frames']} of about 40 frames: ")
    assert jobs.get(nothing.id).state == "failed"
    assert jobs.get(nothing.id).error.startswith("video: expected ")


@pytest.fixture
def redis(tmp_path):
    """The address of a real Redis; without one the test is skipped, but fails where CI is set."""
    server = shutil.which("redis-server")
    if server is None:
        missing = "expected the system package redis-server, got none"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    port, socket = str(free_port()), tmp_path / "redis.socket"
    command = [server, "--bind", "127.0.0.1", "--port", port, "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen([*command, "--unixsocket", str(socket)], stdout=subprocess.DEVNULL) as process:
        until(socket.exists)  # then it listens at the port, too
        yield f"redis://127.0.0.1:{port}"
        process.terminate()


def test_two_consumers_share_a_folder_through_redis_and_do_each_job_once(tmp_path, redis):
    video = walk(tmp_path / "short.mp4", 3)
    jobs = jobs_of(tmp_path / "videos")
    begun = [begin(jobs, video) for _ in range(2)]  # the queue of a server without Redis: consumers find them
    with consumer(jobs, VIDEO_QUEUE=redis) as one, consumer(jobs, VIDEO_QUEUE=redis) as other:
        through_redis = jobs_of(tmp_path / "videos", redis)
        begun += [begin(through_redis, video) for _ in range(4)]
        until(lambda: all(jobs.get(job.id).is_finished for job in begun))
        for process in (one, other):
            process.terminate()
        logs = [process.stderr.read() for process in (one, other)]
    assert {jobs.get(job.id).state for job in begun} == {"done"}
    started = [[line.split("job ")[1].split()[0] for line in log.splitlines() if " runs in " in line] for log in logs]
    assert sorted(started[0] + started[1]) == sorted(job.id for job in begun)
    assert all(started), started
