"""Charts: one file per chart, from results to a plotly figure; `CHARTS` is the registry, in the order of the page."""

from __future__ import annotations

from hallsim.charts.base import Chart, Material

CHARTS: tuple[Chart, ...] = ()

__all__ = ["CHARTS", "Chart", "Material"]
