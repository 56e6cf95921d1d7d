"""The outages of a hall whose end customers see, and the stations that they concern (semantics 31).

In: a model. Out: `Outage`s, and what is reported of them. Outages of a station that overlap or touch are one; stations
of one hall that come up at the same moment are concerned by the same one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from hallsim.kpis.items import Item
from hallsim.model import Model


class Outage(NamedTuple):
    """The end of an outage, in microseconds of the day, the hall of a network (0: the only one), and its stations."""

    end: int
    branch: int
    stations: tuple[int, ...]


def outages_of(model: Model) -> tuple[Outage, ...]:
    """Return the outages that end inside the observed opening hours, by their ends; none of a steady run."""
    if model.steady:
        return ()
    found: dict[tuple[int, int], list[int]] = {}
    for i, station in enumerate(model.stations):
        for end in _ends(station.outages):
            if model.open + model.warm_up <= end < model.close:
                found.setdefault((end, _branch(model, i)), []).append(i)
    return tuple(Outage(end, branch, tuple(stations)) for (end, branch), stations in sorted(found.items()))


def watched_outages(model: Model) -> tuple[Outage, ...]:
    """Return the outages, then each once more for every single station that it concerns."""
    whole = outages_of(model)
    return (*whole, *(Outage(o.end, o.branch, (station,)) for o in whole for station in o.stations))


def outage_items(model: Model, watched: tuple[Outage, ...]) -> Iterator[Item]:
    """Yield what recoveries are reported for: the hall or network, its halls, its stations; members are outages."""
    n = len(outages_of(model))
    whole, single = watched[:n], watched[n:]
    if not whole:
        return
    yield Item("hall", model.name, model.label, tuple(range(n)))
    for b, branch in enumerate(model.network.branches if model.network else ()):
        members = tuple(i for i, outage in enumerate(whole) if outage.branch == b)
        if members:
            yield Item("branch", branch.name, branch.label, members)
    for i, station in enumerate(model.stations):
        members = tuple(n + k for k, outage in enumerate(single) if outage.stations == (i,))
        if members:
            yield Item("station", station.name, station.label, members)


def _ends(spans: tuple[tuple[int, int], ...]) -> list[int]:
    """Return when a station comes up again.

    >>> _ends(((1, 5), (2, 3), (5, 7), (9, 10)))
    [7, 10]
    """
    ends: list[int] = []
    for begin, end in sorted(spans):
        if ends and begin <= ends[-1]:
            ends[-1] = max(ends[-1], end)
        else:
            ends.append(end)
    return ends


def _branch(model: Model, station: int) -> int:
    """Return which hall of a network a station is of; 0 where there is one hall."""
    branches = model.network.branches if model.network else ()
    return next((b for b, branch in enumerate(branches) if branch.first <= station < branch.beyond), 0)
