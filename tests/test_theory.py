"""Queueing formulas against exact arithmetic, Markov chains and sums done by brute force."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest

from hallsim import theory
from hallsim.errors import UsageError
from hallsim.theory import ErlangA, ErlangC, FiniteRoom


def _exact_erlang_b(load: str, servers: int) -> float:
    """Sum the terms with sixty digits."""
    with localcontext() as context:
        context.prec = 60
        a, term, total = Decimal(load), Decimal(1), Decimal(1)
        for n in range(1, servers + 1):
            term = term * a / n
            total += term
        return float(term / total)


@pytest.mark.parametrize(
    ("load", "servers"), [("20", 10), ("0.001", 7), ("180", 200), ("9990", 10_000), ("10400.5", 10_000), ("3000", 900)]
)
def test_erlang_b_agrees_with_sixty_digits(load: str, servers: int) -> None:
    assert theory.erlang_b(float(load), servers) == pytest.approx(_exact_erlang_b(load, servers), rel=1e-12)


def test_erlang_b_with_nobody_or_nothing_to_do() -> None:
    assert (theory.erlang_b(5.0, 0), theory.erlang_b(0.0, 3), theory.erlang_b(0.0, 0)) == (1.0, 0.0, 1.0)
    assert theory.erlang_b(1.0, 10_000) == 0.0


def test_erlang_c_of_two_servers_in_fractions() -> None:
    a = Fraction(3, 2)
    busy = a * a / 2 / (1 - a / 2)
    assert theory.erlang_c(1.5, 2) == pytest.approx(float(busy / (1 + a + busy)), rel=1e-14)


def test_erlang_c_close_to_overload_loses_no_digits() -> None:
    with localcontext() as context:
        context.prec = 60
        a, n = Decimal("999.999999"), 1000
        term, total = Decimal(1), Decimal(0)
        for k in range(n):
            total += term
            term = term * a / (k + 1)
        term = term / (1 - a / n)
        exact = float(term / (total + term))
    assert theory.erlang_c(999.999999, 1000) == pytest.approx(exact, rel=1e-9)
    assert theory.erlang_c(1000.0, 1000) == theory.erlang_c(1500.0, 1000) == 1.0


@pytest.mark.parametrize("servers", [1, 20, 1000])
def test_the_load_for_a_blocking_gives_that_blocking(servers: int) -> None:
    load = theory.load_for_blocking(0.01, servers)
    assert theory.erlang_b(load, servers) == pytest.approx(0.01, rel=1e-12)


def test_one_server_has_the_textbook_waits() -> None:
    line = ErlangC(0.8, 1.0, 1)
    assert (line.p_wait, line.mean_wait, line.mean_time) == pytest.approx((0.8, 4.0, 5.0))
    assert (line.p_empty, line.mean_queue, line.utilisation) == pytest.approx((0.2, 3.2, 0.8))
    assert line.within(line.wait_percentile(0.9)) == pytest.approx(0.9)
    assert line.wait_percentile(0.1) == 0.0


def test_an_overloaded_line_waits_for_ever() -> None:
    line = ErlangC(5.0, 1.0, 5)
    assert (line.p_wait, line.mean_wait, line.mean_queue, line.p_empty) == (1.0, math.inf, math.inf, 0.0)
    assert (line.within(1e9), line.wait_percentile(0.5), line.utilisation) == (0.0, math.inf, 1.0)


# --- abandonment: the birth-death chain, and the way of one customer through it ---------------------------


def _chain(arrival: float, service: float, patience: float, servers: int, room: int) -> np.ndarray:
    """Return the stationary law of M/M/n+M, cut at `room` waiting customers."""
    states = np.arange(1, servers + room + 1)
    deaths = service * np.minimum(states, servers) + patience * np.maximum(states - servers, 0)
    logs = np.concatenate([[0.0], np.cumsum(np.log(arrival / deaths))])
    shares = np.exp(logs - logs.max())
    return np.asarray(shares / shares.sum())


@pytest.mark.parametrize(
    ("arrival", "patience", "servers"),
    [(48.0, 0.5, 50), (1.0, 0.03, 1), (10_400.0, 0.5, 10_000), (9_900.0, 2.0, 10_000), (30.0, 0.01, 20)],
)
def test_erlang_a_agrees_with_its_markov_chain(arrival: float, patience: float, servers: int) -> None:
    law = _chain(arrival, 1.0, patience, servers, 6000)
    queue = np.maximum(np.arange(law.size) - servers, 0)
    line = ErlangA(arrival, 1.0, patience, servers)
    assert line.p_wait == pytest.approx(law[servers:].sum(), rel=1e-9)
    assert line.mean_queue == pytest.approx((law * queue).sum(), rel=1e-9)
    assert line.p_abandon == pytest.approx(patience * (law * queue).sum() / arrival, rel=1e-9)
    assert line.utilisation == pytest.approx((law * np.minimum(np.arange(law.size), servers)).sum() / servers, rel=1e-9)


def _one_customer(line: ErlangA, time: float) -> tuple[float, float]:
    """Return P(served within time) and P(gave up within time) from the chain of those ahead of one customer."""
    from scipy.linalg import expm

    room = 60
    law = _chain(line.arrival_rate, line.service_rate, line.patience_rate, line.servers, room)
    # state j: j ahead in the line; the last two: served, given up
    move = np.zeros((room + 2, room + 2))
    for j in range(room):
        step = line.servers * line.service_rate + j * line.patience_rate
        move[j, j - 1 if j else room] = step
        move[j, room + 1] = line.patience_rate
        move[j, j] = -step - line.patience_rate
    now = np.zeros(room + 2)
    now[:room] = law[line.servers : line.servers + room]
    then = now @ expm(move * time)
    return law[: line.servers].sum() + then[room], then[room + 1]


@pytest.mark.parametrize(("servers", "time"), [(2, 0.4), (5, 0.1), (5, 2.0)])
def test_erlang_a_service_levels_agree_with_one_customers_way(servers: int, time: float) -> None:
    line = ErlangA(4.0, 1.0, 0.7, servers)
    served, gone = _one_customer(line, time)
    assert line.served_within(time) == pytest.approx(served, rel=1e-9)
    assert line.gave_up_within(time) == pytest.approx(gone, rel=1e-9)
    assert line.within(time) == pytest.approx(served + gone, rel=1e-9)
    assert line.service_level(time) == line.served_within(time)
    assert line.service_level(time, "served") == pytest.approx(served / (1 - line.p_abandon), rel=1e-9)
    assert line.service_level(time, "patient") == pytest.approx(served / (1 - gone), rel=1e-9)


def test_the_mean_wait_is_that_of_served_and_lost_together() -> None:
    line = ErlangA(12.0, 1.0, 0.5, 10)
    times = np.linspace(0.0, 30.0, 30_001)
    over = np.array([1.0 - line.within(float(t)) for t in times])
    assert np.trapezoid(over, times) == pytest.approx(line.mean_wait, rel=1e-6)
    unserved = np.array([1.0 - line.p_abandon - line.served_within(float(t)) for t in times])
    assert np.trapezoid(unserved, times) / (1 - line.p_abandon) == pytest.approx(line.mean_wait_served, rel=1e-6)


def test_patience_without_end_is_erlang_c() -> None:
    line, endless = ErlangA(9.0, 1.0, 1e-9, 10), ErlangC(9.0, 1.0, 10)
    assert (line.p_wait, line.mean_wait) == pytest.approx((endless.p_wait, endless.mean_wait), rel=1e-6)
    assert line.service_level(0.3) == pytest.approx(endless.within(0.3), rel=1e-6)


def test_a_percentile_of_erlang_a_has_that_share_below() -> None:
    line = ErlangA(48.0, 1.0, 0.5, 50)
    assert line.within(line.wait_percentile(0.9)) == pytest.approx(0.9, rel=1e-12)
    assert line.wait_percentile(0.2) == 0.0


def test_extreme_loads_give_numbers() -> None:
    assert ErlangA(1.0, 1.0, 1.0, 10_000).p_wait == 0.0
    lost = ErlangA(1e6, 1.0, 1e-4, 10_000)
    assert lost.p_abandon == pytest.approx(0.99, rel=1e-9)
    assert lost.utilisation == pytest.approx(1.0, rel=1e-9)


def test_other_denominators_are_refused() -> None:
    with pytest.raises(UsageError, match="known: joined, served, patient"):
        ErlangA(1.0, 1.0, 1.0, 1).service_level(1.0, "all")


def test_finite_room_lies_between_loss_and_delay() -> None:
    assert FiniteRoom(20.0, 1.0, 10, 10).p_blocked == pytest.approx(theory.erlang_b(20.0, 10), rel=1e-12)
    wide, endless = FiniteRoom(8.0, 1.0, 10, 500), ErlangC(8.0, 1.0, 10)
    assert (wide.p_wait, wide.mean_wait) == pytest.approx((endless.p_wait, endless.mean_wait), rel=1e-10)
    assert (wide.mean_queue, wide.utilisation) == pytest.approx((endless.mean_queue, 0.8), rel=1e-10)
    assert wide.within(0.25) == pytest.approx(endless.within(0.25), rel=1e-10)


def test_finite_room_of_two_states_by_hand() -> None:
    line = FiniteRoom(2.0, 1.0, 1, 2)  # 1 : 2 : 4
    assert line.states.tolist() == pytest.approx([1 / 7, 2 / 7, 4 / 7])
    assert (line.p_blocked, line.p_wait, line.mean_wait) == pytest.approx((4 / 7, 2 / 3, 2 / 3))
    assert line.within(1.0) == pytest.approx(1 - 2 / 3 * math.exp(-1.0))


# --- other laws ------------------------------------------------------------------------------------------


def test_pollaczek_khinchine_knows_both_textbook_lines() -> None:
    assert theory.pollaczek_khinchine(0.8, 1.0, 1.0) == pytest.approx(4.0)
    assert theory.pollaczek_khinchine(0.8, 1.0, 0.0) == pytest.approx(2.0)
    assert theory.pollaczek_khinchine(1.0, 1.0, 0.0) == math.inf


def test_allen_cunneen_is_exact_where_it_should_be() -> None:
    assert theory.allen_cunneen(0.8, 1.0, 1, 1.0, 0.5) == pytest.approx(theory.pollaczek_khinchine(0.8, 1.0, 0.5))
    assert theory.allen_cunneen(8.0, 1.0, 10) == pytest.approx(ErlangC(8.0, 1.0, 10).mean_wait)


def test_kingmans_bound_is_above_the_exact_wait() -> None:
    assert theory.kingman_bound(0.8, 1.0, 1.0, 1.0) == pytest.approx(5.125)
    assert theory.kingman_bound(1.0, 1.0, 1.0, 1.0) == math.inf


# --- load through the day --------------------------------------------------------------------------------


def test_a_constant_rate_loads_up_to_rate_times_mean() -> None:
    times = np.array([-1.0, 0.0, 3.0, 1e4])
    load = theory.infinite_server_load(times, [0.0, 1e5], [2.0], theory.exponential_up_to(8.0))
    assert load.tolist() == pytest.approx([0.0, 0.0, 16 * (1 - math.exp(-3 / 8)), 16.0])


@pytest.mark.parametrize("law", ["exponential", "lognormal", "sample"])
def test_the_load_is_the_integral_over_those_who_came(law: str) -> None:
    from scipy.stats import lognorm

    edges, rates, t = [0.0, 60.0, 90.0, 180.0], [0.5, 2.0, 1.0], 100.0
    sample = np.array([2.0, 5.0, 30.0, 75.0])
    sigma = math.sqrt(math.log(1.64))
    survival, up_to = {
        "exponential": (lambda x: np.exp(-x / 8.0), theory.exponential_up_to(8.0)),
        "lognormal": (lognorm(sigma, scale=8.0 / math.sqrt(1.64)).sf, theory.lognormal_up_to(8.0, 0.8)),
        "sample": (lambda x: (sample > x[:, None]).mean(axis=1), theory.sample_up_to(sample)),
    }[law]
    u = np.linspace(0.0, t, 2_000_001)[:-1] + t / 4_000_000
    rate = np.array(rates)[np.searchsorted(edges, u, side="right") - 1]
    by_sum = float((rate * survival(t - u)).sum()) * t / 2_000_000
    assert float(theory.infinite_server_load(t, edges, rates, up_to)) == pytest.approx(by_sum, rel=1e-6)


def test_services_without_spread_are_allowed() -> None:
    assert theory.lognormal_up_to(8.0, 0.0)(np.array([3.0, 20.0])).tolist() == [3.0, 8.0]


@pytest.mark.parametrize(("edges", "rates"), [([0.0, 1.0], [1.0, 2.0]), ([0.0, 2.0, 1.0], [1.0, 2.0])])
def test_edges_that_make_no_sense_are_refused(edges: list[float], rates: list[float]) -> None:
    with pytest.raises(UsageError, match="edges must increase"):
        theory.infinite_server_load(1.0, edges, rates, theory.exponential_up_to(8.0))


# --- how many --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("guess", [1, 9, 10, 11, 500])
def test_the_fewest_servers_do_not_depend_on_the_guess(guess: int) -> None:
    assert theory.fewest_servers(lambda n: ErlangC(1.0, 0.125, n).within(5.0) >= 0.8, guess) == 10


def test_what_no_number_meets_is_said() -> None:
    with pytest.raises(UsageError, match="not even 1000000 servers are enough"):
        theory.fewest_servers(lambda n: False)


@pytest.mark.parametrize("guess", [1, 8, 20])
def test_the_cheapest_number_is_that_of_trying_all(guess: int) -> None:
    def cost(n: int) -> float:
        return 20.0 * n + 15.0 * ErlangC(1.0, 0.125, n).mean_queue

    found = theory.cheapest_servers(cost, guess)
    assert found.servers == min(range(9, 30), key=cost)
    assert found.cost == cost(found.servers)


@pytest.mark.parametrize("load", [100.0, 10_000.0])
def test_the_square_root_rule_comes_close_to_the_exact_number(load: float) -> None:
    for p_wait in (0.05, 0.2, 0.5):
        by_rule = theory.square_root_staffing(load, theory.square_root_beta(p_wait))
        exact = theory.fewest_servers(lambda n: theory.erlang_c(load, n) <= p_wait, by_rule)  # noqa: B023
        assert abs(by_rule - exact) <= 1


def test_beta_of_impatient_customers_tends_to_that_of_patient_ones() -> None:
    assert theory.square_root_beta(0.2, 1e-8) == pytest.approx(theory.square_root_beta(0.2), rel=1e-6)
    assert theory.square_root_beta(0.5, 1.0) == 0.0
    assert theory.square_root_beta(0.8, 1.0) < 0.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.erlang_b(-1.0, 3), "load is -1.0; allowed are numbers from 0"),
        (lambda: ErlangC(1.0, 0.0, 3), "service_rate is 0.0; allowed are numbers above 0"),
        (lambda: ErlangC(1.0, 1.0, 0), "servers is 0; allowed are whole numbers from 1"),
        (lambda: ErlangA(1.0, 1.0, math.nan, 3), "patience_rate is nan"),
        (lambda: theory.square_root_beta(80.0), "p_wait is 80.0; allowed are numbers between 0 and 1"),
        (lambda: FiniteRoom(1.0, 1.0, 3, 2), "room is 2; it must hold the 3 in service"),
        (lambda: theory.sample_up_to([]), "service times are needed"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(call: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        call()  # type: ignore[operator]


# --- shifts ----------------------------------------------------------------------------------------------


def test_shifts_cover_the_requirement_at_the_cost_of_trying_all() -> None:
    required, shifts, costs = [2, 4, 3, 1], [[0, 1], [1, 2], [2, 3], [0, 1, 2, 3]], [2.0, 2.0, 2.0, 3.5]
    found = theory.cover(required, shifts, costs)
    assert (theory.on_duty_matrix(4, shifts) @ found.counts >= required).all()
    grid = np.array(np.meshgrid(*[range(5)] * 4)).reshape(4, -1)
    enough = (theory.on_duty_matrix(4, shifts) @ grid >= np.array(required)[:, None]).all(axis=0)
    assert found.cost == pytest.approx((np.array(costs) @ grid)[enough].min())
    assert found.bound <= found.cost


def test_whole_people_cost_more_than_people_in_parts() -> None:
    found = theory.cover([1, 1, 1], [[0, 1], [1, 2], [2, 0]], [1.0, 1.0, 1.0])
    assert (found.cost, found.bound) == pytest.approx((2.0, 1.5))


@pytest.mark.parametrize(
    ("required", "shifts", "costs", "message"),
    [
        ([1, 2], [[0]], [1.0], "no shift covers slot 1, which needs 2"),
        ([1], [[0, 1]], [1.0], "shift 0 covers slot 1; slots are numbered from 0 to 0"),
        ([1], [[0]], [], "there are 1 shifts but 0 costs"),
    ],
)
def test_shifts_that_make_no_sense_are_refused(
    required: list[int], shifts: list[list[int]], costs: list[float], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        theory.cover(required, shifts, costs)
