"""What one more counter, clerk or machine would change, and one fewer: the hall with each of its places changed by one.

In: a scenario and what came out of it. Out: `OneMore`: one variant of the hall for each `Step`, and how it differs from
the hall as it is, with the same customers. A place is a station with `servers`, or a pool of one. Where the number
changes over the day it is one more, or one fewer, in each stretch with anybody; people with names get a colleague from
opening to closing, and none of them is sent home. Not asked are servers whose number no scenario states, as those of a
log, and halls that Python code decides in, which take the readable engine.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from hallsim.errors import ScenarioError
from hallsim.experiment.compare import Difference, Differences, differences
from hallsim.experiment.days import turn_of
from hallsim.experiment.figures import figures_of
from hallsim.experiment.results import Results
from hallsim.experiment.same_days import same_days
from hallsim.model import Label, Model, Station
from hallsim.scenario import Scenario
from hallsim.scenario.tree import plain_data

MOST_PLACES = 6
"""Places that are asked about: those whose servers are busy for the largest part of their time."""
MOST_DAYS = 200
"""Days of each variant."""
MOST_VISITS = 1_000_000
"""Of each variant: a single run without an end may have a hundred thousand."""
FEWEST = 20
"""Replications of each variant that are simulated however many visits they have."""
FEWEST_HORIZONS = 5
"""Replications of several days each have as many of them at least."""
NEW = "one more"


@dataclass(frozen=True, slots=True, eq=False)  # what stands at a place may be a mapping, which has no hash
class Step:
    """One server more (`by` 1) or fewer (-1) at a place: its path in the scenario, and what stands there then."""

    place: Label
    by: int
    path: str
    servers: Any

    @property
    def name(self) -> Label:
        """What the variant is called in a sentence."""
        if self.by > 0:
            return Label(f"one more at “{self.place.en}”", f"“{self.place.zh}”多一个")
        return Label(f"one fewer at “{self.place.en}”", f"“{self.place.zh}”少一个")


@dataclass(frozen=True, eq=False)
class OneMore:
    """What was asked and what came of it: variant i + 1 of `found` is the hall after step i."""

    steps: tuple[Step, ...]
    found: Differences

    def changes(self, kpi: str) -> list[Difference]:
        """Return how each step changes a figure of the whole hall."""
        return [self.found.get(kpi, i) for i in range(1, len(self.steps) + 1)]


def one_more(
    hall: Scenario,
    results: Results,
    jobs: int | None = None,
    progress: Callable[..., object] | None = None,
) -> OneMore | None:
    """Simulate the hall with one more, and one fewer, at each of its places.

    Parameters
    ----------
    hall : Scenario
    results : Results
        Of the hall; their seed is taken, and at most their replications.
    jobs : int, optional
    progress : callable, optional
        Called with the number of finished replications of all variants together, and with how many there are.

    Returns
    -------
    OneMore, or None where no number of servers can be changed.

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C came before all variants were done.
    """
    if results.engine != "batch" or hall.model.logged or hall.model.policies:
        return None
    asked = [(step, changed) for step in steps_of(hall, results) if (changed := _changed(hall, step)) is not None]
    if not asked:
        return None
    figures = figures_of(hall)
    n = days_of(hall.model, results.replications, results.estimate("visits").value)
    halls = [hall, *(changed for _, changed in asked)]
    shown = None if progress is None else partial(_of, progress, n * len(halls))
    found = same_days(halls, figures, n, results.seed or 0, jobs, shown)
    names = [hall.model.label, *(step.name for step, _ in asked)]
    changes = [(), *((f"{step.path}={json.dumps(step.servers, ensure_ascii=False)}",) for step, _ in asked)]
    if not found.complete:
        raise KeyboardInterrupt
    return OneMore(tuple(step for step, _ in asked), differences(names, found, changes, results.confidence, (), n, ()))


def days_of(model: Model, replications: int, visits: float) -> int:
    """Return how many replications of so many visits are simulated of each variant; of a calendar whole turns."""
    if model.horizon is not None:
        return min(replications, max(MOST_DAYS // model.horizon.days, FEWEST_HORIZONS))
    turn = turn_of(model)
    most = min(MOST_DAYS, max(int(MOST_VISITS / max(visits, 1.0)), FEWEST))
    return min(replications, max(most // turn, 1) * turn)


def steps_of(hall: Scenario, results: Results) -> list[Step]:
    """Return the changes by one server at the busiest places, in the order of the stations."""
    places = list(_places(hall))
    busy = [_utilisation(results, station) for station, *_ in places]
    chosen = sorted(range(len(places)), key=lambda i: -busy[i])[:MOST_PLACES]
    found = []
    for i in sorted(chosen):
        _, label, path, servers = places[i]
        found += [Step(label, by, path, put) for by in (1, -1) if (put := moved(servers, by)) is not None]
    return found


def moved(servers: Any, by: int) -> Any:
    """Return servers, as a scenario writes them, with one more or fewer; None where that cannot be.

    >>> moved(4, 1), moved(1, -1), moved([{"name": "Li"}], 1)
    (5, None, [{'name': 'Li'}, {'name': 'one more'}])
    >>> moved({"staff": {"09:00": 2, "12:00": 0}}, -1)
    {'staff': {'09:00': 1, '12:00': 0}}
    """
    if isinstance(servers, int):
        return servers + by if servers + by >= 1 else None
    if isinstance(servers, list):
        return [*servers, {"name": NEW}] if by > 0 else None
    if isinstance(servers, dict) and isinstance(numbers := servers.get("staff"), dict):
        if not all(isinstance(n, int) and (n == 0 or n + by >= 1) for n in numbers.values()):
            return None
        return servers | {"staff": {at: n + by if n else 0 for at, n in numbers.items()}}
    return None


def _of(progress: Callable[..., object], total: int, done: int) -> None:
    progress(done, total)


def _places(hall: Scenario) -> Iterator[tuple[Station, Label, str, Any]]:
    """Yield each place that has servers: its station, its name, its path in the scenario, and what stands there."""
    tree: Any = plain_data(hall.tree)
    for station in hall.model.stations:
        branch, _, name = station.name.rpartition("/")
        of, prefix = (tree["halls"][branch], f"halls.{branch}.") if branch else (tree, "")
        written = (of.get("stations") or {}).get(name)
        if not isinstance(written, dict):
            continue
        path = f"{prefix}stations.{name}"
        if written.get("servers") is not None:
            yield station, station.label, f"{path}.servers", written["servers"]
        for pool, inside in (written.get("pools") or {}).items():
            label = Label(f"{station.label.en} / {pool}", f"{station.label.zh} / {pool}")
            yield station, label, f"{path}.pools.{pool}.servers", inside.get("servers")


def _utilisation(results: Results, station: Station) -> float:
    value = results.estimate("utilisation", "station", station.name).value
    return 0.0 if math.isnan(value) else value


def _changed(hall: Scenario, step: Step) -> Scenario | None:
    """Return the hall after a step; None where something else in it forbids the step, such as seats of a zone."""
    try:
        return hall.change(step.path, step.servers)
    except ScenarioError:
        return None
