"""Rule 3: whatever a planner changes in the hall, every customer comes, needs, waits and fares by the same draws.

A hall is simulated with and without a change, and its customers are compared one by one: when each comes, for which
transactions, and everything that each draws in either hall: services, patience, balking, failing, accepting.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from hallsim.compiled import ROW_ARRIVE, ROW_CUSTOMER, ROW_WHO, compile_model
from hallsim.draws import name_hash
from hallsim.engines import reference
from hallsim.engines.reference_draws import Customer, Draws
from hallsim.scenario import load
from tests.test_engines import assert_same

SEEDS = (1, 2, 3)
HALL: dict[str, Any] = {
    "open": "09:00-13:00",
    "arrivals": {
        "walk_in": {"per_hour": [45, 60, 50, 40], "transactions_per_visit": {"1": "80 %", "2": "rest"}},
        "families": {"rate": "4/h", "group_size": {"2": "50 %", "3": "rest"}},
        "booked": {"appointments": {"every": "20 min", "show": "80 %", "late": "exponential 4 min"}},
    },
    "segments": {"vip": "20 %", "general": "rest"},
    "transactions": {"payment": "60 %", "plan": "rest"},
    "entry": {"kiosk": "30 %", "counter": "rest"},
    "stations": {
        "kiosk": {"servers": 2, "time": "exponential 3 min", "fails": "20 %", "on_failure": "counter"},
        "counter": {
            "servers": 3,
            "time": {"plan": "lognormal 6 min cv 0.8", "rest": "exponential 4 min"},
            "patience": {"vip": "exponential 30 min", "rest": "exponential 12 min"},
            "join_probability": [*[1] * 8, 0.7],
            "on_giving_up": {"orbit": "30 %", "leave": "rest"},
        },
        "orbit": {"role": "orbit", "time": "exponential 20 min", "then": "counter"},
    },
}
PDA = {"role": "pda", "servers": 1, "time": "2 min", "then": "leave"}
PREPARED = {"by": "pda", "time": "exponential 2 min", "saves": "40 %", "done": "10 %", "fails": "10 %"}
CHANGES: dict[str, dict[str, Any]] = {
    "a line of their own for V tickets": {
        "tickets": {"V": {"segments": ["vip"], "rank": 0}, "Z": {"segments": ["general"], "rank": 1}}
    },
    "a line for a survey": {"stations": {"counter": {"then": {"survey": "40 %", "leave": "rest"}},
                                         "survey": {"servers": 1, "time": "exponential 1 min"}}},
    "a fourth counter": {"stations": {"counter": {"servers": 4}}},
    "a third kiosk": {"stations": {"kiosk": {"servers": 3}}},
    "a clerk with a PDA": {"stations": {"counter": {"preparation": PREPARED}, "pda": PDA}},
    "a diversion": {
        "entry": [
            {"when": "more than 4 waiting at counter", "to": "offer"},
            {"to": {"kiosk": "30 %", "counter": "rest"}},
        ],
        "stations": {
            "offer": {"role": "offer", "accepts": "50 %", "then": "app", "on_declining": "counter"},
            "app": {"role": "online", "time": "exponential 5 min", "fails": "30 %", "on_failure": "counter",
                    "then": "divert app"},
        },
    },
    "walks": {"walking": {"cv": 0.3, "minutes": {"door": {"counter": "2 min"}, "kiosk": {"counter": "1 min"}}}},
}  # fmt: skip


class Day(NamedTuple):
    """Who came, and what they drew: by customer, then by purpose and number."""

    customers: dict[int, tuple[int, int, int]]  # arrival, source, type
    draws: dict[tuple[int, int, int], float]  # customer's key, purpose, k
    rows: list[list[int]]


def changed(change: dict[str, Any]) -> dict[str, Any]:
    """Return the hall with a change, stations entry by entry."""
    stations = {name: dict(keys) for name, keys in HALL["stations"].items()}
    for name, keys in change.get("stations", {}).items():
        stations[name] = stations.get(name, {}) | keys
    return {**HALL, **change, "stations": stations}


def day_of(scenario: dict[str, Any], seed: int, patch: pytest.MonkeyPatch) -> Day:
    """Simulate a day on both engines and write down what the readable one draws."""
    draws: dict[tuple[int, int, int], float] = {}
    uniform, duration = Draws.uniform, Draws.duration

    def drawn_uniform(self: Draws, customer: Customer, purpose: Any, k: int) -> float:
        value = draws[int(customer.key), int(purpose), int(k)] = uniform(self, customer, purpose, k)
        return value

    def drawn_duration(self: Draws, law: int, key: Any, purpose: Any, k: int) -> float:
        value = draws[int(key), int(purpose), int(k)] = duration(self, law, key, purpose, k)
        return value

    model = load(scenario).model
    rows = assert_same(model, seed, 0).rows
    with patch.context() as patched:
        patched.setattr(Draws, "uniform", drawn_uniform)
        patched.setattr(Draws, "duration", drawn_duration)
        reference.simulate(compile_model(model), seed, 0)
    who = rows[:, ROW_WHO]
    people = zip(rows[:, ROW_CUSTOMER], rows[:, ROW_ARRIVE], who >> 40 & 0xFFFF, who >> 24 & 0xFFFF, strict=True)
    return Day({int(n): (int(t), int(s), int(kind)) for n, t, s, kind in people}, draws, rows.tolist())


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_the_hall_leaves_every_customer_as_he_was(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    both = 0
    purposes: set[int] = set()
    for seed in SEEDS:
        before = day_of(HALL, seed, monkeypatch)
        after = day_of(changed(CHANGES[name]), seed, monkeypatch)
        assert before.rows != after.rows, "the change changes nothing"
        assert before.customers == after.customers
        common = before.draws.keys() & after.draws.keys()
        assert [draw for draw in common if before.draws[draw] != after.draws[draw]] == []
        both += len(common)
        purposes |= {purpose for _, purpose, _ in common}
    assert both > 1500
    asked = {name_hash(*words) for words in (("service", "counter"), ("patience", "counter"), ("route", "kiosk"))}
    assert asked <= purposes
