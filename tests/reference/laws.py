"""Parameters of cases -> text of the scenario language. Times of cases are taken as minutes.

Where a case uses another unit (or none), the numbers are the same and only the name of the unit is
wrong; a microsecond is then 1.7e-8 of a unit, far below what any standard error can see.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

from tests.reference.plan import NotCovered, Params

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


class Read(NamedTuple):
    """A law of a case: how the scenario language writes it, its mean and its squared coefficient of variation."""

    law: Law
    mean: float
    scv: float


def law(spec: Mapping[str, Any]) -> Law:
    """Write the law of a case (`dist` and its parameters)."""
    return _read(spec).law


def moments(spec: Mapping[str, Any]) -> tuple[float, float]:
    """Return mean and squared coefficient of variation of a case's law, to choose lengths of runs by."""
    _, mean, scv = _read(spec)
    return mean, scv


def _read(spec: Mapping[str, Any]) -> Read:
    """Read a law; what describes it twice (a mean beside all parameters) is not looked at.

    Raises
    ------
    NotCovered
        When the law is unknown, lacks a parameter or has one that does not belong to it.
    """
    name = str(spec.get("dist")).lower()
    given = Params(spec)
    if numbered := re.fullmatch(r"(erlang|hyperexp(?:onential)?|coxian)[-_]?(\d+)", name):
        name = numbered[1]
        if name == "erlang":
            given.setdefault("shape", int(numbered[2]))
    if name not in _READERS:
        raise NotCovered(f"law {spec.get('dist')!r}")
    found = _READERS[name](given)
    if strange := set(given.unread()) - {"dist", "mean", "cv", "sd", "std", "scv", "shape"}:
        raise NotCovered(f"law {name} with {', '.join(sorted(strange))}")
    return found


def _cv(p: Params, mean: float) -> float:
    """Return the coefficient of variation, given as such or by the standard deviation."""
    sd = p.get("sd", p.get("std"))
    return float(sd) / mean if sd is not None else float(p["cv"])


def _exponential(p: Params) -> Read:
    mean = p["mean"] if p.get("mean") is not None else 1 / p["rate"]
    return Read(exponential(1 / mean), mean, 1.0)


def _deterministic(p: Params) -> Read:
    value = p["value"] if "value" in p else p["mean"]
    return Read(f"deterministic {duration(value)}", value, 0.0)


def _lognormal(p: Params) -> Read:
    if "mu" in p:
        mean, cv = math.exp(p["mu"] + p["sigma"] ** 2 / 2), math.sqrt(math.expm1(p["sigma"] ** 2))
    else:
        mean = p["mean"]
        cv = _cv(p, mean)
    return Read(f"lognormal {duration(mean)} cv {number(cv)}", mean, cv**2)


def _gamma(p: Params) -> Read:
    if p.get("shape") is not None:
        cv = 1 / math.sqrt(p["shape"])
        mean = p["shape"] * p["scale"] if "scale" in p else p["shape"] / p["rate"] if "rate" in p else p["mean"]
    else:
        mean = p["mean"]
        cv = _cv(p, mean)
    return Read(f"gamma {duration(mean)} cv {number(cv)}", mean, cv**2)


def _erlang(p: Params) -> Read:
    shape = p.get("shape", p.get("k", p.get("phases")))
    if p.get("mean") is None:
        mean = shape / p["rate"]
    else:
        mean = p["mean"]
    stages = int(shape) if shape else round(1 / _cv(p, mean) ** 2)
    return Read(f"erlang {duration(mean)} shape {stages}", mean, 1 / stages)


def _weibull(p: Params) -> Read:
    shape = p["shape"]
    first, second = math.gamma(1 + 1 / shape), math.gamma(1 + 2 / shape)
    mean = p["scale"] * first if "scale" in p else p["mean"]
    return Read(f"weibull {duration(mean)} shape {number(shape)}", mean, second / first**2 - 1)


def _uniform(p: Params) -> Read:
    if "low" in p:
        low, high = p["low"], p["high"]
    elif "min" in p:
        low, high = p["min"], p["max"]
    else:
        mean = p["mean"]
        reach = p["half_width"] if "half_width" in p else math.sqrt(3) * _cv(p, mean) * mean
        low, high = mean - reach, mean + reach
    mean = (low + high) / 2
    return Read(f"uniform {duration(low)} to {duration(high)}", mean, (high - low) ** 2 / 12 / mean**2)


def _triangular(p: Params) -> Read:
    low, mode, high = p["low"], p["mode"], p["high"]
    mean = (low + mode + high) / 3
    variance = (low**2 + mode**2 + high**2 - low * mode - low * high - mode * high) / 18
    return Read(f"triangular {duration(low)} {duration(mode)} {duration(high)}", mean, variance / mean**2)


def _hyperexponential(p: Params) -> Read:
    if "p" in p and np.ndim(p["p"]) == 0:
        weights = [p["p"], 1 - p["p"]]
        means = [p[f"mean{i}"] if f"mean{i}" in p else 1 / p[f"rate{i}"] for i in (1, 2)]
    else:
        weights = list(p["p"] if "p" in p else p["probabilities"])
        means = list(p["means"]) if "means" in p else [1 / r for r in p["rates"]]
    return _mixed(hyperexponential(weights, [1 / m for m in means]), weights, means, [1.0] * len(means))


def _mixture(p: Params) -> Read:
    weights = list(p["weights"] if "weights" in p else p["probabilities"])
    parts = [_read(part) for part in p["components"]]
    written = {"law": "mixture", "shares": _listed(weights), "of": [part.law for part in parts]}
    return _mixed(written, weights, [part.mean for part in parts], [part.scv for part in parts])


def _mixed(written: Law, weights: Sequence[float], means: Sequence[float], scvs: Sequence[float]) -> Read:
    w, m = np.asarray(weights) / sum(weights), np.asarray(means)
    mean = float(w @ m)
    return Read(written, mean, float(w @ (m**2 * (1 + np.asarray(scvs)))) / mean**2 - 1)


def _phases(p: Params) -> Read:
    inverse = np.linalg.inv(-np.asarray(p["T"], dtype=np.float64))
    a = np.asarray(p["alpha"], dtype=np.float64)
    mean = float((a @ inverse).sum())
    return Read(phase_type(p["alpha"], p["T"]), mean, float(2 * (a @ inverse @ inverse).sum()) / mean**2 - 1)


_READERS: dict[str, Callable[[Params], Read]] = {
    **dict.fromkeys(("exp", "exponential", "m"), _exponential),
    **dict.fromkeys(("deterministic", "constant", "fixed", "det", "d"), _deterministic),
    "lognormal": _lognormal,
    "gamma": _gamma,
    "erlang": _erlang,
    "weibull": _weibull,
    "uniform": _uniform,
    "triangular": _triangular,
    **dict.fromkeys(("hyperexp", "hyperexponential"), _hyperexponential),
    "mixture": _mixture,
    **dict.fromkeys(("phase-type", "phase_type", "ph"), _phases),
}


def _listed(weights: Sequence[float]) -> list[str]:
    return list(shares({str(i): p for i, p in enumerate(weights)}).values())


def hyperexponential(probabilities: Sequence[float], rates: Sequence[float]) -> Law:
    """Write a mixture of exponentials."""
    return {
        "law": "hyperexponential",
        "shares": _listed(probabilities),
        "means": [duration(1 / r) for r in rates],
    }


def phase_type(alpha: Sequence[float], matrix: Sequence[Sequence[float]]) -> Law:
    """Recognise Erlang, hyperexponential and Coxian structure in (alpha, T), and mixtures of Coxian ones."""
    t = np.asarray(matrix, dtype=np.float64)
    a = np.asarray(alpha, dtype=np.float64)
    rates = -np.diag(t)
    if not np.isclose(a.sum(), 1.0):
        raise NotCovered("phase type with an atom at zero")
    if np.count_nonzero(t - np.diag(np.diag(t))) == 0:
        return hyperexponential(a.tolist(), rates.tolist())
    onward = np.diag(t, 1)
    if np.any((t - np.diag(np.diag(t)) - np.diag(onward, 1)) != 0):
        raise NotCovered("phase type that is neither Erlang nor hyperexponential nor a mixture of Coxian ones")
    starts = np.flatnonzero(a > 0)
    parts = [_coxian(rates[i:], (onward / rates[:-1])[i:]) for i in starts]
    return parts[0] if len(parts) == 1 else {"law": "mixture", "shares": _listed(a[starts].tolist()), "of": parts}


def _coxian(rates: Sequence[float], go_on: Sequence[float]) -> Law:
    """Write phases in a row, each of which but the last goes on with a probability."""
    if len(rates) == 1:
        return exponential(rates[0])
    if np.allclose(go_on, 1.0) and np.allclose(rates, rates[0]):
        return f"erlang {duration(len(rates) / rates[0])} shape {len(rates)}"
    return {
        "law": "coxian",
        "rates": [rate(r) for r in rates],
        "continue": [percent(float(p)) for p in go_on],
    }


def gaps(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return the law of renewal gaps by name: D value; E<k> mean; H2 p, rate1, rate2; U low, high; M mean."""
    if "params" not in spec:
        return dict(spec)
    dist, p = spec["dist"], spec["params"]
    if dist == "D":
        return {"dist": "deterministic", "value": p[0]}
    if dist == "M":
        return {"dist": "exp", "mean": p[0]}
    if dist[0] == "E" and dist[1:].isdigit():
        return {"dist": "erlang", "mean": p[0], "shape": int(dist[1:])}
    if dist == "H2":
        return {"dist": "hyperexp2", "p": p[0], "rate1": p[1], "rate2": p[2]}
    if dist == "U":
        return {"dist": "uniform", "low": p[0], "high": p[1]}
    if dist in ("LN", "lognormal", "gamma", "G"):
        return {"dist": "lognormal" if dist[0] in "Ll" else "gamma", "mean": p[0], "cv": p[1]}
    raise NotCovered(f"gaps {dist!r}")
