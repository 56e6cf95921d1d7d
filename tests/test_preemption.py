"""Literal traces of rule 33, on both engines: a customer who interrupts another. Rows read as in test_semantics."""

from typing import Any

import pytest

from tests.test_semantics import hall, trace


def desk(vip: list[str], general: list[str], **station: Any) -> dict[str, Any]:
    """Return a hall of one desk where vips interrupt the others, with services of ten minutes."""
    given = {"servers": 1, "time": "10 min", "call": {"priority": ["vip"], "preemptive": "yes"}, **station}
    scenario = hall([], {"desk": given}, segments={"vip": "50 %", "general": "rest"})
    sources = {"vip": vip, "general": general or ["09:59"]}
    scenario["arrivals"] = {n: {"times": t, "segments": {n: "100 %"}} for n, t in sources.items()}
    return scenario


@pytest.mark.parametrize(("work", "end"), [("resume", 20), ("repeat", 24), ("resample", 24)])
def test_rule_33_who_is_called_earlier_interrupts_who_is_called_later(work: str, end: int) -> None:
    assert trace(desk(["09:04"], ["09:00", "09:01"], interrupted=work))[:3] == [
        (0, "desk", 0, 0, 4, "desk 1", "interrupted"),
        (2, "desk", 4, 4, 14, "desk 1", "served"),
        (0, "desk", 4, 14, end, "desk 1", "served"),
    ]


def test_rule_33_equals_are_not_interrupted() -> None:
    assert [row[:5] for row in trace(desk(["09:00", "09:01"], []))][:2] == [
        (0, "desk", 0, 0, 10),
        (1, "desk", 1, 10, 20),
    ]


def test_rule_33_the_one_called_last_is_interrupted() -> None:
    steps = trace(desk(["09:05"], ["09:00", "09:01"], servers=2))
    assert steps[0] == (1, "desk", 1, 1, 5, "desk 2", "interrupted")
    assert steps[1:] == [
        (0, "desk", 0, 0, 10, "desk 1", "served"),
        (2, "desk", 5, 5, 15, "desk 2", "served"),
        (1, "desk", 5, 10, 16, "desk 1", "served"),
    ]


def test_rule_33_an_idle_server_goes_before_an_interruption() -> None:
    assert [row[6] for row in trace(desk(["09:01"], ["09:00"], servers=2))] == ["served", "served"]
