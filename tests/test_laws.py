"""Every law against scipy's: quantiles, mean and cv, samples, complaints, packing."""

from __future__ import annotations

import dataclasses
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from hallsim import jit
from hallsim.compiling.laws import Laws
from hallsim.draws import keys_of, name_hash
from hallsim.errors import UsageError
from hallsim.parts.distributions import (
    LAWS,
    Coxian,
    Deterministic,
    Empirical,
    Erlang,
    Exponential,
    Gamma,
    Hyperexponential,
    LawTable,
    Lognormal,
    Mixture,
    Triangular,
    Uniform,
    Weibull,
    kept_tables,
)
from hallsim.parts.distributions.dispatch import quantile, variates
from hallsim.parts.distributions.kept_tables import kept
from tests.draws_digest import MINUTE, ONE_OF_EACH, quantiles, some_uniforms

TAILS = [2.0**-53, 1e-15, 1e-12, 1e-9, 1e-6, 1e-4, 1e-3]
GRID = np.array([*TAILS, *np.linspace(0.01, 0.99, 99), *(1 - np.array(TAILS))])


def quantiles_of(law, u=GRID):
    return quantiles(LawTable.of([law]), 0, u)


# --- quantiles ---------------------------------------------------------------------------------------------


def test_exponential_quantile():
    u = (np.floor(GRID * 2**52) + 0.5) / 2**52  # uniforms as drawn, of which 1 - u is exact
    np.testing.assert_allclose(quantiles_of(Exponential(5.0), u), stats.expon.ppf(u, scale=5.0), rtol=1e-12)


@pytest.mark.parametrize("cv", [0.05, 0.3, 0.8, 2.0, 5.0])
def test_lognormal_quantile(cv):
    sigma = math.sqrt(math.log1p(cv**2))
    expected = stats.lognorm.ppf(GRID, sigma, scale=8.0 * math.exp(-(sigma**2) / 2))
    np.testing.assert_allclose(quantiles_of(Lognormal(8.0, cv)), expected, rtol=1e-12)


@pytest.mark.parametrize("shape", [0.3, 0.7, 1.0, 1.5, 4.0, 30.0])
def test_weibull_quantile(shape):
    scale = 30.0 / math.gamma(1 + 1 / shape)
    expected = scale * (-np.log1p(-GRID)) ** (1 / shape)
    np.testing.assert_allclose(quantiles_of(Weibull(30.0, shape)), expected, rtol=1e-12)
    np.testing.assert_allclose(stats.weibull_min.ppf(GRID, shape, scale=scale), expected, rtol=1e-12)


@pytest.mark.parametrize(("low", "mode", "high"), [(1, 2, 6), (0, 0, 3), (0, 3, 3), (2, 2, 2.5), (1, 1.001, 50)])
def test_triangular_quantile(low, mode, high):
    width = high - low
    expected = stats.triang.ppf(GRID, (mode - low) / width, loc=low, scale=width)
    # the falling side is measured from `high`, so that a low of 0 is known to the last place of `high`
    np.testing.assert_allclose(quantiles_of(Triangular(low, mode, high)), expected, rtol=1e-12, atol=4e-16 * high)


def test_triangular_without_width_is_its_value():
    assert set(quantiles_of(Triangular(3.0, 3.0, 3.0))) == {3.0}


def test_uniform_and_deterministic_quantiles():
    np.testing.assert_allclose(quantiles_of(Uniform(1.0, 3.0)), 1 + 2 * GRID, rtol=1e-15)
    assert set(quantiles_of(Deterministic(5.0))) == {5.0}


@pytest.mark.parametrize("cv", [0.01, 0.05, 0.1, 0.3, 0.5, 0.9, 1.0, 1.1, 1.5, 2.0, 3.0, 5.0, 20.0])
def test_gamma_quantile_from_tail_to_tail(cv):
    u = np.concatenate([GRID, some_uniforms(2000)])
    expected = stats.gamma.ppf(u, 1 / cv**2, scale=60e6 * cv**2)
    # below 1e-200 the table stops following: every clock reads that as 0
    np.testing.assert_allclose(quantiles_of(Gamma(60e6, cv), u), expected, rtol=1e-7, atol=1e-200)


def test_gamma_of_cv_1_is_exponential():
    np.testing.assert_allclose(quantiles_of(Gamma(3.0, 1.0)), -3.0 * np.log1p(-GRID), rtol=1e-7)


@pytest.mark.parametrize("shape", [1, 2, 3, 10, 100, 10_000])
def test_erlang_quantile_from_tail_to_tail(shape):
    np.testing.assert_allclose(
        quantiles_of(Erlang(6.0, shape)), stats.gamma.ppf(GRID, shape, scale=6.0 / shape), rtol=1e-7
    )


def error_of(u, x, parts):
    """Return the relative error of u-quantiles x of the law with P(X > x) = sum of p exp(-x / m), p of any sign."""
    survival = sum(p * np.exp(-x / m) for p, m in parts)
    cumulative = sum(p * -np.expm1(-x / m) for p, m in parts)
    density = sum(p / m * np.exp(-x / m) for p, m in parts)
    return np.where(u < 0.5, cumulative - u, (1 - u) - survival) / (density * x)


@pytest.mark.parametrize(
    ("shares", "means"),
    [
        ((0.3, 0.7), (120e6, 34e6)),
        ((0.3, 0.7), (2.0, 1 / 1.75)),
        ((0.1, 0.2, 0.7), (1.0, 30.0, 300.0)),
        ((0.001, 0.999), (1000.0, 1.0)),
        ((0.5, 0.5, 0.0), (4.0, 4.0, 9.0)),
    ],
)
def test_hyperexponential_quantile_inverts_its_distribution(shares, means):
    u = np.sort(np.concatenate([GRID, some_uniforms(5000)]))
    x = quantiles_of(Hyperexponential(shares, means), u)
    assert np.max(np.abs(error_of(u, x, list(zip(shares, means, strict=True))))) < 1e-7
    assert np.all(np.diff(x) >= 0)


@pytest.mark.parametrize(
    ("rates", "onward"), [((2.0, 0.5), 0.25), ((1.0, 0.01), 0.01), ((5.0, 1e-3), 1.0), ((1e-8, 1e-9), 0.5)]
)
def test_coxian_quantile_inverts_its_distribution(rates, onward):
    u = np.sort(np.concatenate([GRID[6:], some_uniforms(5000)[7:]]))
    a, b = rates
    slow = onward * a / (a - b)  # two stages by partial fractions, which lose the lowest quantiles' digits
    x = quantiles_of(Coxian(rates, (onward,)), u)
    error = error_of(u, x, [(1 - slow, 1 / a), (slow, 1 / b)])
    assert np.max(np.abs(error)) < 1e-7
    assert np.all(np.diff(x) >= 0)


@pytest.mark.parametrize("n", [1, 2, 3, 8])
def test_coxian_with_equal_stages_is_erlang_down_to_both_tails(n):
    expected = stats.gamma.ppf(GRID, n, scale=0.5)
    np.testing.assert_allclose(quantiles_of(Coxian((2.0,) * n, (1.0,) * (n - 1))), expected, rtol=1e-7)


def test_coxian_of_three_stages_agrees_with_the_matrix_exponential():
    from scipy.linalg import expm

    generator = np.array([[-1.0, 0.4, 0.0], [0.0, -3.0, 2.1], [0.0, 0.0, -0.2]])
    x = quantiles_of(Coxian((1.0, 3.0, 0.2), (0.4, 0.7)), np.array([0.05, 0.5, 0.95]))
    np.testing.assert_allclose([1 - expm(generator * t)[0].sum() for t in x], [0.05, 0.5, 0.95], rtol=1e-7)


def test_coxian_stages_never_reached_do_not_count():
    short, long = Coxian((2.0, 3.0), (0.5,)), Coxian((2.0, 3.0, 1e-9), (0.5, 0.0))
    assert quantiles_of(short).tolist() == quantiles_of(long).tolist()
    assert (short.mean, short.cv) == (long.mean, long.cv)


def test_mixture_quantile_is_its_part_at_the_place_inside_the_share():
    law = Mixture((0.25, 0.0, 0.75), (Uniform(0.0, 1.0), Deterministic(9.0), Gamma(5.0, 0.5)))
    u = np.array([0.125, 0.2499, 0.25, 0.625, 1 - 2.0**-53])
    within = np.array([0.5, 0.9996, 2.0**-53, 0.5, 1 - 2.0**-53])
    expected = [*within[:2], *stats.gamma.ppf(within[2:], 4, scale=1.25)]
    np.testing.assert_allclose(quantiles_of(law, u), expected, rtol=1e-7)


def test_mixture_stays_inside_the_open_interval_at_the_borders_of_its_shares():
    law = Mixture((0.1,) * 10, (Exponential(1.0), Lognormal(1.0, 1.0)) * 5)
    borders = np.array(
        [np.nextafter(i / 10, side) for i in range(1, 10) for side in (0.0, 1.0)] + [i / 10 for i in range(1, 10)]
    )
    assert np.all(np.isfinite(quantiles_of(law, borders)))
    assert np.all(quantiles_of(law, borders) > 0)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 100, 1000])
def test_empirical_quantile_is_the_first_value_whose_frequency_exceeds_u(n):
    rng = np.random.default_rng(n)
    values = rng.integers(0, 2 * n, n).astype(float)
    weights = rng.integers(0, 5, n).astype(float)
    weights[0] = 1
    u = np.concatenate([GRID, some_uniforms(3000)])
    order = np.argsort(values, kind="stable")
    sums = np.cumsum(weights[order])
    expected = values[order][np.searchsorted(sums / sums[-1], u, side="right")]
    assert quantiles_of(Empirical(tuple(values), tuple(weights)), u).tolist() == expected.tolist()


def test_empirical_frequencies_are_exact():
    # each of 8 values has exactly an eighth of the unit interval, up to its very ends
    law = Empirical((8.0, 1.0, 7.0, 2.0, 6.0, 3.0, 5.0, 4.0))
    starts = np.arange(8) / 8
    assert quantiles_of(law, starts[1:]).tolist() == [2, 3, 4, 5, 6, 7, 8]
    assert quantiles_of(law, np.nextafter(starts[1:], 0)).tolist() == [1, 2, 3, 4, 5, 6, 7]


def test_quantiles_are_not_below_zero_and_rise_with_u():
    u = np.sort(some_uniforms(3000))
    for law in ONE_OF_EACH:
        x = quantiles_of(law, u)
        assert np.all(x >= 0), law
        if not isinstance(law, Mixture):  # rises in each of its parts, and falls from one to the next
            assert np.all(np.diff(x) >= 0), law


def test_a_uniform_outside_the_range_of_the_table_gets_its_end():
    assert quantiles_of(Erlang(1.0, 2), np.array([1e-300]))[0] == pytest.approx(
        quantiles_of(Erlang(1.0, 2), np.array([2.0**-54]))[0], rel=0.6
    )


# --- mean and cv -----------------------------------------------------------------------------------------

DECLARED = [
    (Gamma(3.0, 0.5), stats.gamma(4, scale=0.75)),
    (Erlang(6.0, 3), stats.gamma(3, scale=2)),
    (Weibull(30.0, 1.5), stats.weibull_min(1.5, scale=30 / math.gamma(1 + 1 / 1.5))),
    (Weibull(30.0, 80.0), stats.weibull_min(80, scale=30 / math.gamma(1 + 1 / 80))),
    (Triangular(1.0, 2.0, 6.0), stats.triang(0.2, loc=1, scale=5)),
    (Uniform(1.0, 3.0), stats.uniform(1, 2)),
    (Exponential(4.0), stats.expon(scale=4)),
    (Lognormal(8.0, 0.8), stats.lognorm(math.sqrt(math.log1p(0.64)), scale=8 / math.sqrt(1.64))),
    (Coxian((2.0, 2.0, 2.0), (1.0, 1.0)), stats.gamma(3, scale=0.5)),
    (Hyperexponential((1.0,), (7.0,)), stats.expon(scale=7)),
    (Mixture((0.5, 0.5), (Uniform(0.0, 1.0), Uniform(1.0, 2.0))), stats.uniform(0, 2)),
    (Empirical((1.0, 2.0, 5.0), (1, 2, 1)), stats.rv_discrete(values=((1, 2, 5), (0.25, 0.5, 0.25)))),
]


@pytest.mark.parametrize(("law", "reference"), DECLARED, ids=lambda x: getattr(x, "kind", ""))
def test_declared_mean_and_cv_are_exact(law, reference):
    assert law.mean == pytest.approx(reference.mean(), rel=1e-12)
    assert law.cv == pytest.approx(reference.std() / reference.mean(), rel=1e-9)


def test_the_coxian_of_the_reference_cases_has_mean_1_and_cv_squared_2():
    law = Coxian((2.0, 0.5), (0.25,))
    assert (law.mean, law.cv**2) == pytest.approx((1.0, 2.0), rel=1e-12)


def test_the_hyperexponential_of_the_reference_cases_has_its_moments():
    law = Hyperexponential((0.3, 0.7), (2.0, 1 / 1.75))
    second = 2 * (0.3 * 4 + 0.7 / 1.75**2)
    assert (law.mean, law.cv**2) == pytest.approx((1.0, second - 1), rel=1e-12)


WIDE = (
    Gamma(MINUTE, 3.0),
    Gamma(MINUTE, 0.05),
    Hyperexponential((0.05, 0.95), (50 * MINUTE, MINUTE)),
    Weibull(MINUTE, 0.6),
)


@pytest.mark.parametrize("law", ONE_OF_EACH + WIDE, ids=lambda law: law.kind)
def test_samples_have_the_declared_mean_and_cv(law):
    # 200,000 variates: the standard error of the mean is cv / 447
    n = 200_000
    keys = keys_of(np.uint64(42), np.uint64(0), np.uint64(name_hash("source", "door")), n)
    which, types = np.array([0]), np.zeros(n, dtype=np.int64)
    x = variates(LawTable.of([law]), which, types, keys, np.uint64(name_hash("service", law.kind)), np.uint64(0))
    x = x / law.mean
    if law.cv == 0:
        assert np.all(x == 1)
        return
    assert abs(x.mean() - 1) < 3.3 * law.cv / math.sqrt(n)
    squares = x**2
    assert abs(squares.mean() - (1 + law.cv**2)) < 3.3 * squares.std() / math.sqrt(n)


# --- packing ---------------------------------------------------------------------------------------------


def test_laws_packed_together_draw_as_each_alone():
    together = LawTable.of(ONE_OF_EACH)
    assert together.code.size == len(ONE_OF_EACH) + 3  # the parts of the mixture stand behind
    for i, law in enumerate(ONE_OF_EACH):
        assert quantiles(together, i, GRID).tolist() == quantiles_of(law).tolist()


def test_laws_that_differ_in_scale_share_one_table():
    assert Gamma(1.0, 0.5).packed().table is Gamma(60e6, 0.5).packed().table
    assert Erlang(1.0, 4).packed().table is Gamma(60e6, 0.5).packed().table


@pytest.fixture
def tables_made(tmp_path, monkeypatch):
    """Tables are kept in an empty folder; the list has the parameters of those that were made."""
    monkeypatch.setattr(jit, "CACHE", str(tmp_path))
    made = []

    def table_of(*parameters):
        made.append(parameters)
        return (0.1, *parameters)

    return made, table_of


def test_a_table_is_made_once_and_read_by_the_next_process(tables_made):
    made, table_of = tables_made
    for _ in range(2):  # as two processes
        assert kept(table_of)(1 / 3, 2.0) == (0.1, 1 / 3, 2.0)
        assert kept(table_of)(np.nextafter(1 / 3, 1.0), 2.0) != (0.1, 1 / 3, 2.0)
    assert len(made) == 2


def test_a_damaged_table_is_made_anew(tables_made, tmp_path):
    made, table_of = tables_made
    for damage in (b"", b"no table", None):
        assert kept(table_of)(1.0) == (0.1, 1.0)
        (file,) = tmp_path.iterdir()
        file.write_bytes(file.read_bytes()[:-3] if damage is None else damage)
        assert kept(table_of)(1.0) == (0.1, 1.0)
    assert len(made) == 4


def test_no_more_tables_are_kept_than_there_is_room_for(tables_made, tmp_path, monkeypatch):
    monkeypatch.setattr(kept_tables, "MOST_FILES", 2)
    table_of = tables_made[1]
    table = kept(table_of)
    assert [table(float(i)) for i in range(4)] == [(0.1, float(i)) for i in range(4)]
    assert len(list(tmp_path.iterdir())) == 2


def test_tables_are_made_where_no_folder_can_be_written(tables_made, monkeypatch):
    made, table_of = tables_made
    monkeypatch.setattr(jit, "CACHE", "")
    assert kept(table_of)(1.0) == kept(table_of)(1.0) == (0.1, 1.0)
    assert len(made) == 2


def test_a_law_is_numbered_once_and_not_with_another_kind_of_the_same_parameters():
    laws = Laws()
    given = (Gamma(3.0, 0.5), Lognormal(3.0, 0.5), None, Gamma(3.0, 0.5), Lognormal(3.0, 0.6))
    assert [laws.add(law) for law in given] == [0, 1, -1, 0, 2]
    table = LawTable.of([Gamma(3.0, 0.5), Lognormal(3.0, 0.5), Lognormal(3.0, 0.6)])
    assert all(np.array_equal(got, wanted) for got, wanted in zip(laws.table(), table, strict=True))


def test_an_unknown_code_gives_nan():
    laws = LawTable.of([Exponential(1.0)])
    assert math.isnan(quantile(laws._replace(code=np.array([99])), 0, 0.5))


def test_customers_of_a_type_without_a_law_get_minus_1():
    laws, keys = LawTable.of([Deterministic(3.0)]), np.arange(4, dtype=np.uint64)
    x = variates(laws, np.array([-1, 0]), np.array([0, 1, 1, 0]), keys, np.uint64(1), np.uint64(0))
    assert x.tolist() == [-1, 3, 3, -1]


def test_every_law_declares_its_parameters_as_its_fields():
    assert {type(law) for law in ONE_OF_EACH} == set(LAWS.values())
    for kind, law in LAWS.items():
        assert law.kind == kind
        assert [p.field for p in law.parameters] == [f.name for f in dataclasses.fields(law)]


def test_laws_are_hashable_and_equal_by_value():
    for law in ONE_OF_EACH:
        again = dataclasses.replace(law)
        assert again == law
        assert hash(again) == hash(law)


def test_a_law_too_steep_to_tabulate_is_refused():
    with pytest.raises(UsageError, match="hyperexponential is too steep between its parts to be drawn from"):
        LawTable.of([Hyperexponential((0.5, 0.5), (1e6, 1.0))])


def test_laws_import_scipy_special_only_to_build_a_table_that_is_not_kept(tmp_path):
    program = (
        "import sys; from hallsim.parts.distributions import Gamma; Gamma(1.0, 0.5).complaint(); "
        "assert 'scipy.special' not in sys.modules; "
        "Gamma(1.0, 0.5).packed(); print('scipy.special' in sys.modules)"
    )
    root, env = Path(__file__).resolve().parents[1], os.environ | {"HALLSIM_CACHE": str(tmp_path)}
    runs = [
        subprocess.run([sys.executable, "-c", program], cwd=root, env=env, check=True, capture_output=True, text=True)
        for _ in range(2)
    ]
    assert [run.stdout.split() for run in runs] == [["True"], ["False"]]


# --- complaints ------------------------------------------------------------------------------------------


def test_possible_laws_have_no_complaint():
    for law in ONE_OF_EACH:
        assert law.complaint() == ""


@pytest.mark.parametrize(
    ("law", "message"),
    [
        (Exponential(-1.0), "mean must be 0 or above, not -1"),
        (Exponential(math.nan), "mean must be 0 or above, not nan"),
        (Deterministic(-2.0), "value must be 0 or above, not -2"),
        (Lognormal(0.0, 1.0), "mean must be above 0, not 0"),
        (Lognormal(1.0, 0.0), "cv must be above 0, not 0"),
        (Uniform(-1.0, 2.0), "low must be 0 or above, not -1"),
        (Uniform(3.0, 2.0), "low must not be above high"),
        (Gamma(1.0, -0.5), "cv must be above 0, not -0.5"),
        (Gamma(math.inf, 0.5), "mean must be above 0, not inf"),
        (Gamma(1.0, 50.0), "cv of a gamma law must be from 0.01 to 20, not 50"),
        (Erlang(1.0, 0), "shape must be a whole number from 1 to 10000, not 0"),
        (Erlang(1.0, 2.5), "shape must be a whole number from 1 to 10000, not 2.5"),
        (Erlang(0.0, 2), "mean must be above 0, not 0"),
        (Weibull(1.0, 0.0), "shape must be above 0, not 0"),
        (Weibull(1.0, 0.01), "shape must be 0.05 or above, not 0.01"),
        (Triangular(3.0, 2.0, 6.0), "low must not be above mode"),
        (Triangular(1.0, 7.0, 6.0), "mode must not be above high"),
        (Triangular(-1.0, 2.0, 6.0), "low must be 0 or above, not -1"),
        (Hyperexponential((0.3, 0.6), (1.0, 2.0)), "shares must sum to 100 %, not 90 %"),
        (Hyperexponential((0.3, 0.7), (1.0,)), "there are 2 shares but 1 means"),
        (Hyperexponential((0.3, 0.7), (1.0, 0.0)), "every mean must be above 0, not 0"),
        (Hyperexponential((), ()), "shares must not be empty"),
        (Mixture((-0.5, 1.5), (Exponential(1.0), Exponential(2.0))), "every share must be from 0 % to 100 %"),
        (
            Mixture((1.0,), (Mixture((1.0,), (Exponential(1.0),)),)),
            "law 1 is itself a mixture; multiply the shares out",
        ),
        (Mixture((0.5, 0.5), (Exponential(1.0), Gamma(1.0, 0.0))), "law 2 (gamma): cv must be above 0, not 0"),
        (Coxian((), ()), "rates must not be empty"),
        (Coxian((1.0, -1.0), (0.5,)), "every rate must be above 0, not -1"),
        (Coxian((1.0, 2.0), ()), "2 rates need 1 values of continue, not 0"),
        (Coxian((1.0, 2.0), (1.5,)), "every value of continue must be from 0 % to 100 %"),
        (Coxian((1.0,) * 51, (1.0,) * 50), "at most 50 stages are possible, not 51"),
        (Empirical(()), "values must not be empty"),
        (Empirical((1.0, -1.0)), "every value must be 0 or above, not -1"),
        (Empirical((1.0, 2.0), (1.0,)), "there are 2 values but 1 weights"),
        (Empirical((1.0, 2.0), (1.0, -1.0)), "every weight must be 0 or above, not -1"),
        (Empirical((1.0, 2.0), (0.0, 0.0)), "at least one weight must be above 0"),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_impossible_laws_say_what_is_wrong(law, message):
    assert law.complaint() == message
