"""The template of a grade, filled in for a hall: a scenario that runs.

In: a graded hall. Out: the scenario as plain data, and how many servers each post has. The demand is the hall's
transactions a month, spread by the template's profile. `servers: demand` become the numbers that the square-root
rule gives for the work of each hour (`theory.square_root_staffing`), the largest of them where servers are machines;
`hallsim staff` then finds the roster that keeps the targets.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from hallsim.errors import Complaint, ScenarioError
from hallsim.grading.rules import DEMAND, Rules
from hallsim.grading.scores import Graded
from hallsim.model import Model
from hallsim.scenario import check, load
from hallsim.scenario.cross_checks import hours_of, offered_load
from hallsim.scenario.writing import text_of
from hallsim.theory import square_root_beta, square_root_staffing
from hallsim.units import format_clock

BY_DEMAND = "demand"
FEW = 1


@dataclass(frozen=True, slots=True)
class Filled:
    """A scenario as plain data, and the fewest and most servers of each post over the day."""

    data: dict[str, Any]
    posts: dict[str, tuple[int, int]]

    def text(self) -> str:
        """Return it as the text of a scenario file."""
        return text_of(self.data, {})


def fill(hall: Graded, rules: Rules) -> Filled:
    """Return the template of a hall's grade with its demand and the servers for it.

    Raises
    ------
    ScenarioError
        If the template is no scenario.
    """
    grade = hall.grade
    data = {"format": 1, "hall": hall.hall.name, **copy.deepcopy(grade.hall)}
    data["description"] = (
        f"From the template of the grade {grade.name}, score {hall.score:.0f}; servers by the square-root rule."
    )
    data["arrivals"] = {"per_month": _plain(hall.hall.figures[DEMAND]), **(data.get("arrivals") or {})}
    open_posts = [name for name, given in data["stations"].items() if (given or {}).get("servers") == BY_DEMAND]
    for name in open_posts:
        data["stations"][name]["servers"] = FEW
    wrong = [c for c in check(data) if not c.warning]
    if wrong:
        place = f"grades.{grade.name}.hall"
        raise ScenarioError([Complaint(rules.file, 0, f"{place}.{c.path}", c.message) for c in wrong])
    model = load(data).model
    for name in open_posts:
        data["stations"][name]["servers"] = _servers(model, name, grade.may_wait)
    return Filled(data, {name: _range(given.get("servers")) for name, given in data["stations"].items()})


def _servers(model: Model, name: str, may_wait: float) -> int | dict[str, Any]:
    """Return how many servers a station needs: for each hour, or in the busiest where they are machines."""
    i = next(i for i, s in enumerate(model.stations) if s.name == name)
    beta = square_root_beta(may_wait)
    numbers = [square_root_staffing(float(load), beta) for load in offered_load(model)[i].sum(axis=0)]
    if model.stations[i].role == "kiosk" or len(set(numbers)) == 1:
        return max(numbers)
    starts = [format_clock(start) for start, _ in hours_of(model)]
    changes = [n for n in range(len(numbers)) if n == 0 or numbers[n] != numbers[n - 1]]
    return {"staff": {starts[n]: numbers[n] for n in changes}}


def _range(servers: Any) -> tuple[int, int]:
    if isinstance(servers, dict):
        numbers = list(servers["staff"].values())
        return min(numbers), max(numbers)
    return (servers, servers) if isinstance(servers, int) else (len(servers or ()), len(servers or ()))


def _plain(number: float) -> float | int:
    """Return a number as somebody would write it."""
    return int(number) if number.is_integer() else number
