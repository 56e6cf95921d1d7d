"""A sweep as plain text of at most 80 columns, and as sentences, in English or Chinese."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hallsim.errors import UsageError
from hallsim.experiment.sweeps.effects import Effect, main_effects
from hallsim.experiment.sweeps.pareto import front, usual
from hallsim.experiment.sweeps.surface import Interaction, surface
from hallsim.experiment.table import check_table, display_width, fit, table_within, wrap
from hallsim.experiment.verdicts import show
from hallsim.model import Label

if TYPE_CHECKING:
    from hallsim.experiment.sweeps.swept import Swept

MOST_ROWS = 20
"""Points of the front that are printed."""
MOST_FACTORS = 4
"""Factors that have a column of their own beside the figures."""

TOLD = 0.01
"""Shares of the variation from which on it is told that two factors work together."""

_WORDS = {
    "en": {
        "title": "{label} · {n} of {wanted} points, {days} {units} each, the same customers · seed {seed}",
        "days": "days",
        "runs": "runs",
        "horizons": "horizons",
        "effects": "{figure}: what each factor does, all others averaged",
        "lowest": "lowest",
        "highest": "highest",
        "change": "change",
        "at": "{value} at {level}",
        "front": "Points that no other beats in {figures}: {n}",
        "point": "point",
        "more": "{n} more; `hallsim results FOLDER --front` lists them all.",
        "together": "{a} and {b} work together: {share} of the variation is in their combination.",
        "alone": "No two factors work together noticeably.",
        "problems": "{n} points could not be simulated; point {first}: {why}",
        "none": "Nothing varies: there is nothing to compare.",
        "strongest": "What matters most is {factor}: {figure} falls from {most} at {at_most} to {least} at {at_least}, "
        "a change of {change} ± {half}.",
        "noise": "No factor changes {figure} by more than noise.",
        "note": "± is half the 95 % interval; it holds noise and what the factors do together.",
        "open": "{n} points are still to be simulated.",
    },
    "zh": {
        "title": "{label} · {wanted} 个方案点中的 {n} 个，各 {days} {units}，客户相同 · 种子 {seed}",
        "days": "天",
        "runs": "次",
        "horizons": "个周期",
        "effects": "{figure}：各因素的影响（其余因素取平均）",
        "lowest": "最低",
        "highest": "最高",
        "change": "变化",
        "at": "{level} 时 {value}",
        "front": "按{figures}，不被任何其他点全面超过的点：{n} 个",
        "point": "点",
        "more": "另有 {n} 个，见 `hallsim results FOLDER --front`。",
        "together": "{a}与{b}相互影响：{share} 的差异来自两者的组合。",
        "alone": "各因素之间无明显相互影响。",
        "problems": "{n} 个点无法仿真；第 {first} 点：{why}",
        "none": "没有变化的因素，无从比较。",
        "strongest": "{factor}影响最大：{figure}由 {at_most} 时的 {most} 降至 {at_least} 时的 {least}，"
        "变化 {change} ± {half}。",
        "noise": "没有因素使{figure}发生超出误差的变化。",
        "note": "± 为 95% 置信区间的一半，含随机误差与因素间的相互影响。",
        "open": "尚有 {n} 个点未仿真。",
    },
}


def render(found: Swept, lang: str = "en", width: int = 80, kpi: str = "mean_wait") -> str:
    """Return the sweep as text: what each factor does to a figure, the front, and what is to be known.

    Raises
    ------
    UsageError
        For a language other than "en" and "zh", fewer than 80 columns, or a figure that was not measured.
    """
    check_table(lang, width)
    w, figure = _WORDS[lang], found.figure(kpi)
    lines = wrap(title(found, lang), width)
    effects = main_effects(found, figure)
    if effects:
        lines += ["", *wrap(w["effects"].format(figure=_capital(figure_name(found, figure, lang))), width)]
        lines += _effects(found, effects, figure, lang, width)
    if len(found.designs):
        rows = front(found)
        names = _list([figure_name(found, found.figure(name), lang) for name in usual(found)], lang)
        lines += ["", *wrap(w["front"].format(figures=names, n=len(rows)), width)]
        lines += points(found.take(rows[:MOST_ROWS]), lang, width, list(usual(found)))
        if len(rows) > MOST_ROWS:
            lines += wrap(w["more"].format(n=len(rows) - MOST_ROWS), width)
    lines.append("")
    for sentence in sentences(found, lang, figure):
        lines += wrap(sentence, width)
    return "\n".join(line.rstrip() for line in lines)


def title(found: Swept, lang: str) -> str:
    """Return what the sweep is, in a line."""
    w, about = _WORDS[lang], found.about
    return w["title"].format(
        label=_in(found.label, lang),
        n=f"{len(found.designs):,}",
        wanted=f"{found.wanted:,}",
        days=about["days"],
        units=w[f"{found.replication}s"],
        seed=about["seed"],
    )


def sentences(found: Swept, lang: str, figure: int) -> list[str]:
    """Return what the sweep says about a figure, a plain sentence each."""
    w = _WORDS[lang]
    effects = main_effects(found, figure)
    out = []
    if not effects:
        out.append(w["none"])
    elif effects[0].is_noise:
        out.append(w["noise"].format(figure=figure_name(found, figure, lang)))
    else:
        out.append(strongest(found, effects[0], figure, lang))
    out += [_together(found, x, lang) for x in told(found, figure)] or ([w["alone"]] if len(effects) > 1 else [])
    if effects:
        out.append(w["note"])
    if found.problems:
        first = min(found.problems)
        out.append(w["problems"].format(n=len(found.problems), first=first, why=found.problems[first]))
    if not found.complete:
        out.append(w["open"].format(n=f"{found.wanted - len(found.designs) - len(found.problems):,}"))
    return out


def strongest(found: Swept, effect: Effect, figure: int, lang: str) -> str:
    """Return the sentence about the factor that matters most."""
    unit = found.figures[figure].kpi.unit
    factor = _in(found.factors[effect.factor].label, lang)
    return _WORDS[lang]["strongest"].format(
        factor=factor,
        figure=figure_name(found, figure, lang),
        most=show(float(effect.means[effect.most]), unit, lang),
        at_most=effect.levels[effect.most],
        least=show(float(effect.means[effect.least]), unit, lang),
        at_least=effect.levels[effect.least],
        change=change(effect.change, unit, lang),
        half=change(effect.change_half, unit, lang),
    )


def told(found: Swept, figure: int) -> list[Interaction]:
    """Return the pairs of factors that work together so much that it is told, at most three."""
    try:
        together = surface(found, figure).interactions
    except UsageError:  # too few points
        return []
    return [x for x in together if x.share >= TOLD and x.p < 0.01][:3]


def points(found: Swept, lang: str, width: int, kpis: list[str]) -> list[str]:
    """Return points as a table: number, factors as far as there is room, and some figures."""
    rows = point_rows(found, lang, kpis, MOST_FACTORS)
    return table_within(rows, width)


def point_rows(found: Swept, lang: str, kpis: list[str], most_factors: int | None = None) -> list[list[str]]:
    """Return points as rows of cells, the head first: number, factors, and some figures with half their intervals."""
    columns, factors = [found.figure(kpi) for kpi in kpis], found.factors[:most_factors]
    rows = [[_WORDS[lang]["point"], *(_in(f.label, lang) for f in factors), *(_head(found, i, lang) for i in columns)]]
    for row, design in enumerate(found.designs):
        cells = [str(design), *(cell(f.values[row]) for f in factors)]
        for i in columns:
            cells.append(_with_half(found.values[row, i], found.half_widths[row, i], found.figures[i].kpi.unit))
        rows.append(cells)
    return rows


def figure_name(found: Swept, i: int, lang: str) -> str:
    """Return the name of a figure inside a sentence."""
    return _in(found.figures[i].label, lang)


def cell(value: Any) -> str:
    """Return a factor's value as tables show it."""
    return value if isinstance(value, str) else f"{value:.6g}"


def _effects(found: Swept, effects: list[Effect], figure: int, lang: str, width: int) -> list[str]:
    w, unit = _WORDS[lang], found.figures[figure].kpi.unit
    rows = [["", w["lowest"], w["highest"], w["change"], "±"]]
    for effect in effects:
        ends = [
            w["at"].format(value=show(float(effect.means[i]), unit, lang), level=fit(effect.levels[i], 14))
            for i in (effect.least, effect.most)
        ]
        label = _in(found.factors[effect.factor].label, lang)
        sizes = [change(x, unit, lang) for x in (effect.change, effect.change_half)]
        rows.append([label, *ends, *sizes])
    widths = [max(display_width(row[i]) for row in rows) + 2 for i in range(1, 5)]
    first = max(width - sum(widths), 12)
    return table_within(rows, width, first)


def _together(found: Swept, x: Interaction, lang: str) -> str:
    a, b = (_in(found.factors[i].label, lang) for i in (x.first, x.second))
    return _WORDS[lang]["together"].format(
        a=_capital(a) if lang == "en" else a, b=b, share=show(x.share, "share", lang)
    )


def _head(found: Swept, i: int, lang: str) -> str:
    """Return a figure's name with its unit, for the head of a column."""
    unit = found.figures[i].kpi.unit
    minutes, hours = ("分钟", "小时") if lang == "zh" else ("min", "h")
    sign = {"share": "%", "min": minutes, "min per day": hours}.get(unit, "")
    return figure_name(found, i, lang) + (("，" if lang == "zh" else ", ") + sign if sign else "")


def _with_half(value: float, half: float, unit: str) -> str:
    """Return a value with half its interval, in the unit of the column's head."""
    if math.isnan(value):
        return "–"
    scale = {"share": 100.0, "min per day": 1.0 / 60.0}.get(unit, 1.0)
    digits = 2 if abs(scale * value) < 9.95 else 1
    return f"{scale * value:.{digits}f}" + ("" if math.isnan(half) else f" ±{scale * half:.{digits}f}")


def change(value: float, unit: str, lang: str) -> str:
    """Return a change of a figure: of a share, in points."""
    if unit == "share" and not math.isnan(value):
        return f"{100 * value:.1f}" + (" 个百分点" if lang == "zh" else " points")
    return show(value, unit, lang)


def _list(names: list[str], lang: str) -> str:
    return "、".join(names) if lang == "zh" else " and ".join([", ".join(names[:-1]), names[-1]])


def _in(label: Label, lang: str) -> str:
    return label.zh if lang == "zh" else label.en


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
