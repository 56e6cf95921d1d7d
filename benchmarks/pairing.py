"""What the same customers in both halls are worth, and what controls add: the table of docs/statistics.md.

Run it as `python benchmarks/pairing.py [DAYS]`: the standard and the flagship hall with one counter more and one less,
all else unchanged. Every number says how many times the days would be needed for as narrow an interval of a difference:

- `pairing`: with customers of their own in each hall, against the same customers;
- `both`: with customers of their own and no controls, against the same customers and controls;
- `controls alone`: without and with controls, customers of their own in each hall;
- `pairing, given controls`: with controls either way.

The noise of a variance ratio itself is some 5 to 10 % over 1,000 days.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from hallsim.experiment.compare import figures_of
from hallsim.experiment.controlled import controlled
from hallsim.experiment.paired import paired
from hallsim.experiment.same_days import same_days
from hallsim.scenario import Scenario, load

SCENARIOS = Path(__file__).resolve().parent.parent / "scenarios"
HALLS = ("standard_hall", "flagship_hall")


def with_counters(hall: Scenario, more: int) -> Scenario:
    """Return a hall with one counter more, open all day, or one less in every hour."""
    servers = hall.to_mapping()["stations"]["counter"]["servers"]
    if isinstance(servers, list):
        shifts = [server["shifts"] for server in servers]
        shifts = [*shifts, ["09:00-18:00"]] if more > 0 else shifts[:-1]
        changed = [{"name": f"Counter {i + 1}", "shifts": spans} for i, spans in enumerate(shifts)]
    else:
        changed = {**servers, "staff": {t: n + more for t, n in servers["staff"].items()}}
    return hall.change("stations.counter.servers", json.loads(json.dumps(changed)))


def ratios(hall: Scenario, more: int, days: int) -> Iterator[tuple[str, float, float, float, float, float]]:
    """Yield each figure with its ratios, in the order of the columns of the table."""
    figures = [f for f in figures_of(hall) if f.scope == "hall" and f.kpi.name != "late_closing"]
    found = same_days([hall, with_counters(hall, more)], figures, days, 1)
    for figure, a, b in zip(figures, *found.days, strict=True):
        pair = paired(a, b)
        both = controlled(a, b, found.controls, pair)
        if both is None:
            continue
        nothing = np.stack([np.zeros(days), np.ones(days)], axis=1)
        apart = 0.0
        for side in (a, b):  # each hall on its own, with the controls of days of its own, which are such days
            alone = controlled(nothing, side, found.controls, paired(nothing, side))
            apart += alone.variance if alone is not None else 0.0
        yield (
            figure.label.en,
            pair.relative_variance_ratio,
            pair.variance_ratio,
            both.variance_ratio,
            pair.variance_apart / apart,
            apart / both.variance,
        )


def main(days: int) -> None:
    """Print the table."""
    print(f"{days} days")
    print("| hall | figure | relative change: pairing | pairing | both | controls alone | pairing, given controls |")
    print("|---|---|---|---|---|---|---|")
    for name in HALLS:
        hall = load(SCENARIOS / f"{name}.yaml")
        for more in (1, -1):
            for figure, *numbers in ratios(hall, more, days):
                print(f"| {name} {more:+d} | {figure} | " + " | ".join(f"{x:.1f}" for x in numbers) + " |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
