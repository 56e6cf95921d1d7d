"""Guard rails in words: rows for tables, exact answers, warnings, in both languages."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hallsim.experiment.guard.reach import CAPACITY
from hallsim.experiment.verdicts import show
from hallsim.model import Label

if TYPE_CHECKING:
    from hallsim.experiment.guard import Exact, Guard, Load, Reach
    from hallsim.experiment.results import Results

TITLE = Label("Load and theory", "负荷与理论值")
HEADS = (
    Label("station", "服务点"),
    Label("work", "工作量"),
    Label("at peak", "高峰"),
    Label("on duty", "在岗"),
    Label("peak", "高峰时段"),
    Label("no waits", "无等候"),
    Label("busy", "办理中"),
)
NOTE = Label(
    "Servers' worth of work, on average and in the hour of least room; on duty then; busy then if nobody ever waited "
    "(M(t)/G/inf); busy on average.",
    "工作量以所需台席数计：平均值与最紧张的一小时；该时段在岗台席数；若无人等候则该时段的办理人数（M(t)/G/∞）；平均办理人数。",
)
_TOLERANCE = 1.005
"""Rounding and the end of the day: a mean is over its bound from half a per cent on."""
_MOST_HOURS = 4


def rows_of(found: Guard) -> list[list[Label]]:
    """Return a row of cells for each station, as `HEADS` has them."""
    rows = []
    for load in found.loads:
        i = load.peak
        when = "" if not load.hours else _clock(load.hours[i][0])
        numbers = [_mean(load), load.offered[i], load.on_duty[i]]
        cells = [f"{x:.1f}" for x in numbers] + [when] + [f"{x:.1f}" for x in (load.infinite[i], load.busy)]
        rows.append([load.label, *(Label(cell, cell) for cell in cells)])
    return rows


def exact_sentences(found: Guard) -> list[Label]:
    """Return what theory says exactly, a sentence for each figure."""
    said = []
    for exact in found.exact:
        e = exact.estimate
        values = {lang: (show(exact.value, e.kpi.unit, lang), show(e.value, e.kpi.unit, lang)) for lang in ("en", "zh")}
        en = f"{exact.model}: {_small(e.kpi.en)} is {values['en'][0]} exactly; simulated {values['en'][1]}."
        zh = f"{exact.model}：{e.kpi.zh}的精确值为 {values['zh'][0]}，仿真值为 {values['zh'][1]}。"
        said.append(Label(en, zh))
    return said


def warnings_of(
    results: Results,
    loads: tuple[Load, ...],
    exact: tuple[Exact, ...],
    reach: tuple[Reach, ...],
    broken: list[tuple[str, int | None]],
) -> tuple[Label, ...]:
    """Return a sentence wherever results, theory and targets cannot all be right."""
    said = [_overload(load, results.model.steady) for load in loads if load.over]
    said += [_contradiction(found) for found in exact if found.contradicts]
    said += [_too_busy(load) for load in loads if load.busy > _TOLERANCE * load.most_busy + 0.005]
    labels = {station.name: station.label for station in results.model.stations}
    said += [_little(labels[name], hour) for name, hour in broken]
    said += [out_of_reach(found) for found in reach if found.out_of_reach]
    return tuple(said)


def _overload(load: Load, steady: bool) -> Label:
    if steady:
        fate = Label("", "")
        if load.endless:
            fate = Label(
                "; the line grows without end, and every figure depends on the length of the run",
                "；队伍无限增长，各项结果取决于仿真时长",
            )
        need, there = f"{load.offered[0]:.2f}", f"{load.on_duty[0]:.2f}"
        return Label(
            f"{load.label.en}: work for {need} servers comes, and {there} are on duty{fate.en}.",
            f"{load.label.zh}：工作量需 {need} 个台席，在岗 {there} 个{fate.zh}。",
        )
    shown = load.over[:_MOST_HOURS]
    parts = [f"{_clock(load.hours[i][0])} {load.offered[i]:.1f} > {load.on_duty[i]:.1f}" for i in shown]
    more = len(load.over) - len(shown)
    rest = Label(f" and {more} more hours", f"，另有 {more} 个时段") if more else Label("", "")
    return Label(
        f"{load.label.en}: more work comes than the servers on duty can do, so that the line grows meanwhile: "
        f"{', '.join(parts)}{rest.en}.",
        f"{load.label.zh}：以下时段工作量超过在岗台席，队伍持续增长：{'，'.join(parts)}{rest.zh}。",
    )


def _contradiction(found: Exact) -> Label:
    e = found.estimate
    spans = {lang: f"{show(e.low, e.kpi.unit, lang)} – {show(e.high, e.kpi.unit, lang)}" for lang in ("en", "zh")}
    value = {lang: show(found.value, e.kpi.unit, lang) for lang in ("en", "zh")}
    return Label(
        f"Contradiction: {_small(e.kpi.en)} is simulated as {spans['en']}, but {found.model} gives {value['en']} "
        "exactly; the runs, or their warm-up, may be too short.",
        f"矛盾：{e.kpi.zh}的仿真区间为 {spans['zh']}，而 {found.model} 的精确值为 {value['zh']}；"
        "可能是仿真时长或预热期过短。",
    )


def _too_busy(load: Load) -> Label:
    busy, most = f"{load.busy:.2f}", f"{load.most_busy:.2f}"
    return Label(
        f"Contradiction: {load.label.en} is busy with {busy} customers on average, but could be with at most {most} "
        "if nobody waited.",
        f"矛盾：{load.label.zh}平均办理 {busy} 人，而即使无人等候也至多 {most} 人。",
    )


def _little(label: Label, hour: int | None) -> Label:
    when = Label("", "") if hour is None else Label(f" up to {_clock(hour + 60)}", f"截至 {_clock(hour + 60)}")
    return Label(
        f"Contradiction: at {label.en} the people waiting{when.en} do not agree with arrivals times waits "
        "(Little's law).",
        f"矛盾：{label.zh}{when.zh}的排队人数与到达和等候时长不符（利特尔法则）。",
    )


def out_of_reach(found: Reach) -> Label:
    """Return that a target is out of reach, and how far at best any rule could come."""
    v = found.verdict
    e, unit = v.estimate, v.estimate.kpi.unit
    best = math.floor(1000.0 * found.best) / 1000.0 if unit == "share" and v.at_least else found.best
    values = {lang: (show(best, unit, lang), show(v.bound, unit, lang)) for lang in ("en", "zh")}
    within = "" if e.within_min is None else f" {e.within_min:g} min"
    within_zh = "" if e.within_min is None else f"（{e.within_min:g} 分钟）"
    what = _small(e.kpi.en).replace(" within T", " within" + within)
    sign = Label("at most", "至多") if v.at_least else Label("at least", "至少")
    why = (
        Label("with the servers on duty", "以现有在岗台席")
        if found.why == CAPACITY
        else Label("even if nobody waited, because some do not answer when called", "因部分客户过号，即使无人等候")
    )
    return Label(
        f"Out of reach for any rule of calling: {e.label.en}: {what} can be {sign.en} {values['en'][0]} {why.en}; the "
        f"target is {values['en'][1]}.",
        f"任何叫号规则都无法达到：{e.label.zh}：{e.kpi.zh}{within_zh}{why.zh}{sign.zh} {values['zh'][0]}，"
        f"目标为 {values['zh'][1]}。",
    )


def _mean(load: Load) -> float:
    lengths = [end - begin for begin, end in load.hours] or [1.0]
    return sum(x * n for x, n in zip(load.offered, lengths, strict=True)) / sum(lengths)


def _clock(minute: float) -> str:
    return f"{int(minute) // 60:02d}:{int(minute) % 60:02d}"


def _small(text: str) -> str:
    return text[0].lower() + text[1:]
