"""Logs for the replay's tests: a few legs by hand, and simulated days written down as a log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from hallsim import visits
from hallsim.compiled import Log, compile_model
from hallsim.engines import kernel
from hallsim.model import US_PER_MINUTE, Model
from hallsim.scenario import load
from tests.random_halls import random_hall

NINE = 9 * 60


def leg(
    ticket: float,
    call: float | None,
    end: float,
    counter: str | None = "1",
    *,
    day: str = "2024-03-05",
    visit: int = 0,
    step: int = 0,
    arrive: float | None = None,
    outcome: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Return one leg; times are minutes after nine, `call` None is never."""

    def at(minutes: float | None) -> Any:
        return pd.NA if minutes is None else round((NINE + minutes) * US_PER_MINUTE)

    return {
        "hall": "Log hall",
        "date": pd.Timestamp(day),
        "visit": visit,
        "step": step,
        "station": "desk",
        "t_arrive": at(ticket if arrive is None else arrive),
        "t_ticket": at(ticket),
        "t_call_last": at(call),
        "t_start": at(call),
        "t_end": at(end),
        "counter": None if call is None else counter,
        "outcome": outcome or ("reneged" if call is None else "served"),
        **more,
    }


def table(legs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Return the table of visits of some legs."""
    columns: dict[str, Any] = {}
    for name in dict.fromkeys(key for one in legs for key in one):
        values = [one.get(name) for one in legs]
        numbers = visits.FIELD[name].dtype in ("time", "number")
        columns[name] = pd.array(values, dtype="Int64") if numbers else values
    return visits.frame(columns)


def starts(logs: Sequence[Log]) -> list[list[float | None]]:
    """Return when every customer of every day was called, in minutes after nine."""
    found = []
    for log in logs:
        steps = visits.unpack(log.rows)
        order = steps.customer.argsort()
        calls = steps.t_call[order].tolist()
        found.append([None if call < 0 else round(call / US_PER_MINUTE - NINE, 6) for call in calls])
    return found


def simulated(model: Model) -> list[Log]:
    """Return every day of a replay's model, simulated."""
    return [kernel.simulate(compile_model(model.of_day(i)), 1, i) for i in range(len(model.days))]


def log_of(model: Model, days: int, seed: int = 1) -> pd.DataFrame:
    """Return the table of visits of simulated days."""
    compiled = compile_model(model)
    return pd.concat(
        [visits.build(model, kernel.simulate(compiled, seed, i), replication=i) for i in range(days)],
        ignore_index=True,
    )


def random_log(seed: int) -> pd.DataFrame:
    """Return two days of a random hall as its queue machine knows them.

    It sees neither delays, which have no line, nor what a counter does once its customer has gone.
    """
    model = load(random_hall(seed)).model
    log = log_of(model, 2, seed)
    delays = [station.name for station in model.stations if station.delay]
    log["t_wrap_end"] = log["t_end"]
    return log[~log["station"].isin(delays)].reset_index(drop=True)
