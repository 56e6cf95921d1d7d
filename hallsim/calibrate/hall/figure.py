"""Figures: one number read off a log, with its interval, what it was read off, how, and what to beware of.

In: sums by day, or a sample. Out: `Figure`s. Intervals have 95 %. Where days differ by more than chance (arrivals),
days are the units; where customers are alike (shares, services), customers are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hallsim.model import Label
from hallsim.stats import share_interval, t_quantile

F64 = NDArray[np.float64]

Z = 1.959963984540054
"""Of a normal law, for 95 %."""
FEWEST_DAYS = 5
"""With fewer days, what days differ by is not known: their counts are taken for Poisson's."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its 95 % interval; NaN ends where there is none."""

    value: float
    low: float
    high: float

    @property
    def relative(self) -> float:
        """Half the interval as a share of the estimate; NaN where that has no meaning."""
        return (self.high - self.low) / 2.0 / self.value if self.value else math.nan

    def times(self, factor: float) -> Interval:
        """Return it in another unit."""
        return Interval(self.value * factor, self.low * factor, self.high * factor)


@dataclass(frozen=True, slots=True)
class Figure:
    """One parameter of the scenario.

    Attributes
    ----------
    path : tuple of str
        Where it stands in the scenario, or what it is called where it does not.
    day : str
        The kind of day that it belongs to; "" for all.
    label : Label
    found : Interval
    unit : str
        "min", "/h", "%", or "" for a plain number.
    n : int
        Size of the sample.
    source : Label
        Which rows it was read off.
    method : Label
    warnings : tuple of Label
    identifiable : bool
        Whether the log tells it at all.
    varies : bool
        Whether runs of the scenario are to vary it.
    """

    path: tuple[str, ...]
    day: str
    label: Label
    found: Interval
    unit: str
    n: int
    source: Label
    method: Label
    warnings: tuple[Label, ...] = ()
    identifiable: bool = True
    varies: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data; what is not a number is None."""
        ends = {
            key: value if math.isfinite(value) else None
            for key, value in (("value", self.found.value), ("low", self.found.low), ("high", self.found.high))
        }
        words = {
            f"{key}_{lang}": getattr(label, lang)
            for key, label in (("label", self.label), ("source", self.source), ("method", self.method))
            for lang in ("en", "zh")
        }
        return {
            "path": ".".join(self.path),
            "day": self.day,
            **ends,
            "unit": self.unit,
            "n": self.n,
            "identifiable": self.identifiable,
            **words,
            "warnings_en": [w.en for w in self.warnings],
            "warnings_zh": [w.zh for w in self.warnings],
        }


def mean_of_days(counts: ArrayLike) -> Interval:
    """Return the mean count of a day; with few days by Poisson's law (Garwood 1936), else by the days' own spread.

    >>> mean_of_days([4, 6, 5, 5, 4, 6]).value
    5.0
    """
    sample = np.asarray(counts, dtype=np.float64)
    n, mean = sample.size, float(sample.mean())
    if n < FEWEST_DAYS:
        from scipy.stats import chi2

        total = float(sample.sum())
        low = float(chi2.ppf(0.025, 2.0 * total)) / 2.0 if total else 0.0
        return Interval(mean, low / n, float(chi2.ppf(0.975, 2.0 * total + 2.0)) / 2.0 / n)
    half = t_quantile(0.975, n - 1) * math.sqrt(max(float(sample.var(ddof=1)), mean) / n)
    return Interval(mean, max(mean - half, 0.0), mean + half)


def ratio_of_days(part: F64, whole: F64) -> Interval:
    """Return the share of sums over days, float64[n_days] each, days being the units; no ends with few days."""
    ratio, n = float(part.sum() / whole.sum()), len(whole)
    half = math.nan
    if n >= FEWEST_DAYS:
        error = float((part - ratio * whole).std(ddof=1)) / math.sqrt(n) / float(whole.mean())
        half = t_quantile(0.975, n - 1) * error
    return Interval(ratio, max(ratio - half, 0.0), ratio + half)


def share(hits: int, n: int) -> Interval:
    """Return a share with Wilson's interval (1927, JASA 22:209-212).

    >>> share(0, 10).low
    0.0
    """
    return Interval(*share_interval(hits, n))
