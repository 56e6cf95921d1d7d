"""One run in steady state: how long it takes to get there, and how exact its mean wait is.

In: a steady-state hall. Out: `Steady`. A run is looked at from its very beginning, without its warm-up deleted:

- MSER-5 finds the truncation point d that leaves the smallest standard error of the mean of what remains,

      min over d of  sum_{j > d} (Z_j - mean_{j > d})^2 / (m - d)^2,

  Z_j means of five waits in a row (White 1997, doi:10.1177/003754979706900601; Franklin and White 2008,
  doi:10.1109/WSC.2008.4736111). d in the second half says that the run is too short to tell.
- After the warm-up the waits are cut into batches, whose means are nearly independent if batches are long; Student's
  interval of the batch means holds for one run alone (Law 2015, "Simulation Modeling and Analysis", 5th ed., sec. 9.5).
  The correlation of neighbouring batches says whether they are long enough (von Neumann 1941).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import ROW_CALL, ROW_END, ROW_JOIN, ROW_WHAT, Log
from hallsim.experiment.precision import rounded
from hallsim.experiment.run import replicate
from hallsim.model import US_PER_MINUTE, Label, Model
from hallsim.stats import Interval, t_quantile

if TYPE_CHECKING:
    from hallsim.scenario import Scenario

F64 = NDArray[np.float64]

BATCHES = 30
FEWEST = 20 * BATCHES
"""Waits below which there is nothing to say."""
MOST_CUSTOMERS = 2_000_000
"""Customers of a run up to which it is kept in memory for this."""
_IN_A_ROW = 5
_LINE_BITS = 0xFFFF


@dataclass(frozen=True, slots=True)
class Steady:
    """What one run from its very beginning says; times in minutes.

    Attributes
    ----------
    start_up : float
        Until when the first waits are to be left out by MSER-5; NaN if the run is too short to tell.
    warm_up, length : float
        What the scenario deletes, and its run.
    wait : Interval
        Mean wait after the warm-up, with the interval of batch means.
    correlation : float
        Of the means of neighbouring batches.
    """

    start_up: float
    warm_up: float
    length: float
    wait: Interval
    correlation: float

    @property
    def long_enough(self) -> bool:
        """Whether the batches are long enough to count as independent, at 5 % on one side."""
        return self.correlation < 1.645 / math.sqrt(BATCHES)

    def sentences(self) -> list[Label]:
        """Return what is to be known, in plain sentences."""
        return [_of_start_up(self), _of_batches(self)]

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON; no number is null."""
        numbers = {
            "start_up_min": self.start_up,
            "warm_up_min": self.warm_up,
            "length_min": self.length,
            "mean_wait_min": self.wait.value,
            "low": self.wait.low,
            "high": self.wait.high,
            "correlation_of_batches": self.correlation,
        }
        known = {key: value if math.isfinite(value) else None for key, value in numbers.items()}
        return {**known, "batches": BATCHES, "batches_long_enough": self.long_enough}


def mser5(values: F64) -> int:
    """Return how many values at the beginning MSER-5 leaves out; -1 if the series is too short to tell.

    >>> mser5(np.array([9.0] * 10 + [1.0, 2.0] * 45))
    10
    """
    m = len(values) // _IN_A_ROW
    if m < 4:
        return -1
    means = values[: m * _IN_A_ROW].reshape(m, _IN_A_ROW).mean(axis=1)
    means = means - means[m // 2 :].mean()  # keeps the digits of the squares
    left = np.arange(m, 0, -1)
    sums, squares = (np.cumsum(x[::-1])[::-1] for x in (means, means**2))
    errors = (squares - sums**2 / left)[: m - 2] / left[: m - 2] ** 2
    best = int(np.argmin(errors))
    return best * _IN_A_ROW if best <= m // 2 else -1


def batch_means(values: F64, batches: int = BATCHES, confidence: float = 0.95) -> tuple[Interval, float]:
    """Return the mean of a series with its interval from the means of batches, and their correlation at lag 1.

    Values at the end that fill no batch are left out.
    """
    size = len(values) // batches
    means = values[: size * batches].reshape(batches, size).mean(axis=1)
    mean = float(means.mean())
    off = means - mean
    square = float(off @ off)
    half = t_quantile(0.5 + confidence / 2.0, batches - 1) * math.sqrt(square / (batches * (batches - 1.0)))
    correlation = float(off[1:] @ off[:-1]) / square if square > 0.0 else 0.0
    return Interval(mean, mean - half, mean + half), correlation


def steady_of(scenario: Scenario | Model, seed: int = 1, engine: str = "batch") -> Steady | None:
    """Simulate one run from its very beginning; None if there are too few waits, or too many to keep."""
    from hallsim.scenario.cross_checks import expected_customers

    model = scenario if isinstance(scenario, Model) else scenario.model
    if expected_customers(model) > MOST_CUSTOMERS:
        return None
    (log,) = replicate(replace(model, warm_up=0), 1, seed, engine)
    join, wait = waits_of(model, log)
    after = join >= model.warm_up / US_PER_MINUTE
    if int(after.sum()) < FEWEST:
        return None
    interval, correlation = batch_means(wait[after])
    dropped = mser5(wait)
    start_up = math.nan if dropped < 0 else float(join[dropped]) if dropped else 0.0
    warm_up, length = model.warm_up / US_PER_MINUTE, model.close / US_PER_MINUTE
    return Steady(start_up, warm_up, length, interval, correlation)


def waits_of(model: Model, log: Log) -> tuple[F64, F64]:
    """Return when customers joined the lines of the counters and how long they waited, minutes, by joining."""
    counters = [s.role == "counter" for s in model.stations]
    if not any(counters):
        counters = [not s.delay and not s.outside and s.role != "pda" for s in model.stations]
    of_line = np.repeat(counters, [len(s.lines) for s in model.stations])
    rows = log.rows[of_line[log.rows[:, ROW_WHAT] & _LINE_BITS]]
    rows = rows[np.argsort(rows[:, ROW_JOIN], kind="stable")]
    until = np.where(rows[:, ROW_CALL] >= 0, rows[:, ROW_CALL], rows[:, ROW_END])
    return rows[:, ROW_JOIN] / US_PER_MINUTE, (until - rows[:, ROW_JOIN]) / US_PER_MINUTE


def _of_start_up(found: Steady) -> Label:
    if math.isnan(found.start_up):
        return Label(
            "Start-up: the run is too short for MSER-5 to tell where its steady state begins; make run_for longer.",
            "起始阶段：首次仿真过短，MSER-5 无法判定稳态起点；请加长 run_for。",
        )
    start, warm = f"{found.start_up:,.0f}", f"{found.warm_up:,.0f}"
    enough = found.start_up <= found.warm_up
    return Label(
        f"Start-up: MSER-5 leaves out the first {start} min of a run; {warm} min are deleted, "
        + ("which is enough." if enough else "which is too few: set warm_up higher."),
        f"起始阶段：按 MSER-5 应舍去前 {start} 分钟；已舍去 {warm} 分钟，"
        + ("足够。" if enough else "不足，请加大 warm_up。"),
    )


def _of_batches(found: Steady) -> Label:
    wait = found.wait
    if not wait.value > 0.0:
        return Label("Batch means: nobody waited.", "批均值法：无人等候。")
    half = 100.0 * wait.half_width / wait.value
    tail = Label("", "")
    if not found.long_enough:
        tail = Label(
            f" Neighbouring batches are correlated ({found.correlation:.2f}), so that this is too narrow.",
            f"相邻批次相关（{found.correlation:.2f}），该区间偏窄。",
        )
    observed = found.length - found.warm_up
    aim = next((level for level in (10.0, 5.0, 2.0, 1.0, 0.5) if level < 0.95 * half), 0.0)
    more = Label("", "")
    if aim:
        needed = rounded(math.ceil(found.warm_up + observed * (half / aim) ** 2))
        more = Label(f"; ± {aim:g} % takes one of some {needed} min", f"；± {aim:g} % 约需 {needed} 分钟")
    return Label(
        f"Batch means: one run of {observed:,.0f} min knows the mean wait to {wait.value:.3g} min ± {half:.2g} % "
        f"({BATCHES} batches){more.en}.{tail.en}",
        f"批均值法：单次仿真 {observed:,.0f} 分钟得平均等候 {wait.value:.3g} 分钟 ± {half:.2g} %"
        f"（{BATCHES} 批）{more.zh}。{tail.zh}",
    )
