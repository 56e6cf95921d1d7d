"""The log beside its simulation, for readers: rows of figures and plain sentences, in both languages.

In: the `Comparison` of a re-enacted log and its model. Out: labels. Tables and reports take them from here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hallsim.kpis import KPIS
from hallsim.model import Label, Model

if TYPE_CHECKING:
    from hallsim.replay import Comparison

TITLE = Label("Log beside simulation", "实际记录与仿真对照")
LOG, SIMULATION = Label("log", "实际"), Label("simulation", "仿真")
_SHOWN = ((0, "wait_p50"), (2, "wait_p90"))
"""Which of the comparison's points are shown, and the KPIs that they are."""

LEAST_TOLD = 0.005
"""A smaller share of calls out of order reads as 0 % and is no reason for anything."""

_LEFT_OUT = {
    "never_joined": Label("rows that never joined a line ({n})", "{n} 行从未排队"),
    "gave_up": Label(
        "tickets given up or not answered, whose counter is not known ({n})",
        "{n} 个弃号或过号（不知在等哪个台席）",
    ),
    "no_counter": Label("tickets served at a counter that the log does not name ({n})", "{n} 个已办理但无台席记录的号"),
}
_ORDERS = {
    "ticket": Label("in the order of the visits' first tickets", "按客户首次取号的先后叫号"),
    "line": Label("in the order of joining each line", "按进入各队列的先后叫号"),
}


def figures(found: Comparison) -> list[tuple[Label, Label, Label]]:
    """Return rows of name, figure of the log and figure of the simulation."""
    rows = [
        (Label("Tickets (legs)", "号（段）数"), _same(str(found.legs)), _same(str(found.legs))),
        (_kpi("mean_wait"), _wait(found.observed_mean_min), _wait(found.simulated_mean_min)),
    ]
    for i, name in _SHOWN:
        rows.append((_kpi(name), _wait(found.observed_points_min[i]), _wait(found.simulated_points_min[i])))
    difference = "–" if math.isnan(found.difference) else f"{round(100 * found.difference, 2) + 0.0:+.2f} %"
    correlation = "–" if math.isnan(found.correlation) else f"{found.correlation:.4f}"
    rows.append((Label("Difference of the mean waits", "平均等候之差"), _same(""), _same(difference)))
    rows.append((Label("Correlation, ticket by ticket", "逐号相关系数"), _same(""), _same(correlation)))
    return rows


def why_points_differ(found: Comparison) -> Label | None:
    """Return why the longest waits of log and simulation differ; None where they do not, or by no rule of calling."""
    if found.order not in _ORDERS or math.isnan(found.out_of_order):
        return None
    seen, made = _wait(found.observed_points_min[2]), _wait(found.simulated_points_min[2])
    if seen == made or found.out_of_order < LEAST_TOLD:
        return None
    order = _ORDERS[found.order]
    share = f"{100 * found.out_of_order:.0f} %"
    return Label(
        f"In the log {share} of the calls passed somebody who was waiting longer for the same counters; the simulation "
        f"calls {order.en}, "
        f"so others have the longest waits: 90 % of the tickets waited at most {seen.en} in the log and {made.en} in "
        "the simulation.",
        f"实际叫号中有 {share} 越过了同一台席前更早等候的客户；仿真{order.zh}，因此等候最长的客户不同："
        f"90% 的号实际等候不超过 {seen.zh}，仿真不超过 {made.zh}。",
    )


def notes(found: Comparison, model: Model) -> list[Label]:
    """Return what the simulation of a log leaves out, shortens or has to find, in a sentence each."""
    said = []
    if found.visits != found.legs:
        said.append(
            Label(
                f"The log has {found.visits} visits with {found.legs} stays in a line; every figure here counts each "
                "stay as a customer of its own.",
                f"日志共有 {found.visits} 次到访、{found.legs} 次排队；以下各指标均将每次排队计为一位客户。",
            )
        )
    left_out = [(_LEFT_OUT[reason], n) for reason, n in found.left_out.items()]
    if left_out:
        en, zh = (
            between.join(getattr(label, lang).format(n=n) for label, n in left_out)
            for lang, between in (("en", ", "), ("zh", "，"))
        )
        said.append(Label(f"Not re-enacted: {en}.", f"未回放：{zh}。"))
    if found.cut:
        said.append(
            Label(
                f"Services shortened: {found.cut}, of which {found.forgotten} because the end button was forgotten.",
                f"截短的办理：{found.cut} 次，其中 {found.forgotten} 次因忘按结束键。",
            )
        )
    labels = {station.name: station.label for station in model.stations}
    for name, n in found.servers_found.items():
        said.append(
            Label(
                f"Servers at {labels[name].en}, the most that the log has busy at once: {n}.",
                f"{labels[name].zh}：{n} 个台席，即实际记录中同时办理的最大数。",
            )
        )
    return said


def _kpi(name: str) -> Label:
    return Label(KPIS[name].en, KPIS[name].zh)


def _wait(minutes: float) -> Label:
    """Return a wait, exact where results have it from a histogram: shown so coarsely that both read the same."""
    if math.isnan(minutes):
        return _same("–")
    text = f"{minutes:.1f}" if minutes >= 9.995 else f"{minutes:.2f}"
    return Label(f"{text} min", f"{text} 分钟")


def _same(text: str) -> Label:
    return Label(text, text)
