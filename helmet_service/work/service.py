"""What one worker holds, put together: settings, keys, counts, its network, and what bounds its work."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Final

import pose
from helmet_service.http.access import read_keys
from helmet_service.http.problems import overloaded
from helmet_service.http.rate_limit import PRIVATE, RateLimit
from helmet_service.observing.history import History
from helmet_service.observing.metrics import Metrics
from helmet_service.settings import Settings
from helmet_service.verdicts.hat_fit import HatBoxes
from helmet_service.verdicts.judge import Rules
from helmet_service.verdicts.judging import MATCHERS, Case, JudgedCase, Matcher, judge_case
from helmet_service.work.admission import Admission
from helmet_service.work.capacity import Capacity
from helmet_service.work.loading import Network
from helmet_service.work.looking import Looker
from helmet_service.work.stages import Stages

EXTENSION: Final = "helmet_service"  # the app's, under which it holds its service
_FULL_TOO_LONG_S: Final = 10.0


class Service:
    """One worker's parts; made by `create_app`, and by `check` for work without clients.

    estimator: one that is loaded already; None: `begin` loads it. rate_counts: see `RateLimit`.
    """

    def __init__(self, settings: Settings, estimator: pose.Estimator | None, rate_counts: str = PRIVATE) -> None:
        self.settings = settings
        self.capacity = Capacity.of(settings)
        self.keys = read_keys(settings.api_keys_file)
        self.rate_limit = RateLimit(settings.rate_limit, settings.rate_period_s, rate_counts)
        self._rules = Rules(min_head_px=settings.min_head_px, min_alarm_confidence=settings.min_alarm_confidence)
        self.metrics = Metrics()
        self.history = History(self.metrics.samples)
        self.admission = Admission(self.capacity, self.metrics)
        self.network = Network(settings, self._when_loaded)
        self.looker = Looker(settings, self.network, self.admission.queue, self.metrics)
        self._is_stopping = False
        if estimator is not None:
            self.network.use(estimator)

    def begin(self) -> None:
        """Load the model, and keep what was counted when, each in a thread."""
        self.network.load_in_background()
        self.history.keep_in_background()

    def stop(self) -> None:
        """Be not ready from now on, and do all work that still comes."""
        self._is_stopping = True
        self.network.stop()
        self.history.stop()
        self.metrics.worker_ready.set(0)

    def check_ready(self) -> None:
        """Problem 503 while stopping or loading, after a load failure, when the network's server does not answer, or
        when the queue has been full for 10 s."""
        if self._is_stopping:
            raise overloaded("stopping", "a service that stays", "one that is stopping")
        self.network.check()
        if self.admission.queue.full_for_s() >= _FULL_TOO_LONG_S:
            got = f"a queue that has been full for {_FULL_TOO_LONG_S:g} s"
            raise overloaded("queue_full", "a free place in the queue", got)

    def is_taking(self) -> bool:
        """Whether a request that came now could be let in, as far as can be told at once."""
        return self.network.is_loaded() and not self.admission.queue.is_full()

    def admit(self, until: ExitStack) -> None:
        """Problem 503 when work could not be done now (`Admission.admit`)."""
        self.network.check(trusting=True)
        self.admission.admit(until)

    def judge(
        self, case: Case, stages: Stages, matcher: Matcher = MATCHERS[0], hat_boxes: HatBoxes = "auto"
    ) -> JudgedCase:
        """The verdicts on a picture's people (`judge_case`), timed and counted."""
        with stages.stage("matching"):
            judged = judge_case(case, self._rules, matcher, hat_boxes)
        self.metrics.judged((verdict.status, verdict.reason) for verdict in judged.judgement.people)
        return judged

    def _when_loaded(self, estimator: pose.Estimator) -> None:
        self.admission.queue.widen(min(estimator.runtime.callers, self.capacity.slots))
        model, precision = estimator.model, estimator.runtime.precision
        self.metrics.loaded(name=model.name, version=model.version, precision=precision, sha256=model.sha256)
