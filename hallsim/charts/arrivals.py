"""Arrivals against capacity over the day: when more customers come than the open counters can take.

In: customers joining per hour, mean service time, paid time per hour and how much of it servers were ready for
customers, all from `Results`. What can be served in an hour is the servers open times 60 over the mean service
time, so that one figure reads in customers on the left and in servers on the right.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hallsim.charts import style
from hallsim.charts.base import Chart, Material
from hallsim.charts.style import INK, PALE, Panel
from hallsim.charts.subjects import (
    Hour,
    class_look,
    class_name,
    class_ranks,
    day_of,
    hours_of,
    joined,
    left_out,
    ready_share,
    stations_of,
)
from hallsim.charts.text import between, lines_of, name_of, plain, sentence, spell, stretch
from hallsim.experiment.results import Results
from hallsim.model import US_PER_MINUTE, Label, Station

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_STACKED = len(style.COLORS)
_WORDS = {
    "en": {
        "per_hour": "customers an hour",
        "servers": "servers",
        "capacity": "can be served (right: servers open)",
        "others": "others",
        "interval": "all who came, with interval",
        "came": "{n} an hour",
        "needed": "{need} servers needed, {open} open",
        "clock": "hour of arrival at the hall",
        "many": "In {n} of {of} hours more customers come to “{station}” than can be served, ",
        "most": "most of all {when}",
        "one": "More customers come to “{station}” {when} than can be served",
        "numbers": ": {came} an hour, capacity {room}",
        "nobody": ": {came} an hour, and no server is open",
        "even": "{when} about as many customers come to “{station}” as can be served: {came} an hour, capacity {room}; "
        "the difference is inside the noise",
        "fits": "On average all who come can be served in every hour; it is tightest at “{station}” {when}: {load} of "
        "the capacity is needed",
    },
    "zh": {
        "per_hour": "每小时客户数",
        "servers": "台席数",
        "capacity": "受理能力（右轴：开放台席数）",
        "others": "其他",
        "interval": "到达合计及区间",
        "came": "每小时 {n}",
        "needed": "需 {need} 个台席，开放 {open} 个",
        "clock": "到厅时刻",
        "many": "{of} 个时段中有 {n} 个时段到达“{station}”的客户超出受理能力，",
        "most": "以 {when} 最甚",
        "one": "{when} 到达“{station}”的客户超出受理能力",
        "numbers": "：每小时到达 {came}，受理能力 {room}",
        "nobody": "：每小时到达 {came}，而无台席开放",
        "even": "{when} 到达“{station}”的客户与受理能力大致相当：每小时到达 {came}，受理能力 {room}；差异在误差范围内",
        "fits": "平均而言各时段均可受理全部到达客户；最紧张的是 {when} 的“{station}”，需用受理能力的 {load}",
    },
}


@dataclass(frozen=True, slots=True)
class Load:
    """One station in one hour: customers who join and who can be served per hour, each with its interval."""

    station: int
    hour: Hour
    came: tuple[float, float, float]
    room: tuple[float, float, float]
    open: float
    mean_service_min: float

    @property
    def needed(self) -> float:
        """How many servers the arrivals keep busy."""
        return self.came[0] * self.mean_service_min / 60.0

    @property
    def load(self) -> float:
        """Arrivals over capacity; endless where customers come and no server is open."""
        return self.came[0] / self.room[0] if self.room[0] > 0 else (math.inf if self.came[0] > 0 else 0.0)

    @property
    def short(self) -> bool:
        """Whether more came than could be served, beyond doubt where there are intervals."""
        return _or(self.came[1], self.came[0]) > _or(self.room[2], self.room[0])

    @property
    def enough(self) -> bool:
        """Whether all who came could be served, beyond doubt where there are intervals."""
        return _or(self.came[2], self.came[0]) < _or(self.room[1], self.room[0])


def loads_of(results: Results, station: int) -> list[Load]:
    """Return a station's hours; none if nobody was ever served there."""
    name = results.model.stations[station].name
    service = results.estimate("mean_service", "station", name)
    if math.isnan(service.value) or service.value <= 0:
        return []
    found = []
    for hour in hours_of(results):
        came = results.estimate("joined", "station", name, hour.key)
        paid = results.estimate("paid_time", "station", name, hour.key)
        per_hour = 60.0 / hour.length
        ready, ready_low, ready_high = ready_share(results, "station", name, hour.key)
        # The widest that the intervals of open time and of service time allow together.
        room = (
            paid.value * ready / service.value,
            paid.low * ready_low / service.high,
            _over(paid.high * ready_high, service.low),
        )
        found.append(
            Load(
                station,
                hour,
                (came.value * per_hour, came.low * per_hour, came.high * per_hour),
                (room[0] * per_hour, room[1] * per_hour, room[2] * per_hour),
                paid.value * ready / hour.length,
                service.value,
            )
        )
    return found


def _applies(material: Material) -> str:
    results = material.results
    if not hours_of(results):
        return "no_hours"
    if not joined_anywhere(results):
        return "nobody_joined"
    return "" if any(loads_of(results, s) for s in stations_of(results)) else "nobody_served"


def joined_anywhere(results: Results) -> bool:
    """Return whether anybody joined a line at any station."""
    return any(joined(results, "station", s.name) > 0 for s in results.model.stations if s.servers)


def _is_open(station: Station, load: Load) -> bool:
    """Return whether a station with hours of its own is open in an hour: whoever came before them may join in them."""
    if station.hours is None:
        return True
    opens, closes = (t / US_PER_MINUTE for t in station.hours)
    return load.hour.begin < closes and load.hour.end > opens


def _finding(material: Material, lang: str) -> str:
    results, w = material.results, _WORDS[lang]
    hours = {s: loads_of(results, s) for s in stations_of(results)}
    every = [load for found in hours.values() for load in found if _is_open(results.model.stations[load.station], load)]
    # Among hours that fall short, the one that lacks the most servers; else the one that is nearest to it.
    worst = max(every, key=lambda x: (x.short, x.needed - x.open if x.short else x.load))
    words = {
        "station": name_of(results.model.stations[worst.station].label, lang),
        "when": between(worst.hour.begin, worst.hour.end, lang),
        "came": spell(worst.came, "per day", lang),
        "room": spell(worst.room, "per day", lang),
        "load": f"{100 * worst.load:.0f} %",
    }
    if worst.short:
        short = sum(x.short for x in hours[worst.station])
        first = w["many"] + w["most"] if short > 1 else w["one"]
        numbers = w["numbers"] if worst.open > 0 else w["nobody"]
        return (first + numbers).format(n=short, of=len(hours[worst.station]), **words)
    if not worst.enough and worst.load > 0.9:
        return sentence(w["even"].format(**words))
    return w["fits"].format(**words)


def _figure(material: Material, lang: str) -> go.Figure:
    results, w = material.results, _WORDS[lang]
    model = results.model
    traces: list[dict[str, Any]] = []
    panels: list[Panel] = []
    more: dict[str, Any] = {}
    stations = [s for s in stations_of(results) if loads_of(results, s)]
    named: set[str] = set()
    for k, station in enumerate(stations):
        loads = loads_of(results, station)
        y, right = style.axis_name("y", k), style.axis_name("y", len(stations) + k)
        top = 1.1 * max(max(x.came[0], x.room[0], _or(x.came[2], 0.0)) for x in loads)
        panels.append(
            Panel(
                plain(name_of(model.stations[station].label, lang)),
                plain(w["per_hour"]),
                210 if k == 0 else 140,
                axis={"range": [0, top]},
            )
        )
        more[f"yaxis{len(stations) + k + 1}"] = {
            "overlaying": y,
            "side": "right",
            "anchor": "x",
            "range": [0, top * loads[0].mean_service_min / 60.0],
            "showgrid": False,
            "title": {"text": plain(w["servers"]), "font": {"size": style.SMALL}, "standoff": 14},
        } | style.whole_steps(top * loads[0].mean_service_min / 60.0)
        traces += _bars(results, station, loads, y, lang, named)
        traces.append(_total(results, loads, y, lang, k == 0))
        traces.append(_capacity(results, loads, right, lang, k == 0))
    x = style.hour_ticks(*day_of(results)) | {"title": plain(w["clock"])}
    return style.compose(traces, panels, x, barmode="stack", bargap=0.15, **more)


def _bars(
    results: Results, station: int, loads: list[Load], y: str, lang: str, named: set[str]
) -> list[dict[str, Any]]:
    """Return the customers of each class stacked; small classes of a large hall together."""
    model, w = results.model, _WORDS[lang]
    lines = model.stations[station].lines
    name = model.stations[station].name
    of_class: dict[int, list[float]] = {}
    for line in lines:
        item = name if len(lines) == 1 else f"{name}/{model.ticket_classes[line.ticket_class].name}"
        of_class[line.ticket_class] = [
            results.estimate("joined", "line", item, x.hour.key).value * 60.0 / x.hour.length for x in loads
        ]
    ranks = class_ranks(results)
    largest = sorted(of_class, key=lambda c: ranks[c])[:MOST_STACKED]
    rows = [
        (class_name(model, c, lang), of_class[c], class_look(results, c).color, class_look(results, c).hatch)
        for c in sorted(largest)
        if sum(of_class[c]) > 0
    ]
    rest = [sum(of_class[c][i] for c in of_class if c not in largest) for i in range(len(loads))]
    if sum(rest) > 0:
        rows.append((w["others"], rest, PALE, ""))
    bars = []
    for title, values, color, hatch in rows:
        bars.append(
            {
                "type": "bar",
                "name": plain(title),
                "showlegend": title not in named,
                "x": [x.hour.middle for x in loads],
                "width": [0.86 * x.hour.length for x in loads],
                "y": style.rounded(values),
                "marker": style.fill(color, hatch),
                "hovertext": [
                    lines_of(f"{_head(results, x, lang)} · {title}", w["came"].format(n=f"{v:.1f}"))
                    for x, v in zip(loads, values, strict=True)
                ],
                "hoverinfo": "text",
                "yaxis": y,
            }
        )
        named.add(title)
    return bars


def _total(results: Results, loads: list[Load], y: str, lang: str, named: bool) -> dict[str, Any]:
    w = _WORDS[lang]
    came = [x.came for x in loads]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": plain(w["interval"]),
        "showlegend": named,
        "x": [x.hour.middle for x in loads],
        "y": style.rounded([c[0] for c in came]),
        "error_y": style.errors([c[0] for c in came], [c[1] for c in came], [c[2] for c in came], INK),
        "marker": {"symbol": "line-ew", "size": 10, "line": {"width": 2, "color": INK}},
        "hovertext": [
            lines_of(
                _head(results, x, lang),
                w["came"].format(n=spell(x.came, "per day", lang)),
                w["needed"].format(need=f"{x.needed:.1f}", open=f"{x.open:.1f}"),
            )
            for x in loads
        ],
        "hoverinfo": "text",
        "yaxis": y,
    }


def _capacity(results: Results, loads: list[Load], y: str, lang: str, named: bool) -> dict[str, Any]:
    w = _WORDS[lang]
    texts = [
        lines_of(
            _head(results, x, lang),
            f"{w['capacity']}: {spell(x.room, 'per day', lang)}",
            w["needed"].format(need=f"{x.needed:.1f}", open=f"{x.open:.1f}"),
        )
        for x in loads
    ]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": plain(w["capacity"]),
        "showlegend": named,
        "x": [*(x.hour.begin for x in loads), loads[-1].hour.end],
        "y": style.rounded([*(x.open for x in loads), loads[-1].open]),
        "line": {"shape": "hv", "color": INK, "width": 2.5},
        "hovertext": [*texts, texts[-1]],
        "hoverinfo": "text",
        "yaxis": y,
    }


def _head(results: Results, x: Load, lang: str) -> str:
    """Return the hour and the station, the first line over a point."""
    name = name_of(results.model.stations[x.station].label, lang)
    return f"{stretch(x.hour.begin, x.hour.end)} · {name}"


def _over(x: float, y: float) -> float:
    """Return x / y of numbers that are not negative, where y may be 0 or NaN."""
    if y == 0:
        return math.inf if x > 0 else 0.0
    return x / y


def _or(value: float, other: float) -> float:
    return other if math.isnan(value) else value


def _remark(material: Material, lang: str) -> str:
    results = material.results
    came = [s for s in results.model.stations if s.servers and joined(results, "station", s.name) > 0]
    return left_out(len(came) - len(stations_of(results)), "stations", lang)


CHART = Chart(
    name="arrivals",
    label=Label("Arrivals and capacity", "到达与受理能力"),
    note=Label(
        "Bars: customers who join the line at each station, per hour of their arrival at the hall, by ticket class; "
        "the mark on top is their sum with its 95 % interval over {days}. Line: servers open (right axis), that is, on "
        "duty and neither down, being set up, on a break nor calling absent numbers; at the station's mean service "
        "time they can serve as many customers an hour as the left axis says.",
        "柱：各服务点每小时入队客户数（按到厅时段、分号种）；柱顶标记为合计及其按{days}计算的 95% 置信区间。"
        "折线：开放台席数（右轴），即在岗且未停机、非准备中、未休息、未在空叫；按该服务点平均办理时长折算，对应左轴即每小时可受理客户数。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
    remark=_remark,
    first_page=True,
)
