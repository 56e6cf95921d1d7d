"""Who goes where in a network, and how long they wait there: visits of each hall by where they come from, and its wait.

In: figures by hall and by way from `Results` of networks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hallsim.charts import style
from hallsim.charts.base import Chart, Material, in_language
from hallsim.charts.style import GREY, INK, Panel
from hallsim.charts.subjects import NEGLIGIBLE, sentences
from hallsim.charts.text import BREAK, amount, lines_of, plain, say, sentence, wrapped
from hallsim.experiment.results import Estimate, Results
from hallsim.model import Branch, Label

if TYPE_CHECKING:
    import plotly.graph_objects as go

_WORDS = {
    "en": {
        "set_out": "customers per day, by where they come from",
        "wait": "mean wait at the counters, min",
        "finding": "{most} gets {share} of those who set out for a hall; the longest wait is at {slow}, {wait}",
        "sent": "{who} sends {n} a day on to other halls.",
        "from": "{origin} to {hall}: {value}",
    },
    "zh": {
        "set_out": "每日人次（按来源）",
        "wait": "台席平均等候（分钟）",
        "finding": "{share}的客户前往{most}；等候最长的是{slow}，{wait}",
        "sent": "{who}每日引导 {n} 人次前往其他营业厅。",
        "from": "{origin} → {hall}：{value}",
    },
}


def branches_of(results: Results) -> tuple[Branch, ...]:
    """Return the halls of the network, none where there is none."""
    return results.model.network.branches if results.model.network is not None else ()


def origins_of(results: Results) -> list[tuple[Label, list[Estimate | None]]]:
    """Return from where customers come, and how many a day to each hall (None: by no way)."""
    network = results.model.network
    assert network is not None, "only networks have ways"
    labels = {area.name: area.label for area in network.areas} | {b.name: b.label for b in network.branches}
    found: dict[str, list[Estimate | None]] = {}
    for way in network.ways:
        numbers = found.setdefault(way.origin, [None] * len(network.branches))
        numbers[way.branch] = results.estimate("set_out", "way", results.model.stations[way.station].name)
    there = {name: own for name, own in found.items() if any(e is not None and e.value > NEGLIGIBLE for e in own)}
    return [(labels[name], numbers) for name, numbers in there.items()]


def _applies(material: Material) -> str:
    results = material.results
    if not branches_of(results):
        return "no_network"
    return "" if origins_of(results) else "no_customers"


def _finding(material: Material, lang: str) -> str:
    results, w = material.results, _WORDS[lang]
    halls = branches_of(results)
    numbers = [results.estimate("set_out", "branch", b.name) for b in halls]
    waits = [results.estimate("mean_wait", "branch", b.name) for b in halls]
    most = max(range(len(halls)), key=lambda i: numbers[i].value)
    known = [i for i in range(len(halls)) if waits[i].value >= 0.0]  # not NaN
    slow = max(known, key=lambda i: waits[i].value, default=most)
    share = amount(numbers[most].value / sum(e.value for e in numbers), "share", lang)
    names = {"most": in_language(halls[most].label, lang), "slow": in_language(halls[slow].label, lang)}
    return sentence(w["finding"].format(share=share, wait=say(waits[slow], lang), **names))


def _figure(material: Material, lang: str) -> go.Figure:
    results, w = material.results, _WORDS[lang]
    halls = branches_of(results)
    names = [in_language(b.label, lang) for b in halls]
    traces: list[dict[str, Any]] = []
    for number, (label, values) in enumerate(origins_of(results)):
        look, origin = style.look_of(number), in_language(label, lang)
        at = [i for i, e in enumerate(values) if e is not None]
        shown = [e for e in values if e is not None]
        pairs = [(names[i], e) for i, e in enumerate(values) if e is not None]
        said = [w["from"].format(origin=origin, hall=hall, value=say(e, lang)) for hall, e in pairs]
        traces.append(
            {
                "type": "bar",
                "name": plain(origin),
                "x": at,
                "y": style.rounded([e.value for e in shown]),
                "width": 0.6,
                "marker": style.fill(look.color, look.hatch),
                "hovertext": [lines_of(text) for text in said],
                "hoverinfo": "text",
                "showlegend": True,
            }
        )
    waits = [results.estimate("mean_wait", "branch", b.name) for b in halls]
    bar: dict[str, Any] = {
        "type": "bar",
        "x": list(range(len(halls))),
        "y": style.rounded([e.value for e in waits]),
        "yaxis": "y2",
        "width": 0.6,
        "marker": style.fill(GREY, ""),
        "hovertext": [lines_of(f"{name}: {say(e, lang)}") for name, e in zip(names, waits, strict=True)],
        "hoverinfo": "text",
        "showlegend": False,
    }
    if results.replications > 1:
        value, low, high = ([getattr(e, key) for e in waits] for key in ("value", "low", "high"))
        bar["error_y"] = style.errors(value, low, high, INK)
    traces.append(bar)
    x = {
        "range": [-0.6, len(halls) - 0.4],
        "tickmode": "array",
        "tickvals": list(range(len(halls))),
        "ticktext": [BREAK.join(plain(line) for line in wrapped(name, 14)) for name in names],
        "showgrid": False,
        "ticks": "",
    }
    panels = [Panel(plain(w["set_out"]), "", 190), Panel(plain(w["wait"]), "", 120)]
    return style.compose(traces, panels, x, barmode="stack")


def _remark(material: Material, lang: str) -> str:
    results, w = material.results, _WORDS[lang]
    found = [(b, results.estimate("sent_on", "branch", b.name)) for b in branches_of(results)]
    sending = [(b, e) for b, e in found if e.value > NEGLIGIBLE]
    said = (w["sent"].format(who=in_language(b.label, lang), n=say(e, lang)) for b, e in sending)
    return sentences(lang, *map(sentence, said))


CHART = Chart(
    name="network",
    label=Label("Halls of the network", "各营业厅客流与等候"),
    note=Label(
        "Above: customers a day who set out for each hall, by the area where they live, or the hall that sent them on. "
        "Below: the mean wait of all who joined a line at the counters of the hall; error bars are 95 % intervals over "
        "{days}.",
        "上图：每日前往各厅的人次，按居住片区（或引导其前来的营业厅）划分。下图：各厅台席入队客户的平均等候，"
        "误差线为按{days}计算的 95% 置信区间。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
    remark=_remark,
)
