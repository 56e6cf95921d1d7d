"""Input uncertainty in words: intervals with the inputs' part, and which entry matters most, in both languages."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hallsim.experiment.inputs.intervals import Widened, widened
from hallsim.experiment.verdicts import show
from hallsim.kpis.base import UNITS
from hallsim.model import Label, Uncertain

if TYPE_CHECKING:
    from hallsim.experiment.figures import Figure
    from hallsim.experiment.results import Results

TITLE = Label("With uncertain inputs", "计入输入的不确定性")
HEADS = (Label("value", "数值"), Label("95 % interval", "95% 置信区间"), Label("of inputs", "输入所占"))


def intervals_of(results: Results) -> list[tuple[Figure, float, Widened]]:
    """Return each figure that was followed, its value, and its interval with the inputs, in the KPI's unit."""
    if results.inputs is None:
        return []
    shifts, variances = results.inputs.shifts
    found = []
    for figure, shift, variance in zip(results.inputs.figures, shifts, variances, strict=True):
        unit = UNITS[figure.kpi.unit]
        value, own = results.ratio(*figure.key)
        interval = widened(value, own, results.replications, shift / unit, variance / unit**2, results.confidence)
        if not math.isnan(interval.low):
            found.append((figure, value, _cut(figure, interval)))
    return found


def rows_of(results: Results) -> list[list[Label]]:
    """Return rows of cells, the head first; none if there is nothing to show."""
    rows = []
    for figure, value, found in intervals_of(results):
        unit = figure.kpi.unit
        ends = [f"{show(found.low, unit, lang)} – {show(found.high, unit, lang)}" for lang in ("en", "zh")]
        values = [show(value, unit, lang) for lang in ("en", "zh")]
        share = "–" if math.isnan(found.share) else f"{100.0 * found.share:.0f} %"
        rows.append([_capital(figure.label), Label(*values), Label(*ends), Label(share, share)])
    return [[TITLE, *HEADS], *rows] if rows else []


def sentences(results: Results) -> list[Label]:
    """Return what is uncertain, and what matters most."""
    entries = results.model.uncertain
    said = [
        Label(
            f"Uncertain: {', '.join(written(entry) for entry in entries)}.",
            f"不确定的输入：{'，'.join(written(entry) for entry in entries)}。",
        )
    ]
    found = results.inputs
    if found is None:
        return [*said, Label("What that does to the figures was not simulated.", "其影响尚未仿真。")]
    n, days = len(found.factors), len(found.written)
    said.append(
        Label(
            f"Intervals with the inputs: {n} groups of {days} replications, each with inputs of its own, beside the "
            "same as written; the last column is the part of the variance that comes from the inputs.",
            f"计入输入的区间：{n} 组、每组 {days} 次，各组输入不同，与按所写输入的同样各次比较；"
            "末列为方差中来自输入的比例。",
        )
    )
    swings = found.swings(0)
    figure, most = found.figures[0], swings[0]
    unit = UNITS[figure.kpi.unit]
    low, high = sorted((most.low / unit, most.high / unit))
    if most.size > 0.0:
        ends = {lang: [signed(x, figure.kpi.unit, lang) for x in (low, high)] for lang in ("en", "zh")}
        said.append(
            Label(
                f"The {figure.label.en} depends most on {most.entry.path}: {ends['en'][0]} to {ends['en'][1]}.",
                f"对{figure.label.zh}影响最大的是 {most.entry.path}：{ends['zh'][0]} 至 {ends['zh'][1]}。",
            )
        )
    return said


def as_dict(results: Results) -> dict[str, Any]:
    """Return everything for JSON."""
    found = results.inputs
    assert found is not None
    figures = []
    for figure, value, interval in intervals_of(results):
        unit = UNITS[figure.kpi.unit]
        swings = found.swings(found.figures.index(figure))
        figures.append(
            {
                "kpi": figure.kpi.name,
                "scope": figure.scope,
                "item": figure.item,
                "within_min": figure.within_min,
                "value": value,
                "low": interval.low,
                "high": interval.high,
                "shift": interval.shift,
                "share_of_inputs": None if math.isnan(interval.share) else interval.share,
                "swings": [{"path": s.entry.path, "low": s.low / unit, "high": s.high / unit} for s in swings],
            }
        )
    entries = [{"path": e.path, "low": e.low, "high": e.high, "law": e.law} for e in found.entries]
    return {"uncertain": entries, "groups": len(found.factors), "days": len(found.written), "figures": figures}


def written(entry: Uncertain) -> str:
    """Return an uncertain entry as planners write it.

    >>> written(Uncertain("arrivals.per_hour", 0.95, 1.05, "normal"))
    'arrivals.per_hour ± 5 %'
    """
    if entry.law == "normal":
        return f"{entry.path} ± {100.0 * (entry.high - 1.0):.3g} %"
    low, high = (f"{100.0 * (end - 1.0):+.3g}".replace("-", "−") for end in (entry.low, entry.high))
    return f"{entry.path} {low} % – {high} %"


def signed(value: float, unit: str, lang: str) -> str:
    """Return a change with its sign and unit; those of shares in points."""
    sign = "−" if value < 0.0 else "+"
    if unit != "share":
        return sign + show(abs(value), unit, lang)
    return f"{sign}{100.0 * abs(value):.2g} " + ("个百分点" if lang == "zh" else "points")


def _cut(figure: Figure, found: Widened) -> Widened:
    """Cut an interval off where shares and times end."""
    high = min(found.high, 1.0) if figure.kpi.unit == "share" else found.high
    return found._replace(low=max(found.low, 0.0), high=high)


def _capital(label: Label) -> Label:
    return Label(label.en[0].upper() + label.en[1:], label.zh)
