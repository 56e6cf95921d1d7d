"""Halls, networks and weeks with everything at once: the engines agree, and nothing is made or lost on any day."""

from __future__ import annotations

from functools import lru_cache

import pytest

from hallsim.compiled import Log
from hallsim.experiment.attribution import book_rows
from hallsim.experiment.attribution.teams import teams_of
from hallsim.experiment.day_rows import left_line, rows_of, who_joined
from hallsim.model import Model
from tests import mechanisms
from tests.money_witness import not_accounted
from tests.random_mixed import random_mixed_model
from tests.test_engines import assert_same
from tests.test_horizon import both

N_MORE = 1000


@lru_cache(maxsize=64)
def simulated(seed: int) -> tuple[Model, list[Log]]:
    """Return a case and the logs of its days, on which both engines agree and customers, places and minutes sum up."""
    model = random_mixed_model(seed)
    return model, both(model, seed).logs if model.horizon is not None else [assert_same(model, seed, 0)]


def assert_money_sums_up(model: Model, logs: list[Log]) -> None:
    for log in logs if model.costs is not None else []:
        assert not_accounted(model.of_day(log.day), log) == []


def assert_waits_are_booked(model: Model, logs: list[Log]) -> None:
    for log in logs:
        r = rows_of([log])
        booked, joined = book_rows(teams_of(model.of_day(log.day)), r, [log]), who_joined(r)
        assert booked[joined].sum(axis=1).tolist() == (left_line(r) - r.t_join)[joined].tolist()


@pytest.mark.parametrize("seed", mechanisms.MIXED)
def test_mixed_cases(seed: int) -> None:
    assert_money_sums_up(*simulated(seed))


@pytest.mark.parametrize("seed", mechanisms.MIXED)
def test_every_waited_microsecond_of_mixed_cases_has_one_cause(seed: int) -> None:
    assert_waits_are_booked(*simulated(seed))


def test_everything_occurs_in_these_cases_and_each_two_large_things_together() -> None:
    occurring = set().union(*(mechanisms.occurring_in_mixed(*simulated(seed)) for seed in mechanisms.MIXED))
    assert sorted(mechanisms.EVERYTHING_MIXED - occurring) == [], "choose other cases: python -m tests.mechanisms"


@pytest.mark.slow
def test_a_thousand_more_mixed_cases() -> None:
    for seed in range(N_MORE):
        model, logs = simulated(seed)
        assert_money_sums_up(model, logs)
        assert_waits_are_booked(model, logs)
