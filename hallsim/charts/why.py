"""Why customers waited: the mean wait by hour of arrival, stacked by what its minutes are booked to.

In: `Profile.attribution`, so days are the unit of intervals; a stack is as high as the mean wait of its hour. A
steady-state run has no hours: its stacks are ticket classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from hallsim.arrays import F64
from hallsim.charts import style
from hallsim.charts.base import Chart, Material
from hallsim.charts.style import PALE, Panel, look_of
from hallsim.charts.subjects import class_name, joined, of_days
from hallsim.charts.text import amount, lines_of, plain, spell, stretch
from hallsim.experiment.attribution import CAUSES, Attribution
from hallsim.experiment.attribution.causes import LOAD
from hallsim.experiment.attribution.words import sentence
from hallsim.model import Label

if TYPE_CHECKING:
    import plotly.graph_objects as go

_NEGLIGIBLE = 0.001
_WORDS = {
    "en": {"minutes": "wait, min", "clock": "hour of arrival at the hall", "class": "ticket class", "sum": "all"},
    "zh": {"minutes": "等候（分钟）", "clock": "到厅时刻", "class": "号种", "sum": "合计"},
}


class Stack(NamedTuple):
    """One stack: where it stands, how wide it is, its name, and minutes by cause with intervals, float64[3, causes]."""

    at: float
    width: float
    name: str
    minutes: F64


def stacks_of(material: Material, lang: str) -> list[Stack]:
    """Return the stacks that have anything in them."""
    found = material.profile.attribution
    places: list[tuple[float, float, str, tuple[int, ...] | None, int | None]]
    if found.hours:
        places = [((a + b) / 2.0, 0.8 * (b - a), stretch(a, b), None, i) for i, (a, b) in enumerate(found.hours)]
    else:
        model = material.results.model
        places = [
            (float(i), 0.8, class_name(model, c, lang), lines, None) for i, (c, lines) in enumerate(found.classes)
        ]
    stacks = [Stack(at, width, name, found.per_stay(lines, hour)) for at, width, name, lines, hour in places]
    return [stack for stack in stacks if stack.minutes[0].sum() > 0.0]


def _causes(found: Attribution) -> list[int]:
    """Return the causes worth drawing; load, at the foot of the stacks, always."""
    minutes = found.per_stay()[0]
    return [LOAD, *(i for i in range(LOAD) if minutes[i] >= _NEGLIGIBLE)]


def _applies(material: Material) -> str:
    if joined(material.results) == 0:
        return "nobody_joined"
    return "" if material.profile.attribution.total > 0.0 else "nobody_waited"


def _finding(material: Material, lang: str) -> str:
    said: str = getattr(sentence(material.profile.attribution), lang)
    return said.rstrip(".。")


def _figure(material: Material, lang: str) -> go.Figure:
    found, stacks, w = material.profile.attribution, stacks_of(material, lang), _WORDS[lang]
    traces: list[dict[str, Any]] = []
    for cause in _causes(found):
        look = look_of(cause)
        name = getattr(CAUSES[cause].label, lang)
        traces.append(
            {
                "type": "bar",
                "name": plain(name),
                "x": [stack.at for stack in stacks],
                "y": style.rounded([stack.minutes[0, cause] for stack in stacks]),
                "width": [stack.width for stack in stacks],
                "marker": style.fill(PALE, "") if cause == LOAD else style.fill(look.color, look.hatch),
                "hovertext": [
                    lines_of(
                        stack.name,
                        f"{name}: {spell(stack.minutes[:, cause], 'min', lang)}",
                        f"{w['sum']}: {amount(float(stack.minutes[0].sum()), 'min', lang)}",
                    )
                    for stack in stacks
                ],
                "hoverinfo": "text",
                "showlegend": True,
            }
        )
    if found.hours:
        x = style.hour_ticks(found.hours[0][0], found.hours[-1][1]) | {"title": plain(w["clock"])}
    else:
        ticks = {"tickvals": [s.at for s in stacks], "ticktext": [plain(s.name) for s in stacks]}
        x = {"title": plain(w["class"]), "tickmode": "array", **ticks}
    return style.compose(traces, [Panel("", plain(w["minutes"]), 240)], x, barmode="stack")


def _remark(material: Material, lang: str) -> str:
    return of_days(material.results, material.profile, lang)


CHART = Chart(
    name="why",
    label=Label("Why customers waited", "等候的原因"),
    note=Label(
        "Mean wait at the counters of all who joined a line, by hour of arrival. Each waited minute is booked to one "
        "cause, the first of a written order that claims it (docs/attribution.md); backlog that a cause leaves behind "
        "is booked to it, too. Intervals over {days} are in the hover text.",
        "台席全部入队者的平均等候，按到厅时段统计。每一分钟等候按书面次序计入最先成立的一个原因"
        "（见 docs/attribution.md），由该原因造成的积压也计入其中。悬停可见按{days}计算的置信区间。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
    day_by_day=True,
    remark=_remark,
)
