"""Held against its targets, is the hall good enough? Met, missed, or within the noise; and a plain sentence.

A target is met if the whole interval lies on its good side, missed if the whole interval lies on the
other; in between the run is too short to tell. One replication has no interval and proves nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hallsim.kpis import kpi_of
from hallsim.model import US_PER_MINUTE, Model, Target

if TYPE_CHECKING:
    from hallsim.experiment.results import Estimate, Results

MET, MISSED, NOISE, NOTHING = "met", "missed", "within the noise", "nobody came"
_USUAL_MIN = 10.0
_ZH = {MET: "达标", MISSED: "未达标", NOISE: "误差范围内，无法判定", NOTHING: "无客户"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one target. `bound` and the estimate are in the KPI's unit."""

    target: Target
    estimate: Estimate
    bound: float
    at_least: bool
    status: str

    @property
    def status_zh(self) -> str:
        """The status in Chinese."""
        return _ZH[self.status]

    def sentence(self, lang: str = "en") -> str:
        """Return the verdict as a plain sentence."""
        e = self.estimate
        value, bound = show(e.value, e.kpi.unit, lang), show(self.bound, e.kpi.unit, lang)
        interval = ""
        if not math.isnan(e.low):
            interval = f"{show(e.low, e.kpi.unit, lang)} – {show(e.high, e.kpi.unit, lang)}"
        if lang == "zh":
            who = e.label.zh
            what = e.kpi.zh + (f"（{e.within_min:g} 分钟）" if e.within_min is not None else "")
            between = f"（95% 区间 {interval}）" if interval else ""
            sign = "不低于" if self.at_least else "不高于"
            return f"{who}：{what} {value}{between}，目标{sign} {bound}：{self.status_zh}"
        what = e.kpi.en
        if e.within_min is not None:
            what = what.replace("within T", f"within {e.within_min:g} min")
        between = f" ({interval})" if interval else ""
        sign = "at least" if self.at_least else "at most"
        return f"{e.label.en}: {what[0].lower()}{what[1:]} is {value}{between}, target {sign} {bound}: {self.status}"

    def as_dict(self) -> dict[str, Any]:
        """Return the verdict for JSON."""
        e = self.estimate
        return {
            "kpi": e.kpi.name,
            "scope": e.scope,
            "item": e.item,
            "within_min": e.within_min,
            "bound": self.bound,
            "at_least": self.at_least,
            "value": None if math.isnan(e.value) else e.value,
            "low": None if math.isnan(e.low) else e.low,
            "high": None if math.isnan(e.high) else e.high,
            "unit": e.kpi.unit,
            "status": self.status,
            "sentence_en": self.sentence("en"),
            "sentence_zh": self.sentence("zh"),
        }


def verdicts(results: Results) -> list[Verdict]:
    """Return the verdict on each target of the scenario, in its order."""
    return [_verdict(results, target) for target in results.model.targets]


def _verdict(results: Results, target: Target) -> Verdict:
    scope, item = scope_of(results.model, target)
    within = target.within / US_PER_MINUTE if kpi_of(target.measure).per_threshold else None
    estimate = results.estimate(target.measure, scope, item, within_min=within)
    at_least = target.at_least is not None
    bound = target.at_least if target.at_least is not None else target.at_most
    assert bound is not None, "the scenario's checks give every target a bound"
    return Verdict(target, estimate, bound, at_least, judge(estimate, bound, at_least))


def scope_of(model: Model, target: Target) -> tuple[str, str | None]:
    """Return which of the reported items a target speaks of."""
    block = kpi_of(target.measure).block
    if model.network is not None and target.branch >= 0 and target.ticket_class < 0:
        branch = model.network.branches[target.branch]
        counters = [i for i in range(branch.first, branch.beyond) if model.stations[i].role == "counter"]
        if target.station < 0 or counters == [target.station]:
            return "branch", branch.name
    station = model.stations[target.station].name if target.station >= 0 else None
    one_counter = station is not None and [s.name for s in model.stations if s.role == "counter"] == [station]
    if block == "stay" and target.ticket_class >= 0:
        name = model.ticket_classes[target.ticket_class].name
        if station is None or one_counter:
            return "class", name
        alone = len(model.stations[target.station].lines) == 1
        return "line", station if alone else f"{station}/{name}"
    if station is None or (one_counter and block == "stay") or block in ("visit", "day"):
        return "hall", None
    return "station", station


def promised_min(model: Model, scope: str, item: str) -> float:
    """Return within how many minutes customers of an item are to be called; 10 without a promise, or with several.

    Of a hall of a network the promises of its stations count, and of the whole hall all.
    """
    branches = [b.name for b in model.network.branches] if model.network else []
    own = branches.index(item) if scope == "branch" else None
    found = {
        target.within
        for target in model.targets
        if target.within >= 0
        and (scope == "hall" or target.branch == own or scope_of(model, target) in ((scope, item), ("hall", None)))
    }
    return found.pop() / US_PER_MINUTE if len(found) == 1 else _USUAL_MIN


def judge(estimate: Estimate, bound: float, at_least: bool) -> str:
    """Return the status of an estimate against a bound."""
    if math.isnan(estimate.value):
        return NOTHING
    if math.isnan(estimate.low) or math.isnan(estimate.high):
        return NOISE
    if at_least:
        return MET if estimate.low >= bound else MISSED if estimate.high < bound else NOISE
    return MET if estimate.high <= bound else MISSED if estimate.low > bound else NOISE


def show(value: float, unit: str, lang: str = "en") -> str:
    """Return a value as readers see it, with its unit; a dash where there is none.

    >>> show(0.98612, "share"), show(0.8216, "min"), show(float("nan"), "min")
    ('98.6 %', '0.82 min', '–')
    """
    if math.isnan(value):
        return "–"
    if unit == "share":
        return f"{100 * value:.2f} %" if abs(value) < 0.0995 else f"{100 * value:.1f} %"
    text = f"{value:.1f}" if abs(value) >= 99.95 else f"{value:.2f}"
    minutes = "分钟" if lang == "zh" else "min"
    return f"{text} {minutes}" if unit in ("min", "min per day") else text
