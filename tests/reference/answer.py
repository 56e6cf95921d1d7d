"""Cases answered by a formula or a procedure of hallsim rather than by one scenario: what they found, and the verdict.

An exact number is held against the case's value to a relative tolerance; an estimate comes with its standard error
and is judged like those of scenarios (`estimate`): 3.3 standard errors, and a standard error of at most 1 %.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from tests.reference.estimate import RELATIVE, Z_LIMIT, Verdict
from tests.reference.plan import Case

NEAR_ZERO = 1e-9
"""Absolute tolerance, for values that are zero but for rounding."""


@dataclass(frozen=True)
class Found:
    """A number or table; `se` are standard errors of its elements, `tolerance` is relative and for exact ones."""

    value: ArrayLike
    se: ArrayLike = 0.0
    tolerance: float = RELATIVE


@dataclass(frozen=True)
class Calculation:
    """`find` maps (seed, effort) to what was found by name of the quantity; exact formulas ignore both."""

    find: Callable[[int, float], Mapping[str, Found]]


def exactly(**values: ArrayLike) -> Calculation:
    """Return a calculation that has been done already."""
    found = {name: Found(value) for name, value in values.items()}
    return Calculation(lambda seed, effort: found)


def judge_found(case: Case, calculation: Calculation, seed: int, effort: float, attempt: int) -> list[Verdict]:
    """Return one verdict per element of every quantity; those not found are not covered."""
    found = calculation.find(seed, effort)
    verdicts = []
    for name, quantity in case["quantities"].items():
        if name in found:
            verdicts += _elements(case["id"], name, quantity["value"], found[name], attempt)
        else:
            note = "the adapter does not calculate this quantity"
            verdicts.append(Verdict(case["id"], name, quantity["value"], None, None, None, "not covered", note=note))
    return verdicts


def _elements(case_id: str, name: str, exact: Any, found: Found, attempt: int) -> list[Verdict]:
    expected, value = np.asarray(exact, dtype=np.float64), np.asarray(found.value, dtype=np.float64)
    if expected.shape != value.shape:
        note = f"the shape is {list(value.shape)}, not {list(expected.shape)}"
        return [Verdict(case_id, name, exact, None, None, None, "failed", attempt=attempt, note=note)]
    errors = np.broadcast_to(np.asarray(found.se, dtype=np.float64), value.shape)
    verdicts = []
    for at in np.ndindex(value.shape):
        label = name + "".join(f"[{i}]" for i in at)
        one = float(expected[at]), float(value[at]), float(errors[at])
        verdicts.append(_judge(case_id, label, one, found.tolerance, attempt))
    return verdicts


def _judge(case_id: str, name: str, one: tuple[float, float, float], tolerance: float, attempt: int) -> Verdict:
    exact, value, se = one
    gap = abs(value - exact)
    if se == 0.0:
        right = gap <= tolerance * abs(exact) + NEAR_ZERO
        z = 0.0 if right else float(np.copysign(np.inf, value - exact))
        return Verdict(case_id, name, exact, value, 0.0, z, "passed" if right else "failed", True, 0.0, attempt=attempt)
    gap = max(0.0, gap - tolerance * abs(exact))
    target = 0.01 * abs(exact)
    z = float(np.copysign(gap / se, value - exact))
    power = se <= target
    passed = power and abs(z) <= Z_LIMIT
    note = "" if passed or power else "standard error too large for a verdict"
    return Verdict(
        case_id, name, exact, value, se, z, "passed" if passed else "failed", power, target, attempt=attempt, note=note
    )
