"""A tornado: how far each factor moves a figure, all others averaged, the strongest on top.

In: the least-squares means of `hallsim.experiment.sweeps.effects`. A bar runs from the lowest to the highest mean of a
factor's levels, whose names stand at its ends; the line across is the mean of all points.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hallsim.charts import style
from hallsim.charts.style import GREY, INK, Panel, look_of
from hallsim.charts.sweep_base import SweepChart, SweepMaterial, axis_title, scaled
from hallsim.charts.text import BREAK, lines_of, plain, shorten, wrapped
from hallsim.experiment.sweeps.effects import Effect, main_effects
from hallsim.experiment.sweeps.words import change, strongest
from hallsim.model import Label

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_FACTORS = 12
_ROW = 52
_WORDS = {
    "en": {
        "at": "{level}: {value}",
        "change": "change: {change} ± {half}",
        "noise": "inside the noise",
        "nothing": "No factor moves {figure} by more than noise",
        "left_out": "Not drawn: the {n} weakest factors.",
    },
    "zh": {
        "at": "{level}：{value}",
        "change": "变化：{change} ± {half}",
        "noise": "误差范围内",
        "nothing": "没有因素使{figure}发生超出误差的变化",
        "left_out": "影响最小的 {n} 个因素未绘出。",
    },
}


def _applies(material: SweepMaterial) -> bool:
    return bool(main_effects(material.found, material.figure))


def _finding(material: SweepMaterial, lang: str) -> str:
    first = main_effects(material.found, material.figure)[0]
    if first.is_noise:
        return _WORDS[lang]["nothing"].format(figure=material.name(lang))
    return strongest(material.found, first, material.figure, lang)


def _figure(material: SweepMaterial, lang: str) -> go.Figure:
    effects = main_effects(material.found, material.figure)[:MOST_FACTORS]
    traces = [_bar(i, effect, material, lang) for i, effect in enumerate(effects)]
    ends = [float(scaled(x, material.unit)) for e in effects for x in (e.means[e.least], e.means[e.most])]
    middle = float(scaled(effects[0].means.mean(), material.unit))
    room = 0.35 * max(max(ends) - min(ends), 1e-9)  # for the names of levels, outside the bars
    names = [
        BREAK.join(plain(line) for line in wrapped(material.factor(effect.factor, lang), 22)[:2]) for effect in effects
    ]
    y = {
        "range": [len(effects) - 0.5, -0.5],
        "tickmode": "array",
        "tickvals": list(range(len(effects))),
        "ticktext": names,
        "rangemode": "normal",
        "ticks": "",
        "showgrid": False,
    }
    x = {"title": plain(axis_title(material.name(lang), material.unit, lang)), "nticks": 6}
    x["range"] = [min(ends) - room, max(ends) + room]
    line = {"type": "line", "x0": middle, "x1": middle, "yref": "paper", "y0": 0, "y1": 1}
    words = [said for i, effect in enumerate(effects) for said in _words(i, effect, material)]
    shape = line | {"line": {"color": GREY, "width": 1}}
    return style.compose(traces, [Panel("", "", _ROW * len(effects) + 16, axis=y)], x, words, [shape])


def _bar(i: int, effect: Effect, material: SweepMaterial, lang: str) -> dict[str, Any]:
    w = _WORDS[lang]
    low, high = (float(scaled(effect.means[k], material.unit)) for k in (effect.least, effect.most))
    said = [material.factor(effect.factor, lang)]
    said += [
        w["at"].format(level=level, value=material.amount(float(mean), lang))
        for level, mean in zip(effect.levels, effect.means, strict=True)
    ]
    if not math.isnan(effect.change_half):
        both = (change(x, material.unit, lang) for x in (effect.change, effect.change_half))
        said.append(w["change"].format(**dict(zip(("change", "half"), both, strict=True))))
    if effect.is_noise:
        said.append(w["noise"])
    look = look_of(0)
    return {
        "type": "bar",
        "orientation": "h",
        "x": style.rounded([high - low]),
        "base": style.rounded([low]),
        "y": [i],
        "width": 0.4,
        "marker": style.fill(GREY if effect.is_noise else look.color, "/" if effect.is_noise else ""),
        "hovertext": [lines_of(*said)],
        "hoverinfo": "text",
        "showlegend": False,
    }


def _words(i: int, effect: Effect, material: SweepMaterial) -> list[dict[str, Any]]:
    """Return the names of the levels at both ends of a bar."""
    out = []
    for level, anchor, shift in ((effect.least, "right", -4), (effect.most, "left", 4)):
        out.append(
            {
                "text": plain(shorten(effect.levels[level], 18)),
                "x": style.rounded([float(scaled(effect.means[level], material.unit))])[0],
                "y": i,
                "xanchor": anchor,
                "xshift": shift,
                "showarrow": False,
                "font": {"size": style.SMALL, "color": GREY if effect.is_noise else INK},
            }
        )
    return out


def _remark(material: SweepMaterial, lang: str) -> str:
    n = len(main_effects(material.found, material.figure)) - MOST_FACTORS
    return _WORDS[lang]["left_out"].format(n=n) if n > 0 else ""


CHART = SweepChart(
    name="sweep-effects",
    label=Label("What each factor does", "各因素的影响"),
    note=Label(
        "Mean of the figure at the best and the worst value of each factor, averaged over the values of all others "
        "(least-squares means of the additive model); the line is the mean of all points. Changes carry half their "
        "95 % interval, which holds noise and what factors do together; hatched grey: inside it.",
        "各因素取最好与最差值时指标的均值，其余因素取平均（加性模型的最小二乘均值）；竖线为全部点的均值。"
        "变化量附 95% 置信区间的一半，含随机误差与因素间的相互影响；灰色斜纹：误差范围内。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
    remark=_remark,
)
