"""Removing a cause changes the wait as the bookings say, on the same customers; and where they mislead."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from hallsim.experiment import replicate
from hallsim.experiment.attribution import CAUSES, Attribution
from hallsim.experiment.profile import profile_of
from hallsim.model import Model
from hallsim.scenario import load

DAYS, SEED = 100, 7
BASE = """
format: 1
hall: {en: Test hall, zh: 测试厅}
open: "09:00-18:00"
segments: {vip: 10 %, general: rest}
tickets: {V: {segments: [vip], rank: 0}, Z: {rank: 0}}
arrivals: {per_hour: [22, 36, 34, 26, 24, 28, 36, 28, 18]}
stations:
  counter:
    servers: 4
    time: {vip: lognormal 9 min cv 0.8, general: lognormal 6.2 min cv 0.8}
    patience: exponential 40 min
"""
RANKS = "tickets: {V: {segments: [vip], rank: 0}, Z: {rank: 1}}"
BUSY_WITH_VIPS = """segments: {vip: 40 %, general: rest}
arrivals: {per_hour: [15, 22, 22, 18, 17, 18, 22, 20, 15]}
stations: {counter: {servers: 3}}
"""
ROOM = "{servers: 1, calls: [V]}"
EARLY_ROOM = "{servers: [{name: V1}], calls: [V]}"
LATE_ROOM = '{servers: [{name: V1, shifts: ["10:30-18:00"]}], calls: [V]}'


@dataclass(frozen=True)
class Case:
    """A hall with a cause, the same hall without it, and whose minutes are compared (class, station, all)."""

    cause: str
    hall: str
    remedy: str
    of: str = "all"


def counter(text: str) -> str:
    return f"stations: {{counter: {{{text}}}}}"


def pools(room: str, others: int = 3) -> str:
    return counter(f"servers: null, pools: {{room: {room}, open_plan: {{servers: {others}, calls: [Z]}}}}")


def advice(places: str) -> str:
    """A quarter of those served at the counter go on to an advisor, before whom there are so many places."""
    advisor = "advisor: {role: other, servers: 1, time: lognormal 6 min cv 0.8}"
    return f"stations: {{counter: {{then: {{advisor: 25 %, leave: rest}}}}, {advisor}}}\nzones: {places}"


FEW_PLACES = "{sofa: {seats: 1, waiting_for: [advisor], when_full: block}}"
CASES = {
    "breaks": Case(
        "break", counter('breaks: [{from_to: "12:00-13:30", length: 30 min, at_once: 2}]'), counter("breaks: null")
    ),
    "outage": Case("down", 'outages: [{from_to: "10:00-10:40", stations: [counter]}]', "outages: null"),
    "priority": Case("order", BUSY_WITH_VIPS + RANKS, "tickets: {Z: {rank: 0}}", "Z"),
    "reserved counter": Case("idle", pools(ROOM), counter("servers: 4, pools: null")),
    "nobody before 10:30": Case("no_server", pools(LATE_ROOM, 4), counter(f"pools: {{room: {EARLY_ROOM}}}"), "V"),
    "calls in vain": Case(
        "calls",
        counter("calls: {unanswered: 25 %, unanswered_again: 60 %, recalls: 8, time_out: 45 s}"),
        counter("calls: null"),
    ),
    "a sofa before the advisor": Case("space", advice(FEW_PLACES), "zones: null", "counter"),
}
MISLEADING = {
    "priority, everybody": Case("order", BUSY_WITH_VIPS + RANKS, "tickets: {Z: {rank: 0}}"),
    "no-shows who would be served": Case(
        "calls", counter("calls: {unanswered: 12 %, recalls: 1, time_out: 30 s}"), counter("calls: null")
    ),
    "walks": Case("between", counter("walk: 30 s"), counter("walk: null")),
    "a sofa, at the advisor": Case("space", advice(FEW_PLACES), "zones: null", "advisor"),
}


def lines_of(model: Model, why: Attribution, of: str) -> Sequence[int] | None:
    """Return the lines of a ticket class or a station; None: those of all counters."""
    stations = [station.name for station in model.stations for _ in station.lines]
    names = [c.name for c in model.ticket_classes]
    if of in stations:
        return [line for line, name in enumerate(stations) if name == of]
    return None if of == "all" else dict(why.classes)[names.index(of)]


@functools.cache
def measured(case: Case) -> tuple[float, float, float]:
    """Return the mean wait with the cause, without it, and what was booked to it, in minutes."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "base.yaml").write_text(BASE, encoding="utf-8")
        (folder / "hall.yaml").write_text(f"format: 1\nextends: base.yaml\n{case.hall}\n", encoding="utf-8")
        (folder / "remedy.yaml").write_text(f"format: 1\nextends: hall.yaml\n{case.remedy}\n", encoding="utf-8")
        for file in ("hall", "remedy"):
            model = load(folder / f"{file}.yaml").model
            why = profile_of(model, replicate(model, DAYS, SEED, "batch")).attribution
            found.append(why.per_stay(lines_of(model, why, case.of))[0])
    booked = float(found[0][[c.name for c in CAUSES].index(case.cause)])
    return float(found[0].sum()), float(found[1].sum()), booked


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_removing_a_cause_saves_roughly_what_is_booked_to_it(name: str) -> None:
    before, after, booked = measured(CASES[name])
    assert 0.75 < booked / (before - after) < 1.33


@pytest.mark.slow
def test_taking_turns_saves_the_many_what_it_costs_the_few() -> None:
    before, after, booked = measured(MISLEADING["priority, everybody"])
    assert booked > 3.0 * abs(before - after)


@pytest.mark.slow
def test_no_shows_who_come_after_all_cost_more_than_calling_them_in_vain() -> None:
    before, after, booked = measured(MISLEADING["no-shows who would be served"])
    assert booked > 0.0
    assert after > before


@pytest.mark.slow
def test_walks_cost_more_than_what_is_booked_to_them() -> None:
    before, after, booked = measured(MISLEADING["walks"])
    assert 0.5 < booked / (before - after) < 0.9


@pytest.mark.slow
def test_who_does_not_find_a_place_waits_longer_once_there_is_one() -> None:
    before, after, booked = measured(MISLEADING["a sofa, at the advisor"])
    assert booked == 0.0
    assert after > before + 5.0


def main() -> None:
    """Print the rows of the table in docs/attribution.md."""
    for name, case in (*CASES.items(), *MISLEADING.items()):
        before, after, booked = measured(case)
        figures = " | ".join(f"{x:.2f}" for x in (before, booked, before - after, after))
        print(f"| {name} | `{case.cause}` | {case.of} | {figures} |")


if __name__ == "__main__":
    main()
