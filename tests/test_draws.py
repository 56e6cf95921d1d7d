"""The draw law: literal values, independence over neighbours of every kind, accuracy, same bits uncompiled."""

from __future__ import annotations

import functools
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import special, stats

from hallsim.draws import PURPOSE_ENTRY, PURPOSE_GAP, PURPOSE_TYPE, keys_of, name_hash, uniforms
from tests.draws_digest import digests, exps, logs, normals, some_uniforms

ROOT = Path(__file__).resolve().parents[1]

GOLDEN = [
    # seed, replication, stream, index, purpose, k, uniform
    (1, 0, ("source", "door"), 0, ("service", "counter"), 0, "0x1.ea491696fbb43p-1"),
    (1, 0, ("source", "door"), 1, ("service", "counter"), 0, "0x1.d8cb1d703e3d9p-1"),
    (1, 0, ("source", "door"), 0, ("service", "counter"), 1, "0x1.873c4d5eb7c1bp-1"),
    (1, 0, ("source", "door"), 0, ("patience", "counter"), 0, "0x1.ae99c7f643ac8p-4"),
    (1, 0, ("source", "tour"), 0, ("service", "counter"), 0, "0x1.6c68564d7b901p-1"),
    (1, 1, ("source", "door"), 0, ("service", "counter"), 0, "0x1.0d8d040490b3dp-1"),
    (2, 0, ("source", "door"), 0, ("service", "counter"), 0, "0x1.848fbdab6f552p-2"),
    (20_240_613, 199, ("source", "walk_in"), 812, ("type",), 0, "0x1.3aa827a15d88ep-2"),
    (2**63, 2**40, ("source", "大厅"), 10**9, ("route", "door"), 7, "0x1.93b29ce67686ap-2"),
]


def drawn(seed: int, replication: int, stream: int, n: int, purpose: int, k: int = 0) -> np.ndarray:
    keys = keys_of(np.uint64(seed), np.uint64(replication), np.uint64(stream), n)
    return uniforms(keys, np.uint64(purpose), np.uint64(k))


def drawn_by_whole_numbers(seed, replication, stream, index, purpose, k) -> float:
    """The draw law again, from its description, in Python's unbounded whole numbers."""
    golden, wrap = 0x9E3779B97F4A7C15, 2**64

    def mix(x):
        x %= wrap
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 % wrap
        x = (x ^ x >> 27) * 0x94D049BB133111EB % wrap
        return x ^ x >> 31

    def hashed(names):
        return int.from_bytes(hashlib.sha256("\x1f".join(names).encode()).digest()[:8], "little")

    of_stream = mix(mix(mix(seed + golden) + (replication + 1) * golden) ^ hashed(stream))
    of_customer = mix(of_stream + (index + 1) * golden)
    return ((mix((of_customer ^ hashed(purpose)) + k * golden) >> 12) + 0.5) * 2.0**-52


@pytest.mark.parametrize("case", GOLDEN)
def test_the_draw_law_follows_its_description_and_its_literal_values(case):
    *key, expected = case
    assert drawn_by_whole_numbers(*key).hex() == expected


@pytest.mark.parametrize("case", [c for c in GOLDEN if c[3] < 1000])
def test_compiled_draws_have_the_literal_values(case):
    seed, replication, stream, index, purpose, k, expected = case
    u = drawn(seed, replication, name_hash(*stream), index + 1, name_hash(*purpose), k)
    assert float(u[index]).hex() == expected


def test_the_mixing_function_is_the_published_splitmix64():
    # the first outputs of splitmix64 seeded with 0, as its author prints them
    keys = keys_of(np.uint64(0), np.uint64(0), np.uint64(0), 1)
    assert keys.dtype == np.uint64
    assert splitmix64(0, 3) == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


def splitmix64(state: int, n: int) -> list[int]:
    from hallsim.draws import GOLDEN as STEP
    from hallsim.draws import mix64

    with np.errstate(over="ignore"):
        return [int(mix64(np.uint64(state) + np.uint64(i + 1) * STEP)) for i in range(n)]


# --- accuracy and bits -------------------------------------------------------------------------------------


def test_own_log_is_within_one_unit_in_the_last_place():
    u = some_uniforms(20_000)
    x = np.concatenate([u, 1 / u, np.exp(1400 * u - 700), 1 + (u - 0.5) * 1e-6])
    expected = np.log(x.astype(np.longdouble)).astype(np.float64)
    assert np.max(np.abs(logs(x) - expected) / np.spacing(np.abs(expected))) <= 1.0


def test_own_exp_is_within_one_unit_in_the_last_place():
    u = some_uniforms(20_000)
    x = np.concatenate([1400 * u - 700, 40 * u - 20, (u - 0.5) * 1e-6])
    expected = np.exp(x.astype(np.longdouble)).astype(np.float64)
    assert np.max(np.abs(exps(x) - expected) / np.spacing(expected)) <= 1.0


def test_own_exp_stops_at_700_on_both_sides():
    assert exps(np.array([-1e9, 1e9])).tolist() == exps(np.array([-700.0, 700.0])).tolist()


def test_normal_quantile_agrees_with_scipy_from_one_end_to_the_other():
    u = np.concatenate([some_uniforms(20_000), 10.0 ** np.arange(-15, 0), 1 - 10.0 ** np.arange(-15, -1)])
    np.testing.assert_allclose(normals(u), special.ndtri(u), rtol=2e-15, atol=2e-16)


def test_draws_and_laws_have_the_same_bits_with_and_without_compilation():
    env = dict(os.environ, NUMBA_DISABLE_JIT="1", PYTHONIOENCODING="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "tests.draws_digest"], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )
    assert dict(line.split() for line in run.stdout.splitlines()) == digests()


# --- independence ------------------------------------------------------------------------------------------

N_SEEDS, N_REPLICATIONS, N_CUSTOMERS = 24, 24, 96
SERVICE, PATIENCE = ("service", "counter"), ("patience", "counter")
DOOR, TOUR = ("source", "door"), ("source", "tour")


@functools.lru_cache
def cube(stream=DOOR, purpose=SERVICE, k=0) -> np.ndarray:
    """Return the uniforms of neighbouring seeds, replications and customers: float64[seed, replication, index]."""
    hashes = name_hash(*stream), name_hash(*purpose)
    return np.array(
        [[drawn(s, r, hashes[0], N_CUSTOMERS, hashes[1], k) for r in range(N_REPLICATIONS)] for s in range(N_SEEDS)]
    )


even, odd = slice(0, None, 2), slice(1, None, 2)


def neighbours() -> dict[str, tuple[np.ndarray, ...]]:
    """Return pairs and triples of draws that must be independent; no draw is in one of them twice."""
    u = cube()
    upper = np.triu_indices(N_SEEDS, 1)
    others = cube(purpose=PATIENCE), cube(k=1), cube(stream=TOUR), cube(k=2)
    return {
        "seed and seed + 1": (u[even], u[odd]),
        "replication and replication + 1": (u[:, even], u[:, odd]),
        "customer and customer + 1": (u[:, :, even], u[:, :, odd]),
        "two purposes": (u, others[0]),
        "k and k + 1": (u, others[1]),
        "two streams": (u, others[2]),
        "seed + 1 and replication + 1": (u[even, 1:], u[odd, :-1]),
        "seed + 1 and replication - 1": (u[even, :-1], u[odd, 1:]),
        "seed + 1 and customer + 1": (u[even, :, 1:], u[odd, :, :-1]),
        "replication + 1 and customer + 1": (u[:, even, 1:], u[:, odd, :-1]),
        "replication + 1 and customer - 1": (u[:, even, :-1], u[:, odd, 1:]),
        "customer + 1 and k + 1": (u[:, :, 1:], others[1][:, :, :-1]),
        "seed + 1 and k + 1": (u[1:], others[1][:-1]),
        "seed and replication exchanged": (u[upper], u.swapaxes(0, 1)[upper]),
        "three seeds": (u[0::3], u[1::3], u[2::3]),
        "three replications": (u[:, 0::3], u[:, 1::3], u[:, 2::3]),
        "three customers": (u[:, :, 0::3], u[:, :, 1::3], u[:, :, 2::3]),
        "three k": (u, others[1], others[3]),
        "a diagonal of seeds and replications": (u[0::3, 2:], u[1::3, 1:-1], u[2::3, :-2]),
        "seed, replication and purpose": (u[even, 1:], u[odd, :-1], others[0][even, 1:]),
    }


@pytest.mark.parametrize("name", neighbours())
def test_neighbouring_draws_are_independent(name):
    draws = np.array([part.ravel() for part in neighbours()[name]])
    n_bins = 16 if len(draws) == 2 else 8
    # joint cells against independence with uniform margins: chi-square, 255 or 511 degrees of freedom
    cells = np.ravel_multi_index(tuple((draws * n_bins).astype(int)), (n_bins,) * len(draws))
    counts = np.bincount(cells, minlength=n_bins ** len(draws))
    assert draws.shape[1] / counts.size > 5 + 10
    assert 0.0005 < stats.chisquare(counts).pvalue < 0.9995
    correlations = np.corrcoef(draws)[np.triu_indices(len(draws), 1)]
    assert np.max(np.abs(correlations)) * np.sqrt(draws.shape[1]) < 3.3
    # the sum modulo 1 sees what cells and correlations do not
    assert stats.kstest(draws.sum(axis=0) % 1, "uniform").pvalue > 0.001


def test_uniforms_are_never_0_and_never_1_and_are_exact_odd_multiples():
    u = cube()
    assert np.min(u) > 0.0
    assert np.max(u) < 1.0
    assert np.all((u * 2.0**53) % 2 == 1)
    assert (0 + 0.5) * 2.0**-52 > 0.0
    assert (2**52 - 1 + 0.5) * 2.0**-52 < 1.0


def test_uniforms_are_uniform_in_their_high_and_low_bits():
    u = drawn(1, 0, name_hash(*DOOR), 200_000, name_hash(*SERVICE))
    assert stats.kstest(u, "uniform").pvalue > 0.001
    for bits in (10, 20, 30, 42):
        assert stats.chisquare(np.bincount(((u * 2.0**bits) % 1 * 1024).astype(int))).pvalue > 0.0005


def test_totals_of_neighbouring_replications_and_seeds_do_not_correlate():
    # 200 customers a day: a common shift of one part in a hundred of a day's spread would be seen
    days = [[drawn(s, r, name_hash(*DOOR), 200, name_hash(*SERVICE)) for r in range(2000)] for s in (5, 6)]
    means = np.array(days).mean(axis=2)
    z = (means - 0.5) * np.sqrt(12 * 200)
    scale = np.sqrt(z.shape[1])
    assert abs(np.mean(z[0, 1:] * z[0, :-1])) * scale < 3.3
    assert abs(np.mean(z[0] * z[1])) * scale < 3.3
    assert abs(np.mean(z[0, 1:] * z[1, :-1])) * scale < 3.3
    # sums of independent replications have the variance of independent sums, no more and no less
    assert abs(np.mean(z**2) - 1) / np.sqrt(2 / z.size) < 3.3


@functools.lru_cache
def a_million_keys() -> np.ndarray:
    return np.concatenate(
        [
            keys_of(np.uint64(seed), np.uint64(replication), np.uint64(name_hash("source", stream)), 2000)
            for seed in range(10)
            for replication in range(10)
            for stream in ("door", "tour", "phone", "app", "V")
        ]
    )


def test_no_two_customers_share_a_key():
    keys = a_million_keys()
    assert keys.size == 1_000_000
    assert np.unique(keys).size == keys.size


@pytest.mark.parametrize("shift", [0, 16, 32])
def test_halves_of_keys_coincide_as_often_as_birthdays_do(shift):
    halves = (a_million_keys() >> np.uint64(shift)).astype(np.uint32)
    n_shared = halves.size - np.unique(halves).size
    expected = halves.size**2 / 2**33
    assert abs(n_shared - expected) < 3.3 * np.sqrt(expected)


def test_draws_for_all_purposes_and_k_are_different_numbers():
    keys = a_million_keys()[:100_000]
    purposes = [np.uint64(name_hash(*names)) for names in (SERVICE, PATIENCE, ("type",))]
    u = [uniforms(keys, purpose, np.uint64(k)) for purpose in purposes for k in (0, 1, 2)]
    assert np.unique(np.concatenate(u)).size == 900_000


def test_names_are_hashed_with_their_borders():
    assert name_hash("a", "bc") != name_hash("ab", "c") != name_hash("abc")


# --- against another generator ---------------------------------------------------------------------------


def test_samples_agree_with_philox():
    rng = np.random.Generator(np.random.Philox(2024))
    u = drawn(11, 4, name_hash(*DOOR), 100_000, name_hash(*SERVICE))
    assert stats.ks_2samp(-logs(u), rng.exponential(size=u.size)).pvalue > 0.001
    assert stats.ks_2samp(exps(0.7 * normals(u)), rng.lognormal(0, 0.7, size=u.size)).pvalue > 0.001


def test_waiting_times_of_a_queue_agree_with_philox():
    # mean wait of the first 60 customers of 3,000 days of an M/M/1 queue that is 90 % busy (Lindley)
    n_days, n = 3000, 60
    service, gap = ("service", "counter"), ("gap",)

    def waits(gaps, services):
        wait, total = np.zeros(n_days), np.zeros(n_days)
        for i in range(1, n):
            wait = np.maximum(wait + services[:, i - 1] - gaps[:, i], 0)
            total += wait
        return total / n

    def ours(purpose):
        return -np.array([logs(drawn(3, r, name_hash(*DOOR), n, name_hash(*purpose))) for r in range(n_days)])

    rng = np.random.Generator(np.random.Philox(77))
    from_philox = waits(rng.exponential(size=(n_days, n)), 0.9 * rng.exponential(size=(n_days, n)))
    assert stats.ks_2samp(waits(ours(gap), 0.9 * ours(service)), from_philox).pvalue > 0.001


def test_no_two_purposes_are_the_same_whatever_a_station_is_called() -> None:
    # a station called door once shared its routing draws with the entry
    stations = ("door", "entry", "type", "gap", "route", "source", "counter")
    kinds = ("service", "patience", "route", "balk", "idle")
    purposes = [int(PURPOSE_TYPE), int(PURPOSE_GAP), int(PURPOSE_ENTRY)]
    purposes += [name_hash(kind, station) for kind in kinds for station in stations]
    assert len(set(purposes)) == len(purposes)
