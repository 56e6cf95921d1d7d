"""A log beside the simulation of its days: the same figures from both, and how far they lie apart."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hallsim.charts.base import Material
from hallsim.model import Label
from hallsim.report.tables import Cell, Head, cell_of, kpi_head
from hallsim.report.texts import DASH, number

SCOPES = ("hall", "class", "station")


@dataclass(frozen=True, slots=True)
class Pair:
    """One figure in the log and in the simulation; `difference` is simulation less log."""

    head: Head
    log: Cell
    simulation: Cell
    difference: Label


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of one thing: the hall, a ticket class, a station."""

    head: Head
    pairs: list[Pair]


def beside_of(material: Material) -> list[Group]:
    """Return the figures of whole days that both have, of the hall, its ticket classes and its stations."""
    observed = material.observed
    if observed is None:
        return []
    results = material.results
    logged = {
        (e.kpi.name, e.scope, e.item, e.within_min): e
        for e in observed.estimates()
        if e.hour is None and e.scope in SCOPES
    }
    groups: dict[tuple[str, str], Group] = {}
    for e in results.estimates():
        other = logged.get((e.kpi.name, e.scope, e.item, e.within_min))
        if e.hour is not None or other is None or (math.isnan(e.value) and math.isnan(other.value)):
            continue
        group = groups.setdefault((e.scope, e.item), Group(Head(e.label, (("scope", e.scope), ("item", e.item))), []))
        apart = difference(other.value, e.value, e.kpi.unit)
        group.pairs.append(Pair(kpi_head(results, e.kpi, e.within_min), cell_of(other), cell_of(e), apart))
    return [groups[key] for key in sorted(groups, key=lambda key: SCOPES.index(key[0]))]


def difference(log: float, simulation: float, unit: str) -> Label:
    """Return how far a simulated value lies from a logged one: in points for shares, else in per cent too.

    >>> difference(5.0, 5.5, "min").en, difference(0.1, 0.08, "share"), difference(0.0, 1.0, "min").zh
    ('+0.50 (+10.0 %)', Label(en='−2.00 points', zh='−2.00 个百分点'), '+1.00')
    >>> difference(5.0, 5.001, "min").en
    '0'
    """
    gap = simulation - log
    if math.isnan(gap):
        return Label(DASH, DASH)
    shown, sign = number(abs(gap), unit), "−" if gap < 0.0 else "+"
    if not any(c in "123456789" for c in shown):
        return Label("0", "0")
    if unit == "share":
        points = sign + shown.removesuffix(" %")
        return Label(f"{points} points", f"{points} 个百分点")
    shown = sign + shown
    if log:
        shown += f" ({sign}{abs(100.0 * gap / log):.1f} %)"
    return Label(shown, shown)
