"""Targets in a network: those of its halls' own files, and those that the network's file states for whole halls.

In: the parsed network file, and where everything stands. Out: `Target`s of the network, each with its hall. What the
network's file says of a hall stands in the place of all that the hall's own file promises.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hallsim.errors import not_one_of
from hallsim.model import Target
from hallsim.scenario.network.layout import Layout
from hallsim.scenario.tables import Reading
from hallsim.scenario.targets import target_of
from hallsim.scenario.tree import Path

ALL = "all"


def targets_of(data: dict[str, Any], layout: Layout, ctx: Reading) -> tuple[Target, ...]:
    """Return the targets of a network, hall by hall, then those of all halls together."""
    stated: dict[str, dict[str, Any]] = {name: promises or {} for name, promises in (data.get("targets") or {}).items()}
    for name in stated:
        path: Path = ("targets", name)
        if name not in (*layout.names, ALL):
            ctx.add(path, not_one_of(name, "a hall of the network", [*layout.names, ALL]))
        elif not _has_counters(layout, name):
            ctx.add(path, f"targets are measured at counters, and no station of {name} has the role counter")
    found: list[Target] = []
    for b, name in enumerate(layout.names):
        found += _stated(stated[name], b) if name in stated else _own(layout, b)
    return (*found, *_stated(stated.get(ALL, {}), -1))


def _stated(promises: dict[str, Any], branch: int) -> list[Target]:
    """Return what is promised of a whole hall, or of all."""
    given = ((measure, value) for measure, value in promises.items() if value is not None)
    return [replace(target_of(measure, value, -1, -1), branch=branch) for measure, value in given]


def _own(layout: Layout, b: int) -> list[Target]:
    """Return what a hall's own file promises, in the numbers of the network."""
    place = layout.places[b]
    return [
        replace(
            target,
            station=place.first + target.station if target.station >= 0 else -1,
            ticket_class=place.classes[target.ticket_class] if target.ticket_class >= 0 else -1,
            branch=b,
        )
        for target in layout.models[b].targets
    ]


def _has_counters(layout: Layout, name: str) -> bool:
    models = layout.models if name == ALL else [layout.models[layout.names.index(name)]]
    return any(station.role == "counter" for model in models for station in model.stations)
