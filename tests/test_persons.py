"""Persons who persist over a horizon: whose visits they are, habit, and caps on offers (semantics 56)."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import gamma, poisson

import hallsim as hs
from hallsim import visits as table
from hallsim.compiled import STEP_OUTCOMES, VISIT_OUTCOMES, Log, compile_model
from hallsim.draws import name_hash, uniforms
from hallsim.model import ELECTRONIC_KINDS, Model
from hallsim.rows import unpack
from hallsim.scenario import check, load
from tests.random_weeks import random_weeks
from tests.test_horizon import Lived, both, drawn, lived

ROOT = Path(__file__).parents[1]
HABIT: dict[str, Any] = {"raises": "stations.ask.accepts", "by": "100 %", "up_to": "100 %"}
N_RANDOM = 20


def hall(number: int = 1, **persons: Any) -> dict[str, Any]:
    """Return a hall that offers the app to three customers a day, of whom nobody wants it; a fourth pays by app."""
    return {
        "open": "09:00-10:00",
        "resolution": "1 min",
        "arrivals": {
            "payers": {"times": ["09:00"], "transactions": {"payment": "all"}},
            "others": {"times": ["09:01", "09:02", "09:03"], "transactions": {"plan": "all"}},
        },
        "transactions": {"payment": "25 %", "plan": "rest"},
        "channels": {"app": {"kind": "electronic"}, "shop": {"kind": "partner"}},
        "entry": {"payment": "divert app", "plan": "ask"},
        "stations": {
            "ask": {"role": "offer", "accepts": "0 %", "then": "divert app", "on_declining": "desk"},
            "desk": {"servers": 4, "time": "5 min"},
        },
        "horizon": {"days": 5},
        "persons": {"number": number, **persons},
    }


def asked(log: Log) -> list[str]:
    """Return what came of each step at the offer, in the order of coming."""
    s = unpack(log.rows)
    at = (s.step == 0) & (s.line >= 0)
    return [STEP_OUTCOMES[i] for i in s.outcome[at][np.argsort(s.customer[at])].tolist()]


def lived_by_all(given: dict[str, Any], seed: int = 1) -> tuple[Model, Lived]:
    """Simulate a horizon on both engines, and hold it against what the log says of its persons."""
    model = load(given).model
    found = both(model, seed)
    assert_remembered(model, found)
    return model, found


def assert_remembered(model: Model, found: Lived) -> None:
    """Recompute whose each visit is, and habit and cap as each day begins, from the logs and the scenario's shares."""
    persons, horizon = model.persons, model.horizon
    assert persons is not None
    assert horizon is not None
    n, everybody = persons.types, range(sum(persons.numbers))
    bounds = np.cumsum([0, *persons.numbers])
    electronic = {c.name for c in model.channels if c.kind in ELECTRONIC_KINDS}
    exits = {i for i, way_out in enumerate(model.exits) if way_out.channel in electronic}
    offers = {i for i, station in enumerate(model.stations) if station.role == "offer"}
    station_of = [*compile_model(model.of_day(0)).line_station.tolist(), -1]
    visit = {int(k): int(v) for came in found.came for k, v in zip(came["key"], came["visit"], strict=True)}
    first = {int(k): int(p) for came in found.came for k, p in zip(came["key"], came["person"], strict=True)}
    level: Counter[int] = Counter()
    last: dict[int, int] = {}
    made: dict[int, list[int]] = {who: [] for who in everybody}
    whose: dict[int, int] = {}

    def habit(who: int, day: int) -> int:
        return max(level[who] - ((day - last.get(who, day)) // persons.fades if persons.fades else 0), 0)

    def capped(who: int, day: int) -> bool:
        return bool(persons.within) and sum(d > day - persons.within for d in made[who]) >= persons.offers

    for day, log, account in zip(horizon.open_days or range(horizon.days), found.logs, found.accounts, strict=True):
        s, who_of, keys = unpack(log.rows), log.persons.tolist(), log.keys.tolist()
        assert len(who_of) == len(keys) == account["first_visits"] + account["return_visits"]
        for key, who in zip(keys, who_of, strict=True):
            assert whose.setdefault(first.get(key, key), who) == who, "who comes again is who he was"
        stage = {who: habit(who, day) + (persons.levels + 1) * capped(who, day) for who in everybody}
        assert account["with_habit"] == sum(habit(who, day) > 0 for who in everybody)
        assert account["capped"] == sum(capped(who, day) for who in everybody)
        plain = dict(zip(s.customer[s.step == 0].tolist(), (s.type[s.step == 0] % n).tolist(), strict=True))
        gained, counts = Counter[int](), Counter[str]()
        luck = uniforms(log.keys, np.uint64(name_hash("comes again")), np.uint64(0)).tolist()
        columns = (s.customer, s.type, s.line, s.outcome, s.visit_outcome, s.exit)
        for number, kind, line, outcome, ended, way_out in zip(*(c.tolist() for c in columns), strict=True):
            who = who_of[number]
            assert kind // n == stage[who], "a visit is of the stage that its person is at as the day begins"
            assert bounds[model.types[kind].segment] <= who < bounds[model.types[kind].segment + 1]
            if station_of[line] in offers:
                counts["held_back" if STEP_OUTCOMES[outcome] == "held_back" else "offers"] += 1
                made[who] += [] if STEP_OUTCOMES[outcome] == "held_back" else [day]
            if ended and way_out in exits:
                share = dict(horizon.returns).get(VISIT_OUTCOMES[ended])
                allowed = share is not None and visit.get(keys[number], 0) < horizon.most
                gained[who] += not (allowed and luck[number] < share.share[plain[number]])
        assert {name: account[name] for name in ("offers", "held_back")} == {"offers": 0, "held_back": 0} | counts
        assert account["electronic"] == sum(gained.values())
        for who, more in gained.items():
            if more:
                level[who], last[who] = min(habit(who, day) + more, persons.levels), day
    assert sum(account["persons"] for account in found.accounts) == horizon.days * len(everybody)


DECLINED, ACCEPTED, HELD_BACK = ["declined"] * 3, ["served"] * 3, ["held_back"] * 3


def test_rule_56_an_electronic_transaction_raises_the_share_of_its_person_from_the_next_day_on() -> None:
    _, found = lived_by_all(hall(habit=HABIT))
    assert [asked(log) for log in found.logs] == [DECLINED, *[ACCEPTED] * 4]
    assert [account["electronic"] for account in found.accounts] == [1, 4, 4, 4, 4]


def test_rule_56_only_electronic_channels_make_a_habit() -> None:
    given = hall(habit=HABIT)
    given["entry"]["payment"] = "divert shop"
    _, found = lived_by_all(given)
    assert [asked(log) for log in found.logs] == [DECLINED] * 5


def test_rule_56_who_has_to_come_again_has_no_habit_yet() -> None:
    _, found = lived_by_all(hall(habit=HABIT) | {"returns": {"diverted": "100 %", "most": 1}})
    assert [account["electronic"] for account in found.accounts][:2] == [0, 1]
    assert [asked(log)[:3] for log in found.logs][:3] == [DECLINED, DECLINED, ACCEPTED]


def test_rule_56_a_habit_fades_by_days_of_the_calendar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "days.csv").write_text(
        "date,day_type\n2024-03-01,any\n2024-03-02,any\n2024-03-05,any\n2024-03-06,any\n"
    )
    monkeypatch.chdir(tmp_path)
    given = hall(habit=HABIT | {"fades": "3 days"}) | {"calendar": "days.csv", "day_types": {"any": {}}, "horizon": {}}
    _, found = lived_by_all(given)
    assert [asked(log) for log in found.logs] == [DECLINED, ACCEPTED, DECLINED, ACCEPTED]


def test_rule_56_who_has_been_asked_often_enough_is_held_back_until_it_is_long_ago() -> None:
    _, found = lived_by_all(hall(cap={"offers": 3, "within": "3 days"}))
    assert [asked(log) for log in found.logs] == [DECLINED, HELD_BACK, HELD_BACK, DECLINED, HELD_BACK]
    assert [account["capped"] for account in found.accounts] == [0, 1, 1, 0, 1]
    _, found = lived_by_all(hall(cap={"offers": 4, "within": "3 days"}))
    assert [asked(log) for log in found.logs] == [DECLINED, DECLINED, HELD_BACK, DECLINED, DECLINED]


def test_rule_56_who_is_held_back_goes_where_those_go_who_decline() -> None:
    model, found = lived_by_all(hall(cap={"offers": 3, "within": "3 days"}))
    visits = table.build(model, found.logs[1])
    assert visits.loc[visits["outcome"] == "held_back", "visit"].tolist() == [1, 2, 3]
    assert visits.loc[visits["station"] == "desk", "visit"].tolist() == [1, 2, 3]
    assert set(visits["person"]) == {0}


def test_rule_56_a_type_is_named_by_its_stage() -> None:
    model = load(hall(habit=HABIT, cap={"offers": 3, "within": "3 days"})).model
    assert [t.name for t in model.types][::2] == [
        "payment",
        "payment habit 1",
        "payment capped",
        "payment habit 1 capped",
    ]


def test_rule_56_habit_and_publicity_add_up() -> None:
    given = hall(habit=HABIT | {"by": "60 %", "up_to": "60 %"})
    given["publicity"] = [{"from_to": "days 2-3", "raises": "stations.ask.accepts", "by": "40 %"}]
    _, found = lived_by_all(given)
    assert [asked(log) for log in found.logs][1:3] == [ACCEPTED, ACCEPTED]
    assert asked(found.logs[0]) == DECLINED
    assert load(given).model.horizon.levels == (0, 1, 1, 0, 0)


def test_rule_56_without_habit_and_cap_persons_change_nothing_but_who_it_is() -> None:
    given = hall(number=7, cv=1.5) | {"returns": {"served": "50 %"}}
    _, found = lived_by_all(given)
    plain = both(load({key: value for key, value in given.items() if key != "persons"}).model)
    assert [log.rows.tolist() for log in found.logs] == [log.rows.tolist() for log in plain.logs]
    assert {int(who) for log in found.logs for who in log.persons} <= set(range(7))


@pytest.mark.parametrize("seed", range(N_RANDOM))
def test_random_halls_remember_their_persons(seed: int) -> None:
    model = random_weeks(seed, persons=1.0)
    assert_remembered(model, both(model, seed, seed % 3))


@pytest.mark.slow
def test_a_thousand_more_random_halls_remember_their_persons() -> None:
    for seed in range(N_RANDOM, N_RANDOM + 1000):
        model = random_weeks(seed, persons=1.0)
        assert_remembered(model, both(model, seed, seed % 3))


# --- a policy leaves everybody as he is -------------------------------------------------------------------------------


def week(**persons: Any) -> dict[str, Any]:
    """Return a catchment of which some ask an app first, some an agent, and the others a hall that offers the app."""
    return {
        "open": "09:00-12:00",
        "arrivals": {"rate": "40/h"},
        "transactions": {"payment": "60 %", "plan": "rest"},
        "segments": {"vip": "20 %", "general": "rest"},
        "channels": {"app": {"kind": "electronic", "fails": "20 %"}, "agent": {"kind": "partner"}},
        "catchment": {
            "first_choice": {"hall": "60 %", "agent": "rest"},
            "shift": {"to": "app", "points": "10 %", "taken_from": {"hall": "60 %", "agent": "rest"}},
        },
        "entry": "ask",
        "stations": {
            "ask": {"role": "offer", "accepts": "30 %", "then": "divert app", "on_declining": "desk"},
            "desk": {"servers": 1, "time": "exponential 2 min", "patience": "exponential 10 min"},
        },
        "horizon": {"days": 4},
        "returns": {"gave_up": "60 %", "diverted": "20 %"},
        "persons": {"number": {"vip": 20, "general": 60}, "cv": 0.8, **persons},
    }


def whose(found: Lived, day: int) -> dict[int, int]:
    """Return the person of every first visit of a day, by the key of the visit."""
    log, came = found.logs[day], {int(key) for key in found.came[day]["key"]}
    return {k: p for k, p in zip(log.keys.tolist(), log.persons.tolist(), strict=True) if k not in came}


def test_habit_and_cap_change_some_ways_and_leave_every_visit_whose_and_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    habit = {"raises": "catchment.shift.points", "by": "10 %", "up_to": "30 %"}
    before, draws_before = drawn(load(week()).model, 3, monkeypatch)
    policy = load(week(habit=habit, cap={"offers": 1, "within": "1 week"})).model
    after, draws_after = drawn(policy, 3, monkeypatch)
    common = draws_before.keys() & draws_after.keys()
    assert [draw for draw in common if draws_before[draw] != draws_after[draw]] == []
    assert [whose(before, day) for day in range(4)] == [whose(after, day) for day in range(4)]
    held_back = sum(account["held_back"] for account in after.accounts)
    assert held_back > 20
    assert sum(account["electronic"] for account in after.accounts) != sum(a["electronic"] for a in before.accounts)


def test_both_engines_and_any_threads_give_the_same_figures() -> None:
    given = load(week(habit=HABIT | {"by": "5 %", "up_to": "10 %"}, cap={"offers": 1, "within": "2 days"}))
    fast, threads = (hs.run(given, replications=4, seed=2, jobs=jobs) for jobs in (1, 2))
    readable = hs.run(given, replications=4, seed=2, jobs=1, engine="reference")
    assert fast.summary().equals(threads.summary())
    assert fast.summary().equals(readable.summary())
    found = [lived(given.model, seed=2, number=i) for i in range(4)]
    accounts = [account for one in found for account in one.accounts]
    assert fast.estimate("offers_held_back").value == pytest.approx(sum(a["held_back"] for a in accounts) / 16)
    assert fast.estimate("visits_per_person").value == pytest.approx(
        30 * sum(len(log.keys) for one in found for log in one.logs) / 16 / 80
    )


# --- persons' own streams, and the growth of a habit, against exact values --------------------------------------------
#
# Poisson(LAMBDA) needs a day, each dealt to person i with the part w(i): his needs are Poisson(LAMBDA w(i)), and
# independent of everybody else's and of other days' (thinning). At level l a part P0 + l BY of them asks the app
# first, which does all; so a day at level l has k electronic transactions with the Poisson probability of the mean
# LAMBDA w(i) (P0 + l BY), and the level is min(l + k, LEVELS) from the next day on. Without any, the level falls by
# one on every FADES-th day after the last on which it rose or fell. Level and days since then are a Markov chain of
# each person, whose probabilities are stepped from day to day; the share with a habit is the mean of 1 - P(level 0)
# over persons.

LAMBDA, PERSONS, CV, P0, BY, LEVELS, FADES, DAYS = 40.0, 25, 1.2, 0.15, 0.15, 3, 2, 7


def parts() -> list[float]:
    """Return which part of the needs each person has."""
    often = gamma.ppf((np.arange(PERSONS) + 0.5) / PERSONS, 1 / CV**2)
    return list((often / often.sum()).tolist())


def levels_of(part: float) -> np.ndarray:
    """Return the probabilities of a person's levels as each day begins, float64[DAYS, LEVELS + 1]."""
    found = np.zeros((DAYS, LEVELS + 1))
    state = {(0, 0): 1.0}  # (level, days since it rose or fell)
    for day in range(DAYS):
        after: dict[tuple[int, int], float] = {}
        for (level, age), p in state.items():
            found[day, level] += p
            law = poisson(LAMBDA * part * (P0 + level * BY))
            for k in range(LEVELS + 1):
                chance = law.pmf(k) if k < LEVELS else law.sf(LEVELS - 1)
                to = (min(level + k, LEVELS), 1) if k else (level, age + 1)
                if to[1] == FADES and to[0] and not k:
                    to = (to[0] - 1, 0)
                after[to] = after.get(to, 0.0) + p * chance
        state = after
    return found


def test_persons_come_by_poisson_streams_of_their_own_and_their_habit_is_a_markov_chain() -> None:
    given = week()
    for key in ("entry", "returns", "segments"):
        del given[key]
    given |= {
        "open": "09:00-13:00",
        "arrivals": {"rate": f"{LAMBDA / 4}/h"},
        "channels": {"app": {"kind": "electronic"}, "agent": {"kind": "partner"}},
        "stations": {"desk": {"servers": 50, "time": "1 min"}},
        "horizon": {"days": DAYS},
    }
    given["catchment"]["shift"]["points"] = f"{100 * P0} %"
    given["catchment"]["first_choice"] = {"hall": "70 %", "agent": "rest"}
    habit = {"raises": "catchment.shift.points", "by": f"{100 * BY} %", "up_to": f"{100 * BY * LEVELS} %"}
    given["persons"] = {"number": PERSONS, "cv": CV, "habit": habit | {"fades": f"{FADES} days"}}
    results = hs.run(load(given), replications=400, seed=5, jobs=1)
    exact = np.array([levels_of(part) for part in parts()])  # [person, day, level]
    electronic = np.einsum("i,idl,l->d", parts(), exact, P0 + BY * np.arange(LEVELS + 1))
    assert results.estimate("with_habit", days="day 1").value == 0.0
    for day in range(1, DAYS):
        for kpi, mean, power in (
            ("with_habit", 1 - exact[:, day, 0].mean(), 0.02),
            ("met_electronically", electronic[day], 0.02),
        ):
            found = results.estimate(kpi, days=f"day {day + 1}")
            error = found.half_width / 1.96
            assert error < power * mean
            assert abs(found.value - mean) < 3.3 * error, (kpi, day, found.value, mean, error)
    assert electronic[-1] > 1.3 * P0, "what is compared has grown"


def test_who_comes_often_comes_as_often_as_the_gamma_law_says() -> None:
    # the counts of a person over N days are Poisson(N LAMBDA w); chi-square over persons has so many degrees of freedom
    given = hall(number=PERSONS, cv=CV) | {"horizon": {"days": 100}}
    counts, n = np.zeros(PERSONS), 0
    for number in range(10):
        for log in lived(load(given).model, seed=4, number=number).logs:
            np.add.at(counts, log.persons.astype(np.int64), 1)
            n += len(log.persons)
    expected = n * np.array(parts())
    many = expected > 5
    chi = float((((counts - expected) ** 2) / expected)[many].sum())
    degrees = int(many.sum()) - 1
    assert abs(chi - degrees) < 3.3 * math.sqrt(2 * degrees)
    assert counts.max() > 4 * counts.mean()


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"number": 0}, "0 is too small; at least 1"),
        ({"cv": 9}, "persons.cv"),
        (
            {"habit": HABIT | {"raises": "stations.desk.time"}},
            "stations.desk.time is not raised by habit; catchment.shift",
        ),
        ({"habit": HABIT | {"up_to": "50 %"}}, "is less than by, which is what the first electronic transaction adds"),
        ({"habit": HABIT | {"by": "0 %"}}, "is 0 %, so that a transaction adds nothing"),
        ({"habit": HABIT | {"by": "1 %"}}, "takes 100 electronic transactions to the ceiling; at most 20"),
        ({"habit": HABIT | {"fades": 60}}, "60 is not a number of days such as 3 weeks"),
        ({"cap": {"offers": 1}}, "within is missing: within so many days, today included"),
        ({"cap": {"offers": 1, "within": "1 day"}}, "holds nobody back: what happens on a day counts from the next on"),
        ({"cap": {"offers": 0, "within": "2 days"}}, "0 is too small; at least 1"),
        ({"moods": 3}, "'moods' is not a key of persons"),
    ],
)
def test_bad_persons_are_told(change: dict[str, Any], message: str) -> None:
    given = hall()
    given["persons"] |= change
    complaints = [str(c) for c in check(given) if not c.warning]
    assert len(complaints) == 1
    assert message in complaints[0]


def test_persons_need_numbers_by_segment_a_horizon_offers_and_no_network() -> None:
    def told(given: dict[str, Any]) -> str:
        (complaint,) = [c for c in check(given) if not c.warning]
        return str(complaint)

    given = week()
    assert "needs a number for each segment: vip, general" in told(given | {"persons": {"number": 9}})
    assert "'vips' is not a segment; known: vip, general (did you mean vip?)" in told(
        given | {"persons": {"number": {"vips": 9, "general": 9}}}
    )
    assert "does not say how many persons general has" in told(given | {"persons": {"number": {"vip": 9}}})
    alone = hall()
    del alone["horizon"]
    assert "needs a horizon, over whose days they persist" in told(alone)
    without = hall(cap={"offers": 1, "within": "2 days"})
    without["stations"]["ask"] = {"role": "delay", "time": "1 min", "then": "desk"}
    assert "holds offers back, but no station has the role offer" in told(without)
    wanted = hall(habit=HABIT)
    wanted["stations"]["ask"]["accepts"] = "30 %"
    assert "asks too much at level 1: stations.ask.accepts: '130 %' is outside 0 % to 100 %" in told(wanted)
    part = hall()
    halls = {"network": "Two", "halls": {"a": part, "b": hall()}, "areas": {"one": {"customers_of": "a"}}}
    assert any("has persons, which in a network have no place" in str(c) for c in check(halls))


def test_a_habit_without_an_electronic_channel_is_warned_of() -> None:
    given = hall(habit=HABIT)
    given["channels"]["app"]["kind"] = "partner"
    assert any("has no effect: no channel is electronic" in str(c) for c in check(given))


# --- the weeks of docs/horizons.md ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_cap_on_offers_costs_the_offers_and_hardly_the_habit() -> None:
    # look at: the electronic share of the last week, with and without habit, with and without the cap
    path, share = ROOT / "scenarios" / "habit_weeks.yaml", {}
    cap, none = "persons.cap={offers: 1, within: 30 days}", "persons.habit="
    for name, changes in (("both", [cap]), ("habit", []), ("cap", [none, cap]), ("neither", [none])):
        results = hs.run(load(path, set_=["horizon.warm_up=49", *changes]), replications=40, seed=1, jobs=1)
        share[name] = results.estimate("electronic_share").value
        if name == "both":
            assert results.estimate("with_habit").value == pytest.approx(0.429, abs=0.002)
            assert results.estimate("offers_held_back").value == pytest.approx(87.4, abs=2.0)
    assert share["habit"] == pytest.approx(0.421, abs=0.004)
    assert share["both"] == pytest.approx(0.376, abs=0.004)
    assert share["habit"] - share["neither"] == pytest.approx(share["both"] - share["cap"], abs=0.006)
