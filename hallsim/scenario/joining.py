"""Who joins a line, by conditions: `joining: [{when: longest wait over 15 min at counter, joins: 70 %}]`.

In: parsed `joining` of a station. Out: the cases of joining of the model.
"""

from __future__ import annotations

from typing import Any

from hallsim.model import Joining
from hallsim.scenario.conditions import FORMS, read_condition
from hallsim.scenario.customers import Customers
from hallsim.scenario.kinds import SHARE, ByType, Key, Record, Text
from hallsim.scenario.tree import Path

JOIN_CASE = Record(
    "a case of joining",
    (
        Key("when", Text(), f"the condition: {FORMS}", required=True, example="longest wait over 15 min at counter"),
        Key(
            "joins",
            ByType(SHARE),
            "part of the customers who join then; for those it does not name the next case decides",
            required=True,
            example="{vip: 95 %, rest: 70 %}",
        ),
    ),
    "Who joins by what he sees: `joining: [{when: longest wait over 15 min at counter, joins: 70 %}]`. The first case "
    "holds whose condition does; where none holds, `join_probability` does.",
)


def read_joining(given: dict[str, Any], path: Path, customers: Customers, stations: list[str]) -> tuple[Joining, ...]:
    """Return the cases of joining of a station, without those that there are complaints about."""
    found = []
    for i, case in enumerate(given.get("joining") or []):
        if case is None or case.get("when") is None or not case.get("joins"):
            continue
        here: Path = (*path, "joining", i)
        chosen = customers.by_type(case["joins"], (*here, "joins"))
        shares = tuple(-1.0 if s is None else float(case["joins"][s] or 0) for s in chosen)
        try:
            found.append(Joining(read_condition(case["when"], stations), shares))
        except ValueError as problem:
            customers.ctx.add((*here, "when"), str(problem))
    return tuple(found)
