"""Horizons: days in sequence on which people come again (semantics 54)."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

import numpy as np
import pytest

import hallsim as hs
from hallsim.compiled import VISIT_OUTCOMES, Compiled, Log, compile_days, compile_model
from hallsim.engines import kernel, reference
from hallsim.engines.reference_draws import Customer, Draws
from hallsim.horizon.course import Course, Today, hall_of, logs_of
from hallsim.horizon.law import COMING, STATS
from hallsim.horizon.profile import times_of
from hallsim.model import US_PER_HOUR, US_PER_MINUTE, Model
from hallsim.rows import unpack
from hallsim.scenario import load
from tests.conservation import not_conserved
from tests.random_weeks import random_weeks
from tests.test_common_random_numbers import CHANGES, HALL, changed
from tests.test_engines import same

ENGINES = {"batch": kernel.simulate, "reference": reference.simulate}
N_RANDOM = 25


class Lived(NamedTuple):
    """A horizon: the log of each day, its account, and who came again on it."""

    logs: list[Log]
    accounts: list[dict[str, int]]
    came: list[np.ndarray]


def days_of(model: Model) -> tuple[Compiled, ...]:
    """Return the kinds of day of a hall, compiled."""
    return compile_days(model) if model.days else (compile_model(model),)


def lived(
    model: Model, engine: str = "batch", seed: int = 1, number: int = 0, days: tuple[Compiled, ...] = ()
) -> Lived:
    """Simulate a horizon; `days` are its kinds of day, if they are compiled already."""
    course = Course(hall_of(model, days or days_of(model)), seed, number)
    found = Lived([], [], [])

    def simulate(today: Today, of: int) -> Log:
        return ENGINES[engine](today.compiled, of, today.replication)

    for log in logs_of(course, seed, simulate):
        found.logs.append(log)
        found.accounts.append(dict(zip(STATS, course.account.tolist(), strict=True)))
        found.came.append(course.came)
    return found


def both(model: Model, seed: int = 1, number: int = 0) -> Lived:
    """Simulate a horizon on both engines, which agree on every day, and see that nobody is lost between the days."""
    days = days_of(model)
    fast, readable = (lived(model, engine, seed, number, days) for engine in ENGINES)
    for a, b in zip(fast.logs, readable.logs, strict=True):
        assert same(a, b)
        assert not_conserved(model.of_day(a.day) if model.days else model, days[a.day], a) == []
        assert a.keys.tolist() == b.keys.tolist()
        assert a.persons.tolist() == b.persons.tolist()
    assert fast.accounts == readable.accounts
    assert_conserved(model, fast)
    return fast


def assert_conserved(model: Model, found: Lived) -> None:
    """Everybody who is to come again does, once, on his day; every visit meets the need, loses it or is followed."""
    assert model.horizon is not None
    announced = sum(a["come_again"] - a["beyond"] for a in found.accounts)
    assert announced == sum(a["return_visits"] for a in found.accounts) == sum(len(came) for came in found.came)
    visits: Counter[int] = Counter()
    for day, (log, account, came) in enumerate(zip(found.logs, found.accounts, found.came, strict=True)):
        ended = [(w >> 40) & 0xFF for w in log.rows[:, 1].tolist() if (w >> 40) & 0xFF]
        assert len(ended) == len(log.keys) == account["first_visits"] + account["return_visits"]
        assert len(ended) == account["settled"] + account["lost"] + account["come_again"]
        assert sum(account[f"after_{name}"] for name in VISIT_OUTCOMES[1:]) == account["come_again"]
        assert set(came["day"].tolist()) <= {day}
        assert sorted(set(log.keys.tolist())) == sorted(log.keys.tolist())
        assert set(came["key"].tolist()) <= set(log.keys.tolist())
        if model.persons is not None:
            continue  # a person comes for many reasons
        visits.update(log.persons.tolist())
        for person, visit in zip(came["person"].tolist(), came["visit"].tolist(), strict=True):
            assert visits[person] == visit + 1, "he comes for the n-th time after n visits"
    assert max(visits.values(), default=1) <= model.horizon.most + 1


def small(**more: Any) -> dict[str, Any]:
    """Return one desk, four customers a day, and little patience, in whole minutes."""
    return {
        "open": "09:00-10:00",
        "resolution": "1 min",
        "arrivals": {"times": ["09:00", "09:01", "09:02", "09:03"]},
        "stations": {"desk": {"servers": 1, "time": "5 min", "patience": "3 min"}},
        "horizon": {"days": 3},
        "returns": {"gave_up": "100 %"},
        **more,
    }


def steps(log: Log) -> list[tuple[Any, ...]]:
    """Return (customer, source, arrival in minutes, end in minutes, outcome of the visit) in the order of the log."""
    s = unpack(log.rows)
    times = [((t - 9 * US_PER_HOUR) // US_PER_MINUTE).tolist() for t in (s.t_arrive, s.t_end)]
    outcomes = [VISIT_OUTCOMES[i] for i in s.visit_outcome.tolist()]
    return list(zip(s.customer.tolist(), s.source.tolist(), *times, outcomes, strict=True))


def test_rule_54_who_gave_up_comes_again_on_the_next_day_at_a_time_of_his_own() -> None:
    found = both(load(small()).model)
    plain = [(1, 0, 1, 4, "gave_up"), (0, 0, 0, 5, "served"), (3, 0, 3, 6, "gave_up"), (2, 0, 2, 10, "served")]
    assert [steps(log) for log in found.logs] == [
        plain,
        [*plain, (4, 1, 11, 16, "served"), (5, 1, 51, 56, "served")],
        [
            *plain[:2],
            (3, 1, 2, 5, "gave_up"),
            (4, 0, 3, 6, "gave_up"),
            (5, 1, 3, 6, "gave_up"),
            (2, 0, 2, 10, "served"),
        ],
    ]
    assert [log.number for log in found.logs] == [0, 1, 2]
    assert set(found.came[1]["person"].tolist()) == {int(found.logs[0].keys[i]) for i in (1, 3)}
    assert [account["settle_days"] for account in found.accounts] == [0, 2, 0]
    assert [account["beyond"] for account in found.accounts] == [0, 0, 4]


def test_rule_54_days_between_dates_are_closed_and_whoever_wants_to_come_comes_on_the_next_open_one(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "days.csv").write_text("date,day_type\n2024-03-01,any\n2024-03-04,any\n2024-03-05,any\n")
    monkeypatch.chdir(tmp_path)
    given = small(horizon={}, calendar="days.csv", day_types={"any": {}})
    given["returns"] = {"gave_up": {"share": "100 %", "after": 2}}
    found = both(load(given).model)
    assert [len(came) for came in found.came] == [0, 2, 0]
    assert [account["beyond"] for account in found.accounts][1:] != [0, 0]


def test_rule_54_nobody_comes_again_more_often_than_is_said() -> None:
    found = both(load(small(horizon={"days": 6}, returns={"gave_up": "100 %", "served": "100 %", "most": 2})).model)
    assert [account["return_visits"] for account in found.accounts] == [0, 4, 8, 8, 8, 8]


def test_rule_54_who_comes_again_comes_when_the_others_do() -> None:
    given = small(arrivals={"rates": {"09:00": "0/h", "09:30": "60/h"}})
    hall = load(given).model
    course = Course(hall_of(hall, (compile_model(hall),)), 1, 0)
    came = np.zeros(20000, dtype=COMING)
    came["key"] = np.arange(1, 20001, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    minutes = (times_of(came, course.hall.profiles[0], 1) - 9 * US_PER_HOUR) / US_PER_MINUTE
    assert minutes.min() >= 30
    assert minutes.mean() == pytest.approx(45, abs=0.2)


def test_rule_54_a_day_of_a_horizon_without_returns_is_a_day_as_any_other() -> None:
    given = {key: value for key, value in small().items() if key not in ("horizon", "returns")}
    given["arrivals"] = {"rate": "30/h"}
    plain = load(given).model
    found = both(load({**given, "horizon": {"days": 2}}).model, number=3)
    for day, log in enumerate(found.logs):
        assert log.rows.tolist() == kernel.simulate(compile_model(plain), 1, 3 * 1024 + day).rows.tolist()


def test_a_longer_horizon_leaves_its_first_days_as_they_were() -> None:
    short, long = (both(load(small(horizon={"days": n})).model, number=2) for n in (2, 4))
    assert [log.rows.tolist() for log in short.logs] == [log.rows.tolist() for log in long.logs[:2]]


# --- a policy leaves persons as they are ----------------------------------------------------------------


def drawn(model: Model, seed: int, patch: pytest.MonkeyPatch) -> tuple[Lived, dict[tuple[int, int, int], float]]:
    """Simulate a horizon on the readable engine and write down what everybody draws."""
    draws: dict[tuple[int, int, int], float] = {}
    uniform, duration = Draws.uniform, Draws.duration

    def drawn_uniform(self: Draws, customer: Customer, purpose: Any, k: int) -> float:
        value = draws[int(customer.key), int(purpose), int(k)] = uniform(self, customer, purpose, k)
        return value

    def drawn_duration(self: Draws, law: int, key: Any, purpose: Any, k: int) -> float:
        value = draws[int(key), int(purpose), int(k)] = duration(self, law, key, purpose, k)
        return value

    with patch.context() as patched:
        patched.setattr(Draws, "uniform", drawn_uniform)
        patched.setattr(Draws, "duration", drawn_duration)
        return lived(model, "reference", seed), draws


def persons(found: Lived) -> dict[int, tuple[int, int]]:
    """Return of every person of first visits his type, and the day on which he came first."""
    known: dict[int, tuple[int, int]] = {}
    for day, log in enumerate(found.logs):
        s = unpack(log.rows)
        for number, kind in zip(s.customer[s.step == 0].tolist(), s.type[s.step == 0].tolist(), strict=True):
            known.setdefault(int(log.persons[number]), (kind, day))
    return known


def came_again(found: Lived) -> dict[int, tuple[int, int]]:
    """Return of everybody who came again, by the key of that visit, for the how manieth time, and his type."""
    rows = (row for came in found.came for row in zip(came["key"], came["visit"], came["type"], strict=True))
    return {int(key): (int(visit), int(kind)) for key, visit, kind in rows}


WEEK: dict[str, Any] = {
    **HALL,
    "horizon": {"days": 4},
    "returns": {
        "gave_up": {"share": {"vip": "90 %", "rest": "60 %"}, "after": {1: "60 %", 2: "rest"}},
        "balked": "70 %",
        "served": {"share": {"plan": "15 %", "rest": "5 %"}, "after": {1: "40 %", 3: "rest"}},
        "diverted": "30 %",
    },
}


@pytest.mark.parametrize("name", ["a fourth counter", "a clerk with a PDA", "a diversion"])
def test_a_policy_leaves_every_person_as_he_was_on_all_days(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before, draws_before = drawn(load(WEEK).model, 1, monkeypatch)
    after, draws_after = drawn(load({**WEEK, **changed(CHANGES[name]), "open": HALL["open"]}).model, 1, monkeypatch)
    assert persons(before) == persons(after)
    common = draws_before.keys() & draws_after.keys()
    assert [draw for draw in common if draws_before[draw] != draws_after[draw]] == []
    again_before, again_after = (came_again(found) for found in (before, after))
    both_times = again_before.keys() & again_after.keys()
    assert again_before.keys() != again_after.keys(), "the policy changes who comes again"
    assert len({key for key, _, _ in common if key in both_times}) > 20, "people who come again under both are compared"
    assert [key for key in both_times if again_before[key] != again_after[key]] == []


# --- through runs --------------------------------------------------------------------------------------

RUN: dict[str, Any] = {**WEEK, "horizon": {"days": 4, "warm_up": 1}}


def test_a_run_adds_up_the_days_after_the_warm_up() -> None:
    model = load(RUN).model
    results = hs.run(load(RUN), replications=3, seed=7, jobs=1)
    found = [lived(model, seed=7, number=i) for i in range(3)]
    for kpi, stats in (("first_visits", ["first_visits"]), ("comes_again", ["come_again"])):
        total = sum(account[stat] for one in found for account in one.accounts[1:] for stat in stats)
        assert results.estimate(kpi).value == pytest.approx(total / 9)
    assert results.estimate("visits").value == pytest.approx(
        sum(len(log.keys) for one in found for log in one.logs[1:]) / 9
    )
    by_day = [results.estimate("visits", days=f"day {day}").value for day in (2, 3, 4)]
    assert by_day == pytest.approx([sum(len(one.logs[day].keys) for one in found) / 3 for day in (1, 2, 3)])
    assert [group.name for group in results.day_groups] == ["day 2", "day 3", "day 4"]


def test_both_engines_and_any_threads_give_the_same_figures() -> None:
    one, two = (hs.run(load(RUN), replications=5, seed=2, jobs=jobs).summary() for jobs in (1, 2))
    readable = hs.run(load(RUN), replications=5, seed=2, jobs=1, engine="reference").summary()
    kept = hs.run(load(RUN), replications=5, seed=2, jobs=1, keep_log=True)
    for other in (two, readable, kept.summary()):
        assert one.equals(other)
    assert kept.logs is not None
    assert len(kept.logs) == 20


def test_intervals_are_those_of_independent_horizons() -> None:
    results = hs.run(load(RUN), replications=40, seed=2, jobs=1, watch=[("visits", "hall", None, None)])
    assert results.watched is not None
    visits = results.watched[:, 0, 0] / 3.0
    assert results.estimate("visits").half_width == pytest.approx(2.0227 * visits.std(ddof=1) / np.sqrt(40), rel=1e-4)


@pytest.mark.parametrize("seed", [*range(N_RANDOM), 115])  # 115: who comes again had had another transaction
def test_random_halls_over_three_days(seed: int) -> None:
    both(random_weeks(seed), seed, seed % 3)


@pytest.mark.slow
def test_a_thousand_more_random_halls_over_three_days() -> None:
    for seed in range(N_RANDOM, N_RANDOM + 1000):
        both(random_weeks(seed), seed, seed % 3)
