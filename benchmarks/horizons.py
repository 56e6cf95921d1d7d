"""How fast horizons are: four weeks of a hall beside two others, one core, with and without people who come again.

Run it as `python benchmarks/horizons.py [HORIZONS]`. Processor time of `hallsim.run` in a warm process, every figure
with its interval included, each line the median of five turns that take the three in order.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from hallsim.experiment import run
from hallsim.scenario import Scenario, load

HALL = Path(__file__).resolve().parent.parent / "scenarios" / "three_halls.yaml"
DAYS, TURNS = 28, 5
HORIZON = f"horizon={{days: {DAYS}}}"
RETURNS = "returns={gave_up: {share: 60 %, after: {1: 50 %, 2: 30 %, 7: rest}}, turned_away: 80 %, served: 3 %}"


def visits_a_second(hall: Scenario, replications: int, days: int) -> float:
    """Return visits per second of processor time."""
    began = time.process_time()
    results = run(hall, replications=replications, seed=1, jobs=1)
    spent = time.process_time() - began
    return results.estimate("visits").value * replications * days / spent


def main() -> None:
    """Print the table."""
    horizons = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    contenders = {
        "single days": (load(HALL), horizons * DAYS, 1),
        "four weeks, nobody comes again": (load(HALL, set_=[HORIZON]), horizons, DAYS),
        "four weeks, with returns": (load(HALL, set_=[HORIZON, RETURNS]), horizons, DAYS),
    }
    for hall, _, days in contenders.values():
        visits_a_second(hall, 2, days)
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(TURNS):
        for name, contender in contenders.items():
            found[name].append(visits_a_second(*contender))
    for name, speeds in found.items():
        print(f"{name:32s}{statistics.median(speeds) / 1e6:6.2f} million visits/s")


if __name__ == "__main__":
    main()
