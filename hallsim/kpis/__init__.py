"""The key figures: one file per family; `KPIS` is the registry, in the order of tables."""

from __future__ import annotations

from hallsim.errors import UsageError, not_one_of
from hallsim.kpis import (
    abandonment,
    appointments,
    channels,
    crowding,
    diversion,
    effort,
    experience,
    fairness,
    hall_time,
    horizon,
    machines,
    money,
    network,
    opening,
    persons,
    preparation,
    priority_tasks,
    recovery,
    service_level,
    throughput,
    utilisation,
    waiting,
    zones,
)
from hallsim.kpis.base import Kpi

FAMILIES = (
    *(
        throughput,
        priority_tasks,
        waiting,
        service_level,
        fairness,
        abandonment,
        diversion,
        channels,
        network,
        appointments,
    ),
    *(horizon, persons, hall_time, crowding, utilisation, effort, machines, recovery, opening),
    *(preparation, experience, zones, money),
)

KPIS: dict[str, Kpi] = {kpi.name: kpi for family in FAMILIES for kpi in family.KPIS}
"""Name -> definition."""


def kpi_of(name: str) -> Kpi:
    """Return the definition of a KPI.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    if name not in KPIS:
        raise UsageError(not_one_of(name, "a KPI", KPIS))
    return KPIS[name]
