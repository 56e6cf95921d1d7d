"""The two standard models against their known values, with enough days to have power."""

import math
from pathlib import Path

import pytest

import hallsim as hs

SCENARIOS = Path(__file__).resolve().parent.parent / "scenarios"
Z = 3.3 / 1.96  # 3.3 standard errors in half-widths of a 95 % interval


def erlang_c_wait(servers: int, load: float) -> float:
    """Return the exact mean wait of M/M/c in service times (Erlang 1917)."""
    blocking = 1.0
    for n in range(1, servers + 1):
        blocking = load * blocking / (n + load * blocking)
    waiting = blocking / (1 - load / servers * (1 - blocking))
    return waiting / (servers - load)


def test_the_formula_gives_the_stated_value() -> None:
    assert round(erlang_c_wait(10, 9.0), 5) == 0.66873


@pytest.mark.slow
def test_s1_over_36_million_customers() -> None:
    wait = hs.run(hs.load(SCENARIOS / "s1_mmc.yaml"), replications=40, seed=11).estimate("mean_wait")
    assert wait.half_width < 0.01 * wait.value
    assert abs(wait.value - erlang_c_wait(10, 9.0)) < Z * wait.half_width


@pytest.mark.slow
def test_s2_over_20000_days() -> None:
    days = hs.run(hs.load(SCENARIOS / "s2_hall.yaml"), replications=20_000, seed=1)
    wait = days.estimate("mean_wait_served", "station", "counter")
    assert wait.half_width < 0.01 * wait.value
    assert abs(wait.value - 0.8216) < Z * math.hypot(wait.half_width, 0.0037)
    lost = days.estimate("gave_up")
    assert abs(lost.value - 0.01389) < Z * math.hypot(lost.half_width, 0.00007)
    arrivals = days.estimate("visits").value
    kiosk = days.estimate("joined", "station", "kiosk").value / arrivals
    half_width = 1.96 * math.sqrt(0.255 * 0.745 / (20_000 * arrivals))
    assert abs(kiosk - 0.25495) < Z * math.hypot(half_width, 0.00014)
    assert abs(kiosk - 0.255) < Z * half_width
