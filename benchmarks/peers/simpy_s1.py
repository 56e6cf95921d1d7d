"""S1, the M/M/10 queue, as a plain SimPy program: one process per customer, a Resource, random.Random.

    python simpy_s1.py [MINUTES [SEED]]

Prints one JSON object; `seconds` is the run alone, without start-up. The wait is over all customers after
a tenth of the run.
"""

from __future__ import annotations

import json
import random
import sys
import time

import simpy

ARRIVALS_PER_MIN = 9.0
SERVICE_MIN = 1.0
SERVERS = 10


def customer(env, servers, rng, waits):
    """Wait for a server and be served."""
    arrived = env.now
    with servers.request() as request:
        yield request
        waits.append((arrived, env.now - arrived))
        yield env.timeout(rng.expovariate(1 / SERVICE_MIN))


def arrivals(env, servers, rng, waits, minutes):
    """Let customers in until the run is over."""
    while True:
        yield env.timeout(rng.expovariate(ARRIVALS_PER_MIN))
        if env.now >= minutes:
            return
        env.process(customer(env, servers, rng, waits))


def simulate(minutes: float, seed: int) -> dict[str, float]:
    """Run once and return counts, seconds and the mean wait in minutes."""
    rng = random.Random(seed)
    waits: list[tuple[float, float]] = []
    start = time.process_time()
    env = simpy.Environment()
    servers = simpy.Resource(env, capacity=SERVERS)
    env.process(arrivals(env, servers, rng, waits, minutes))
    env.run()
    seconds = time.process_time() - start
    kept = [wait for arrived, wait in waits if arrived >= minutes / 10]
    return {"customers": len(waits), "seconds": seconds, "wait_min": sum(kept) / max(len(kept), 1)}


if __name__ == "__main__":
    given = dict(enumerate(sys.argv))
    print(json.dumps(simulate(float(given.get(1, 10000)), int(given.get(2, 1)))))
