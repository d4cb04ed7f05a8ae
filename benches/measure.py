"""Paired runs, and what is made of them."""

import os
import random
import statistics
import time


def paired(contestants, runs, warm_up=5):
    """Times each of the commands in turn, `runs` times; gives a list of seconds for each name.

    A command is a list of words and an environment, started without a shell. What it prints goes nowhere; one
    that fails ends the measurement. The order changes from run to run, so that none always finds the caches
    that another one has left behind.
    """
    times = {name: [] for name in contestants}
    order = list(contestants)
    chance = random.Random(0)
    for run in range(warm_up + runs):
        chance.shuffle(order)
        for name in order:
            words, environment = contestants[name]
            seconds = once(words, environment)
            if run >= warm_up:
                times[name].append(seconds)
    return times


def once(words, environment):
    nothing = os.open(os.devnull, os.O_RDWR)
    actions = [(os.POSIX_SPAWN_DUP2, nothing, 0), (os.POSIX_SPAWN_DUP2, nothing, 1)]
    begin = time.perf_counter()
    process = os.posix_spawn(words[0], words, environment, file_actions=actions)
    _, status = os.waitpid(process, 0)
    seconds = time.perf_counter() - begin
    os.close(nothing)
    if status != 0:
        raise SystemExit(f"`{' '.join(words)}` failed with status {os.waitstatus_to_exitcode(status)}")
    return seconds


def row(identifier, what, unit, ours, peer=None, limit=None, scale=1.0, bound=None):
    """A row of the table. `ours` is a list of figures; `peer` and `limit` are a name, the other's figures and
    ours of the same runs. `bound` is for what is counted and not timed: no figure of ours may be above it.

    `ratio_peer` is the peer's median over ours, so more is better; `ratio_limit` is ours over the limit's,
    which is 1 where nothing is left to win.
    """
    median = statistics.median(ours) * scale
    peer_name, peer_median, beside_peer = named(peer, scale)
    limit_name, limit_median, beside_limit = named(limit, scale)
    return {
        "id": identifier,
        "what": what,
        "unit": unit,
        "ours": median,
        "peer_name": peer_name,
        "peer": peer_median,
        "ratio_peer": None if peer_median is None else peer_median / beside_peer,
        "limit_name": limit_name,
        "limit": limit_median,
        "ratio_limit": None if limit_median is None else beside_limit / limit_median,
        "bound": bound,
        "is_within": bound is None or max(ours) <= bound,
    }


def named(other, scale):
    if other is None:
        return None, None, None
    name, figures, ours = other
    return name, statistics.median(figures) * scale, statistics.median(ours) * scale
