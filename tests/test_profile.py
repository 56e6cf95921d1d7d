"""The profile of days against a brute-force witness in plain Python."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from hallsim import compiled as codes
from hallsim.compiled import NO_LINE, STEP_OUTCOMES, VISIT_OUTCOMES, Log
from hallsim.experiment import profile as profiles
from hallsim.experiment import replicate, run
from hallsim.experiment.over_days import mean_of, ratio_of
from hallsim.experiment.profile import (
    AHEAD_BINS,
    DOOR,
    STEP_US,
    Profile,
    gather,
    node_of_exit,
    node_of_outcome,
    node_of_station,
    profile_of,
)
from hallsim.model import Model
from hallsim.scenario import load
from hallsim.stats import moments_of, ratio_interval
from tests.hand_made_logs import COUNTER_1, COUNTER_2, COUNTER_V, COUNTER_Z, HALL, KIOSK_Z, MINUTE, NINE, log, row
from tests.kpi_witness import INTERRUPTED_HALL, LONG_HALL, random_day, results_of

STATION_OF_LINE = (0, 0, 1, 1)
CLASS_OF_LINE = (0, 1, 0, 1)


class Step:
    """One row in words."""

    def __init__(self, fields: list[int]) -> None:
        what, who = fields[codes.ROW_WHAT], fields[codes.ROW_WHO]
        self.customer = fields[codes.ROW_CUSTOMER]
        self.line = None if what & 0xFFFF == NO_LINE else what & 0xFFFF
        self.number = what >> 16 & 0xFFFF
        self.outcome = STEP_OUTCOMES[what >> 32 & 0xFF]
        self.visit = VISIT_OUTCOMES[what >> 40 & 0xFF]
        self.exit = (what >> 48 & 0xFF) - 1
        self.type = who >> 24 & 0xFFFF
        self.arrive, self.join = fields[codes.ROW_ARRIVE], fields[codes.ROW_JOIN]
        self.call, self.end, self.ahead = fields[codes.ROW_CALL], fields[codes.ROW_END], fields[codes.ROW_AHEAD]
        self.left = self.call if self.call >= 0 else self.end


def visits_of(day: Log) -> Iterator[list[Step]]:
    steps = sorted((Step(r) for r in day.rows.tolist()), key=lambda s: s.number)
    for customer in sorted({s.customer for s in steps}):
        yield [s for s in steps if s.customer == customer]


def stays_of(visit: list[Step]) -> Iterator[list[Step]]:
    """Yield the rows of each stay in a line, interrupted parts together."""
    stay: list[Step] = []
    for step in visit:
        if step.line is None or step.outcome in ("balked", "blocked"):
            continue
        stay.append(step)
        if step.outcome != "interrupted":
            yield stay
            stay = []


def counts(model: Model, step: Step) -> bool:
    return model.open + model.warm_up <= step.arrive <= model.close


def edges_of(model: Model, day: Log) -> Counter[tuple[int, int]]:
    found: Counter[tuple[int, int]] = Counter()
    for visit in visits_of(day):
        at, again = DOOR, False
        for step in visit:
            if not counts(model, step):
                continue
            if step.line is not None:
                to = node_of_station(STATION_OF_LINE[step.line])
                if not again:
                    found[at, to] += 1
                at = to
            again = step.outcome == "interrupted"
            if step.visit:
                outcome = VISIT_OUTCOMES.index(step.visit)
                out = node_of_exit(model, step.exit) if step.exit >= 0 else node_of_outcome(model, outcome)
                found[at, out] += 1
    return found


def ahead_of(model: Model, day: Log, outcomes: tuple[str, ...]) -> np.ndarray:
    found = np.zeros((2, AHEAD_BINS), dtype=np.int64)
    for visit in visits_of(day):
        for stay in stays_of(visit):
            line = stay[0].line
            assert line is not None
            if counts(model, stay[0]) and STATION_OF_LINE[line] == 1 and stay[-1].outcome in outcomes:
                found[CLASS_OF_LINE[line], min(stay[0].ahead, 10)] += 1
    return found


def waiting_at(day: Log, station: int, t: int) -> int:
    steps = [s for visit in visits_of(day) for s in visit]
    return sum(
        s.line is not None
        and STATION_OF_LINE[s.line] == station
        and s.outcome not in ("balked", "blocked")
        and s.join <= t < s.left
        for s in steps
    )


def inside_at(day: Log, t: int) -> int:
    return sum(visit[-1].arrive <= t < visit[-1].end for visit in visits_of(day) if visit[-1].visit)


def with_people_ahead(day: Log, rng: random.Random) -> Log:
    rows = day.rows.copy()
    rows[:, codes.ROW_AHEAD] = [rng.randrange(14) for _ in rows]
    return day._replace(rows=rows)


@pytest.fixture(params=[("plain", seed) for seed in range(3)] + [("interrupted", seed) for seed in range(3)], ids=str)
def days(request: pytest.FixtureRequest) -> tuple[Model, list[Log], Profile]:
    kind, seed = request.param
    rng = random.Random(seed)
    model = INTERRUPTED_HALL if kind == "interrupted" else LONG_HALL
    logs = [with_people_ahead(random_day(rng, kind == "interrupted"), rng) for _ in range(3)]
    return model, logs, profile_of(model, logs)


def test_paths_are_what_the_witness_counts(days: tuple[Model, list[Log], Profile]) -> None:
    model, logs, profile = days
    for day, flows in zip(logs, profile.flows, strict=True):
        found = {(int(a), int(b)): int(n) for (a, b), n in zip(profile.edges, flows, strict=True) if n}
        assert found == dict(edges_of(model, day))


def test_people_ahead_are_what_the_witness_counts(days: tuple[Model, list[Log], Profile]) -> None:
    model, logs, profile = days
    over = tuple(o for o in STEP_OUTCOMES[1:] if o not in ("balked", "blocked", "interrupted"))
    for i, day in enumerate(logs):
        assert profile.ahead_joined[i].tolist() == ahead_of(model, day, over).tolist()
        assert profile.ahead_gave_up[i].tolist() == ahead_of(model, day, ("reneged", "no_show")).tolist()


def test_queues_and_people_inside_are_what_the_witness_counts(days: tuple[Model, list[Log], Profile]) -> None:
    _, logs, profile = days
    assert len(profile.grid) > 10
    assert set(np.diff(profile.grid)) == {STEP_US}
    for i, day in enumerate(logs):
        for station in (0, 1):
            expected = [waiting_at(day, station, t) for t in profile.grid.tolist()]
            assert profile.waiting[i, station].tolist() == expected
        assert profile.inside[i].tolist() == [inside_at(day, t) for t in profile.grid.tolist()]


def test_the_grid_ends_when_everybody_has_left(days: tuple[Model, list[Log], Profile]) -> None:
    _, _, profile = days
    assert profile.inside[:, -1].tolist() == [0, 0, 0]


def test_stays_are_what_the_witness_counts(days: tuple[Model, list[Log], Profile]) -> None:
    model, logs, profile = days
    assert profile.stays is not None  # the customers of the test hall come from a table
    expected = []
    for i, day in enumerate(logs):
        for visit in visits_of(day):
            for stay in stays_of(visit):
                line = stay[0].line
                assert line is not None
                if counts(model, stay[0]) and STATION_OF_LINE[line] == 1:
                    key = (i << 40) + (stay[0].customer << 16) + stay[0].number
                    expected.append((key, CLASS_OF_LINE[line], sum(s.left - s.join for s in stay)))
    assert sorted(zip(*(column.tolist() for column in profile.stays), strict=True)) == sorted(expected)


def test_calls_out_of_order_are_what_the_witness_counts(days: tuple[Model, list[Log], Profile]) -> None:
    model, logs, profile = days
    for i, day in enumerate(logs):
        firsts = [
            stay[0]
            for visit in visits_of(day)
            for stay in stays_of(visit)
            if counts(model, stay[0]) and STATION_OF_LINE[stay[0].line or 0] == 1
        ]
        passed = sum(
            s.call >= 0 and any(o.line == s.line and o.join < s.join and o.left > s.call for o in firsts)
            for s in firsts
        )
        assert (profile.called[i], profile.overtook[i]) == (sum(s.call >= 0 for s in firsts), passed)


# --- hand-made days ------------------------------------------------------------------------------------------


def test_whoever_is_called_before_an_earlier_ticket_overtakes() -> None:
    day = log(
        [
            row(0, COUNTER_Z, 0, 0, 20, 25, visit="served", server=COUNTER_1),
            row(1, COUNTER_Z, 5, 5, 10, 15, visit="served", server=COUNTER_2),
            row(2, COUNTER_V, 6, 6, 7, 8, visit="served", server=COUNTER_1, type_=0),  # another line
            row(3, COUNTER_Z, 5, 5, 30, 35, visit="served", server=COUNTER_2),  # joined with customer 1
        ]
    )
    profile = profile_of(HALL, [day])
    assert profile.called.tolist() == [4]
    assert profile.overtook.tolist() == [1]


def test_a_hall_whose_customers_do_not_come_from_a_log_keeps_no_stays(small_hall) -> None:
    profile = profile_of(load(small_hall).model, replicate(load(small_hall), 2))
    assert profile.stays is None
    assert len(profile.called) == 0


def test_no_logs_give_an_empty_profile() -> None:
    profile = profile_of(HALL, [])
    assert (profile.n_days, len(profile.edges), profile.inside.shape[0]) == (0, 0, 0)


def test_a_day_without_anybody_is_a_day() -> None:
    profile = profile_of(HALL, [log([]), log([])])
    assert profile.n_days == 2
    assert profile.flows.shape == (2, 0)
    assert not profile.inside.any()


def test_days_after_the_first_many_rows_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "MOST_ROWS", 5)
    day = log([row(i, KIOSK_Z, i, i, None, i, outcome="reneged", visit="gave_up") for i in range(3)])
    read = []

    def logs() -> Iterator[Log]:
        for i in range(9):
            read.append(i)
            yield day

    assert profile_of(HALL, logs()).n_days == 2
    assert read == [0, 1]


def test_chunks_of_days_give_the_same_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(5)
    logs = [random_day(rng, False) for _ in range(4)]
    whole = profile_of(LONG_HALL, logs)
    monkeypatch.setattr(profiles, "CHUNK_ROWS", 1)
    parts = profile_of(LONG_HALL, logs)
    for name in ("edges", "flows", "ahead_joined", "waiting", "inside", "called", "overtook"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name)), name
    assert whole.stays is not None
    assert parts.stays is not None
    assert all(np.array_equal(a, b) for a, b in zip(whole.stays, parts.stays, strict=True))


# --- beside the results --------------------------------------------------------------------------------------


def test_a_profile_of_all_days_agrees_with_the_results() -> None:
    rng = random.Random(11)
    logs = [random_day(rng, False) for _ in range(5)]
    results, profile = results_of(LONG_HALL, logs), profile_of(LONG_HALL, logs)
    from_door = profile.flows[:, profile.edges[:, 0] == DOOR].sum(axis=1)
    steps = [step for log in logs for visit in visits_of(log) for step in visit if counts(LONG_HALL, step)]
    elsewhere = sum(step.visit == "elsewhere" for step in steps)
    assert mean_of(from_door)[0] - elsewhere / 5 == pytest.approx(results.estimate("visits").value)
    for i, way_out in enumerate(LONG_HALL.exits):
        out = profile.flows[:, profile.edges[:, 1] == node_of_exit(LONG_HALL, i)].sum(axis=1)
        e = results.estimate("visits", "exit", way_out.name)
        assert mean_of(out).tolist() == pytest.approx([e.value, max(e.low, 0.0), e.high])
    for c, ticket in enumerate(LONG_HALL.ticket_classes):
        e = results.estimate("abandonment", "class", ticket.name)
        found = ratio_of(profile.ahead_gave_up[:, c].sum(axis=1), profile.ahead_joined[:, c].sum(axis=1))
        # a normal interval does not know that shares end at 0 and 1; results cut it there
        value, low, high = found
        assert [value, max(low, 0.0), min(high, 1.0)] == pytest.approx([e.value, e.low, e.high])


def test_the_first_days_of_a_run_are_simulated_again(small_hall) -> None:
    hall = load(small_hall)
    results = run(hall, replications=4, seed=7)
    found, kept = gather(hall, results), gather(hall, run(hall, replications=4, seed=7, keep_log=True))
    assert found.n_days == 4
    assert np.array_equal(found.inside, kept.inside)
    visits = found.flows[:, found.edges[:, 0] == DOOR].sum(axis=1)
    assert visits.tolist() == results.days[:, 0].tolist()
    assert gather(hall, results, days=2).n_days == 2


def test_a_steady_run_has_no_times_of_the_day(root) -> None:
    hall = load(root / "scenarios" / "s1_mmc.yaml").change("warm_up", "30 min").change("run_for", "300 min")
    profile = gather(hall, run(hall, replications=2, seed=1))
    assert len(profile.grid) == 0
    assert profile.inside.shape == (2, 0)
    assert profile.flows.sum() > 0


def test_an_interval_over_days_is_that_of_the_results() -> None:
    numerators, denominators = np.array([3, 5, 2, 8]), np.array([10, 11, 9, 12])
    sums = np.stack([numerators, denominators])
    moments = moments_of(sums, np.array([[[0], [1]]]), np.ones((1, 2, 1), dtype=np.int64))
    expected = ratio_interval(moments.ratios()[0], moments.ratio_variance()[0], 4)
    assert ratio_of(numerators, denominators).tolist() == pytest.approx(list(expected))


def test_one_day_has_no_interval_and_no_customers_no_share() -> None:
    value, low, high = ratio_of(np.array([[1, 0]]), np.array([[4, 0]]))
    assert value[0] == 0.25
    assert np.isnan([value[1], *low, *high]).all()


def test_a_hall_that_opens_between_two_instants_has_the_one_before() -> None:
    hall = replace(HALL, open=NINE - 47 * MINUTE)
    assert profile_of(hall, [log([])]).grid[0] == NINE - 50 * MINUTE
