"""S2, days of a service hall, in Ciw 3.2: customer classes with priorities, reneging, piecewise Poisson arrivals.

    python ciw_s2.py [DAYS [SEED]]

All days are one simulation with closed nights (rate 0 from closing to the next opening): whoever is inside at
closing is served out, and the next morning starts empty. Prints one JSON object; `seconds` is the simulation
and the reading of its records, without start-up.
"""

from __future__ import annotations

import json
import math
import sys
import time

import ciw

PER_HOUR = (40, 70, 90, 75, 50, 65, 85, 80, 45)
HOURS_END = [60.0 * (i + 1) for i in range(9)] + [1440.0]
SHARES = {"vip": 0.10, "general": 0.60, "quick": 0.30}
KIOSK = {"vip": 0.0, "general": 0.15, "quick": 0.55}
DIVERTED = {"vip": 0.0, "general": 0.10, "quick": 0.20}
COUNTER_MEAN = {"vip": 9.0, "general": 8.0, "quick": 4.0}
GREETER_NODE, KIOSK_NODE, COUNTER_NODE = 1, 2, 3


def lognormal(mean: float, cv: float) -> ciw.dists.Lognormal:
    """Return the lognormal law with this mean and coefficient of variation."""
    sigma2 = math.log1p(cv * cv)
    return ciw.dists.Lognormal(math.log(mean) - sigma2 / 2, math.sqrt(sigma2))


def network(days: int):
    """Return the hall as a Ciw network; its arrivals are drawn here, all days at once."""
    return ciw.create_network(
        arrival_distributions={
            name: [
                ciw.dists.PoissonIntervals(
                    rates=[share * rate / 60 for rate in PER_HOUR] + [0.0],
                    endpoints=HOURS_END,
                    max_sample_date=1440.0 * days,
                ),
                None,
                None,
            ]
            for name, share in SHARES.items()
        },
        service_distributions={
            name: [ciw.dists.Exponential(1 / 0.33), lognormal(3.0, 0.6), lognormal(COUNTER_MEAN[name], 0.8)]
            for name in SHARES
        },
        reneging_time_distributions={name: [None, None, ciw.dists.Exponential(1 / 40)] for name in SHARES},
        routing={
            name: [[0.0, KIOSK[name], 1.0 - KIOSK[name] - DIVERTED[name]], [0.0, 0.0, 0.08], [0.0, 0.0, 0.0]]
            for name in SHARES
        },
        priority_classes={"vip": 0, "general": 1, "quick": 1},
        number_of_servers=[2, 4, 8],
    )


def simulate(days: int, seed: int) -> dict[str, float]:
    """Run days and return counts, seconds and the measures of S2."""
    ciw.seed(seed)
    start = time.process_time()
    simulation = ciw.Simulation(network(days))
    simulation.simulate_until_max_time(1440.0 * days)
    customers = kiosk = served = gave_up = 0
    waited = 0.0
    for record in simulation.get_all_records():
        if record.node == GREETER_NODE:
            customers += 1
        elif record.node == KIOSK_NODE:
            kiosk += 1
        elif record.record_type == "renege":
            gave_up += 1
        else:
            served += 1
            waited += record.waiting_time
    seconds = time.process_time() - start
    return {
        "customers": customers,
        "seconds": seconds,
        "wait_min": waited / max(served, 1),
        "abandonment": gave_up / customers,
        "kiosk_share": kiosk / customers,
    }


if __name__ == "__main__":
    given = dict(enumerate(sys.argv))
    print(json.dumps(simulate(int(given.get(1, 50)), int(given.get(2, 1)))))
