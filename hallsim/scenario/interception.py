"""Interception before the door: rows of the door in which a part of each type does not come in.

In: the parsed `interception` and the routes as read. Out: changed rows and cases of the door. Who accepts is cut from
everybody alike, behind the other destinations; under a condition, each case of the door is asked with it first.
"""

from __future__ import annotations

from typing import Any

from hallsim.model import Route
from hallsim.scenario.conditions import read_condition
from hallsim.scenario.routing import DOOR, Routes, Row, intercepted_to


def intercept(data: dict[str, Any], routes: Routes) -> None:
    """Change the routes of the door; complaints go to the customers' `Reading`."""
    given = data.get("interception")
    customers = routes.customers
    if not given or given.get("accepted") is None or given.get("to") is None or customers.ctx.errors:
        return
    parts = _parts(given, routes)
    away = routes.exit_index(intercepted_to(given["to"]))

    def less(rows: list[Row | None]) -> list[Row | None]:
        return [_less(row, part, away) if row else row for row, part in zip(rows, parts, strict=True)]

    if given.get("when") is None:
        routes.cases[DOOR] = [(when, less(rows)) for when, rows in routes.cases.get(DOOR, [])]
        routes.rows[DOOR] = less(routes.rows[DOOR])
        return
    try:
        condition = read_condition(given["when"], routes.stations)
    except ValueError as problem:
        customers.ctx.add(("interception", "when"), str(problem))
        return
    found = []
    for when, rows in routes.cases.get(DOOR, []):
        found += [((*condition, *when), less(rows)), (when, rows)]
    routes.cases[DOOR] = [*found, (condition, less(routes.rows[DOOR]))]


def _parts(given: dict[str, Any], routes: Routes) -> list[float]:
    """Return which part of each type does not come in."""
    customers = routes.customers
    found = [1.0] * len(customers.types)
    for key in ("offered", "accepted"):
        if key in given and given[key] is not None:
            shares = customers.shares(given[key], ("interception", key))
            found = [a * float(b) for a, b in zip(found, shares, strict=True)]
    return found


def _less(row: Row, part: float, away: int) -> Row:
    kept = tuple(Route(r.probability * (1.0 - part), r.destination, r.step_outcome) for r in row if part < 1)
    return (*kept, Route(part, away)) if part > 0 else row
