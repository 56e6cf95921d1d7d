"""S2, one day of a service hall, as a plain SimPy program: a process per customer, Resources, `request | timeout`.

    python simpy_s2.py [DAYS [SEED]]

What a good SimPy user writes: no clever tricks, no hidden costs. Prints one JSON object; `seconds` is the
days alone, without start-up.
"""

from __future__ import annotations

import json
import math
import random
import sys
import time
from collections import Counter

import simpy

PER_HOUR = (40, 70, 90, 75, 50, 65, 85, 80, 45)
CLASSES = ("vip", "general", "quick")
CUM_SHARES = (0.10, 0.70, 1.0)
KIOSK = {"vip": 0.0, "general": 0.15, "quick": 0.55}
DIVERTED = {"vip": 0.0, "general": 0.10, "quick": 0.20}
COUNTER_MEAN = {"vip": 9.0, "general": 8.0, "quick": 4.0}
PRIORITY = {"vip": 0, "general": 1, "quick": 1}
PATIENCE = 40.0


def lognormal_parameters(mean: float, cv: float) -> tuple[float, float]:
    """Return mu and sigma of a lognormal with this mean and coefficient of variation."""
    sigma2 = math.log1p(cv * cv)
    return math.log(mean) - sigma2 / 2, math.sqrt(sigma2)


KIOSK_TIME = lognormal_parameters(3.0, 0.6)
COUNTER_TIME = {name: lognormal_parameters(mean, 0.8) for name, mean in COUNTER_MEAN.items()}


class Hall:
    """One day: the resources, the random numbers and what is counted."""

    def __init__(self, rng: random.Random, counts: Counter[str]) -> None:
        self.env = simpy.Environment()
        self.rng = rng
        self.counts = counts
        self.waited = 0.0
        self.greeters = simpy.Resource(self.env, 2)
        self.kiosks = simpy.Resource(self.env, 4)
        self.counters = simpy.PriorityResource(self.env, 8)

    def run(self) -> None:
        """Run from opening until the last customer has left."""
        self.env.process(self.arrivals())
        self.env.run()

    def arrivals(self):
        """Let customers in, hour by hour at that hour's rate."""
        for hour, rate in enumerate(PER_HOUR):
            end = 60.0 * (hour + 1)
            while True:
                gap = self.rng.expovariate(rate / 60.0)
                if self.env.now + gap >= end:
                    yield self.env.timeout(end - self.env.now)
                    break
                yield self.env.timeout(gap)
                self.env.process(self.customer(self.rng.choices(CLASSES, cum_weights=CUM_SHARES)[0]))

    def customer(self, name: str):
        """Greeter, then kiosk, counter or the way out."""
        env, rng, counts = self.env, self.rng, self.counts
        counts["customers"] += 1
        with self.greeters.request() as request:
            yield request
            yield env.timeout(rng.expovariate(1 / 0.33))

        u = rng.random()
        if u < KIOSK[name]:
            counts["kiosk"] += 1
            with self.kiosks.request() as request:
                yield request
                yield env.timeout(rng.lognormvariate(*KIOSK_TIME))
            if rng.random() >= 0.08:
                return
        elif u < KIOSK[name] + DIVERTED[name]:
            return

        joined = env.now
        with self.counters.request(priority=PRIORITY[name]) as request:
            result = yield request | env.timeout(rng.expovariate(1 / PATIENCE))
            if request not in result:
                counts["gave_up"] += 1
                return
            counts["served"] += 1
            self.waited += env.now - joined
            yield env.timeout(rng.lognormvariate(*COUNTER_TIME[name]))


def simulate(days: int, seed: int) -> dict[str, float]:
    """Run days and return counts, seconds and the measures of S2."""
    rng = random.Random(seed)
    counts: Counter[str] = Counter()
    waited = 0.0
    start = time.process_time()
    for _ in range(days):
        hall = Hall(rng, counts)
        hall.run()
        waited += hall.waited
    seconds = time.process_time() - start
    return {
        "customers": counts["customers"],
        "seconds": seconds,
        "wait_min": waited / max(counts["served"], 1),
        "abandonment": counts["gave_up"] / counts["customers"],
        "kiosk_share": counts["kiosk"] / counts["customers"],
    }


if __name__ == "__main__":
    given = dict(enumerate(sys.argv))
    print(json.dumps(simulate(int(given.get(1, 100)), int(given.get(2, 1)))))
