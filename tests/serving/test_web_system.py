"""Clients written from the published description of the OpenPose web system alone, against real gunicorn."""

from __future__ import annotations

import json
import subprocess

import pytest
import requests

from samples.demo import consumer
from samples.live_connection import live
from tests.pose.video.videos import picture, write
from tests.serving.test_workers import until
from tests.serving.web_system_client import BODY_POINTS, JPEG_URL, REALTIME, WebSystem, checked, data_url


@pytest.fixture
def system(address):
    return WebSystem(address)


@pytest.fixture
def jpeg(root):
    return (root / "samples" / "site_two.jpg").read_bytes()


@pytest.mark.slow
def test_a_client_of_pictures_finds_people_and_figures(system, jpeg):
    assert system.get("health")
    assert system.get("device")["device"] in {"cpu", "cuda:0"}
    before = system.get("performance/status")["detection"]["total_detections"]
    answers = [system.detect(jpeg), system.upload(jpeg), system.detect(jpeg, include_hands=False, draw_result=False)]
    assert [answer["detection_results"]["body"]["num_people"] for answer in answers] == [2, 2, 2]
    assert [answer["result_image"] is None for answer in answers] == [False, False, True]
    told = system.get("performance/status")
    assert told["detection"]["total_detections"] >= before + 3
    assert told["detection"]["avg_latency"] > 0
    for machine in (told["system"], system.get("system")):
        assert 0 <= machine["cpu_percent"] <= 100
        assert 0 < machine["memory_percent"] <= 100


@pytest.mark.slow
def test_curl_sends_files_as_the_description_says(address, root, jpeg, tmp_path):
    (tmp_path / "asked.json").write_text(json.dumps({"image_base64": data_url(jpeg)}))
    upload = ["-F", f"file=@{root / 'samples' / 'site_two.jpg'}", f"{address}/api/detect/upload"]
    sent = ["-H", "Content-Type: application/json", "-d", f"@{tmp_path / 'asked.json'}", f"{address}/api/detect/image"]
    for arguments in (upload, sent):
        told = subprocess.run(["curl", "-sf", *arguments], capture_output=True, check=True).stdout
        assert checked(json.loads(told))["result_image"].startswith(JPEG_URL)


@pytest.mark.slow
def test_a_client_of_the_socket_gets_a_result_for_each_frame(address, jpeg):
    with live(address, "gate 3", route=REALTIME) as client:
        for message in (
            jpeg,
            data_url(jpeg),
            {"type": "frame", "image": data_url(jpeg)},
            {"image_base64": data_url(jpeg)},
        ):
            client.send(message)
            (first, *_) = checked(client.receive(60))["detection_results"]["body"]["keypoints"]
            assert len(first["keypoints"]) == BODY_POINTS
        client.send("no picture")
        assert client.receive(60)["status"] == 422
        client.send(jpeg)
        assert checked(client.receive(60))


@pytest.mark.slow
def test_a_client_of_videos_waits_for_the_result(system, address, video_dir, tmp_path):
    film = write(tmp_path / "film.mp4", map(picture, range(3))).read_bytes()
    with consumer(VIDEO_DIR=str(video_dir), VIDEO_FREE_MB="0"):
        task_id = system.send_video(film)
        until(lambda: system.result(task_id) is not None)
    assert system.result(task_id)[4:8] == b"ftyp"
    told = system.get(f"video/task/{task_id}")
    assert (told["task_id"], told["state"], told["progress"]) == (task_id, "done", 1.0)
    requests.delete(f"{address}/v1/videos/{task_id}", timeout=10)
    assert requests.get(f"{address}/api/video/result/{task_id}", timeout=10).status_code == 410
