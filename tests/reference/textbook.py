"""What our own cases are made of: formulas of textbooks, and the form of a case.

The formulas are written out here rather than taken from `hallsim.theory`: cases are to be right whatever hallsim says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Value = float | list[Any]


def erlang_c(lam: float, mu: float, c: int) -> tuple[float, float]:
    """Return P(wait > 0) and the mean wait of M/M/c (Gross and Harris, section 2.3)."""
    a = lam / mu
    block = erlang_b(a, c)
    delay = block / (1 - a / c * (1 - block))
    return delay, delay / (c * mu - lam)


def erlang_b(load: float, c: int) -> float:
    """Return the blocking probability of M/G/c/c by its recursion."""
    block = 1.0
    for k in range(1, c + 1):
        block = load * block / (k + load * block)
    return block


def birth_death(birth: Callable[[int], float], death: Callable[[int], float], n_max: int) -> np.ndarray:
    """Return the stationary law of a birth-death chain on 0 ... n_max."""
    p = np.ones(n_max + 1)
    for n in range(n_max):
        p[n + 1] = p[n] * birth(n) / death(n + 1)
    return p / p.sum()


def case(
    name: str, family: str, adapters: dict[str, Any], adapter: Any, params: dict[str, Any], source: str, **values: Value
) -> dict[str, Any]:
    """Return one line of the file; the semantics are the text under which the adapter is known."""
    semantics = next(text for text, known in adapters.items() if known is adapter)
    return {
        "id": name,
        "family": family,
        "params": params,
        "semantics": semantics,
        "quantities": {k: {"value": v, "definition": ""} for k, v in values.items()},
        "source": source,
    }
