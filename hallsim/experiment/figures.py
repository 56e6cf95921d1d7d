"""The figures of a hall that are compared, selected by, or swept over, and whether more of one is good or bad.

In: a scenario, and what the user asks for in words. Out: `Figure`s.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hallsim.errors import UsageError
from hallsim.experiment.precision import kpi_named, label_of
from hallsim.experiment.verdicts import promised_min, scope_of
from hallsim.kpis import KPIS, kpi_of
from hallsim.kpis.base import Kpi
from hallsim.kpis.features import features_of
from hallsim.model import US_PER_MINUTE, Label
from hallsim.scenario import Scenario

USUAL = (
    ("mean_wait", None),
    ("service_level", 10.0),
    ("abandonment", None),
    ("time_in_hall", None),
    ("late_closing", None),
    ("utilisation", None),
    ("paid_time", None),
)
"""Figures of the hall that are compared, beside those of its targets: what customers feel, and what it costs."""

MORE_IS_BETTER = frozenset(
    (
        *("service_level", "service_level_served", "service_level_patient", "completed", "success"),
        *("appointments_kept", "first_contact", "sales_value"),
    )
)
LESS_IS_BETTER = frozenset(
    (
        *(name for name in KPIS if name.startswith("mean_wait") or name == "wait_over"),
        *("abandonment", "gave_up", "reneging", "no_show", "balking", "balked", "blocking", "failure", "turned_away"),
        *("time_in_hall", "time_in_hall_served", "late_closing", "overtime", "queue_length", "share_waiting"),
        *(name for name, kpi in KPIS.items() if kpi.percentile),
        *("appointments_missed", "closed_out", "interruptions", "down_share", "diverted_back"),
        *(name for name in KPIS if name.startswith("cost")),
        *("unit_cost", "avoidable_cost", "recovery", "unrecovered"),
    )
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that is compared: a KPI of an item, within a threshold (minutes) where it has one."""

    kpi: Kpi
    scope: str
    item: str | None
    within_min: float | None
    who: Label

    @property
    def key(self) -> tuple[str, str, str | None, float | None]:
        """What `run` watches."""
        return self.kpi.name, self.scope, self.item, self.within_min

    @property
    def label(self) -> Label:
        """Its name inside a sentence, with whose it is if not the hall's."""
        label = label_of(self.kpi, self.within_min)
        if self.scope == "hall":
            return label
        return Label(f"{self.who.en}: {label.en}", f"{self.who.zh}：{label.zh}")

    def sign(self) -> int:
        """Return 1 if more of it is better, -1 if less is, 0 if it is neither good nor bad."""
        return (self.kpi.name in MORE_IS_BETTER) - (self.kpi.name in LESS_IS_BETTER)


def figures_of(
    hall: Scenario, kpis: Sequence[str] = (), percentiles: bool = False, beside: Sequence[Scenario] = ()
) -> list[Figure]:
    """Return what is compared: the usual figures, those of the base's targets, and those asked for.

    Costs are among the usual figures if all halls `beside` it have them, too; so is the recovery from outages, which a
    change may well take away, if there are halls beside it.

    Raises
    ------
    UsageError
        If one asked for is unknown, or a percentile where there shall be no `percentiles`.
    """
    model = hall.model
    found: dict[tuple[str, str, str | None, float | None], Figure] = {}
    named: dict[tuple[str, str], Label] = {("class", c.name): c.label for c in model.ticket_classes}
    named |= {("station", s.name): s.label for s in model.stations}
    named |= {("branch", b.name): b.label for b in (model.network.branches if model.network else ())}

    def add(kpi: Kpi, scope: str, item: str | None, within: float | None, who: Label) -> None:
        figure = Figure(kpi, scope, item, within, who)
        found.setdefault(figure.key, figure)

    for name, within in USUAL:
        if name != "late_closing" or not model.steady:
            add(KPIS[name], "hall", None, within, model.label)
    shared = frozenset.intersection(*(features_of(h.model) for h in (hall, *beside)))
    if "costs" in shared:
        add(KPIS["cost"], "hall", None, None, model.label)
    if "outages" in shared and beside:
        add(KPIS["recovery"], "hall", None, promised_min(model, "hall", model.name), model.label)
    for target in model.targets:
        kpi = kpi_of(target.measure)
        if kpi.percentile and not percentiles:
            continue
        scope, item = scope_of(model, target)
        who = named.get((scope, str(item)), Label(str(item), str(item)))
        add(kpi, scope, item, target.within / US_PER_MINUTE if kpi.per_threshold else None, who)
    for text in kpis:
        asked = figure_asked(text, model.label, percentiles)
        found.setdefault(asked.key, asked)
    return list(found.values())


def figure_asked(text: str, hall: Label, percentiles: bool = False) -> Figure:
    """Read a figure of the hall such as "overtime" or "service level 5 min", or where allowed "wait_p90".

    Raises
    ------
    UsageError
        If there is none of that name, if it is a percentile and shall not be, or its threshold is missing.
    """
    words = text.split()
    if len(words) > 2 and words[-1].lower() in ("min", "minutes", "分钟"):
        try:
            within = float(words[-2])
        except ValueError:
            within = math.nan
        kpi = kpi_named(" ".join(words[:-2]))
        if kpi.per_threshold and 0.0 < within < math.inf:
            return Figure(kpi, "hall", None, within, hall)
        raise UsageError(f"{text!r} cannot be compared: {kpi.name} has no such threshold")
    kpi = kpi_named(text)
    if kpi.percentile and not percentiles:
        raise UsageError(
            f"{kpi.name} has no figure of each day to select by; take a service level, as 'service level 5 min'"
        )
    if kpi.per_threshold:
        raise UsageError(f"{text!r}: within how many minutes? Write it as '{kpi.name} 10 min'")
    return Figure(kpi, "hall", None, None, hall)
