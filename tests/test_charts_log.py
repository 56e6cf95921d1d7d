"""A log beside its simulation: both numbers, whose difference is a fact, and why the longest waits differ."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hallsim.charts import Material
from hallsim.charts.beside import pairs_of, relative, same_customers
from hallsim.charts.log_points import POINTS
from hallsim.charts.log_tickets import MOST_POINTS, correlation
from hallsim.charts.pooled import Pooled
from hallsim.charts.text import say
from hallsim.compiled import Log
from hallsim.experiment.profile import profile_of
from tests.charted import BY_NAME, data, named, read
from tests.hand_made_logs import COUNTER_1, COUNTER_2, COUNTER_V, COUNTER_Z, HALL, log, row
from tests.kpi_witness import results_of


def day(waits: list[float], gap: float = 1.0) -> Log:
    """Return a day on which customers come one after the other and wait so long."""
    return log([_served(i, COUNTER_Z, gap * i, wait) for i, wait in enumerate(waits)])


def _served(who: int, line: int, t: float, wait: float) -> list[int]:
    server = COUNTER_1 if who % 2 else COUNTER_2
    return row(who, line, t, t, t + wait, t + wait + 0.5, visit="served", server=server, type_=line - COUNTER_V)


def beside(simulated: list[Log], logged: list[Log]) -> Material:
    return Material(*(f(HALL, logs) for logs in (simulated, logged) for f in (results_of, profile_of)))


IN_ORDER = [5.0, 5.0, 5.0, 5.0, 5.0, 5.0]
"""One customer a minute, each called five minutes later."""
OUT_OF_ORDER = [9.0, 8.0, 7.0, 3.0, 2.0, 1.0]
"""Called at 9, 9, 9, 6, 6 and 6: the same mean, the first three passed by the last."""


@pytest.fixture
def passed() -> Material:
    return beside([day(IN_ORDER), day(IN_ORDER)], [day(OUT_OF_ORDER), day(OUT_OF_ORDER)])


def test_both_mean_waits_stand_in_the_title(passed: Material) -> None:
    text = BY_NAME["log_hours"].finding(passed, "en").replace("\u00a0", " ")
    assert text.startswith(
        "The simulated mean wait is 5.00 min (5.00 to 5.00), the log's 5.00 min (5.00 to 5.00) (+0.0 %)"
    )


def test_both_lines_are_those_of_the_tables(passed: Material) -> None:
    figure = BY_NAME["log_hours"].figure(passed, "en")
    for name, results in (("simulation", passed.results), ("log", passed.observed)):
        assert results is not None
        assert named(figure, name)["y"] == pytest.approx([results.estimate("mean_wait", hour=540).value])


def test_points_are_percentiles_of_both(passed: Material) -> None:
    figure = BY_NAME["log_points"].figure(passed, "en")
    for name, results in (("simulation", passed.results), ("log", passed.observed)):
        assert results is not None
        expected = [Pooled(results).percentile(p).value for p in POINTS]
        assert named(figure, name)["x"] == pytest.approx(expected, rel=1e-5)
        assert expected[2] == pytest.approx(results.estimate("wait_p90").value)


@pytest.mark.parametrize(("lang", "share"), [("en", "50.0 % of calls passed"), ("zh", "50.0 %的叫号越过了")])
def test_where_the_order_of_calls_differs_the_text_says_why_the_longest_waits_do(
    passed: Material, lang: str, share: str
) -> None:
    chart = BY_NAME["log_points"]
    about = chart.about(passed, lang).replace("\u00a0", " ")
    for interval in (" (50.0 to 50.0)", "（50.0 至 50.0）"):
        about = about.replace(interval, "")
    assert share in about
    assert "90" in about
    finding = chart.finding(passed, lang).replace("\u00a0", " ")
    assert "50.0 %" in finding
    assert "0.00 %" in finding


def test_where_both_call_in_the_same_order_the_shares_are_told_without_a_reason() -> None:
    made = beside([day(IN_ORDER)] * 2, [day([5.0, 5.0, 5.0, 5.0, 5.0, 6.0])] * 2)
    chart = BY_NAME["log_points"]
    assert "Calls that passed somebody" in chart.about(made, "en")
    assert "out of order" not in chart.finding(made, "en")


def test_a_difference_of_the_same_customers_is_not_called_noise() -> None:
    simulated = [day(IN_ORDER), day([1.0, 2.0, 3.0]), day([9.0, 9.0])]
    logged = [day([5.5, *IN_ORDER[1:]]), day([1.0, 2.0, 3.0]), day([9.0, 9.0])]
    made = beside(simulated, logged)
    assert same_customers(made)
    for name in ("log_hours", "log_points"):
        assert "noise" not in BY_NAME[name].finding(made, "en"), name
    assert "furthest apart between 09:00 and 10:00" in BY_NAME["log_hours"].finding(made, "en")


def test_a_difference_of_other_days_may_be_noise() -> None:
    made = beside([day([1.0, 2.0]), day([4.0, 8.0])], [day([2.0, 2.0]), day([4.0, 9.0])])
    strangers = Material(made.results, made.profile, made.observed, None)
    assert not same_customers(strangers)
    assert "inside the noise" in BY_NAME["log_hours"].finding(strangers, "en")
    assert BY_NAME["log_tickets"].applies(strangers) == "no_log"


def test_every_ticket_stands_where_both_waits_say(passed: Material) -> None:
    points = next(t for t in data(BY_NAME["log_tickets"].figure(passed, "en")) if t["mode"] == "markers")
    assert sorted(zip(points["x"], points["y"], strict=True)) == sorted(
        zip(OUT_OF_ORDER * 2, IN_ORDER * 2, strict=True)
    )
    assert read(points["hovertext"][0]) == "day 1, customer 1\nlog 9.00, simulation 5.00"


def test_the_correlation_is_of_all_tickets() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.uniform(0, 9, (2, MOST_POINTS + 100))
    made = beside([day(a.tolist(), gap=0.01)], [day(b.tolist(), gap=0.01)])
    pairs = pairs_of(made)
    assert pairs is not None
    expected = float(np.corrcoef(pairs.logged, pairs.simulated)[0, 1])
    assert f"correlate by {expected:.3f}" in BY_NAME["log_tickets"].finding(made, "en")
    points = next(t for t in data(BY_NAME["log_tickets"].figure(made, "en")) if t["mode"] == "markers")
    assert len(points["x"]) == MOST_POINTS
    assert f"{MOST_POINTS} of {MOST_POINTS + 100} tickets" in BY_NAME["log_tickets"].about(made, "en")


def test_waits_that_do_not_vary_have_no_correlation(passed: Material) -> None:
    pairs = pairs_of(passed)
    assert pairs is not None
    assert math.isnan(correlation(pairs))
    assert "correlate" not in BY_NAME["log_tickets"].finding(passed, "en")


def test_tickets_of_several_classes_have_their_colours() -> None:
    both = [log([_served(i, COUNTER_V + i % 2, i, 5.0 + i) for i in range(6)])]
    points = [t for t in data(BY_NAME["log_tickets"].figure(beside(both, both), "en")) if t["mode"] == "markers"]
    assert [read(t["name"]) for t in points] == ["vip", "general"]
    assert len({t["marker"]["color"] for t in points}) == 2


def test_one_ticket_cannot_be_compared() -> None:
    made = beside([day([5.0])], [day([6.0])])
    assert BY_NAME["log_tickets"].applies(made) == "one_customer"


def test_a_log_in_which_nobody_joined_is_no_log(passed: Material) -> None:
    empty = results_of(HALL, [log([]), log([])])
    made = Material(passed.results, passed.profile, empty, profile_of(HALL, [log([]), log([])]))
    assert BY_NAME["log_hours"].applies(made) == "no_log"
    assert BY_NAME["log_tickets"].applies(made) == "nobody_joined"


def test_a_share_of_nothing_is_not_told() -> None:
    assert relative(5.0, 0.0, "en") == ""
    assert relative(math.nan, 2.0, "en") == ""
    assert relative(5.0, 4.0, "zh") == "（+25.0\u00a0%）"


def test_numbers_of_both_are_those_of_the_tables(passed: Material) -> None:
    text = BY_NAME["log_hours"].finding(passed, "en")
    assert passed.observed is not None
    for results in (passed.results, passed.observed):
        assert say(results.estimate("mean_wait"), "en") in text
