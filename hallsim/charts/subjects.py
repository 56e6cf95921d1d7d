"""Whom charts show: which hours, ticket classes, stations and servers, and what is said about the others.

A hall may have sixty ticket classes and three hundred servers; a chart shows the few that matter most and
says how many it leaves out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from hallsim.charts.style import COLORS, Look, look_of
from hallsim.charts.text import name_of
from hallsim.errors import UsageError
from hallsim.experiment.by_days import counted_days
from hallsim.experiment.profile import Profile
from hallsim.experiment.results import Estimate, Results
from hallsim.model import US_PER_MINUTE, Label, Model

MOST_CLASSES = 6
MOST_STATIONS = 4
NEGLIGIBLE = 1e-9
"""A share that is 0, or would be if numbers were exact."""
_KINDS = {
    "classes": ("ticket class is", "ticket classes are", "号种"),
    "stations": ("station is", "stations are", "服务点"),
}
EVERYBODY = Label("all customers", "全部客户")


def try_estimate(
    results: Results,
    kpi: str,
    scope: str = "hall",
    item: str | None = None,
    hour: int | None = None,
    within_min: float | None = None,
) -> Estimate | None:
    """Return an estimate, None if the run does not report it (a hall too large for percentiles by hour)."""
    try:
        return results.estimate(kpi, scope, item, hour, within_min)
    except UsageError:
        return None


def ready_share(results: Results, scope: str, item: str, hour: int | None = None) -> tuple[float, float, float]:
    """Return the share of paid time in which servers are with customers or free, and the widest interval it can have.

    The rest they are down, being set up, calling absent numbers or on a paid break; 1 if nobody was paid.
    """
    busy, free = (results.estimate(kpi, scope, item, hour) for kpi in ("utilisation", "idle"))
    share = busy.value + free.value
    if math.isnan(share) or 1.0 - share < NEGLIGIBLE:
        return 1.0, 1.0, 1.0
    return share, busy.low + free.low, min(1.0, busy.high + free.high)


class Hour(NamedTuple):
    """An hour that numbers are reported by, in minutes since midnight: its name, and what of it the hall was open."""

    key: int
    begin: float
    end: float

    @property
    def middle(self) -> float:
        """Where its points stand."""
        return (self.begin + self.end) / 2.0

    @property
    def length(self) -> float:
        """How many minutes the hall was open."""
        return self.end - self.begin


def hours_of(results: Results) -> list[Hour]:
    """Return the hours that numbers are reported by; none for a steady-state run."""
    zero = int(results.plan.layout.spec.zero // US_PER_MINUTE)
    return [
        Hour(zero + 60 * i, begin / US_PER_MINUTE, end / US_PER_MINUTE)
        for i, (begin, end) in enumerate(results.plan.layout.hours)
        if end > begin
    ]


def day_of(results: Results) -> tuple[float, float]:
    """Return opening and closing, in minutes since midnight."""
    spec = results.plan.layout.spec
    return spec.start / US_PER_MINUTE, spec.close / US_PER_MINUTE


def visits(results: Results) -> float:
    """Return the number of visits a day."""
    return results.estimate("visits").value


def joined(results: Results, scope: str = "hall", item: str | None = None) -> float:
    """Return how many joined a line a day."""
    return results.estimate("joined", scope, item).value


def classes_of(results: Results, most: int = MOST_CLASSES) -> list[int]:
    """Return the ticket classes that joined a line at the counters, the largest if there are many, in order."""
    names = [c.name for c in results.model.ticket_classes]
    return _largest([joined(results, "class", name) for name in names], most)


def classes_in_all(results: Results) -> int:
    """Return how many ticket classes joined a line at the counters."""
    return len(classes_of(results, len(results.model.ticket_classes)))


def stations_of(results: Results, most: int = MOST_STATIONS) -> list[int]:
    """Return the stations that somebody came to, the counters first, then by the number who came."""
    stations = results.model.stations
    came = [joined(results, "station", s.name) if s.servers else 0.0 for s in stations]  # nobody waits at a delay
    chosen = _largest(came, most)
    return sorted(chosen, key=lambda i: (stations[i].role != "counter", -came[i]))


def counters_of(model: Model) -> list[int]:
    """Return the stations that the hall's own figures speak of: the counters, all stations if there are none."""
    counters = [i for i, s in enumerate(model.stations) if s.role == "counter"]
    return counters or [i for i, s in enumerate(model.stations) if not s.delay and not s.outside]


def counters_label(model: Model) -> Label:
    """Return what to call those stations together."""
    chosen = counters_of(model)
    if len(chosen) == 1:
        return model.stations[chosen[0]].label
    if all(model.stations[i].role == "counter" for i in chosen):
        return Label("all counters", "全部台席")
    return Label("all stations", "全部服务点")


def class_ranks(results: Results) -> list[int]:
    """Return the place of every ticket class among them: as in the scenario, or by size where there are many."""
    names = [c.name for c in results.model.ticket_classes]
    if len(names) <= len(COLORS):
        return list(range(len(names)))
    sizes = [joined(results, "class", name) for name in names]
    in_order = sorted(range(len(names)), key=lambda c: (-sizes[c], c))
    return [in_order.index(c) for c in range(len(names))]


def class_look(results: Results, ticket_class: int) -> Look:
    """Return the look of a ticket class, the same in all charts; the first seven have a colour each."""
    return look_of(class_ranks(results)[ticket_class])


def class_name(model: Model, i: int, lang: str, columns: int = 26) -> str:
    """Return the name of a ticket class, as plain text."""
    return name_of(model.ticket_classes[i].label, lang, columns)


def left_out(n: int, what: str, lang: str) -> str:
    """Return a sentence on how many smaller "classes" or "stations" are not drawn; "" if none."""
    if n <= 0:
        return ""
    if lang == "zh":
        return f"另有 {n} 个较小的{_KINDS[what][2]}未绘出，见结果表。"
    return f"{n} smaller {_KINDS[what][n > 1]} not drawn; the table of results has {'them' if n > 1 else 'it'}."


def of_days(results: Results, profile: Profile, lang: str) -> str:
    """Return a sentence on how many of a run's days a profile covers; "" if all."""
    in_each = counted_days(results.model)
    n, replications, unit = profile.n_days, results.replications, results.model.unit
    if n >= replications * in_each:
        return ""
    if n % in_each:  # days so full of customers that not even one horizon is taken whole
        unit, replications = "day", replications * in_each
    else:
        n //= in_each
    return first_of(n, replications, unit, lang)


def first_of(n: int, of: int, unit: str, lang: str) -> str:
    """Return a sentence on how many days, runs or horizons something is from.

    >>> first_of(100, 200, "day", "en"), first_of(2, 20, "horizon", "zh")
    ('From the first 100 of 200 days.', '取自 20 个周期中的前 2 个周期。')
    """
    if lang == "zh":
        word = {"day": "天", "run": "次", "horizon": "个周期"}[unit]
        return f"取自 {of} {word}中的前 {n} {word}。"
    return f"From the first {n} of {of} {unit}s."


def sentences(lang: str, *parts: str) -> str:
    """Return sentences as a paragraph, empty ones left out."""
    return (" " if lang == "en" else "").join(part for part in parts if part)


def _largest(sizes: Iterable[float], most: int) -> list[int]:
    found = [(size, i) for i, size in enumerate(sizes) if size > 0]
    kept = sorted(found, key=lambda pair: (-pair[0], pair[1]))[:most]
    return sorted(i for _, i in kept)
