"""Parameters of cases -> text of the scenario language. Times of cases are taken as minutes.

Where a case uses another unit (or none), the numbers are the same and only the name of the unit is
wrong; a microsecond is then 1.7e-8 of a unit, far below what any standard error can see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from tests.reference.plan import NotCovered

Law = str | dict[str, Any]

US_PER_UNIT = 60_000_000


def number(x: float) -> str:
    """Write a number with every digit and without an exponent.

    >>> number(1e-7), number(2 / 3)
    ('0.0000001', '0.6666666666666666')
    """
    return format(Decimal(repr(float(x))), "f")


def duration(x: float) -> str:
    """Write a duration."""
    return f"{number(x)} min"


def rate(x: float) -> str:
    """Write a rate."""
    return f"{number(x)}/min"


def percent(x: float) -> str:
    """Write a share.

    >>> percent(0.07)
    '7.00 %'
    """
    return f"{format(Decimal(repr(float(x))) * 100, 'f')} %"


def ticks(x: float) -> int:
    """Return a time in microseconds."""
    return round(x * US_PER_UNIT)


def shares(weights: Mapping[str, float]) -> dict[str, str]:
    """Write shares proportional to weights; they sum to exactly 100 %.

    >>> shares({"a": 1, "b": 2})
    {'a': '33.33333333333333 %', 'b': '66.66666666666667 %'}
    """
    total = sum(weights.values())
    left = Decimal(100)
    out = {}
    for i, (name, weight) in enumerate(weights.items()):
        share = left if i == len(weights) - 1 else Decimal(repr(float(weight / total))).scaleb(2)
        left -= share
        out[name] = f"{format(share, 'f')} %"
    return out


def exponential(service_rate: float) -> str:
    """Write the exponential law of a rate."""
    return f"exponential {duration(1 / service_rate)}"


def law(spec: Mapping[str, Any]) -> Law:
    """Write the law of a case (`dist` and its parameters)."""
    dist = spec.get("dist")
    if dist in ("exp", "exponential"):
        return exponential(spec["rate"] if "rate" in spec else 1 / spec["mean"])
    if dist in ("lognormal", "gamma"):
        return f"{dist} {duration(spec['mean'])} cv {number(spec['cv'])}"
    if dist == "erlang":
        return f"erlang {duration(spec['mean'])} shape {_erlang_shape(spec)}"
    if dist == "weibull":
        return f"weibull {duration(spec['mean'])} shape {number(spec['shape'])}"
    if dist == "uniform" and "low" in spec:
        return f"uniform {duration(spec['low'])} to {duration(spec['high'])}"
    if dist == "deterministic":
        return f"deterministic {duration(spec['value'] if 'value' in spec else spec['mean'])}"
    if dist == "hyperexp2":
        return hyperexponential([spec["p"], 1 - spec["p"]], [spec["rate1"], spec["rate2"]])
    if dist == "phase-type":
        return phase_type(spec["alpha"], spec["T"])
    raise NotCovered(f"law {dist!r}")


def _erlang_shape(spec: Mapping[str, Any]) -> int:
    """Return the number of phases, given as such or by the cv."""
    shape = spec.get("shape", spec.get("k"))
    return int(shape) if shape else round(1 / float(spec["cv"]) ** 2)


def hyperexponential(probabilities: Sequence[float], rates: Sequence[float]) -> Law:
    """Write a mixture of exponentials."""
    named = shares({str(i): p for i, p in enumerate(probabilities)})
    return {
        "law": "hyperexponential",
        "shares": list(named.values()),
        "means": [duration(1 / r) for r in rates],
    }


def phase_type(alpha: Sequence[float], matrix: Sequence[Sequence[float]]) -> Law:
    """Recognise Erlang, hyperexponential and Coxian structure in (alpha, T)."""
    t = np.asarray(matrix, dtype=np.float64)
    a = np.asarray(alpha, dtype=np.float64)
    rates = -np.diag(t)
    if not np.isclose(a.sum(), 1.0):
        raise NotCovered("phase type with an atom at zero")
    if np.count_nonzero(t - np.diag(np.diag(t))) == 0:
        return hyperexponential(a.tolist(), rates.tolist())
    onward = np.diag(t, 1)
    if np.any((t - np.diag(np.diag(t)) - np.diag(onward, 1)) != 0) or a[0] < 1:
        raise NotCovered("phase type that is neither Erlang nor hyperexponential nor Coxian")
    go_on = onward / rates[:-1]
    if np.allclose(go_on, 1.0) and np.allclose(rates, rates[0]):
        return f"erlang {duration(len(rates) / rates[0])} shape {len(rates)}"
    return {
        "law": "coxian",
        "rates": [rate(r) for r in rates],
        "continue": [percent(float(p)) for p in go_on],
    }


def gap_law(spec: Mapping[str, Any]) -> Law:
    """Write the law of renewal gaps: D value; E<k> mean; H2 p, rate1, rate2; U low, high; M mean."""
    dist, p = spec["dist"], spec["params"]
    if dist == "D":
        return law({"dist": "deterministic", "value": p[0]})
    if dist == "M":
        return law({"dist": "exp", "mean": p[0]})
    if dist[0] == "E" and dist[1:].isdigit():
        return law({"dist": "erlang", "mean": p[0], "shape": int(dist[1:])})
    if dist == "H2":
        return law({"dist": "hyperexp2", "p": p[0], "rate1": p[1], "rate2": p[2]})
    if dist == "U":
        return law({"dist": "uniform", "low": p[0], "high": p[1]})
    if dist in ("LN", "lognormal", "gamma", "G"):
        return law({"dist": "lognormal" if dist[0] in "Ll" else "gamma", "mean": p[0], "cv": p[1]})
    raise NotCovered(f"gaps {dist!r}")


def moments(spec: Mapping[str, Any]) -> tuple[float, float]:
    """Return mean and squared coefficient of variation of a case's law, to choose lengths of runs by."""
    dist = spec.get("dist")
    if dist == "hyperexp2":
        p, a, b = spec["p"], spec["rate1"], spec["rate2"]
        mean = p / a + (1 - p) / b
        return mean, 2 * (p / a**2 + (1 - p) / b**2) / mean**2 - 1
    if dist == "phase-type":
        inverse = np.linalg.inv(-np.asarray(spec["T"], dtype=np.float64))
        a = np.asarray(spec["alpha"], dtype=np.float64)
        mean = float((a @ inverse).sum())
        return mean, float(2 * (a @ inverse @ inverse).sum()) / mean**2 - 1
    if dist == "uniform":
        mean = (spec["low"] + spec["high"]) / 2
        return mean, (spec["high"] - spec["low"]) ** 2 / 12 / mean**2
    mean = spec["value"] if "value" in spec else spec["mean"] if "mean" in spec else 1 / spec["rate"]
    if dist == "deterministic":
        return mean, 0.0
    if dist == "erlang":
        return mean, 1 / _erlang_shape(spec)
    return mean, float(spec.get("cv") or 1.0) ** 2
