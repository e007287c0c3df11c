"""`bill`, from docs/conditions/bill.md."""

from fractions import Fraction
from math import floor

import case


def judge(it):
    paid = it.number("import")
    credited = it.number("export", -1)
    used = [paid] if credited < 0 else [paid, credited]
    if not all(it.all_tolerated(channel) for channel in used) or not it.anchored():
        return None
    bands, days = it.numbers("bands"), it.numbers("days")

    def band(slot):
        block, place = divmod(slot, it.per_block)
        kind = days[block] if days else 0
        return bands[kind * it.per_block + place] if bands else 0

    def weight(slot, by_band, by_slot):
        rate = 0
        if by_band:
            # A single one is for all bands.
            rate = by_band[band(slot)] if len(by_band) > 1 else by_band[0]
        return rate + (by_slot[slot] if by_slot else 0)

    total = it.number("fixed")
    rates, prices = it.numbers("rates"), it.numbers("prices")
    for i, (value, _) in enumerate(it.channels[paid]):
        total += value * weight(it.first + i, rates, prices)
    if credited >= 0:
        feed_in, feed_in_prices = it.numbers("feed_in"), it.numbers("feed_in_prices")
        for i, (value, _) in enumerate(it.channels[credited]):
            total -= value * weight(it.first + i, feed_in, feed_in_prices)

    imported = sum(value for value, _ in it.channels[paid])
    edges = [0] + it.numbers("tiers") + [imported]
    for block, rate in enumerate(it.numbers("tier_rates")):
        # The last block has no end.
        end = imported if block == len(edges) - 2 else min(imported, edges[block + 1])
        total += rate * max(0, end - edges[block])

    bill = floor(Fraction(total, 1_000_000))
    return bill if it.number("min") <= bill <= it.number("max") else None


case.run(judge)
