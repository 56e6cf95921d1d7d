"""The part of the table that only some halls have: machines, extra counters, channels, appointments; open counters.

In: `Results`. Out: rows of cells as text, in English or Chinese. A figure stands here if the hall has the feature that
it needs, and is not zero throughout.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hallsim.experiment.verdicts import promised_min, show
from hallsim.kpis import KPIS
from hallsim.kpis.base import HOUR_MINUTES, kpi_label

if TYPE_CHECKING:
    from hallsim.experiment.results import Estimate, Results

_OUTCOMES = ("completed", "partly_served", "gave_up", "balked", "diverted", "intercepted", "turned_away", "closed_out")
"""How visits end, side by side: the shares sum to 1."""
_OF_HALL = (
    *("tasks_of_quota", "quota_met", "follow_ons"),
    *("catchment_transactions", "electronic_share", "electronic_share_unpaid", "hall_share", "demand_unmet"),
    *("travel", "recovery", "unrecovered"),
    *("overtaken", "diverted_gross", "diverted_net", "diverted_back", "reneging", "no_show", "skipped"),
    *(name for name, kpi in KPIS.items() if kpi.needs in ("horizon", "persons", "costs", "area")),
)
_OF_STATIONS = (
    *("success", "stops", "mean_stop", "down_share"),
    *("recovery", "unrecovered"),
    *("openings", "set_up_share", "calling_share", "breaks"),
    *("walking_share", "wrap_up_share", "slowed_share"),
)
_OF_OTHERS = (
    *(("unrecovered", "branch"), ("overtaken", "class")),
    *(("utilisation", "pool"), ("appointments_kept", "source")),
    ("channel_transactions", "channel"),
    ("comes_again", "cause"),
    *(("tasks_done", "transaction"), ("tasks_of_quota", "transaction"), ("quota_met", "transaction")),
)
_PER_LINE = 3
"""Half-hours side by side."""


def outcomes(results: Results) -> list[Estimate]:
    """Return the shares of the ways in which visits ended, those that occurred; none if all ended alike."""
    known = (name for name in _OUTCOMES if KPIS[name].needs in results.plan.layout.features)
    found = [e for e in map(results.estimate, known) if e.value > 0.0]
    return found if len(found) > 1 else []


def figures(results: Results) -> list[Estimate]:
    """Return the figures that only some halls have: the hall's, then station by station, then of pools and sources."""
    wanted = [(kpi, "hall") for kpi in _OF_HALL] + [(kpi, "station") for kpi in _OF_STATIONS] + list(_OF_OTHERS)
    order = {pair: i for i, pair in enumerate(wanted)}
    stations = [s.name for s in results.model.stations]
    chosen = [
        e
        for e in results.estimates(kpis={kpi for kpi, _ in wanted})
        if (e.kpi.name, e.scope) in order
        and e.hour is None
        and e.within_min in (None, promised_min(results.model, e.scope, e.item))
    ]
    # a NaN is not above 0 either; and who never fails is no machine
    found = [
        e
        for e in chosen
        if (e.value > 0.0 or e.kpi.name == "recovery") and not (e.kpi.name == "success" and e.value == 1.0)
    ]

    def place(e: Estimate) -> tuple[int, int, int]:
        if e.scope == "hall":
            return 0, 0, order[e.kpi.name, e.scope]
        station = stations.index(e.item) if e.scope == "station" else len(stations)
        return 1, station, order[e.kpi.name, e.scope]

    return sorted(found, key=place)


def half_hours(results: Results) -> list[Estimate]:
    """Return the mean number of open counters in each half-hour from the first to the last with any.

    There are none where the number on duty never changes.
    """
    kpi = KPIS["counters_open"]
    if kpi.needs not in results.plan.layout.features:
        return []
    zero = results.plan.layout.spec.zero // 60_000_000
    slots = enumerate(results.plan.layout.slots)
    keys = [int(zero + HOUR_MINUTES[kpi.block] * i) for i, (begin, end) in slots if begin < end]
    found = [results.estimate(kpi.name, hour=key) for key in keys]
    open_at = [i for i, e in enumerate(found) if e.value > 0.0]
    return found[open_at[0] : open_at[-1] + 1] if open_at else []


def row_of(e: Estimate, lang: str) -> tuple[str, str]:
    """Return what a figure is of and called, and its value."""
    name: str = getattr(kpi_label(e.kpi, e.within_min), lang)
    if e.scope != "hall":
        who = e.label.zh if lang == "zh" else e.label.en
        name = f"{who}：{name}" if lang == "zh" else f"{who}: {name[0].lower()}{name[1:]}"
    return name, show(e.value, e.kpi.unit, lang)


def half_hour_rows(found: list[Estimate]) -> list[list[str]]:
    """Return half-hours with their numbers, some side by side."""
    cells = []
    for e in found:
        assert e.hour is not None, "these are by half-hour"
        half = "" if math.isnan(e.half_width) else f" ± {e.half_width:.2f}"
        cells.append((f"{e.hour // 60:02d}:{e.hour % 60:02d}", f"{e.value:.2f}{half}"))
    length = -(-len(cells) // _PER_LINE)
    columns = [cells[i : i + length] for i in range(0, len(cells), length)] if cells else []
    return [
        [text for column in columns for text in (column[i] if i < len(column) else ("", ""))] for i in range(length)
    ]
