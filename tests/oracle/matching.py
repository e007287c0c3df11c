"""`matching`, from docs/conditions/matching.md."""

from fractions import Fraction
from math import floor

import case


def judge(it):
    generation, consumption = it.number("generation"), it.number("consumption")
    if not (it.all_tolerated(generation) and it.all_tolerated(consumption)):
        return None
    generated, consumed = it.channels[generation], it.channels[consumption]
    # Tolerated or not: hours without a reading of consumption may have been unmatched.
    if any(quality == "missing" for _, quality in consumed):
        return None
    matched = sum(min(g, c) for (g, _), (c, _) in zip(generated, consumed))
    total = sum(c for c, _ in consumed)
    score = floor(Fraction(matched, total) * 1_000_000) if total else 0
    return score if score >= it.number("min_ppm") else None


case.run(judge)
