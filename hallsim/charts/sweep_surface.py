"""A surface: a figure over the two factors that matter most, dark where it is high.

In: the points of a sweep. Where both factors have few values, each cell is the mean of its points, all other factors
averaged; else the fitted response surface (`hallsim.experiment.sweeps.surface`), with the others in the middle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hallsim.charts import style
from hallsim.charts.style import INK, Panel
from hallsim.charts.sweep_base import SweepChart, SweepMaterial, axis_title, scaled
from hallsim.charts.text import lines_of, plain, shorten
from hallsim.errors import UsageError
from hallsim.experiment.sweeps.effects import MOST_LEVELS, levels_of, main_effects
from hallsim.experiment.sweeps.surface import Surface, surface
from hallsim.experiment.sweeps.words import cell
from hallsim.model import Label

if TYPE_CHECKING:
    import plotly.graph_objects as go

FINE = 25
"""Steps of a range on the surface."""
MOST_NUMBERS = 64
"""Cells up to which each has its number written in it."""
_SCALE = [[0.0, "#f4f8fb"], [0.5, "#7fb3d5"], [1.0, "#0b4f7d"]]
_WORDS = {
    "en": {
        "finding": "{figure} is lowest, {low}, at {where}",
        "and": " and ",
        "at": "{factor} {level}",
        "fitted": "The surface explains {explained} of the variation; points lie {residual} off it, typically.",
    },
    "zh": {
        "finding": "{where}时{figure}最低，为 {low}",
        "and": "、",
        "at": "{factor} {level}",
        "fitted": "曲面解释了 {explained} 的差异；各点与曲面的典型距离为 {residual}。",
    },
}


def _two(material: SweepMaterial) -> list[int]:
    """Return the factors on the horizontal and the vertical axis."""
    return [effect.factor for effect in main_effects(material.found, material.figure)[:2]]


def _fitted(material: SweepMaterial) -> Surface | None:
    """Return the surface where one of the two factors is a range; None where cells are means of points."""
    if all(len(material.found.factors[i].levels()) <= MOST_LEVELS for i in _two(material)):
        return None
    return surface(material.found, material.figure)


def _applies(material: SweepMaterial) -> bool:
    if len(_two(material)) < 2:
        return False
    try:
        _fitted(material)
    except UsageError:  # too few points
        return False
    return True


def _cells(material: SweepMaterial) -> tuple[list[Any], list[Any], Any]:
    """Return the values on both axes and the figure in each cell, float64[vertical, horizontal]."""
    fitted = _fitted(material)
    return _means(material) if fitted is None else _predicted(material, fitted)


def _means(material: SweepMaterial) -> tuple[list[Any], list[Any], Any]:
    y = material.found.values[:, material.figure]
    rows = np.flatnonzero(np.isfinite(y))
    (across, i), (up, j) = (levels_of(material.found.factors[k], rows) for k in _two(material))
    n, total = np.zeros((len(up), len(across))), np.zeros((len(up), len(across)))
    np.add.at(n, (j, i), 1.0)
    np.add.at(total, (j, i), y[rows])
    with np.errstate(invalid="ignore"):
        return list(across), list(up), total / n


def _predicted(material: SweepMaterial, fitted: Surface) -> tuple[list[Any], list[Any], Any]:
    chosen = _two(material)
    axes = []
    for k in chosen:
        factor = material.found.factors[k]
        levels = factor.levels()
        axes.append(
            np.linspace(levels[0], levels[-1], FINE).tolist()
            if factor.numeric and len(levels) > MOST_LEVELS
            else levels
        )
    middle = [s.levels[len(s.levels) // 2] for s in fitted.factors]
    points = []
    for b in axes[1]:
        for a in axes[0]:
            value = dict(zip(chosen, (a, b), strict=True))
            points.append([value.get(s.factor, m) for s, m in zip(fitted.factors, middle, strict=True)])
    values, _ = fitted.predict(points)
    return axes[0], axes[1], values.reshape(len(axes[1]), len(axes[0]))


def _where(material: SweepMaterial, lang: str, across: Any, up: Any) -> str:
    w = _WORDS[lang]
    names = (material.factor(k, lang) for k in _two(material))
    levels = (cell(across), cell(up))
    return w["and"].join(w["at"].format(factor=f, level=x) for f, x in zip(names, levels, strict=True))


def _finding(material: SweepMaterial, lang: str) -> str:
    across, up, values = _cells(material)
    j, i = np.unravel_index(int(np.nanargmin(values)), values.shape)
    name = material.name(lang)
    return _WORDS[lang]["finding"].format(
        figure=name[:1].upper() + name[1:],
        low=material.amount(float(values[j, i]), lang),
        where=_where(material, lang, across[i], up[j]),
    )


def _figure(material: SweepMaterial, lang: str) -> go.Figure:
    across, up, values = _cells(material)
    shown = scaled(values, material.unit)
    axes = [[plain(shorten(cell(x), 16)) for x in axis] for axis in (across, up)]
    said = [
        [
            lines_of(_where(material, lang, a, b), material.amount(float(v), lang)) if np.isfinite(v) else ""
            for a, v in zip(across, row, strict=True)
        ]
        for b, row in zip(up, values, strict=True)
    ]
    trace = {
        "type": "heatmap",
        "x": list(range(len(across))),
        "y": list(range(len(up))),
        "z": [style.rounded(row) for row in shown.tolist()],
        "colorscale": _SCALE,
        "hovertext": said,
        "hoverinfo": "text",
        "xgap": 1,
        "ygap": 1,
        "showscale": True,
        "colorbar": {"thickness": 12, "tickfont": {"size": style.SMALL}, "outlinewidth": 0},
    }
    words = _numbers(shown) if shown.size <= MOST_NUMBERS else []
    x, y = (
        _axis(axis, title) for axis, title in zip(axes, (material.factor(k, lang) for k in _two(material)), strict=True)
    )
    title = plain(axis_title(material.name(lang), material.unit, lang))
    return style.compose([trace], [Panel(title, y.pop("title"), 60 + 32 * min(len(up), 10), axis=y)], x, words)


def _axis(names: list[str], title: str) -> dict[str, Any]:
    step = -(-len(names) // 8)
    at = list(range(0, len(names), step))
    return {
        "title": plain(title),
        "tickmode": "array",
        "tickvals": at,
        "ticktext": [names[i] for i in at],
        "range": [-0.5, len(names) - 0.5],
        "rangemode": "normal",
        "showgrid": False,
        "tickangle": 0,
    }


def _numbers(shown: Any) -> list[dict[str, Any]]:
    """Return the number in each cell, white on dark ones."""
    low, high = np.nanmin(shown), np.nanmax(shown)
    middle = low + 0.55 * (high - low)
    return [
        {
            "text": f"{v:.2f}" if abs(v) < 9.95 else f"{v:.1f}",
            "x": i,
            "y": j,
            "showarrow": False,
            "font": {"size": style.SMALL, "color": "#ffffff" if v > middle else INK},
        }
        for j, row in enumerate(shown)
        for i, v in enumerate(row)
        if np.isfinite(v)
    ]


def _remark(material: SweepMaterial, lang: str) -> str:
    fitted = _fitted(material)
    if fitted is None:
        return ""
    explained = f"{100 * fitted.fit.explained:.1f} %"
    return _WORDS[lang]["fitted"].format(explained=explained, residual=material.amount(fitted.fit.residual, lang))


CHART = SweepChart(
    name="sweep-surface",
    label=Label("The two strongest factors together", "影响最大的两个因素"),
    note=Label(
        "The figure over the two factors that move it most. With few values each cell is the mean of its points, all "
        "other factors averaged; else a second-order surface fitted by least squares, the other factors in the middle.",
        "指标随影响最大的两个因素的变化。取值少时每格为该格各点的均值（其余因素取平均）；否则为最小二乘拟合的二次曲面，"
        "其余因素取中间值。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
    remark=_remark,
)
