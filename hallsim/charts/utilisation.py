"""What servers do with the time they are paid for: busy, idle, not ready for anybody, and how much is overtime.

In: `busy_time`, `paid_time`, `overtime`, `utilisation` and the shares of other states by server from `Results`. In
a hall of many servers a bar stands for a station: the mean of its servers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hallsim.charts import style
from hallsim.charts.base import Chart, Material
from hallsim.charts.style import GREY, INK, PALE, Panel
from hallsim.charts.subjects import NEGLIGIBLE, counters_label, ready_share, sentences, try_estimate
from hallsim.charts.text import amount, lines_of, name_of, plain, say, with_interval, wrapped
from hallsim.experiment.results import Estimate, Results
from hallsim.model import Label, Model, Station

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_SERVERS = 30
MOST_BARS = 40
_ROW, _TALL_ROW = 26, 34
"""Pixels of a row, and of one where names take two lines."""
_NAME = 16
"""Columns of a line of a name."""
_BUSY = "#4d4d4d"
_AWAY = {"down": ("down_share", "x"), "set_up": ("set_up_share", "\\"), "calling": ("calling_share", ".")}
"""States in which a server takes nobody: the figure of each, and its hatch."""
_BREAK_HATCH = "-"
_WORDS = {
    "en": {
        "busy": "busy",
        "idle": "idle",
        "down": "down",
        "set_up": "being set up",
        "calling": "calling absent numbers",
        "break": "on paid breaks",
        "overtime": "of this, overtime",
        "paid": "paid",
        "utilisation": "utilisation",
        "day": "hours a day",
        "run": "hours a run",
        "mean": "{station}, mean of {n}",
        "whole": "The servers of “{station}” are busy {share} of their paid time",
        "ends": ": from {low} ({who}) to {high} ({whom})",
        "alike": "; between them the differences are inside the noise",
        "away": "Hatched grey: on duty, but ready for nobody.",
        "grouped": "The hall has {n} servers: a bar is the mean of a station's.",
        "left": "{n} stations with fewer servers are not drawn; the table of results has them.",
    },
    "zh": {
        "busy": "受理",
        "idle": "空闲",
        "down": "停机",
        "set_up": "准备中",
        "calling": "空叫",
        "break": "带薪休息",
        "overtime": "其中加班",
        "paid": "在岗",
        "utilisation": "利用率",
        "day": "每日小时数",
        "run": "每次小时数",
        "mean": "{station}（{n} 个平均）",
        "whole": "“{station}”在岗时间中受理占 {share}",
        "ends": "：从 {low}（{who}）到 {high}（{whom}）",
        "alike": "；各台席之间的差异在误差范围内",
        "away": "带纹灰色：在岗但不能受理。",
        "grouped": "本厅共有 {n} 个服务台席：每条为一个服务点的平均。",
        "left": "另有 {n} 个台席较少的服务点未绘出，见结果表。",
    },
}


@dataclass(frozen=True, slots=True)
class Row:
    """One bar: a server, or the servers of a station; times in hours a day for each of `n` servers.

    `away` are the shares of paid time in which nobody could be taken, by state.
    """

    title: str
    n: int
    away: dict[str, float]
    busy: Estimate
    paid: Estimate
    overtime: Estimate
    utilisation: Estimate

    def hours(self, e: Estimate) -> float:
        """Return an estimate of minutes in hours for one server."""
        return e.value / 60.0 / self.n


def rows_of(results: Results, lang: str) -> list[Row]:
    """Return the bars, in the order of the scenario; none for servers who were never on duty."""
    model = results.model
    wanted: list[tuple[str, str, str, int]] = []
    if grouped(model):
        stations = sorted(model.stations, key=lambda s: -len(s.servers))[:MOST_BARS]
        for station in (s for s in model.stations if s in stations and s.servers):
            name = name_of(station.label, lang, _NAME)
            n = len(station.servers)
            title = _WORDS[lang]["mean"].format(station=name, n=n) if n > 1 else name
            wanted.append((title, "station", station.name, n))
    else:
        for station in model.stations:
            wanted += [
                (server_name(model, station, i, lang), "server", f"{station.name}/{server.name}", 1)
                for i, server in enumerate(station.servers)
            ]
    measures = ("busy_time", "paid_time", "overtime", "utilisation")
    found = [
        Row(title, n, away_of(results, scope, item), *(results.estimate(measure, scope, item) for measure in measures))
        for title, scope, item, n in wanted
    ]
    return [row for row in found if row.paid.value > 0]


def away_of(results: Results, scope: str, item: str) -> dict[str, float]:
    """Return the shares of paid time in which servers could take nobody, by state; what has no figure are breaks."""
    found = {state: try_estimate(results, kpi, scope, item) for state, (kpi, _) in _AWAY.items()}
    shares = {state: e.value for state, e in found.items() if e is not None and e.value > 0}
    rest = 1.0 - ready_share(results, scope, item)[0] - sum(shares.values())
    return shares | ({"break": rest} if rest > NEGLIGIBLE else {})


def grouped(model: Model) -> bool:
    """Return whether there are too many servers to draw each."""
    return sum(len(s.servers) for s in model.stations) > MOST_SERVERS


def server_name(model: Model, station: Station, i: int, lang: str) -> str:
    """Return what to call a server: its own name, or station and number where it was given none."""
    name = station.servers[i].name
    alone = station.name.partition("/")[2] if model.network else station.name  # as it is called in its hall's file
    number = name[len(alone) :].strip()
    if name.casefold().startswith(alone.casefold()) and number.isdigit():
        return f"{name_of(station.label, lang, 2 * _NAME - 4)} {number}"
    own = name_of(Label(name, name), lang, _NAME + 2)
    several = sum(bool(s.servers) for s in model.stations) > 1 and len(name) < 6
    return f"{name_of(station.label, lang, _NAME + 4)} / {own}" if several else own


def _applies(material: Material) -> str:
    return "" if rows_of(material.results, "en") else "nobody_on_duty"


def _finding(material: Material, lang: str) -> str:
    results, w = material.results, _WORDS[lang]
    whole = results.estimate("utilisation")
    text = w["whole"].format(station=name_of(counters_label(results.model), lang), share=say(whole, lang))
    if grouped(results.model):
        return text
    counters = {s.name for s in results.model.stations if s.role == "counter"} or {
        s.name for s in results.model.stations
    }
    rows = [
        r
        for r in rows_of(results, lang)
        if any(r.utilisation.item.startswith(f"{name}/") for name in counters) and not math.isnan(r.utilisation.value)
    ]
    if len(rows) < 2:
        return text
    least, most = (pick(rows, key=lambda r: r.utilisation.value) for pick in (min, max))
    if most.utilisation.value == least.utilisation.value or results.replications == 1:
        return text
    if least.utilisation.high >= most.utilisation.low:
        return text + w["alike"]
    low, high = (amount(r.utilisation.value, "share", lang) for r in (least, most))
    return text + w["ends"].format(low=low, high=high, who=least.title, whom=most.title)


def _figure(material: Material, lang: str) -> go.Figure:
    results, w = material.results, _WORDS[lang]
    rows = rows_of(results, lang)
    at = list(range(len(rows)))
    paid = [r.hours(r.paid) for r in rows]
    busy = [r.hours(r.busy) for r in rows]
    overtime = [r.hours(r.overtime) for r in rows]
    texts = [lines_of(r.title, *_numbers(r, results, lang)) for r in rows]
    common = {"type": "bar", "orientation": "h", "y": at, "width": 0.7, "hovertext": texts, "hoverinfo": "text"}
    stretches = [(w["busy"], busy, {"color": _BUSY})]
    hatches = {state: hatch for state, (_, hatch) in _AWAY.items()} | {"break": _BREAK_HATCH}
    for state in (state for state in hatches if any(state in r.away for r in rows)):
        away = [p * r.away.get(state, 0.0) for p, r in zip(paid, rows, strict=True)]
        stretches.append((w[state], away, style.fill(GREY, hatches[state])))
    idle = [p - b - p * sum(r.away.values()) for p, b, r in zip(paid, busy, rows, strict=True)]
    stretches.append((w["idle"], idle, {"color": PALE}))
    traces: list[dict[str, Any]] = [
        common | {"name": plain(name), "x": style.rounded(hours), "marker": marker, "showlegend": True}
        for name, hours, marker in stretches
    ]
    if any(o > 0 for o in overtime):
        # Drawn over the end of the bar, where on the clock it is: part of busy and idle, not more time.
        outline = {"shape": "/", "fillmode": "replace", "fgcolor": INK, "bgcolor": "rgba(0,0,0,0)", "size": 6}
        traces.append(
            common
            | {
                "name": plain(w["overtime"]),
                "x": style.rounded(overtime),
                "base": style.rounded([p - o for p, o in zip(paid, overtime, strict=True)]),
                "marker": {"color": INK, "pattern": outline, "line": {"width": 1, "color": INK}},
                "xaxis": "x2",
                "showlegend": True,
            }
        )
    longest = max(paid)
    traces.append(
        {
            "type": "scatter",
            "mode": "text",
            "x": style.rounded(paid),
            "y": at,
            "text": [plain(f" {amount(r.utilisation.value, 'share', lang)}") for r in rows],
            "textposition": "middle right",
            "textfont": {"size": style.SMALL},
            "hoverinfo": "skip",
            "showlegend": False,
            "cliponaxis": False,
        }
    )
    names = [wrapped(r.title, _NAME)[:2] for r in rows]
    height = (_ROW if all(len(name) < 2 for name in names) else _TALL_ROW) * len(rows) + 10
    y = {
        "range": [len(rows) - 0.4, -0.6],
        "tickmode": "array",
        "tickvals": at,
        "ticktext": [lines_of(*name) for name in names],
        "showgrid": False,
        "ticks": "",
    }
    x = {"title": plain(w["run" if results.model.steady else "day"]), "range": [0, 1.22 * longest], "showgrid": True}
    return style.compose(
        traces,
        [Panel("", "", height, GREY, y)],
        x,
        barmode="stack",
        xaxis2={"overlaying": "x", "matches": "x", "showticklabels": False, "showgrid": False, "showline": False},
    )


def _numbers(row: Row, results: Results, lang: str) -> list[str]:
    w = _WORDS[lang]
    found = [f"{w['utilisation']}: {say(row.utilisation, lang)}"]
    unit = "min per day"
    for what, e in ((w["busy"], row.busy), (w["paid"], row.paid), (w["overtime"], row.overtime)):
        found.append(f"{what}: {with_interval(e.value / row.n, e.low / row.n, e.high / row.n, unit, lang)}")
    return found + [f"{w[state]}: {amount(share, 'share', lang)}" for state, share in row.away.items()]


def _remark(material: Material, lang: str) -> str:
    model, w = material.results.model, _WORDS[lang]
    away = w["away"] if any(row.away for row in rows_of(material.results, lang)) else ""
    if not grouped(model):
        return away
    staffed = sum(bool(s.servers) for s in model.stations)
    whole = w["grouped"].format(n=sum(len(s.servers) for s in model.stations))
    return sentences(lang, away, whole, w["left"].format(n=staffed - MOST_BARS) if staffed > MOST_BARS else "")


CHART = Chart(
    name="utilisation",
    label=Label("Utilisation of the servers", "台席利用率"),
    note=Label(
        "Paid time of each server, that is duty and overtime: with customers (dark), without (light); the hatched end "
        "is what of both was overtime. The figure at the end is busy over paid time; its 95 % interval over {days} is "
        "in the hover text.",
        "各台席在岗时间（含加班）：深色为受理客户，浅色为空闲；末端斜线为其中的加班部分。"
        "条末数字为受理时间与在岗时间之比，悬停可见按{days}计算的 95% 置信区间。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
    remark=_remark,
    first_page=True,
)
