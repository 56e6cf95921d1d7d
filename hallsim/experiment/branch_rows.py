"""What halls of a network cost, do and take off each other, side by side: rows of the table.

In: `Results` of a network. Out: rows of cells as text, the head first, in English or Chinese; a figure stands here if
it is not zero throughout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hallsim.experiment.verdicts import promised_min, show
from hallsim.kpis import KPIS
from hallsim.kpis.base import kpi_label
from hallsim.model import Label

if TYPE_CHECKING:
    from hallsim.experiment.results import Estimate, Results

MOST_BRANCHES = 5
"""Halls side by side."""
_NAMES = ("recovery", "sent_away", "relief", *(name for name, kpi in KPIS.items() if kpi.needs in ("costs", "area")))
_TITLE = Label("Figure by hall", "各营业厅指标")
_ALL = Label("all", "合计")


def branch_rows(results: Results, lang: str) -> list[list[str]]:
    """Return the rows; none where there is one hall, or too many."""
    network = results.model.network
    if network is None or len(network.branches) > MOST_BRANCHES:
        return []
    names = [branch.name for branch in network.branches]
    found: dict[str, dict[str, Estimate]] = {}
    for e in results.estimates(kpis=_NAMES):
        here = e.scope in ("hall", "branch") and e.hour is None
        if here and e.within_min in (None, promised_min(results.model, e.scope, e.item)):
            found.setdefault(e.kpi.name, {})["" if e.scope == "hall" else e.item] = e
    rows = []
    for kpi in (KPIS[name] for name in _NAMES if any(e.value > 0.0 for e in found.get(name, {}).values())):
        own = found[kpi.name]
        values = [show(own[item].value, kpi.unit, lang) if item in own else "–" for item in ("", *names)]
        within = {e.within_min for e in own.values()}  # each hall by its own promise
        rows.append([getattr(kpi_label(kpi, within.pop() if len(within) == 1 else None), lang), *values])
    heads = [_TITLE, _ALL, *(branch.label for branch in network.branches)]
    return [[getattr(head, lang) for head in heads], *rows] if rows else []
