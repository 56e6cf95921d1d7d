"""The workload of a fitted hall: what its services lack, found by simulating the scenario that they make.

In: a `Hall`. Out: `Workload` (see `calibrate.workload`), the one factor on all services with which simulated days have
the mean wait of the logged ones. Every trial value sees the same customers, patience and luck. The interval has days as
units, logged and simulated, carried over by the slope. Who leaves without a word is seen by a log only when called; in
such a hall the waits of the served are compared.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.day_waits import day_waits
from hallsim.calibrate.hall.figure import Figure, Interval
from hallsim.calibrate.hall.figures import rows_of
from hallsim.calibrate.hall.fit import Hall
from hallsim.calibrate.hall.scenario import tree
from hallsim.calibrate.workload import RANGE, STEP, TOLERANCE, Workload
from hallsim.errors import CalibrationError
from hallsim.experiment.run import replicate
from hallsim.model import US_PER_SECOND, Label, Model
from hallsim.replay.team import with_workload
from hallsim.scenario import load
from hallsim.stats import t_quantile

F64 = NDArray[np.float64]

DAYS = 100
"""Simulated, of each kind of day."""
FEWEST_DAYS = 3


def hall_workload(hall: Hall, seed: int = 1) -> Workload:
    """Find the workload of a hall.

    Raises
    ------
    CalibrationError
        If there are fewer than three days, nobody waited, or no factor from 0.5 to 2 gives the waits of the log.
    """
    from scipy.optimize import root_scalar

    served_only = any(p.silent for known in hall.patience.values() for p in known.values())
    observed = _logged(hall, served_only)
    if len(observed) < FEWEST_DAYS or not observed[:, 1].any():
        raise CalibrationError("the workload needs three days on which somebody waited")
    models = [load(tree(hall, day)).model for day in hall.days]
    weights = [len(day.dates) for day in hall.days]
    wanted = float(observed[:, 1].sum() / observed[:, 0].sum())
    known: dict[float, tuple[float, float]] = {}

    def simulated(workload: float) -> tuple[float, float]:
        """Return the mean wait, and its standard error."""
        if workload not in known:
            runs = [_simulated(model, workload, seed, served_only) for model in models]
            known[workload] = _ratio(runs, weights)
        return known[workload]

    def difference(workload: float) -> float:
        return simulated(workload)[0] - wanted

    if difference(RANGE[0]) > 0 or difference(RANGE[1]) < 0:
        side = "more" if difference(RANGE[0]) > 0 else "less"
        raise CalibrationError(f"simulated customers wait {side} than logged ones with every workload from 0.5 to 2")
    value = float(root_scalar(difference, bracket=RANGE, xtol=TOLERANCE, method="brentq").root)
    slope = (difference(value + STEP) - difference(value - STEP)) / (2.0 * STEP)
    own, made = _ratio([observed], [len(observed)])[1], simulated(value)[1]
    error = math.hypot(own, made)
    return Workload(
        value,
        t_quantile(0.975, len(observed) - 1) * error / slope if slope > 0 else math.inf,
        slope * value / wanted,
        simulated(1.0)[0] / wanted,
        len(observed),
    )


def factor_of(found: Workload) -> float:
    """Return the factor that the scenario takes: the workload if it surely is not 1, else 1."""
    return found.value if found.identifiable and abs(found.value - 1.0) > found.half_width else 1.0


def figure_of(hall: Hall, found: Workload | None, why_not: str = "") -> Figure:
    """Return the workload as a figure; None: it could not be found."""
    label = Label("workload, a factor on services", "工作量系数（乘于办理时长）")
    source = rows_of(Label("mean waits of days", "逐日平均等候"), hall.sample.dates)
    if found is None:
        none = Interval(math.nan, math.nan, math.nan)
        method, warning = Label("simulation", "仿真"), Label(f"not found: {why_not}", f"未能求得（{why_not}）")
        return Figure(("workload",), "", label, none, "", len(hall.sample.dates), source, method, (warning,), False)
    method = Label(
        f"without it the simulated mean wait is {found.at_one:.2f} of the log's; 1 % more work makes "
        f"{found.elasticity:.1f} % more wait",
        f"不计时仿真平均等候为日志的 {found.at_one:.2f} 倍；工作量增 1%，等候增 {found.elasticity:.1f}%",
    )
    warnings = []
    if not found.identifiable:
        warnings.append(Label("the days hardly tell it: left at 1", "这些日子难以确定：按 1 处理"))
    elif factor_of(found) == 1.0:
        warnings.append(Label("not surely other than 1: left at 1", "与 1 无显著差异：按 1 处理"))
    else:
        warnings.append(Label("all service times of the scenario are multiplied by it", "方案中的办理时长均已乘此系数"))
    ends = Interval(found.value, found.value - found.half_width, found.value + found.half_width)
    return Figure(("workload",), "", label, ends, "", found.n_days, source, method, tuple(warnings), found.identifiable)


def _ratio(groups: list[F64], weights: list[int]) -> tuple[float, float]:
    """Return the mean wait and its standard error, of days float64[n, 2] in groups that make up so many days each."""
    n = sum(w * float(days[:, 0].mean()) for days, w in zip(groups, weights, strict=True))
    mean = sum(w * float(days[:, 1].mean()) for days, w in zip(groups, weights, strict=True)) / n
    variance = 0.0
    for days, w in zip(groups, weights, strict=True):
        residual = days[:, 1] - mean * days[:, 0]
        variance += w * w * float(residual.var(ddof=1)) / len(days) if len(days) > 1 else 0.0
    return mean, math.sqrt(variance) / n


def _logged(hall: Hall, served_only: bool) -> F64:
    """Return customers and waits in seconds of each logged day."""
    legs = hall.sample.legs
    wait = (hall.sample.left - legs.ticket) / US_PER_SECOND
    used = hall.sample.served if served_only else np.ones(len(wait), dtype=bool)
    n_days = len(hall.sample.dates)
    counts = np.bincount(legs.day[used], minlength=n_days)
    return np.stack([counts, np.bincount(legs.day[used], wait[used], minlength=n_days)], axis=1).astype(np.float64)


def _simulated(model: Model, workload: float, seed: int, served_only: bool) -> F64:
    days = [day_waits(log) for log in replicate(with_workload(model, workload), DAYS, seed)]
    waits = [day.wait_s[~day.gave_up] if served_only else day.wait_s for day in days]
    return np.array([[len(wait), wait.sum()] for wait in waits], dtype=np.float64)
