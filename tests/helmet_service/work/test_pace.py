from __future__ import annotations

import heapq
import math
import random
from itertools import pairwise

import pytest

from helmet_service.work.pace import Pace

QUALITIES = (90, 80, 65, 50)
SIZES = {90: 1.5, 80: 1.0, 65: 0.7, 50: 0.55}  # of a JPEG, by quality


def after(pace, frames, frame_s, transfer_s=0.0):
    """The paces after each of so many frames of a lone client; times are numbers, or functions of the pace."""
    paces = []
    for _ in range(frames):
        took = [time(pace) if callable(time) else time for time in (frame_s, transfer_s)]
        pace = pace.after(*took, share=1.0)
        paces.append(pace)
    return paces


@pytest.mark.parametrize("frame_s", [0.001, 0.02, 0.05, 0.2, 1.0, 3.0, 60.0])
def test_the_rate_follows_the_time_of_a_frame_and_settles(frame_s):
    paces = after(Pace(), 60, frame_s)
    assert {pace.rate for pace in paces[1:]} == {paces[-1].rate}
    assert paces[-1].rate == pytest.approx(min(max(0.9 / frame_s, 0.2), 30.0), rel=0.3)


@pytest.mark.parametrize(("slots", "clients"), [(1, 4), (8, 4), (1, 16)])
def test_the_network_is_shared_by_all_clients(slots, clients):
    pace = Pace(frames=1000, frame_s=0.05).after(0.05, 0.0, slots / clients)
    assert pace.rate == pytest.approx(min(0.9 / 0.05 * slots / clients, 30.0), rel=0.3)


def test_times_that_vary_around_a_mean_leave_the_rate_as_it_is():
    chance = random.Random(0)
    paces = after(Pace(), 1000, lambda _: chance.uniform(0.05, 0.15))
    assert len({pace.rate for pace in paces[100:]}) <= 2


def test_a_slow_first_frame_tells_nothing_and_a_change_is_followed_both_ways():
    first = Pace().after(3.0, 0.0, 1.0)
    assert first.hint() == Pace().hint()
    assert after(first, 1, 0.1)[-1].rate >= 6.0
    slower = after(Pace(), 100, 0.1) + after(after(Pace(), 100, 0.1)[-1], 60, 0.4)
    assert slower[-1].rate <= 3.0
    assert after(slower[-1], 120, 0.1)[-1].rate >= 6.0


@pytest.mark.parametrize(
    ("link_s", "expected"),  # seconds for a frame of quality 80 over the client's link
    [(0.0, {90}), (0.005, {90}), (0.03, {90, 80, 65, 50}), (0.5, {50}), (5.0, {50})],
)
@pytest.mark.parametrize("start", QUALITIES)
def test_the_quality_suits_the_link_and_settles_from_any_start(link_s, expected, start):
    paces = after(Pace(jpeg_quality=start), 600, 0.1, lambda pace: link_s * SIZES[pace.jpeg_quality])
    assert {pace.jpeg_quality for pace in paces[-300:]} <= expected
    assert len({(pace.jpeg_quality, pace.rate) for pace in paces[-300:]}) == 1


def together(clients, frame_s, seconds):
    """The rates of clients that follow their hints, in the second half; two frames at once are in work, and one of them
    at the network. Times vary by a fifth."""
    paces, rates, chance = [Pace()] * clients, [[] for _ in range(clients)], random.Random(0)
    waiting, in_work, at_network = [], {}, []
    sends = [(chance.random(), client) for client in range(clients)]
    heapq.heapify(sends)
    done = math.inf
    while (now := min(sends[0][0], done)) < seconds:
        if now == done:
            client, done = at_network.pop(0), math.inf
            paces[client] = paces[client].after(now - in_work.pop(client), 0.0, 1 / clients)
            rates[client] += [paces[client].rate] * (now > seconds / 2)
        else:
            _, client = heapq.heappop(sends)
            heapq.heappush(sends, (now + chance.uniform(0.8, 1.2) / paces[client].rate, client))
            waiting += [client] * (client not in waiting)  # else the frame replaces the one that waits
        for client in [each for each in waiting if each not in in_work][: 2 - len(in_work)]:
            waiting.remove(client)
            in_work[client] = now
            at_network.append(client)
        if at_network and done == math.inf:
            done = now + chance.uniform(0.8, 1.2) * frame_s
    return rates


@pytest.mark.parametrize("clients", [1, 2, 5, 16])
def test_clients_that_share_a_network_settle_and_use_it(clients):
    rates = together(clients, 0.05, seconds=400)
    changes = [sum(one != next_one for one, next_one in pairwise(of_one)) for of_one in rates]
    assert max(changes) <= 2  # in 200 s
    assert 0.5 <= 0.05 * sum(of_one[-1] for of_one in rates) <= 1.0
