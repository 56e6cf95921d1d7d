"""Call rules inferred: choices and their likelihood, rules put into simulated logs come out again, the clinic's own."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hallsim import logs, visits
from hallsim.calibrate.calling.fit import Calling, fit_calling
from hallsim.calibrate.calling.predicted import backtest_calls, called_by
from hallsim.calibrate.calling.rules import Each, Ordered, Rule, Weighed, _lomax, fit_each_held_back
from hallsim.calibrate.calling.standing import Choices, Standing, choices_of, standing
from hallsim.calibrate.calling.words import table
from hallsim.calibrate.periods import fitted_and_predicted
from hallsim.errors import CalibrationError
from hallsim.experiment.table import display_width
from hallsim.replay import Replay, Settings, build, dates_of
from hallsim.scenario import load
from tests.logged_days import leg, log_of, simulated
from tests.logged_days import table as legs_table

CLINIC = "clinic_tickets/queue_data_aug_1_17.csv"
HALL = """\
format: 1
hall: Rooms
open: "08:00-12:00"
arrivals: {rate: 17/h}
stations:
  room:
    servers: [{name: Room 1}]
    time: lognormal 3 min cv 0.5
"""
DAYS = 20
LAW = tuple(_lomax(0.12, 4.0, 1.5).tolist())
BACK = Ordered("held_back", LAW, {})


@cache
def hall(folder: Path) -> Replay:
    """Return twenty days of one room, first come first served."""
    path = folder / "hall.yaml"
    path.write_text(HALL, encoding="utf-8")
    log = log_of(load(path).model, DAYS, seed=3)
    day = pd.to_datetime("2024-03-01") + pd.to_timedelta(log["replication"].astype("int64"), unit="D")
    return build(log.assign(date=day, replication=pd.array([pd.NA] * len(log), dtype="Int64")))


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Replay:
    return hall(tmp_path_factory.getbasetemp())


def calls_of(replay: Replay, rule: Rule, seed: int = 1) -> pd.DataFrame:
    """Return the log of a replay's days under a rule."""
    model = called_by(replay, [rule], seed)
    days = [visits.build(model, log, replication=i) for i, log in enumerate(simulated(model))]
    log = pd.concat(days, ignore_index=True)
    date = pd.to_datetime("2024-03-01") + pd.to_timedelta(log["replication"].astype("int64"), unit="D")
    return log.assign(date=date, replication=pd.array([pd.NA] * len(log), dtype="Int64"))


@pytest.fixture(scope="module")
def held_back(rooms: Replay) -> Calling:
    return fit_calling(build(calls_of(rooms, BACK, seed=2)))


def test_only_calls_for_which_several_waited_are_choices() -> None:
    log = legs_table(
        [leg(t, call, call + 1, visit=i) for i, (t, call) in enumerate([(0, 0), (0.2, 3), (0.4, 1), (0.6, 2)])]
    )
    found = choices_of(standing(build(log)))
    assert found.called.tolist() == [2, 3]
    assert [sorted(found.waiting[found.call == i].tolist()) for i in (0, 1)] == [[1, 2, 3], [1, 3]]


def test_who_was_sent_on_has_returned_and_keeps_the_number_of_the_ticket() -> None:
    log = legs_table(
        [
            leg(0, 0, 5, visit=0, outcome="transferred"),
            leg(5, 6, 7, visit=0, step=1, arrive=0),
            leg(1, 8, 9, visit=1),
        ]
    )
    found = standing(build(log))
    assert found.returned.tolist() == [0, 0, 1]
    assert found.by_ticket.tolist() == [0, 2, 1]
    assert found.by_line.tolist() == [0, 1, 2]


def test_first_come_first_served_explains_every_call_of_a_hall_that_calls_so(rooms: Replay) -> None:
    best = fit_calling(rooms).best
    assert (best.rule.name, best.first) == ("line", 1.0)


def test_last_come_first_called_is_found(rooms: Replay) -> None:
    best = fit_calling(build(calls_of(rooms, Ordered("last_come", (1.0,), {})))).best
    assert (best.rule.name, best.first) == ("last_come", 1.0)


def test_a_hall_that_holds_some_back_is_found_to(held_back: Calling) -> None:
    assert held_back.best.rule.name == "held_back"


@pytest.mark.parametrize("places", [1, 5, 20])
def test_the_shares_held_back_lie_in_their_intervals(held_back: Calling, places: int) -> None:
    low, high = held_back.interval(f"behind_{places}")
    assert low <= sum(LAW[places:]) <= high


def test_the_likelihood_of_an_order_is_the_product_over_the_calls() -> None:
    # one is passed twice, then called with another behind him; the last has nobody behind
    log = legs_table(
        [
            leg(t, call, call + 1, visit=i)
            for i, (t, call) in enumerate([(0, 0), (0.2, 3), (0.4, 1), (0.6, 2), (0.8, 4)])
        ]
    )
    found = standing(build(log))
    law = np.array([0.5, 0.2, 0.2, 0.1])
    (got,) = Ordered("line", tuple(law) + (0.0,) * 297, {}).likelihood(found, choices_of(found))
    passed, called = 0.5 * 0.6, 0.5  # passed once and once more; called at once, which two others were
    assert got == pytest.approx(np.log(passed * (0.2 / 0.3) * called * called))


def test_the_likelihood_of_a_weighed_choice_is_that_of_its_logits(rooms: Replay) -> None:
    found = standing(rooms)
    choices = choices_of(found)
    rule = Weighed("weighed", (-0.3, -0.05, 1.0))
    expected = 0.0
    for i in range(len(choices.called)):
        claims = {
            leg: -0.3 * found.by_ticket[leg] - 0.05 * found.by_line[leg] for leg in choices.waiting[choices.call == i]
        }
        expected += claims[choices.called[i]] - np.log(sum(np.exp(x) for x in claims.values()))
    assert rule.likelihood(found, choices).sum() == pytest.approx(expected)


def test_the_likelihood_of_rules_by_queue_is_the_sum_of_theirs() -> None:
    found, choices = _two_queues()
    rules = {"a": Ordered("ticket", LAW, {}), "b": Ordered("last_come", LAW, {})}
    queue = found.queue[choices.called]
    own = [rule.likelihood(found, choices.where(queue == i)) for i, rule in enumerate(rules.values())]
    assert Each("each", dict(rules), BACK).likelihood(found, choices) == pytest.approx(own[0] + own[1])
    assert own[0].sum() > own[1].sum()


def test_a_queue_with_few_calls_has_the_rule_of_the_others() -> None:
    found, choices = _two_queues()
    rule = fit_each_held_back(found, choices, np.ones(1))
    assert isinstance(rule, Each)
    assert set(rule.rules) == {"a"}


def _two_queues() -> tuple[Standing, Choices]:
    """Return a day of two queues in order of tickets: sixty in the one, and ten in the other, all there at once."""
    n = 70
    zero, number = np.zeros(n, dtype=np.int64), np.append(np.arange(60), np.arange(10))
    queue = np.repeat([0, 1], [60, 10])
    found = Standing(zero, queue, number, number, zero, zero, zero - 1, number, number, ("a", "b"))
    return found, choices_of(found)


def test_days_under_the_rule_found_are_nearer_than_first_come_first_served(rooms: Replay) -> None:
    log = calls_of(rooms, Ordered("held_back", tuple(_lomax(0.3, 10.0, 1.5).tolist()), {}))
    (period,) = backtest_calls(log, *fitted_and_predicted("", "", dates_of(log))).predictions
    assert abs(period.differences["inferred"][1]) < abs(period.differences["line"][1])
    assert period.coverage("mean") >= 6 / 7


def test_a_log_in_which_nobody_waits_is_told_so() -> None:
    log = legs_table([leg(10 * i, 10 * i, 10 * i + 1, visit=i) for i in range(5)])
    with pytest.raises(CalibrationError, match="needs 50 calls for which several waited; the log has 0"):
        fit_calling(build(log))


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_clinics_rule_brings_later_days_within_a_tenth_where_first_come_misses_by_a_fifth(
    data_folder: Path, lang: str
) -> None:
    log, _ = logs.read("clinic_tickets", data_folder / CLINIC)
    found = backtest_calls(log, *fitted_and_predicted("", "", dates_of(log)), Settings())
    (later,) = found.predictions
    assert found.calling.best.rule.name == "each_held_back"
    assert abs(later.differences["inferred"][1]) < 0.10
    assert later.differences["line"][1] < -0.18
    assert (later.coverage("mean"), later.coverage("p90")) == (1.0, 0.5)
    assert max(display_width(line) for line in table(found, lang).splitlines()) <= 80
