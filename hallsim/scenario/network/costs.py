"""What a hall of a network costs, in the numbers of the network: its stations, ways out and transactions.

In: a hall's own `Costs`, and where everything stands. Out: the same by the network's numbers, and
nothing at what is not the hall's.
"""

from __future__ import annotations

from dataclasses import replace

from hallsim.model import Costs, UnitCost
from hallsim.scenario.network.layout import Layout


def costs_of(layout: Layout, b: int) -> Costs | None:
    """Return what a hall costs, None if that is not said."""
    model, place = layout.models[b], layout.places[b]
    own = model.costs
    if own is None:
        return None
    behind = layout.firsts[-1] - place.first - len(model.stations)
    priced = {place.exits[i]: cost for i, cost in enumerate(own.channels)}
    sale = {x.name: value for x, value in zip(model.transactions, own.sale, strict=True)}
    return replace(
        own,
        wage=(*(0.0,) * place.first, *own.wage, *(0.0,) * behind),
        equipment=(*(0.0,) * place.first, *own.equipment, *(0.0,) * behind),
        channels=tuple(priced.get(layout.firsts[-1] + i, UnitCost()) for i in range(len(layout.exits))),
        sale=tuple(sale.get(x.name, 0.0) for x in layout.transactions),
    )
