"""A plan of staff on the page: the sentences, the half-hours of each post, the shifts."""

from __future__ import annotations

from dataclasses import dataclass

from hallsim.experiment.staffing import Plan
from hallsim.experiment.staffing.table import half_hours, legend, shifts
from hallsim.model import Label

Rows = list[list[Label]]


@dataclass(frozen=True, slots=True)
class Staffed:
    """All of a plan: tables with their heads first."""

    sentences: list[Label]
    posts: list[Rows]
    legend: Label
    shifts: Rows


def staffed_of(plan: Plan | None) -> Staffed | None:
    """Return a plan as the page shows it; None if there is none."""
    if plan is None:
        return None
    said = zip(plan.sentences("en"), plan.sentences("zh"), strict=True)
    return Staffed(
        [Label(en, zh) for en, zh in said],
        [_labels(half_hours(plan, k, "en"), half_hours(plan, k, "zh")) for k in range(len(plan.posts))],
        Label(legend(plan, "en"), legend(plan, "zh")),
        _labels(shifts(plan, "en"), shifts(plan, "zh")),
    )


def _labels(en: list[list[str]], zh: list[list[str]]) -> Rows:
    return [[Label(a, b) for a, b in zip(*rows, strict=True)] for rows in zip(en, zh, strict=True)]
