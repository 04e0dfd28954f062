"""Dashboard and alerts ask for what the service tells."""

from __future__ import annotations

import json
import re

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from helmet_service.alarms.store import AlarmStore
from helmet_service.api.site_counts import SiteCounts
from helmet_service.cameras.watch_folder import CameraState, KnownCamera, WatchFolder
from helmet_service.observing.metrics import Metrics
from helmet_service.settings import Settings
from helmet_service.video.counts import JobCounts
from helmet_service.video.jobs import Jobs
from tests.helmet_service.alarms.kept import on

METRIC = re.compile(r"\bhelmet_\w+")
# What an expression selects or groups by: name{label="value"} and by (label, label).
MATCHED = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"')
GROUPED = re.compile(r"\bby \(([^)]*)\)")
OF_PROMETHEUS = {"instance", "job"}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The labels of each metric of a service that has done a bit of everything."""
    metrics = Metrics()
    metrics.answered("/v1/compliance", 200, {"decode": 1.0}, 2.0, "queue_full")
    metrics.judged("hats", [("helmet", "hat_on_head")])
    metrics.loaded(name="any", version="1", precision="f32", sha256="0" * 64)
    metrics.include(JobCounts(Jobs(Settings())))
    folder = WatchFolder(tmp_path_factory.mktemp("watch"))
    store = AlarmStore(folder.path)
    folder.publish([KnownCamera("gate-3", "Gate 3", "push", "", 1.0, "always")])
    folder.write_state(CameraState("gate-3", 0.0, "live", 0.0, delay_s=0.2))
    store.record([on(1)], ["broker"])
    metrics.include(SiteCounts(folder, store))
    text, _ = metrics.exposition("")
    families = text_string_to_metric_families(text.decode())
    return {sample.name: set(sample.labels) for family in families for sample in family.samples}


def dashboard(root):
    return json.loads((root / "deploy" / "grafana-dashboard.json").read_text())


def alerts(root):
    groups = yaml.safe_load((root / "deploy" / "alert-rules.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def expressions(root):
    return [t["expr"] for panel in dashboard(root)["panels"] for t in panel["targets"]] + [
        rule["expr"] for rule in alerts(root)
    ]


def test_what_they_ask_for_exists(root, told):
    asked = expressions(root)
    assert len(asked) > 30
    for expression in asked:
        names = set(METRIC.findall(expression))
        assert names <= set(told), expression
        known = OF_PROMETHEUS.union(*(told[name] for name in names), {"pid"})  # one process tells no pid of itself
        labels = set(MATCHED.findall(expression))
        labels |= {label.strip() for group in GROUPED.findall(expression) for label in group.split(",")}
        assert labels <= known, expression


def test_every_metric_is_shown(root, told):
    shown = set(METRIC.findall(" ".join(expressions(root))))
    families = {re.sub(r"_(bucket|sum|count|created)$", "", name) for name in told}
    unseen = {family for family in families if not any(name.startswith(family) for name in shown)}
    assert {family for family in unseen if family.startswith("helmet_")} == set()


def test_every_panel_has_its_own_place_on_the_screen(root):
    taken = set()
    for panel in dashboard(root)["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_every_alert_says_what_to_do(root):
    names = [rule["alert"] for rule in alerts(root)]
    assert len(names) == len(set(names)) > 5
    for rule in alerts(root):
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}
        assert rule["annotations"].keys() == {"summary", "action"}
