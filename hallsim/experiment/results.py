"""What a run found out: estimates with intervals, verdicts on targets, tables, JSON.

In: moments and pooled waits of all replications (`hallsim.experiment.run`). Out: `Results`. Values are in
the unit of their KPI: minutes, shares of 1 (shown as per cent), counts per day.
"""

from __future__ import annotations

import json
import math
from collections.abc import Container
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import hallsim
from hallsim.compiled import SEMANTICS, Log
from hallsim.errors import UsageError, not_one_of
from hallsim.experiment.by_days import DayGroup, groups_of, strata_of, whole_day_rows
from hallsim.experiment.verdicts import Verdict, verdicts
from hallsim.kpis import KPIS, kpi_of
from hallsim.kpis.base import HOUR_MINUTES, UNITS, Kpi
from hallsim.kpis.histogram import GRID_SIZE, middles
from hallsim.kpis.plan import Plan, Quantity
from hallsim.model import US_PER_MINUTE, Label, Model
from hallsim.stats import NOTHING, Interval, Moments, percentile_interval, ratio_interval, stratified_variance
from hallsim.visits import names

if TYPE_CHECKING:
    import pandas as pd

    from hallsim.experiment.attribution import Attribution
    from hallsim.experiment.guard import Guard
    from hallsim.experiment.inputs import Inputs
    from hallsim.experiment.precision import Precision
    from hallsim.experiment.steady import Steady
    from hallsim.replay import Comparison

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

HEADLINES = ("visits", "mean_wait", "service_level", "abandonment", "time_in_hall", "late_closing")
"""KPIs of the hall kept for every single replication, in `Results.days`; the service level is that within 10 min."""
Key = tuple[str, str, str | None, float | None] | tuple[str, str, str | None, float | None, int]
"""Which figure of a day to watch: KPI, scope, item, threshold in minutes, and the number of an hour, if of one."""
HEADLINE_THRESHOLD = 10 * US_PER_MINUTE


@dataclass(frozen=True, slots=True)
class Estimate:
    """One number with its interval, in the unit of its KPI.

    `hour` is the start of the hour (of open counters: of the half-hour) in minutes since midnight, None for the
    whole day; `within_min` the threshold T, None for KPIs without one; `days` those that it is of, None for all.
    `low` and `high` are NaN for a single replication, `value` is NaN where the denominator is 0.
    """

    kpi: Kpi
    scope: str
    item: str
    label: Label
    hour: int | None
    within_min: float | None
    value: float
    low: float
    high: float
    days: DayGroup | None = None

    @property
    def half_width(self) -> float:
        """Half the length of the interval."""
        return (self.high - self.low) / 2.0


@dataclass(frozen=True, eq=False)
class Results:
    """The key figures of a run.

    Attributes
    ----------
    days : float64[n_replications, len(HEADLINES)]
        Headline figures of every replication, in the units of their KPIs; NaN where nobody came.
    logs : list of Log or None
        One per replication, if they were kept.
    seed : int or None
        None for the figures of a log (engine "log").
    observed : Results or None
        The same days as a log has them, where one was re-enacted.
    comparison : Comparison or None
        The waits of both, ticket by ticket.
    watched : int64[n_replications, k, 2] or None
        Numerators and denominators of the figures that `run` was asked to watch, replication by replication.
    precision : Precision or None
        What became of the precision that was asked for.
    by_days : tuple of Moments
        Of the figures of whole days, for each of `day_groups`; empty where all days are alike.
    inputs : Inputs or None
        Days with other values of the scenario's uncertain entries, if it has any.
    steady : Steady or None
        What one run of a steady-state scenario says from its very beginning, where that was asked for.
    attribution : Attribution or None
        What the waits of the first days are booked to, where that was asked for.
    """

    model: Model
    plan: Plan
    moments: Moments
    histogram: I64
    days_raw: F64
    logs: list[Log] | None
    seed: int | None
    engine: str
    wanted: int
    confidence: float = 0.95
    observed: Results | None = None
    comparison: Comparison | None = None
    watched: I64 | None = None
    precision: Precision | None = None
    by_days: tuple[Moments, ...] = ()
    inputs: Inputs | None = None
    steady: Steady | None = None
    attribution: Attribution | None = None

    # --- what it is --------------------------------------------------------------------------------------

    @property
    def replications(self) -> int:
        """How many replications it holds."""
        return self.moments.n

    @property
    def complete(self) -> bool:
        """Whether all replications asked for were run."""
        return self.moments.n == self.wanted

    @property
    def provenance(self) -> dict[str, Any]:
        """Everything needed to get the same numbers again."""
        return {
            "hallsim": hallsim.__version__,
            "semantics": SEMANTICS,
            "scenario": self.model.name,
            "scenario_hash": self.model.scenario_hash,
            "seed": self.seed,
            "replications": self.replications,
            "replications_wanted": self.wanted,
            "complete": self.complete,
            "engine": self.engine,
            "confidence": self.confidence,
            "code": list(self.code),
        }

    @property
    def code(self) -> tuple[str, ...]:
        """The Python code that was allowed to decide, as file:function; nothing for most runs."""
        decided = self.model.policies if self.engine != "log" else ()
        return tuple(dict.fromkeys(policy.code for policy in decided))

    @cached_property
    def days(self) -> F64:
        """Headline figures of every replication."""
        units: F64 = np.array([UNITS[kpi_of(name).unit] for name in HEADLINES])
        return np.asarray(self.days_raw / units)

    def joined(self, later: Results) -> Results:
        """Return the results of these replications and later ones of the same hall, without what stands beside them."""
        watched = None if self.watched is None or later.watched is None else [self.watched, later.watched]
        return replace(
            self,
            moments=self.moments.merge(later.moments),
            by_days=tuple(a.merge(b) for a, b in zip(self.by_days, later.by_days, strict=True)),
            histogram=self.histogram + later.histogram,
            days_raw=np.concatenate([self.days_raw, later.days_raw]),
            logs=None if self.logs is None or later.logs is None else [*self.logs, *later.logs],
            wanted=self.wanted + later.wanted,
            watched=None if watched is None else np.concatenate(watched),
            observed=None,
            comparison=None,
            precision=None,
            inputs=None,
        )

    # --- numbers -----------------------------------------------------------------------------------------

    def estimate(
        self,
        kpi: str,
        scope: str = "hall",
        item: str | None = None,
        hour: int | None = None,
        within_min: float | None = None,
        days: str | None = None,
    ) -> Estimate:
        """Return one number with its interval.

        Parameters
        ----------
        kpi : str
            A name in `hallsim.kpis.KPIS`.
        scope : {"hall", "station", "line", "class", "segment", "transaction", "pool", "server", "source", "exit", ...}
            Of a network also "branch", one of its halls, and "way", one of the ways to them.
        item : str, optional
            Which station, line ("counter/vip", or "kiosk" where there is one line), segment and so on.
        hour : int, optional
            Start of the hour in minutes since midnight.
        within_min : float, optional
            The threshold T in minutes, for KPIs that have one.
        days : str, optional
            Of which days only: a day type, "with spring_sale", "without campaigns" (`day_groups`).

        Raises
        ------
        UsageError
            If this run has no such number.
        """
        kpi_of(kpi)
        key = (
            kpi,
            scope,
            self.model.name if item is None and scope == "hall" else item,
            hour,
            None if within_min is None else round(within_min * US_PER_MINUTE),
        )
        if key not in self._index:
            raise UsageError(f"this run has no {_describe(key)}{self._alternatives(key)}")
        quantity, row = self._index[key]
        if days is None:
            return self._estimate(quantity, row)
        group = self._group(days)
        if row not in self._whole_days:
            raise UsageError(
                f"{_describe(key)} is known of all days together only; of {days} there are shares, means and counts"
            )
        return self._estimate(quantity, row, group)

    def sides(
        self, kpi: str, scope: str = "hall", item: str | None = None, hour: int | None = None
    ) -> tuple[float, float]:
        """Return a ratio's numerator and denominator, means over the replications (times in microseconds).

        Raises
        ------
        UsageError
            If this run has no such number.
        """
        key = (kpi, scope, self.model.name if item is None and scope == "hall" else item, hour, None)
        if key not in self._index or kpi_of(kpi).percentile:
            raise UsageError(f"this run has no sums of {_describe(key)}{self._alternatives(key)}")
        row = self._index[key][1]
        return float(self.moments.mean_n[row]), float(self.moments.mean_d[row])

    @cached_property
    def day_groups(self) -> tuple[DayGroup, ...]:
        """The groups of days that figures of whole days are kept for: by type, then by campaigns that run."""
        return groups_of(self.model) if self.by_days else ()

    @property
    def day_kinds(self) -> tuple[DayGroup, ...]:
        """Those of the groups that are kinds of day, and not single days of a horizon; they come first."""
        return tuple(group for group in self.day_groups if group.number < 0)

    def ratio(self, kpi: str, scope: str, item: str | None, within_min: float | None) -> tuple[float, float]:
        """Return a figure of the whole day and its variance, in the KPI's unit; not cut off at its ends.

        Raises
        ------
        UsageError
            If this run has no such figure, or it is a percentile.
        """
        row = row_of(self.plan, kpi, scope, item, within_min)
        unit = UNITS[kpi_of(kpi).unit]
        values, variances, _ = self._ratios
        return float(values[row]) / unit, float(variances[row]) / unit**2

    def estimates(self, days: str | None = None, kpis: Container[str] = KPIS) -> list[Estimate]:
        """Return all numbers, in the order of the KPIs' registry, percentiles last; or all that are kept of some days.

        With `kpis` only those of KPIs with these names: a hall has ten thousand numbers.

        Raises
        ------
        UsageError
            If there are no such days.
        """
        found = [(quantity, row) for quantity, row in self._index.values() if quantity.kpi.name in kpis]
        if days is None:
            return [self._estimate(quantity, row) for quantity, row in found]
        group, kept = self._group(days), self._whole_days
        return [self._estimate(quantity, row, group) for quantity, row in found if row in kept]

    def summary(self, days: str | None = None) -> pd.DataFrame:
        """Return all numbers, or those kept of some days, as a tidy table: one row per KPI, item, hour and threshold.

        Columns: kpi, name_en, name_zh, unit, scope, item, hour (minutes since midnight; NA: whole day),
        within_min, value, low, high, half_width, n_replications. `attrs` carries the provenance.

        Raises
        ------
        UsageError
            If there are no such days.
        """
        import pandas as pd

        found = self.estimates(days)
        frame = pd.DataFrame(
            {
                "kpi": [e.kpi.name for e in found],
                "name_en": [e.kpi.en for e in found],
                "name_zh": [e.kpi.zh for e in found],
                "unit": [self.unit_of(e.kpi) for e in found],
                "scope": [e.scope for e in found],
                "item": [e.item for e in found],
                "hour": pd.array([e.hour for e in found], dtype="Int64"),
                "within_min": [math.nan if e.within_min is None else e.within_min for e in found],
                "value": [e.value for e in found],
                "low": [e.low for e in found],
                "high": [e.high for e in found],
                "half_width": [e.half_width for e in found],
                "n_replications": self.replications if days is None else self.by_days[self._group(days)].n,
            }
        )
        frame.attrs = dict(self.provenance)
        return frame

    def unit_of(self, kpi: Kpi) -> str:
        """Return the unit of a KPI's values: a replication of a steady-state scenario is a run, not a day."""
        return kpi.unit.replace("day", "run") if self.model.steady else kpi.unit

    def targets(self) -> list[Verdict]:
        """Return whether each of the scenario's targets is met, missed, or lost in the noise."""
        return verdicts(self)

    @cached_property
    def guard(self) -> Guard:
        """What theory says beside it, with warnings where the two, or a target, cannot be right."""
        from hallsim.experiment.guard import guard

        return guard(self)

    # --- forms -------------------------------------------------------------------------------------------

    def table(self, lang: str = "en", width: int = 80) -> str:
        """Return the main numbers as plain text, at most `width` columns wide, in English or Chinese."""
        from hallsim.experiment.table import render

        return render(self, lang, width)

    def to_json(self) -> str:
        """Return provenance, targets and all numbers as JSON, of a log too that stands beside; no number is null."""
        document: dict[str, Any] = {
            "provenance": self.provenance,
            "targets": [v.as_dict() for v in self.targets()],
            "kpis": self._kpis(self.estimates()),
        }
        if self.engine != "log":
            document["guard"] = self.guard.as_dict()
        if self.day_groups:
            document["days"] = [
                {
                    "days": group.name,
                    "name_en": group.label.en,
                    "name_zh": group.label.zh,
                    "replications": moments.n,
                    "kpis": self._kpis(self.estimates(group.name)),
                }
                for group, moments in zip(self.day_groups, self.by_days, strict=True)
            ]
        if self.steady is not None:
            document["steady"] = self.steady.as_dict()
        if self.attribution is not None:
            from hallsim.experiment.attribution.words import as_dict as booked

            document["attribution"] = booked(self.attribution, self.model, names(self.model).lines)
        if self.inputs is not None:
            from hallsim.experiment.inputs.words import as_dict

            document["inputs"] = as_dict(self)
        if self.precision is not None:
            document["precision"] = self.precision.as_dict()
        if self.comparison is not None and self.observed is not None:
            document["log"] = {
                "waits": self.comparison.as_dict(),
                "kpis": self.observed._kpis(self.observed.estimates()),
            }
        return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)

    def _kpis(self, found: list[Estimate]) -> list[dict[str, Any]]:
        """Return numbers for JSON."""

        def number(x: float | None) -> float | None:
            return None if x is None or not math.isfinite(x) else x

        return [
            {
                "kpi": e.kpi.name,
                "name_en": e.kpi.en,
                "name_zh": e.kpi.zh,
                "unit": self.unit_of(e.kpi),
                "scope": e.scope,
                "item": e.item,
                "hour": e.hour,
                "within_min": e.within_min,
                "value": number(e.value),
                "low": number(e.low),
                "high": number(e.high),
            }
            for e in found
        ]

    # --- inside ------------------------------------------------------------------------------------------

    @cached_property
    def _index(self) -> dict[tuple[str, str, str | None, int | None, int | None], tuple[Quantity, int]]:
        rows = [(quantity, row) for row, quantity in enumerate(self.plan.ratios)]
        rows += self.plan.percentiles
        return {self._key(quantity): (quantity, row) for quantity, row in rows}

    def _group(self, days: str) -> int:
        """Return the place of a group of days."""
        names = [group.name for group in self.day_groups]
        if days not in names:
            raise UsageError(not_one_of(days, "a kind of day of this run", names))
        return names.index(days)

    def _key(self, quantity: Quantity) -> tuple[str, str, str | None, int | None, int | None]:
        threshold = None
        if quantity.threshold >= 0:
            threshold = int(self.plan.layout.spec.thresholds[quantity.threshold])
        return quantity.kpi.name, quantity.item.scope, quantity.item.name, self._hour(quantity), threshold

    def _hour(self, quantity: Quantity) -> int | None:
        if quantity.hour < 0:
            return None
        length = HOUR_MINUTES.get(quantity.kpi.block, 60)
        return int((self.plan.layout.spec.zero // US_PER_MINUTE) + length * quantity.hour)

    def _alternatives(self, key: tuple[Any, ...]) -> str:
        same = [k for k in self._index if k[0] == key[0]]
        for position, what in ((1, "scopes"), (2, "items"), (3, "hours"), (4, "thresholds in microseconds")):
            known = sorted({k[position] for k in same}, key=str)
            if key[position] not in known:
                return f"; {what}: {', '.join(str(x) for x in known)}"
            same = [k for k in same if k[position] == key[position]]
        return ""

    @cached_property
    def _ratios(self) -> tuple[F64, F64, I64]:
        """Each ratio, its variance, and how many replications its degrees of freedom are those of."""
        ratios, variances = self.moments.ratios(), self.moments.ratio_variance()
        n = np.full(ratios.size, self.moments.n)
        strata = strata_of(self.model, self.by_days, self.moments.n)
        if strata:
            rows = list(self._whole_days)
            variances[rows], degrees = stratified_variance(ratios[rows], strata)
            n[rows] = degrees + 1
        return ratios, variances, n

    @cached_property
    def _ratios_by_days(self) -> list[tuple[F64, F64]]:
        return [(moments.ratios(), moments.ratio_variance()) for moments in self.by_days]

    @cached_property
    def _whole_days(self) -> dict[int, int]:
        """Row of all moments -> row of the moments of each group of days."""
        return {row: i for i, row in enumerate(whole_day_rows(self.plan) if self.by_days else [])}

    def _estimate(self, quantity: Quantity, row: int, group: int = -1) -> Estimate:
        """Return a number of all days, or of a group of them."""
        if group >= 0:
            (values, variances), i, n = self._ratios_by_days[group], self._whole_days[row], self.by_days[group].n
            interval = ratio_interval(values[i], variances[i], n, self.confidence)
        elif quantity.kpi.percentile:
            interval = self._percentile(quantity, row)
        else:
            values, variances, n_of_rows = self._ratios
            interval = ratio_interval(values[row], variances[row], int(n_of_rows[row]), self.confidence)
        unit = UNITS[quantity.kpi.unit]
        value, low, high = (float(x) / unit for x in interval)
        # A normal interval does not know that shares end at 0 and 1 and that times are not negative.
        low = max(low, 0.0) if low == low else low
        if quantity.kpi.unit == "share":
            high = min(high, 1.0) if high == high else high
        within = None
        if quantity.threshold >= 0:
            within = float(self.plan.layout.spec.thresholds[quantity.threshold]) / US_PER_MINUTE
        item = quantity.item
        days = None if group < 0 else self.day_groups[group]
        hour = self._hour(quantity)
        return Estimate(quantity.kpi, item.scope, item.name, item.label, hour, within, value, low, high, days)

    def _percentile(self, quantity: Quantity, row: int) -> Interval:
        cumulative = self._cumulative(quantity)
        if cumulative is None:
            return NOTHING
        values, variances, _ = self._ratios
        grid = slice(row, row + GRID_SIZE)
        p, n = quantity.kpi.percentile, self.moments.n
        return percentile_interval(p, cumulative, _MIDDLES, values[grid], variances[grid], n, self.confidence)

    def _cumulative(self, quantity: Quantity) -> I64 | None:
        """Return the pooled waits of an item and hour as cumulative counts; None if there are none."""
        cache = self.__dict__.setdefault("_cumulatives", {})
        key = (quantity.item.scope, quantity.item.name, quantity.hour)
        if key not in cache:
            hours = self.plan.layout.spec.histogram_hours
            counts = self.histogram.reshape(-1, hours, self.histogram.shape[1])
            chosen = counts[list(quantity.item.members)]
            chosen = chosen.sum(axis=(0, 1)) if quantity.hour < 0 else chosen[:, quantity.hour].sum(axis=0)
            cache[key] = np.cumsum(chosen) if chosen.any() else None
        found: I64 | None = cache[key]
        return found


_MIDDLES = middles()


def headline_rows(plan: Plan) -> list[int]:
    """Return the row of each headline figure among a plan's ratios, -1 where there is none."""
    rows = []
    for name in HEADLINES:
        within = HEADLINE_THRESHOLD / US_PER_MINUTE if kpi_of(name).per_threshold else None
        rows.append(find_row(plan, name, "hall", None, within))
    return rows


def find_row(plan: Plan, kpi: str, scope: str, item: str | None, within_min: float | None, hour: int = -1) -> int:
    """Return the row of a figure among a plan's ratios, -1 where there is none.

    With `item` None it is that of any item; `hour` is the number of an hour, -1 for the whole day.
    """
    wanted = -1 if within_min is None else round(within_min * US_PER_MINUTE)
    thresholds = plan.layout.spec.thresholds
    for i, q in enumerate(plan.ratios):
        if q.kpi.name == kpi and q.item.scope == scope and item in (None, q.item.name) and q.hour == hour:
            threshold = -1 if q.threshold < 0 else int(thresholds[q.threshold])
            if threshold == wanted:
                return i
    return -1


def row_of(plan: Plan, kpi: str, scope: str, item: str | None, within_min: float | None, hour: int = -1) -> int:
    """Return the row of a figure among a plan's ratios; parameters as `find_row`.

    Raises
    ------
    UsageError
        If this hall has no such figure, or it is a percentile, which is no ratio of sums.
    """
    row = find_row(plan, kpi, scope, item, within_min, hour)
    if row >= 0:
        return row
    what = _describe((kpi, scope, item, None, None if within_min is None else round(within_min * US_PER_MINUTE)))
    if kpi_of(kpi).percentile:
        raise UsageError(f"{what} is a percentile, which has no figure of each day; watch a service level instead")
    raise UsageError(f"{plan.model.name} has no {what}")


def _describe(key: tuple[Any, ...]) -> str:
    kpi, scope, item, hour, threshold = key
    text = f"{kpi} by {scope}" + (f" {item}" if item else "")
    if hour is not None:
        text += f" in the hour from minute {hour}"
    if threshold is not None:
        text += f" within {threshold / US_PER_MINUTE:g} min"
    return text
