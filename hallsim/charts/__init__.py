"""Charts: one file per chart, from results to a plotly figure; `CHARTS` is the registry, in the order of the page."""

from __future__ import annotations

from hallsim.charts import (
    abandonment,
    arrivals,
    backtest_hours,
    by_days,
    channels,
    counters_open,
    crowd,
    differences,
    distribution,
    fit_arrivals,
    fit_patience,
    fit_services,
    fit_staff,
    habit,
    horizon,
    log_hours,
    log_points,
    log_tickets,
    money,
    network,
    one_more,
    paths,
    service_levels,
    staffing,
    sweep_effects,
    sweep_front,
    sweep_surface,
    tornado,
    utilisation,
    waits,
    why,
    zones,
)
from hallsim.charts.backtest_hours import BacktestChart
from hallsim.charts.base import Chart, Material
from hallsim.charts.fit_base import FitChart
from hallsim.charts.sweep_base import SweepChart, SweepMaterial

CHARTS: tuple[Chart, ...] = (
    arrivals.CHART,
    waits.CHART,
    utilisation.CHART,
    counters_open.CHART,
    service_levels.CHART,
    by_days.CHART,
    horizon.CHART,
    habit.CHART,
    distribution.CHART,
    why.CHART,
    one_more.CHART,
    crowd.CHART,
    zones.CHART,
    abandonment.CHART,
    paths.CHART,
    network.CHART,
    channels.CHART,
    money.CHART,
    log_hours.CHART,
    log_points.CHART,
    log_tickets.CHART,
    differences.CHART,
    staffing.CHART,
    tornado.CHART,
)

SWEEP_CHARTS: tuple[SweepChart, ...] = (sweep_effects.CHART, sweep_surface.CHART, sweep_front.CHART)
"""Charts of a sweep, in the order of its page."""

FIT_CHARTS: tuple[FitChart, ...] = (fit_arrivals.CHART, fit_services.CHART, fit_patience.CHART, fit_staff.CHART)
"""Charts of a calibration, in the order of its page."""

BACKTEST_CHARTS: tuple[BacktestChart, ...] = (backtest_hours.CHART,)
"""Charts of a back-test."""

__all__ = [
    "BACKTEST_CHARTS",
    "CHARTS",
    "FIT_CHARTS",
    "SWEEP_CHARTS",
    "Chart",
    "Material",
    "SweepChart",
    "SweepMaterial",
]
