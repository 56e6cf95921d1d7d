"""Skills of customers and kinds of transaction: who is meant in a table (semantics 26)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hallsim as hs
from hallsim.compiled import ROW_CUSTOMER, ROW_WHAT, ROW_WHO
from hallsim.errors import ScenarioError
from hallsim.scenario import load
from tests.test_semantics import both

LAW = "exponential 3 min"
SKILLS = {"novice": {"vip": "10 %", "rest": "40 %"}, "skilled": "rest"}


def scenario(**more: Any) -> dict[str, Any]:
    """Return kiosks that novices fail at, and counters behind them."""
    kiosk = {"servers": 60, "time": {"novice": "exponential 6 min", "rest": LAW}, "on_failure": "counter"}
    return {
        "open": "09:00-12:00",
        "segments": {"vip": "25 %", "general": "rest"},
        "transactions": {
            "payment": {"share": "50 %", "kind": "service"},
            "query": {"share": "20 %", "kind": "service"},
            "plan": {"share": "rest", "kind": "sales"},
        },
        "arrivals": {"rate": "60/h"},
        "stations": {
            "kiosk": {**kiosk, "fails": {"novice": "30 %", "rest": "5 %"}},
            "counter": {"servers": 60, "time": LAW},
        },
        **more,
    }


def test_skills_split_types_by_the_shares_of_the_segment() -> None:
    model = load(scenario(skills=SKILLS)).model
    assert [skill.name for skill in model.skills] == ["novice", "skilled"]
    novices = {
        model.segments[kind.segment].name: share / (0.25, 0.75)[kind.segment] / (0.5, 0.2, 0.3)[kind.transaction]
        for kind, share in zip(model.types, model.sources[0].mix, strict=True)
        if kind.skill == 0
    }
    assert novices == pytest.approx({"vip": 0.1, "general": 0.4})
    assert model.types[0].name == "vip payment novice"


def test_a_novice_takes_longer_at_a_kiosk_and_fails_more_often() -> None:
    model = load(scenario(skills=SKILLS)).model
    for kind, law, row in zip(model.types, model.stations[0].service, model.stations[0].routes, strict=True):
        assert law.mean / 60e6 == (6 if kind.skill == 0 else 3)
        assert row[-1].probability == (0.3 if kind.skill == 0 else 0.05)


def test_rule_26_skills_leave_everybodys_segment_and_transaction_as_they_were() -> None:
    def pairs(**more: Any) -> dict[int, tuple[int, int, int]]:
        data = scenario(**more)
        if not more:
            data["stations"]["kiosk"] |= {"time": LAW, "fails": "5 %"}
        model, log = both(data)
        kinds = [model.types[int(row[ROW_WHO]) >> 24 & 0xFFFF] for row in log.rows]
        numbers = log.rows[:, ROW_CUSTOMER].tolist()
        return {n: (k.segment, k.transaction, k.skill) for n, k in zip(numbers, kinds, strict=True)}

    without, with_skills = pairs(), pairs(skills=SKILLS)
    assert {n: x[:2] for n, x in without.items()} == {n: x[:2] for n, x in with_skills.items()}
    assert {x[2] for x in with_skills.values()} == {0, 1}


def test_kiosk_failures_are_those_of_the_mixture_of_skills() -> None:
    model = load(scenario(skills=SKILLS)).model
    came, failed = np.zeros(2), np.zeros(2)
    for log in hs.replicate(model, 300, seed=4):
        at_kiosk = log.rows[log.rows[:, ROW_WHAT] & 0xFFFF < 2]
        segment = np.array([kind.segment for kind in model.types])[at_kiosk[:, ROW_WHO] >> 24 & 0xFFFF]
        outcome = at_kiosk[:, ROW_WHAT] >> 32 & 0xFF
        came += np.bincount(segment, minlength=2)
        failed += np.bincount(segment[outcome == 2], minlength=2)
    for i, novices in enumerate((0.1, 0.4)):
        share = 0.3 * novices + 0.05 * (1 - novices)
        assert abs(failed[i] / came[i] - share) < 3.3 * np.sqrt(share * (1 - share) / came[i])


def test_a_kind_stands_for_its_transactions_and_a_transaction_goes_before_it() -> None:
    data = scenario()
    data["stations"]["kiosk"] |= {"time": {"service": "1 min", "query": "2 min", "rest": "9 min"}, "fails": "5 %"}
    model = load(data).model
    means = {
        model.transactions[kind.transaction].name: law.mean / 60e6
        for kind, law in zip(model.types, model.stations[0].service, strict=True)
    }
    assert means == {"payment": 1, "query": 2, "plan": 9}
    assert [t.kind for t in model.transactions] == ["service", "service", "sales"]


@pytest.mark.parametrize(
    ("time", "message"),
    [
        (
            {"vip": LAW, "service": LAW, "rest": LAW},
            "vip and service both speak for vip payment; add an entry 'vip payment'",
        ),
        (
            {"novice": LAW, "vip": LAW, "rest": LAW},
            "novice and vip both speak for vip novice; add an entry 'vip novice'",
        ),
        (
            {"vip novice": LAW, "vip payment": LAW, "rest": LAW},
            "vip novice and vip payment both speak for vip payment novice; add an entry 'vip payment novice'",
        ),
    ],
)
def test_two_names_that_speak_for_one_customer_are_told(time: dict[str, str], message: str) -> None:
    data = scenario(skills=SKILLS)
    data["stations"]["kiosk"] |= {"time": time, "fails": "5 %"}
    with pytest.raises(ScenarioError, match=message):
        load(data)


def test_the_joint_entry_settles_it() -> None:
    data = scenario(skills=SKILLS)
    data["stations"]["kiosk"]["time"] = {"novice": "6 min", "vip": "2 min", "vip novice": "5 min", "rest": "3 min"}
    model = load(data).model
    means = {
        (kind.segment, kind.skill): law.mean / 60e6
        for kind, law in zip(model.types, model.stations[0].service, strict=True)
    }
    assert means == {(0, 0): 5, (0, 1): 2, (1, 0): 6, (1, 1): 3}
