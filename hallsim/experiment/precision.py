"""How exact a run shall be, when it has become so, and how many replications it takes.

In: aims as planners write them (`"wait 2 %"`, `"abandonment 0.2 points"`) and the results so far. Out: whether the
half-widths of the 95 % intervals are small enough, and if not, how many replications to have next.

An interval that is looked at until it is narrow enough is narrow too early: it stops when the spread happens to be
underestimated, and then covers the truth less often than it says. What is done against it here:

- the first look is after `FIRST` replications, never before (Law 2015, "Simulation Modeling and Analysis", 5th ed.,
  sec. 9.4.1; with few replications the spread itself is not known);
- looks are few: each stage goes straight to the number that the spread seen so far asks for, and by at least the
  factor `GROWTH`, at most `STRETCH` (Glynn and Whitt 1992, doi:10.1214/aoap/1177005777, show that such rules cover
  as often as they say in the limit of small half-widths, which Chow and Robbins 1965 have for independent replications,
  doi:10.1214/aoms/1177700156);
- a relative aim gamma is held to gamma / (1 + gamma) of the estimate, so that the error relative to the *true* value is
  at most gamma (Law, eq. 9.1.3).

How often such intervals cover the truth was measured: hallsim/docs/statistics.md. Each aim has an interval of its own;
several aims together are not corrected for being several.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hallsim.errors import UsageError, not_one_of
from hallsim.experiment.verdicts import show
from hallsim.kpis import KPIS
from hallsim.kpis.base import Kpi, kpi_label
from hallsim.model import Label

if TYPE_CHECKING:
    from hallsim.experiment.results import Results

FIRST = 100
"""Replications before the first look."""
GROWTH = 1.25
"""Least growth from look to look."""
STRETCH = 8.0
"""Most growth from look to look: a first estimate of the spread may be far too large."""
MOST = 100_000
"""Replications after which a run ends whatever its precision, unless told otherwise."""
PROVED = 1000
"""Replications after which what was 0, or a share of 100 %, in each of them is taken for that."""
LEVELS = (0.1, 0.05, 0.02, 0.01)
"""Relative half-widths for which advice is given."""

_SHORT = {
    "wait": "mean_wait",
    "waiting": "mean_wait",
    "waiting time": "mean_wait",
    "等候": "mean_wait",
    "等候时长": "mean_wait",
    "平均等候": "mean_wait",
    "time in hall": "time_in_hall",
    "弃号": "abandonment",
    "service level": "service_level",
    "service level within": "service_level",
    "达标率": "service_level",
    "wait over": "wait_over",
    "share waiting longer than": "wait_over",
}
_POINTS = ("points", "point", "pp", "percentage points", "个百分点", "百分点", "点")
_MINUTES = ("min", "minute", "minutes", "分钟")
_AIM = re.compile(
    r"\s*(?P<name>.+?)"
    r"(?:[\s(（]+(?:within\s+)?(?P<within>\d+(?:\.\d+)?)\s*(?:min|minutes|分钟)[)）]?)?"
    r"[\s±]+(?P<amount>\d+(?:\.\d+)?|\.\d+)\s*(?P<unit>%|[^\W\d_]+(?: points)?)?\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Aim:
    """A half-width to reach.

    `amount` is in the KPI's unit, or, if `relative`, a share of the value.
    """

    kpi: Kpi
    within_min: float | None
    amount: float
    relative: bool

    @property
    def label(self) -> Label:
        """What is aimed at, in words."""
        return label_of(self.kpi, self.within_min)

    def size(self, lang: str) -> str:
        """Return the half-width in words.

        >>> aims_of(["abandonment 0.2 points"])[0].size("en")
        '± 0.2 points'
        """
        if self.relative:
            return f"± {100 * self.amount:g} %"
        if self.kpi.unit == "share":
            return f"± {100 * self.amount:g} " + ("个百分点" if lang == "zh" else "points")
        minutes = "分钟" if lang == "zh" else "min"
        return f"± {self.amount:g}" + (f" {minutes}" if self.kpi.unit.startswith("min") else "")

    @property
    def written(self) -> str:
        """The aim as `aims_of` reads it.

        >>> aims_of(["等候 2%", "late_closing 1 min", "Service level within 10 min 0.5 points"])[2].written
        'service_level 10 min 0.5 points'
        """
        within = "" if self.within_min is None else f" {self.within_min:g} min"
        amount = 100.0 * self.amount if self.relative or self.kpi.unit == "share" else self.amount
        minutes = " min" if self.kpi.unit.startswith("min") else ""
        unit = " %" if self.relative else " points" if self.kpi.unit == "share" else minutes
        return f"{self.kpi.name}{within} {amount:g}{unit}"

    def allowed(self, value: float) -> float:
        """Return the half-width, in the KPI's unit, at which a run whose estimate is `value` may stop."""
        return abs(value) * self.amount / (1.0 + self.amount) if self.relative else self.amount


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a run has come towards an aim.

    `needed` is how many replications the spread seen so far asks for (0: it says nothing), `constant` that the value
    was 0, or a share 100 %, in every replication.
    """

    aim: Aim
    value: float
    half_width: float
    reached: bool
    needed: int
    constant: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "kpi": self.aim.kpi.name,
            "within_min": self.aim.within_min,
            "amount": self.aim.amount,
            "relative": self.aim.relative,
            "unit": self.aim.kpi.unit,
            "half_width": self.half_width if math.isfinite(self.half_width) else None,
            "reached": self.reached,
            "needed": self.needed,
            "constant": self.constant,
        }


@dataclass(frozen=True, slots=True)
class Precision:
    """What became of the aims of a run: after which `stages` (replications) it was looked at, and the most allowed."""

    aims: tuple[Reached, ...]
    stages: tuple[int, ...]
    most: int

    @property
    def reached(self) -> bool:
        """Whether every aim was reached."""
        return all(aim.reached for aim in self.aims)

    def sentences(self, lang: str, units: str) -> list[str]:
        """Return what became of each aim as a plain sentence; `units` is the word for days or runs."""
        return [_sentence(aim, self.stages[-1], self.most, lang, units) for aim in self.aims]

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "reached": self.reached,
            "stages": list(self.stages),
            "most": self.most,
            "aims": [aim.as_dict() for aim in self.aims],
        }


# --- what is asked ---------------------------------------------------------------------------------------------


def label_of(kpi: Kpi, within_min: float | None) -> Label:
    """Return a KPI's name inside a sentence, its threshold filled in.

    >>> label_of(KPIS["service_level"], 10.0)
    Label(en='service level within 10 min', zh='等候达标率（10 分钟）')
    """
    label = kpi_label(kpi, within_min)
    return Label(label.en[0].lower() + label.en[1:], label.zh)


def kpi_named(name: str) -> Kpi:
    """Return the KPI of a name in code, in a table, or in short, in English or Chinese.

    >>> [kpi_named(name).name for name in ("wait", "Mean wait", "wait_p90", "弃号率")]
    ['mean_wait', 'mean_wait', 'wait_p90', 'abandonment']

    Raises
    ------
    UsageError
        If there is none.
    """
    known: dict[str, str] = {}
    for kpi in KPIS.values():
        for text in (kpi.name, kpi.en, kpi.zh, kpi.en.removesuffix(" within T").removesuffix(" longer than T")):
            known.setdefault(_plain(text), kpi.name)
    for alias, meant in _SHORT.items():
        known.setdefault(_plain(alias), meant)
    found = known.get(_plain(name))
    if found is None:
        raise UsageError(not_one_of(name, "a key figure", ["wait", *KPIS]))
    return KPIS[found]


def _plain(name: str) -> str:
    return " ".join(re.sub(r"[\s_,，（）()-]+", " ", name).lower().split())


def aims_of(texts: str | Iterable[str]) -> tuple[Aim, ...]:
    """Read aims: a key figure and a half-width, several parted by semicolons.

    Per cent are of the value itself; shares can have percentage points too, times minutes, counts a plain number.

    >>> [(a.kpi.name, a.within_min, a.amount, a.relative) for a in aims_of("wait 2 %; service level 10 min 0.5 points")]
    [('mean_wait', None, 0.02, True), ('service_level', 10.0, 0.005, False)]

    Raises
    ------
    UsageError
        If one cannot be read.
    """
    parts = [p.strip() for t in ([texts] if isinstance(texts, str) else texts) for p in re.split("[;；]", t)]
    aims = tuple(_aim(part) for part in parts if part)
    if not aims:
        raise UsageError("no precision is named; write it as 'wait 2 %' or 'abandonment 0.2 points'")
    seen: set[tuple[str, float | None]] = set()
    for aim in aims:
        key = aim.kpi.name, aim.within_min
        if key in seen:
            raise UsageError(f"precision of {aim.label.en} is asked for twice")
        seen.add(key)
    return aims


def _aim(text: str) -> Aim:
    found = _AIM.fullmatch(text)
    if found is None:
        raise UsageError(f"precision {text!r} cannot be read; write it as 'wait 2 %' or 'abandonment 0.2 points'")
    kpi = kpi_named(found["name"])
    if kpi.per_threshold and found["within"] is None:
        raise UsageError(f"precision {text!r}: within how many minutes? Write it as '{kpi.name} 10 min 0.5 points'")
    if not kpi.per_threshold and found["within"] is not None:
        raise UsageError(f"precision {text!r}: {kpi.name} has no threshold in minutes")
    within = None if found["within"] is None else float(found["within"])
    amount, unit = float(found["amount"]), (found["unit"] or "").lower()
    known = {"share": "% or points", "min": "% or min", "min per day": "% or min"}.get(kpi.unit, "% or a plain number")
    relative = unit == "%"
    plain = {"share": _POINTS, "min": _MINUTES, "min per day": _MINUTES}.get(kpi.unit, ("",))
    if not relative and unit not in plain:
        what = f"unit {unit!r}" if unit else "number without a unit"
        raise UsageError(f"precision {text!r}: the {what} does not fit {kpi.name}; allowed are {known}")
    if amount <= 0.0 or (relative and amount >= 100.0):
        raise UsageError(f"precision {text!r}: the half-width must be above 0" + (" and below 100 %" * relative))
    return Aim(kpi, within, amount / 100.0 if relative or kpi.unit == "share" else amount, relative)


# --- how far it is ---------------------------------------------------------------------------------------------


def look(results: Results, aims: Sequence[Aim]) -> tuple[Reached, ...]:
    """Return how far a run has come."""
    return tuple(_look(results, aim) for aim in aims)


def _look(results: Results, aim: Aim) -> Reached:
    e = results.estimate(aim.kpi.name, within_min=aim.within_min)
    n = results.replications
    half = max(e.value - e.low, e.high - e.value)  # one end may have been cut off where a share or a time ends
    if not math.isfinite(half):  # nobody has come yet
        return Reached(aim, e.value, math.nan, False, 0)
    if half == 0.0 and (e.value == 0.0 or (e.value == 1.0 and aim.kpi.unit == "share")):
        return Reached(aim, e.value, 0.0, n >= PROVED, 0, constant=True)
    return verdict(aim, e.value, half, n)


def verdict(aim: Aim, value: float, half_width: float, n: int) -> Reached:
    """Return whether n replications do, and else how many would."""
    allowed = aim.allowed(value)
    return Reached(aim, value, half_width, half_width <= allowed, needed(n, half_width, allowed))


def needed(n: int, half_width: float, wanted: float) -> int:
    """Return how many replications have the half-width wanted if n have another.

    >>> needed(100, 2.0, 1.0)
    400
    """
    return math.ceil(n * (half_width / wanted) ** 2) if wanted > 0.0 else 0


def next_total(n: int, wanted: int, most: int, step: int = 1) -> int:
    """Return after how many replications to look again.

    Parameters
    ----------
    n : int
        Replications there are; 0 before the first.
    wanted : int
        What the spread seen so far asks for; 0 if it says nothing.
    most : int
    step : int
        Replications come in multiples of it, such as the days of a calendar.

    >>> next_total(0, 0, 1000), next_total(100, 340, 1000), next_total(100, 101, 1000), next_total(100, 9999, 1000)
    (100, 340, 125, 800)
    """
    total = FIRST if n == 0 else max(math.ceil(n * GROWTH), min(wanted or 2 * n, math.floor(n * STRETCH)))
    total = -(-total // step) * step
    return max(min(total, most // step * step or most), n)


# --- in words --------------------------------------------------------------------------------------------------


def _sentence(found: Reached, n: int, most: int, lang: str, units: str) -> str:
    aim, zh = found.aim, lang == "zh"
    what, size = (aim.label.zh if zh else aim.label.en), aim.size(lang)
    head = f"精度：{what} {size}" if zh else f"Precision of {what}, {size}"
    if found.constant:
        always = "100 %" if found.value else "0"
        if zh:
            return f"{head}：{n} {units}中均为 {always}，无法估计误差。"
        return f"{head}: it was {always} in all {n} {units}, which says nothing of its error."
    if math.isnan(found.half_width):
        return f"{head}：无数据，未达到。" if zh else f"{head}: not reached, there is nothing to measure."
    now = _half(found, lang)
    if found.reached:
        return f"{head}：{n} {units}后达到（{now}）。" if zh else f"{head}: reached after {n} {units} ({now})."
    more = rounded(found.needed)
    if n < most and zh:
        return f"{head}：未达到，仅完成 {n} {units}（{now}），约需 {more} {units}。"
    if n < most:
        return f"{head}: not reached, with {n} {units} only ({now}); some {more} are needed."
    if zh:
        return f"{head}：未达到，已到上限 {most} {units}（{now}），约需 {more} {units}。"
    return f"{head}: not reached with the most allowed, {most} {units} ({now}); some {more} are needed."


def _half(found: Reached, lang: str) -> str:
    """Return the half-width there is, in the terms of the aim."""
    if found.aim.relative:
        return f"± {100 * found.half_width / abs(found.value):.2g} %"
    if found.aim.kpi.unit == "share":
        return f"± {100 * found.half_width:.2g} " + ("个百分点" if lang == "zh" else "points")
    return f"± {show(found.half_width, found.aim.kpi.unit, lang)}"


def rounded(n: int) -> str:
    """Return a number of replications to two digits, with commas.

    >>> rounded(12345), rounded(87)
    ('12,000', '87')
    """
    if n >= 100:
        unit = 10 ** (len(str(n)) - 2)
        n = round(n / unit) * unit
    return f"{n:,}"


def advice(results: Results, lang: str, units: str) -> str:
    """Return how many replications the mean wait needs for tighter intervals; empty if there is nothing to say."""
    e = results.estimate("mean_wait")
    half = max(e.value - e.low, e.high - e.value)
    if not (math.isfinite(half) and half > 0.0 and e.value > 0.0):
        return ""
    now = half / e.value
    tighter = [level for level in LEVELS if level < 0.95 * now][:2]
    if not tighter:
        return ""
    parts = [(f"{100 * t:g}", rounded(needed(results.replications, half, t / (1.0 + t) * e.value))) for t in tighter]
    if lang == "zh":
        return f"平均等候精确到 ± {100 * now:.2g} %；" + "，".join(f"± {t} % 约需 {n} {units}" for t, n in parts) + "。"
    words = ", ".join(f"for ± {t} % some {n}" + (f" {units} are needed" * (i == 0)) for i, (t, n) in enumerate(parts))
    return f"Mean wait is known to ± {100 * now:.2g} %; {words}."
