"""How many people a hall needs by half-hour, and on which shifts."""

from __future__ import annotations

import itertools
import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hallsim.cli import exit_code
from hallsim.errors import ScenarioError, UsageError
from hallsim.experiment import run
from hallsim.experiment.floor import slots_of
from hallsim.experiment.staffing import Plan, staff
from hallsim.experiment.staffing.asked import limits_asked, targets_asked
from hallsim.experiment.staffing.counting import counted_of
from hallsim.experiment.staffing.fresh import LOOKS, check_fresh, looks_at
from hallsim.experiment.staffing.posts import posts_of, with_staff
from hallsim.experiment.staffing.promises import Goal, Promise, judge, promise_of
from hallsim.experiment.staffing.sampler import Sampler
from hallsim.experiment.staffing.saving import save
from hallsim.experiment.staffing.tours import tours_of
from hallsim.experiment.table import display_width
from hallsim.model import US_PER_HOUR, Target
from hallsim.scenario import Scenario, load
from hallsim.scenario.shift_library import Library, Shift, read_shifts, usual_shifts
from hallsim.theory import Cut, ErlangA, cover

SCENARIOS = Path(__file__).resolve().parent.parent / "scenarios"
SMALL: dict[str, Any] = {
    "open": "09:00-11:00",
    "arrivals": {"per_hour": [20, 34]},
    "stations": {"counter": {"servers": 3, "time": "exponential 6 min", "patience": "exponential 30 min"}},
    "targets": {"all": {"wait": "80 % within 5 min"}},
}
DAYS = 300
TEN_WITHIN_5 = Target("service_level", 0, -1, within=300_000_000, at_least=0.9)


def small(**more: Any) -> Scenario:
    """Return the small hall, with other entries at its top."""
    return load({**SMALL, **more})


def text_of(hall: dict[str, Any]) -> str:
    """Return a hall as the text of a scenario file."""
    return "format: 1\n" + "\n".join(f"{key}: {json.dumps(value)}" for key, value in hall.items())


def whole_days(hall: Scenario) -> Library:
    """Return shifts from opening to closing, the only ones."""
    return Library((Shift("day", hall.model.close - hall.model.open, 1.0),))


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Return the plan of the small hall."""
    return staff(small(), promise="average", days=DAYS)


# --- counting -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["standard_hall", "flagship_hall", "bad_day"])
def test_what_is_counted_by_half_hour_adds_up_to_the_key_figures(name: str) -> None:
    # the system outage of the bad day interrupts services, whose waits are carried on
    hall = load(SCENARIOS / f"{name}.yaml")
    with Sampler(counted_of(hall.model, hall.model.targets), jobs=1) as sampler:
        total = sampler.counts([hall.model], 5, 0, 40)[0].sum(axis=(0, 2))
    found = [v.estimate for v in run(hall, 40, seed=5, jobs=1).targets()]
    for (done, joined), estimate in zip(total.tolist(), found, strict=True):
        unit = 60_000_000 if estimate.kpi.unit == "min" else 1
        assert math.isclose(done / joined / unit, estimate.value, rel_tol=1e-12)


def test_the_same_days_come_whatever_the_number_of_threads() -> None:
    hall = small()
    found = []
    for jobs in (1, 3):
        with Sampler(counted_of(hall.model, hall.model.targets), jobs) as sampler:
            found.append(sampler.counts([hall.model], 2, 0, 1200)[0])
    assert np.array_equal(*found)


# --- promises -----------------------------------------------------------------------------------------------------


def days_of(*days: list[tuple[int, int]]) -> np.ndarray[Any, Any]:
    """Return counts of one target: for each day a list of (called in time, joined) by half-hour."""
    return np.array([[day] for day in days], dtype=np.int64)


def test_an_average_weighs_customers_and_not_days() -> None:
    promise = promise_of([TEN_WITHIN_5], "average", 0.95, np.array([[True]]))
    values = promise.values(days_of([(9, 10)], [(90, 100)], [(0, 1)]))
    assert values[:, 0].tolist() == pytest.approx([0.0, 0.0, -0.9])


def test_a_promise_for_days_is_about_all_customers_of_the_day() -> None:
    promise = promise_of([TEN_WITHIN_5], "days", 0.5, np.array([[True, True]]))
    assert promise.goals == (Goal(0, 0, False), Goal(0, 1, False), Goal(0, -1, True))
    values = promise.values(days_of([(5, 10), (40, 40)], [(5, 10), (30, 40)]))
    assert values[:, 2].tolist() == [0.5, -0.5]


def test_a_half_hour_without_customers_is_a_good_one() -> None:
    promise = promise_of([TEN_WITHIN_5], "half-hours", 0.75, np.array([[True]]))
    assert promise.values(days_of([(0, 0)], [(8, 10)]))[:, 0].tolist() == [0.25, -0.75]


def test_a_bound_from_above_is_kept_by_less() -> None:
    promise = promise_of([Target("abandonment", 0, -1, at_most=0.03)], "average", 0.95, np.array([[True]]))
    assert promise.values(days_of([(1, 100)], [(4, 100)]))[:, 0].tolist() == pytest.approx([2.0, -1.0])


def test_a_target_that_is_just_met_is_neither_surely_kept_nor_missed() -> None:
    promise = Promise((TEN_WITHIN_5,), "average", 0.95, (Goal(0, 0, False),))
    found = judge(promise, np.tile([[1.0], [-1.0]], (50, 1)), 0.05)
    assert found.kept().tolist() == found.missed().tolist() == [False]


class Coins:
    """In the place of a sampler: ten customers a day, each of whom is called in time with a chance of its own."""

    def __init__(self, chance: float) -> None:
        self.chance = chance

    def counts(self, models: Any, seed: int, first: int, count: int) -> list[np.ndarray[Any, Any]]:
        done = np.random.default_rng([seed, first]).binomial(10, self.chance, count)
        return [np.stack([done, np.full(count, 10)], axis=1)[:, None, None, :]]


@pytest.mark.parametrize(("chance", "low", "high"), [(0.9, 0.0, 0.05), (0.895, 0.0, 0.001), (0.91, 0.999, 1.0)])
def test_a_roster_at_its_limit_is_called_verified_as_rarely_as_promised(chance: float, low: float, high: float) -> None:
    promise = Promise((TEN_WITHIN_5,), "average", 0.95, (Goal(0, 0, False),))
    n = 600
    checks = [check_fresh(promise, Coins(chance), None, seed, 0.05, (400, 1600, 6400)) for seed in range(n)]  # type: ignore[arg-type]
    passed = sum(check.verified for check in checks) / n
    noise = 3.3 * math.sqrt(max(high, 1 / n) * (1 - min(high, 1 - 1 / n)) / n)
    assert low - noise <= passed <= high + noise


def test_checks_look_after_whole_turns_of_a_calendar() -> None:
    week = replace(small().model, calendar=tuple((f"2024-03-{d + 1:02d}", 0) for d in range(7)))
    assert looks_at(week) == (2002, 8001, 32004)
    assert looks_at(small().model) == LOOKS


# --- programs and tours -------------------------------------------------------------------------------------------


def test_a_cut_asks_for_people_in_one_slot_or_another() -> None:
    found = cover([1, 1], [[0], [1]], [1.0, 2.0], [Cut(np.array([1.0, 3.0]), 7.0)])
    assert found.counts.tolist() == [1, 2]


def test_cuts_beyond_the_largest_numbers_are_refused() -> None:
    with pytest.raises(UsageError, match="the shifts cannot be chosen"):
        cover([1, 1], [[0], [1]], [1.0, 1.0], [Cut(np.array([1.0, 1.0]), 5.0)], most=[2, 2])


def test_a_break_may_lie_at_every_half_hour_of_its_time() -> None:
    hall = load(SCENARIOS / "standard_hall.yaml")
    slots = slots_of(hall.model)
    (post,) = posts_of(hall.model, (), hall.model.targets, {}, slots)
    shift = Shift("day", 9 * US_PER_HOUR, 2.0, pause=US_PER_HOUR, window=(12 * US_PER_HOUR, 14 * US_PER_HOUR))
    tours = tours_of(Library((shift,)), post, slots)
    assert [tour.stretches[0][1] / US_PER_HOUR for tour in tours] == [12.0, 12.5, 13.0]
    assert {(tour.hours, tour.cost, len(tour.slots)) for tour in tours} == {(8.0, 16.0, 16)}


def test_a_short_day_has_one_shift() -> None:
    assert usual_shifts(0, 2 * US_PER_HOUR).shifts == (Shift("whole_day", 2 * US_PER_HOUR, 1.0),)


def test_a_bad_file_of_shifts_is_complained_about_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "shifts.yaml"
    file.write_text(
        "wage: 28\nshifts:\n  early:\n    length: 50 min\n  late:\n    lenght: 4 h\n  night:\n    length: 2 h\n"
        '    starts: ["17:00", "08:40"]\n',
        encoding="utf-8",
    )
    with pytest.raises(ScenarioError) as caught:
        read_shifts(file, 9 * US_PER_HOUR, 18 * US_PER_HOUR)
    said = [(c.line, c.message) for c in caught.value.complaints]
    assert said == [
        (4, "50 min is not a number of half-hours"),
        (6, "'lenght' is not a key of a shift; known: length, starts, break, wage, stations (did you mean length?)"),
        (9, "a shift from 17:00 to 19:00 is outside the opening hours 09:00-18:00"),
        (9, "08:40 is no half-hour of the clock"),
    ]


# --- plans --------------------------------------------------------------------------------------------------------


def test_no_cheaper_numbers_would_do(plan: Plan) -> None:
    # all numbers with one person less, 1 to 5 in each of the four half-hours, on the days of the search
    hall, slots = small(), slots_of(small().model)
    (post,) = plan.posts
    assert plan.required is not None
    fewest = int(plan.required.numbers.sum())
    tries = [n for n in itertools.product(range(1, 6), repeat=4) if sum(n) == fewest - 1]
    with Sampler(counted_of(hall.model, hall.model.targets)) as sampler:
        models = [with_staff(hall, {post: post.by_number(n, slots)}).model for n in tries]
        for counts in sampler.counts(models, plan.seed, 0, DAYS):
            assert not judge(plan.promise, plan.promise.values(counts), 0.05).kept().all()


def test_numbers_that_were_found_keep_the_promise_on_fresh_days(plan: Plan) -> None:
    assert plan.required is not None
    assert plan.required.check is not None
    assert plan.required.check.verified
    hall = with_staff(plan.hall, plan.required.servers)
    with Sampler(counted_of(hall.model, hall.model.targets)) as sampler:
        counts = sampler.counts([hall.model], 987, 0, 4000)[0]
    assert not judge(plan.promise, plan.promise.values(counts), 0.001).missed().any()


def test_formulas_ask_for_what_erlang_a_says_of_the_load(plan: Plan) -> None:
    (load_,) = plan.loads
    for offered, servers in zip(load_.offered.tolist(), load_.erlang.tolist(), strict=True):
        enough = [
            ErlangA(offered / load_.work_min, 1 / load_.work_min, 1 / 30, n).served_within(5.0) for n in (1, 2, 3, 4)
        ]
        assert servers == 1 + sum(level < 0.8 for level in enough)


def test_the_offered_load_lags_behind_arrivals(plan: Plan) -> None:
    (load_,) = plan.loads
    steady = load_.arrivals / 30.0 * load_.work_min
    assert load_.offered[0] < 0.95 * steady[0]
    assert load_.offered[2] < 0.97 * steady[2]


def test_shifts_cost_what_their_hours_cost(plan: Plan) -> None:
    assert plan.shifts is not None
    library = Library((Shift("whole", 2 * US_PER_HOUR, 30.0), Shift("one", US_PER_HOUR, 20.0)), 25.0)
    found = staff(small(), promise="average", days=DAYS, shifts=library)
    assert found.shifts is not None
    assert found.shifts.cost == (
        sum(n * (60.0 if tour.name == "whole" else 20.0) for _, tour, n in found.shifts.people),
    )
    assert found.today.cost == (3 * 2 * 25.0,)
    assert found.shifts.cost[0] <= 3 * 60.0


def test_a_target_that_no_number_reaches_is_said_to_be_out_of_reach() -> None:
    outage = {"from_to": "10:00-10:30", "stations": ["counter"]}
    found = staff(small(outages=[outage]), days=DAYS, promise="average")
    assert found.required is None
    said = " ".join(found.sentences("en"))
    assert "Not reachable: all 80 % within 5 min at 10:00-10:30 comes to" in said
    assert "even with any number of people at counter. Counter has no system 10:00-10:30." in said


def test_too_few_places_are_named_with_what_they_reach() -> None:
    found = staff(small(), days=DAYS, promise="average", most={"counter": 1})
    assert found.unreachable
    assert "even with no more than 1 at counter" in " ".join(found.sentences("en"))


def test_a_clerk_who_prepares_is_planned_with_the_counters() -> None:
    hall = load(SCENARIOS / "pda_hall_4_and_1.yaml")
    targets = targets_asked(hall, ["80 % within 15 min"])
    found = staff(hall, targets, "average", stations=["counter", "pda"], days=100, shifts=whole_days(hall))
    assert found.required is not None
    assert found.required.numbers[1].sum() >= 1.0
    assert found.required.hours[1] < found.today.hours[1]


def test_ctrl_c_leaves_the_best_found_so_far() -> None:
    def stop(done: int) -> None:
        if done > 8_000:
            raise KeyboardInterrupt

    found = staff(small(), days=DAYS, promise="average", progress=stop)
    assert not found.complete
    assert found.required is not None
    assert "Stopped early" in found.table()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"stations.counter.pools": {"a": {"servers": 2}}, "stations.counter.servers": None}, "stand in pools"),
        ({"targets": None}, "no target to plan for"),
        ({"stations.counter.role": "kiosk", "targets.all.station": "counter"}, "are machines"),
        ({"stations.counter.servers": [{"name": "A", "speed": 2}, {"name": "B"}]}, "differ in speed"),
    ],
)
def test_halls_that_cannot_be_planned_are_refused(changes: dict[str, Any], message: str) -> None:
    data = json.loads(json.dumps(SMALL))
    for path, value in changes.items():
        *above, last = path.split(".")
        place = data
        for step in above:
            place = place[step]
        place[last] = value
        if value is None:
            del place[last]
    with pytest.raises(UsageError, match=message):
        staff(load(data), days=DAYS)


def test_a_target_that_is_not_counted_by_half_hour_cannot_be_planned_for() -> None:
    with pytest.raises(UsageError, match="a target for utilisation cannot be planned for"):
        staff(small(), targets=[Target("utilisation", 0, -1, at_most=0.9)], days=DAYS)


def test_shifts_that_leave_the_opening_bare_are_refused() -> None:
    late = Library((Shift("late", US_PER_HOUR, 1.0, starts=(10 * US_PER_HOUR,)),))
    with pytest.raises(UsageError, match="no shift covers 09:00-09:30 at counter"):
        staff(small(), days=DAYS, shifts=late)


def test_a_plan_without_a_roster_cannot_be_saved(plan: Plan, tmp_path: Path) -> None:
    nothing = replace(plan, shifts=None, required=None)
    with pytest.raises(UsageError, match="no staffing was found that could be saved"):
        save(nothing, tmp_path / "new.yaml", tmp_path / "old.yaml")
    assert not (tmp_path / "new.yaml").exists()


def test_a_saved_roster_is_the_one_that_was_checked(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_text(text_of(SMALL), encoding="utf-8")
    save(plan, tmp_path / "new.yaml", tmp_path / "old.yaml")
    assert load(tmp_path / "new.yaml").model.stations == plan.scenario().model.stations


def test_a_saved_roster_of_interchangeable_servers_forgets_the_old_times(tmp_path: Path) -> None:
    text = (
        'open: "09:00-11:00"\nformat: 1\narrivals: {per_hour: [20, 34]}\ntargets: {all: {wait: 80 % within 5 min}}\n'
        "stations:\n  counter:\n    time: exponential 6 min\n"
        '    servers: {staff: {"09:00": 2, "09:40": 9}, shift_end: pooled}\n'
    )
    (tmp_path / "old.yaml").write_text(text, encoding="utf-8")
    found = staff(load(tmp_path / "old.yaml"), promise="average", days=DAYS)
    save(found, tmp_path / "new.yaml", tmp_path / "old.yaml")
    assert load(tmp_path / "new.yaml").model.stations == found.scenario().model.stations


@pytest.mark.slow
def test_the_standard_hall_needs_what_the_page_of_questions_says() -> None:
    page = (Path(__file__).resolve().parent.parent / "hallsim" / "docs" / "questions.md").read_text(encoding="utf-8")
    section = page[page.index("## How many counters half-hour by half-hour") :]
    rows = [line.split("|")[1:-1] for line in section.splitlines() if re.match(r"\| \d\d:\d\d-", line)]
    assert len(rows) == 18
    hall = load(SCENARIOS / "standard_hall.yaml")
    found = staff(hall, targets_asked(hall, ["90 % within 10 min"]))
    for roster, column in ((found.required, 4), (found.shifts, 5)):
        assert roster is not None
        assert roster.check is not None
        assert roster.check.verified
        assert roster.hours[0] == sum(int(row[column]) for row in rows) / 2
    assert [f"{load_:.1f}" for load_ in found.loads[0].offered] == [row[2].strip() for row in rows]
    assert found.loads[0].erlang.tolist() == [int(row[3]) for row in rows]
    assert found.shifts.hours == (38.0,)
    planned = load(SCENARIOS / "standard_hall_planned.yaml").model.stations[0].servers
    assert sum(b - a for server in planned for a, b in server.shifts) == 38 * US_PER_HOUR


# --- what readers see ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_table_keeps_to_80_columns(plan: Plan, lang: str) -> None:
    lines = plan.table(lang).splitlines()
    assert max(display_width(line) for line in lines) <= 80
    assert sum(line.startswith(("09:", "10:")) for line in lines) == 4


def test_targets_are_read_as_in_a_scenario() -> None:
    hall = load(SCENARIOS / "flagship_hall.yaml")
    found = targets_asked(hall, ["V: 95 % within 10 min", "all at greeter: mean_wait at most 1 min"])
    names = [hall.model.stations[t.station].name for t in found]
    assert [(t.measure, name, t.ticket_class) for t, name in zip(found, names, strict=True)] == [
        ("service_level", "counter", 0),
        ("mean_wait", "greeter", -1),
    ]


@pytest.mark.parametrize("text", ["", "soon", "VIP: 95 % within 10 min", "95 within 10 min", "all: a: b"])
def test_targets_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--target"):
        targets_asked(load(SCENARIOS / "standard_hall.yaml"), [text])


@pytest.mark.parametrize("text", ["counter", "counter=", "counter=0", "counter=many"])
def test_limits_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--at-most"):
        limits_asked([text])


def test_the_command_prints_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "hall.yaml").write_text(text_of(SMALL), encoding="utf-8")
    options = ["--promise", "average", "--days", str(DAYS), "--json", "--save", str(tmp_path / "new.yaml")]
    assert exit_code(["staff", str(tmp_path / "hall.yaml"), *options]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["posts"][0]["required"]) == 4
    assert found["required"]["check"]["verdict"] == "kept"
    assert load(tmp_path / "new.yaml").model.name == "new"


@pytest.mark.parametrize(
    "options",
    [["--on-days", "95"], ["--target", "soon"], ["--save", "x.yaml", "--set", "open=09:00-10:00"], ["--station", "x"]],
)
def test_wrong_options_end_with_code_2(options: list[str]) -> None:
    assert exit_code(["staff", str(SCENARIOS / "standard_hall.yaml"), *options]) == 2
