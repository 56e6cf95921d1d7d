"""What the hall costs a day, by kind: what is paid out, and what waiting and lost customers are thought to cost.

In: figures of money from `Results`, of halls that state `costs`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hallsim.charts import style
from hallsim.charts.base import Chart, Material, in_language
from hallsim.charts.style import GREY, INK, Panel
from hallsim.charts.subjects import NEGLIGIBLE, sentences, try_estimate
from hallsim.charts.text import amount, lines_of, plain, rows_down, say, sentence
from hallsim.experiment.results import Estimate, Results
from hallsim.model import Label

if TYPE_CHECKING:
    import plotly.graph_objects as go

PAID = ("cost_wages", "cost_rent", "cost_equipment", "cost_channels")
THOUGHT = ("cost_waiting", "cost_lost", "cost_churn")
"""Kinds of cost that are paid out, and those that are values of what customers go through."""
_ROW = 40
_WORDS = {
    "en": {
        "axis": "money per day",
        "paid": "paid out",
        "thought": "valued: customers' time, lost customers",
        "hall": "the hall costs",
        "network": "the halls together cost",
        "finding": "{who} {cost} a day, {unit} a transaction; {most} are {share} of it",
        "business": "The business of a day costs {paper} on paper, of which {avoidable} could be avoided: only that is "
        "saved where it goes elsewhere.",
    },
    "zh": {
        "axis": "金额（每日）",
        "paid": "实际支出",
        "thought": "折算：客户时间与流失",
        "hall": "每日运营成本",
        "network": "各营业厅每日运营成本合计",
        "finding": "{who} {cost}，单笔业务成本 {unit}，其中{most}占 {share}",
        "business": "当日业务账面成本 {paper}，其中可避免的为 {avoidable}：业务转走时真正节省的只有后者。",
    },
}


def kinds_of(results: Results) -> list[Estimate]:
    """Return the kinds of cost that there are, those paid out first."""
    found = (results.estimate(name) for name in (*PAID, *THOUGHT))
    return [e for e in found if e.value > NEGLIGIBLE]


def _applies(material: Material) -> str:
    results = material.results
    if "costs" not in results.plan.layout.features:
        return "no_costs"
    return "" if kinds_of(results) else "nothing_costs"


def _finding(material: Material, lang: str) -> str:
    results, w = material.results, _WORDS[lang]
    cost, unit = results.estimate("cost"), results.estimate("unit_cost")
    most = max((results.estimate(name) for name in PAID), key=lambda e: e.value)
    name = most.kpi.zh if lang == "zh" else most.kpi.en.lower()
    share = amount(most.value / cost.value if cost.value > 0 else 0.0, "share", lang)
    who = w["hall" if results.model.network is None else "network"]
    return sentence(w["finding"].format(who=who, cost=say(cost, lang), unit=say(unit, lang), most=name, share=share))


def _figure(material: Material, lang: str) -> go.Figure:
    results, w = material.results, _WORDS[lang]
    found = kinds_of(results)
    names = [in_language(Label(e.kpi.en, e.kpi.zh), lang) for e in found]
    traces: list[dict[str, Any]] = []
    for word, kinds, marker in (("paid", PAID, style.fill(GREY, "")), ("thought", THOUGHT, style.fill(GREY, "/"))):
        at = [i for i, e in enumerate(found) if e.kpi.name in kinds]
        chosen = [found[i] for i in at]
        if not chosen:
            continue
        bar: dict[str, Any] = {
            "type": "bar",
            "orientation": "h",
            "name": plain(w[word]),
            "x": style.rounded([e.value for e in chosen]),
            "y": at,
            "width": 0.7,
            "marker": marker,
            "hovertext": [lines_of(f"{names[i]}: {say(found[i], lang)}") for i in at],
            "hoverinfo": "text",
            "showlegend": True,
        }
        if results.replications > 1:
            value, low, high = ([getattr(e, key) for e in chosen] for key in ("value", "low", "high"))
            bar["error_x"] = style.errors(value, low, high, INK)
        traces.append(bar)
    x = {"title": plain(w["axis"]), "rangemode": "tozero", "showgrid": True, "nticks": 6}
    return style.compose(traces, [Panel("", "", _ROW * len(found) + 10, axis=rows_down(names))], x, barmode="overlay")


def _remark(material: Material, lang: str) -> str:
    paper, avoidable = (try_estimate(material.results, name) for name in ("paper_cost", "avoidable_cost"))
    if paper is None or avoidable is None or not paper.value > 0.0:
        return ""
    return sentences(lang, _WORDS[lang]["business"].format(paper=say(paper, lang), avoidable=say(avoidable, lang)))


CHART = Chart(
    name="money",
    label=Label("What the hall costs", "运营成本"),
    note=Label(
        "Cost a day by kind, in the scenario's money. Wages, rent, equipment and other channels are paid out and sum "
        "to the cost of the hall; waiting, lost customers and churn are valued as the scenario says, and stand apart. "
        "Error bars are 95 % intervals over {days}.",
        "每日成本，按类别，以方案所用货币计。人工、租金、设备和其他渠道为实际支出，其和为运营成本；等候、流失客户和离网"
        "按方案所述单价折算，另列。误差线为按{days}计算的 95% 置信区间。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
    remark=_remark,
)
