"""S1, the M/M/10 queue, in Ciw 3.2: its own first tutorial with other numbers.

    python ciw_s1.py [MINUTES [SEED]]

Prints one JSON object; `seconds` is the simulation and the reading of its records, without start-up. The wait
is over all customers after a tenth of the run.
"""

from __future__ import annotations

import json
import sys
import time

import ciw


def simulate(minutes: float, seed: int) -> dict[str, float]:
    """Run once and return counts, seconds and the mean wait in minutes."""
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate=9.0)],
        service_distributions=[ciw.dists.Exponential(rate=1.0)],
        number_of_servers=[10],
    )
    ciw.seed(seed)
    start = time.process_time()
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(minutes)
    records = simulation.get_all_records()
    waits = [r.waiting_time for r in records if r.arrival_date >= minutes / 10]
    seconds = time.process_time() - start
    return {"customers": len(records), "seconds": seconds, "wait_min": sum(waits) / max(len(waits), 1)}


if __name__ == "__main__":
    given = dict(enumerate(sys.argv))
    print(json.dumps(simulate(float(given.get(1, 10000)), int(given.get(2, 1)))))
