"""What one more server at each place would change, and one fewer: the mean wait of the hall after each step.

In: `OneMore` (`Material.one_more`). A place has a row, with a mark for one more and one for one fewer; the line through
all rows is the hall as it is. Intervals are those of the changes, since all variants have the same customers.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hallsim.charts import style
from hallsim.charts.base import Chart, Material
from hallsim.charts.style import GREY, INK, Look, Panel, look_of
from hallsim.charts.subjects import first_of, sentences
from hallsim.charts.text import amount, lines_of, name_of, plain, rows_down, sentence
from hallsim.experiment.compare import BETTER, NOISE, SAME, WORSE, Difference
from hallsim.experiment.compare_table import broken, decimals, signed, unit_of
from hallsim.experiment.one_more import OneMore, Step
from hallsim.experiment.results import Results
from hallsim.experiment.verdicts import MET
from hallsim.model import Label

if TYPE_CHECKING:
    import plotly.graph_objects as go

_ROW = 58
_TOLD = ("mean_wait", "service_level", "abandonment", "time_in_hall")
"""Figures in the text over a mark."""
_WORDS = {
    "en": {
        "axis": "mean wait, min",
        1: "one more",
        -1: "one fewer",
        "today": "as it is",
        "row": "{figure}: {base} → {value}, change {change}",
        "interval": " ({low} to {high})",
        "noise": ", inside the noise",
        "cut": "{name} would cut the mean wait from {base} to {value}",
        "lengthen": "{name} would lengthen the mean wait from {base} to {value}",
        "and": "; {said}",
        "to": "{name} would lengthen it to {value}",
        "none": "One more server, wherever it is, would not shorten the mean wait by more than noise",
        "spare": "One fewer changes neither the mean wait nor the time in the hall by more than noise at: {places}.",
        "kept": "With one fewer all targets are still met at: {places}.",
        "comma": ", ",
    },
    "zh": {
        "axis": "平均等候（分钟）",
        1: "多一个",
        -1: "少一个",
        "today": "现状",
        "row": "{figure}：{base} → {value}，变化 {change}",
        "interval": "（{low} 至 {high}）",
        "noise": "，误差范围内",
        "cut": "{name}，平均等候将由 {base}缩短至 {value}",
        "lengthen": "{name}，平均等候将由 {base}延长至 {value}",
        "and": "；{said}",
        "to": "{name}，则延长至 {value}",
        "none": "无论在何处多一个台席或设备，平均等候的缩短都不超出误差范围",
        "spare": "少一个而平均等候与在厅时长的变化均不超出误差范围的有：{places}。",
        "kept": "少一个而全部目标仍达标的有：{places}。",
        "comma": "、",
    },
}


def _asked(material: Material) -> OneMore:
    assert material.one_more is not None
    return material.one_more


def _applies(material: Material) -> str:
    if material.one_more is None:
        return "no_steps"
    return "nobody_joined" if math.isnan(material.one_more.found.rows[0].base) else ""


def _finding(material: Material, lang: str) -> str:
    """Return what the best place for one more would do, and one fewer there; else what one fewer would do at worst."""
    asked, w = _asked(material), _WORDS[lang]
    waits = dict(zip(asked.steps, asked.changes("mean_wait"), strict=True))
    better = [step for step, row in waits.items() if row.status == BETTER]
    if not better:
        worse = [step for step, row in waits.items() if row.status == WORSE]
        if not worse:
            return w["none"]
        step = max(worse, key=lambda step: waits[step].difference)
        return w["none"] + w["and"].format(said=_would("lengthen", step, waits[step], lang))
    best = min(better, key=lambda step: waits[step].difference)
    said = sentence(_would("cut", best, waits[best], lang))
    other = next((s for s in waits if s.place == best.place and s.by != best.by and waits[s].status == WORSE), None)
    return said + (w["and"].format(said=_would("to", other, waits[other], lang)) if other else "")


def _would(verb: str, step: Step, row: Difference, lang: str) -> str:
    base, value = (amount(x, "min", lang) for x in (row.base, row.value))
    return _WORDS[lang][verb].format(name=getattr(step.name, lang), base=base, value=value)


def _figure(material: Material, lang: str) -> go.Figure:
    asked, w = _asked(material), _WORDS[lang]
    waits = asked.changes("mean_wait")
    places = list(dict.fromkeys(step.place for step in asked.steps))
    top = max(waits[0].base, *(x for row in waits for x in (row.value, row.base + row.high) if not math.isnan(x)))
    traces, words = [], []
    for i, (step, row) in enumerate(zip(asked.steps, waits, strict=True)):
        look, at = look_of(0 if step.by > 0 else 1), places.index(step.place)
        said = _said(asked, i + 1, lang)
        traces.append(_mark(row, at, look, lines_of(f"{name_of(step.place, lang, 40)} · {w[step.by]}", *said)))
        if row.status not in (NOISE, SAME):
            text = plain(amount(row.value, "min", lang))
            words.append(style.above_point(text, row.value, at, row.value > top / 2, 6))
    for by, number in ((1, 0), (-1, 1)):
        look = look_of(number)
        if any(step.by == by for step in asked.steps):
            marker = {"symbol": look.symbol, "size": 10, "color": look.color}
            traces.append(style.key(plain(w[by]), mode="markers", marker=marker))
    today = f"{w['today']}: {amount(waits[0].base, 'min', lang)}"
    traces.append(style.key(plain(today), mode="lines", line={"color": INK, "width": 1, "dash": "dot"}))
    line = {"color": INK, "width": 1, "dash": "dot"}
    base = {"type": "line", "x0": waits[0].base, "x1": waits[0].base, "yref": "paper", "y0": 0, "y1": 1, "line": line}
    y = rows_down([name_of(place, lang, 40) for place in places], 20) | {"rangemode": "normal"}
    x = {"title": plain(w["axis"]), "range": [0, 1.05 * top], "nticks": 6}
    return style.compose(traces, [Panel("", "", _ROW * len(places) + 16, axis=y)], x, words, [base])


def _mark(row: Difference, at: int, look: Look, said: str) -> dict[str, Any]:
    """Return the mean wait after one step, open and grey where it cannot be told from the hall as it is."""
    noise = row.status in (NOISE, SAME)
    color = GREY if noise else look.color
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "markers",
        "x": style.rounded([row.value]),
        "y": [at],
        "marker": {"symbol": look.symbol + ("-open" if noise else ""), "size": 10, "color": color},
        "hovertext": [said],
        "hoverinfo": "text",
        "showlegend": False,
    }
    if not math.isnan(row.low):
        trace["error_x"] = style.errors([row.value], [row.base + row.low], [row.base + row.high], color)
    return trace


def _said(asked: OneMore, hall: int, lang: str) -> list[str]:
    """Return what one variant changes, figure by figure."""
    w, found = _WORDS[lang], []
    for row in asked.found.of(hall):
        if row.figure.scope != "hall" or row.figure.kpi.name not in _TOLD or math.isnan(row.difference):
            continue
        unit, digits, after = row.figure.kpi.unit, decimals(row), unit_of(row.figure, lang)
        base, value = (signed(x, unit, digits).lstrip("+−") for x in (row.base, row.value))
        name = name_of(row.figure.label, lang, 60)
        text = w["row"].format(figure=name, base=base, value=value, change=signed(row.difference, unit, digits) + after)
        if not math.isnan(row.low):
            low, high = (signed(x, unit, digits) for x in (row.low, row.high))
            text += w["interval"].format(low=low, high=high)
        found.append(text + (w["noise"] if row.status in (NOISE, SAME) else ""))
    return found


def _remark(material: Material, lang: str) -> str:
    """Return who can be spared, with which targets kept, which targets turn, and how many days this is from."""
    asked, w = _asked(material), _WORDS[lang]
    both = zip(asked.steps, asked.changes("mean_wait"), asked.changes("time_in_hall"), strict=True)
    spare = [step.place for step, *rows in both if step.by < 0 and all(row.status in (NOISE, SAME) for row in rows)]
    after = zip(asked.steps, asked.found.results[1:], strict=True)
    kept = [step.place for step, results in after if step.by < 0 and _all_met(results)]
    said = []
    for word, places in (("spare", spare), ("kept", kept)):
        if places:
            said.append(w[word].format(places=w["comma"].join(name_of(place, lang, 40) for place in places)))
    said += broken(asked.found, lang)
    n, replications = asked.found.replications, material.results.replications
    if n < replications:
        said.append(first_of(n, replications, material.results.model.unit, lang))
    return sentences(lang, *said)


def _all_met(results: Results) -> bool:
    """Return whether the hall has targets, and keeps each beyond noise."""
    found = results.targets()
    return bool(found) and all(verdict.status == MET for verdict in found)


CHART = Chart(
    name="one_more",
    label=Label("One more, one fewer", "多一个与少一个"),
    note=Label(
        "Mean wait at the counters of the whole hall with one server more, or one fewer, at one place all day, all "
        "else as it is and with the same customers. Bars are 95 % intervals of the change over {days}, corrected so "
        "that all of them hold together; open and grey: inside the noise.",
        "仅在一处全天多设或少设一个台席（人员或设备），其余不变、客户相同时，全厅台席的平均等候。横线为变化量按{days}计算、"
        "经校正可同时成立的 95% 置信区间；空心灰色：误差范围内。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
    remark=_remark,
)
