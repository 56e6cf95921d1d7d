"""How fast a network of three halls is simulated on one core: the kernel alone, and days and weeks as they are run.

`python benchmarks/network.py` prints visits per second of processor time, warm; a visit is one customer, whichever
hall he chooses. Weeks are horizons of four weeks on which a third of those who gave up come again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import hallsim as hs
from hallsim.compiled import compile_model
from hallsim.engines import kernel
from hallsim.engines.workspace import make_workspace
from hallsim.scenario import Scenario, load

FILE = Path(__file__).parent / "network_three_halls.yaml"
DAYS, HORIZONS, TIMES = 400, 30, 5


def best(work: Callable[[], float]) -> float:
    """Return the most visits per second of processor time in some runs of the same work, after one to warm up."""
    work()
    found = []
    for _ in range(TIMES):
        begin = time.process_time()
        visits = work()
        found.append(visits / (time.process_time() - begin))
    return max(found)


def kernel_days(network: Scenario) -> float:
    """Return the visits of some days of the kernel alone, which keeps no rows."""
    c = compile_model(network.model)
    ws = make_workspace(c, rows=20_000)
    visits = 0
    for day in range(DAYS):
        status = kernel.run_day(ws.handle, 1, day)
        if status != 0:
            raise RuntimeError(f"day {day} ended with status {status}")
        visits += int(ws.handle[0].loaded)
    return visits


def run(network: Scenario, replications: int) -> float:
    """Return the visits of a run on one core, with all its figures."""
    results = hs.run(network, replications, seed=1, jobs=1)
    days = network.model.horizon.days if network.model.horizon else 1
    return results.estimate("visits").value * replications * days


def main() -> None:
    """Print the speeds."""
    days = load(FILE)
    shared = [f"halls.{hall}.horizon={{weeks: 4}}" for hall in ("main", "north", "west")]
    weeks = load(FILE, set_=[*shared, *(f"halls.{hall}.returns.gave_up=33 %" for hall in ("main", "north", "west"))])
    print(f"{days.model.label.en}: visits per second of one core, warm, best of {TIMES}")
    print(f"  kernel alone      {best(lambda: kernel_days(days)):12,.0f}")
    print(f"  days, all figures {best(lambda: run(days, DAYS)):12,.0f}")
    print(f"  weeks             {best(lambda: run(weeks, HORIZONS)):12,.0f}")


if __name__ == "__main__":
    main()
