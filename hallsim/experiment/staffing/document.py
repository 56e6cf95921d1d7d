"""A plan as JSON."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from hallsim.experiment.staffing.words import is_surely, sentences, target_label
from hallsim.scenario.servers import span_text

if TYPE_CHECKING:
    from hallsim.experiment.staffing.fresh import Check
    from hallsim.experiment.staffing.plan import Plan, Roster


def to_json(plan: Plan) -> str:
    """Return everything that a plan found as JSON; figures of targets are shares, or minutes."""
    model = plan.hall.model
    posts = []
    for k, post in enumerate(plan.posts):
        load = plan.loads[k]
        posts.append(
            {
                "station": post.name,
                "arrivals": _list(load.arrivals),
                "work_min": load.work_min,
                "offered_load": _list(load.offered),
                "square_root": load.square_root.tolist(),
                "erlang": load.erlang.tolist(),
                "scheduled": _list(plan.today.numbers[k]),
                "required": None if plan.required is None else _list(plan.required.numbers[k]),
                "on_shifts": None if plan.shifts is None else _list(plan.shifts.numbers[k]),
            }
        )
    document = {
        "scenario": model.name,
        "scenario_hash": model.scenario_hash,
        "half_hours": [span_text(tuple(slot)) for slot in plan.slots.tolist()],
        "targets": [target_label(model, target, "en") for target in plan.promise.targets],
        "promise": plan.promise.meant,
        "share_of_days": plan.promise.share,
        "confidence": plan.confidence,
        "posts": posts,
        "not_reachable": [
            {"target": goal.target, "half_hour": None if goal.slot < 0 else goal.slot, "on_days": goal.on_days}
            for goal in plan.unreachable
        ],
        "required": _roster(plan, plan.required),
        "shifts": _roster(plan, plan.shifts),
        "today": _roster(plan, plan.today),
        "wage": plan.library.wage,
        "days": plan.days,
        "seed": plan.seed,
        "days_simulated": plan.simulated,
        "complete": plan.complete,
        "sentences_en": sentences(plan, "en"),
        "sentences_zh": sentences(plan, "zh"),
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _roster(plan: Plan, roster: Roster | None) -> dict[str, Any] | None:
    if roster is None:
        return None
    return {
        "hours": sum(roster.hours),
        "cost": sum(roster.cost),
        "people": [
            {
                "station": plan.posts[k].name,
                "shift": tour.name,
                "on_duty": [span_text(stretch) for stretch in tour.stretches],
                "people": n,
                "hours_each": tour.hours,
                "cost_each": tour.cost,
            }
            for k, tour, n in roster.people
        ],
        "check": None if roster.check is None else _check(roster.check),
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "verdict": is_surely(check),
        "days": check.days,
        "seed": check.seed,
        "levels": [[_number(x) for x in level] for level in check.levels],
        "good_days": [[_number(x) for x in good] for good in check.good],
        "levels_by_half_hour": [_list(row) for row in check.by_slot],
    }


def _list(values: np.ndarray[Any, Any]) -> list[float | None]:
    return [_number(x) for x in values.tolist()]


def _number(x: float) -> float | None:
    return None if math.isnan(x) else x
