"""Reads cases and prints verdicts: what every oracle shares. Python 3, standard library only.

A case is one line of JSON:

    {"condition": {...},          as in a policy: numbers are decimal strings, small ones numbers
     "first": 12,                 slot of the block at which the period begins
     "block_start": 1296547200,   start of that block, Unix seconds
     "per_block": 24,             intervals of a block
     "channels": [[...], ...],    for each channel the period's readings
     "before": [[...], ...]}      for each channel the readings of the blocks before the period's, oldest first

A reading is [value, quality], quality one of "measured", "estimated", "missing". For each case one line is printed:
{"holds": true or false, "value": the value to reveal if it holds, else null}.
"""

import json
import sys


class Case:
    def __init__(self, line):
        self.__dict__.update(json.loads(line))

    def number(self, member, default=0):
        return int(self.condition.get(member, default))

    def numbers(self, member):
        return [int(value) for value in self.condition.get(member, [])]

    def tolerates(self, quality):
        return quality == "measured" or quality in self.condition.get("tolerate", [])

    def anchored(self):
        """The condition's lists are for this period, or for any."""
        return self.number("anchor") in (0, self.block_start)

    def all_tolerated(self, channel):
        """Every reading of the period on this channel is of a quality that the condition lets pass."""
        return all(self.tolerates(quality) for _, quality in self.channels[channel])


def run(judge):
    """`judge` takes a case and gives the value if the condition holds, else None."""
    for line in sys.stdin:
        value = judge(Case(line))
        print(json.dumps({"holds": value is not None, "value": value}))
