"""`reduction`, from docs/conditions/reduction.md."""

from fractions import Fraction
from math import floor

import case


def judge(it):
    channel = it.number("channel")
    # A list that is left out marks nothing.
    event = [i for i, mark in enumerate(it.numbers("event")) if mark]
    adjust = [i for i, mark in enumerate(it.numbers("adjust")) if mark]
    here, past, n = it.channels[channel], it.before[channel], it.per_block
    days = [past[d * n:(d + 1) * n] for d, mark in enumerate(it.numbers("days")) if mark]

    if not it.all_tolerated(channel) or not it.anchored():
        return None
    if any(not it.first <= slot < it.first + len(here) for slot in event + adjust):
        return None
    today = {slot: here[slot - it.first] for slot in event + adjust}
    if any(not it.tolerates(day[slot][1]) for day in days for slot in event + adjust):
        return None
    # A zero in the place of a reading must not raise the claim.
    if any(today[slot][1] == "missing" for slot in event):
        return None
    if any(day[slot][1] == "missing" for day in days for slot in adjust):
        return None

    mean = {slot: Fraction(sum(day[slot][0] for day in days), len(days)) for slot in event + adjust}
    factor = Fraction(1)
    if adjust:
        usual = sum(mean[slot] for slot in adjust)
        if usual == 0:
            return None
        cap = Fraction(it.number("cap_ppm", 200_000), 1_000_000)
        ratio = sum(today[slot][0] for slot in adjust) / usual
        factor = min(max(ratio, 1 - cap), 1 + cap)
    baseline = factor * sum(mean[slot] for slot in event)
    reduction = floor(baseline) - sum(today[slot][0] for slot in event)
    return reduction if it.number("min") <= reduction <= it.number("max") else None


case.run(judge)
