"""What a hall costs and earns, as data: wages, rent, machines, channels, waiting, lost customers, sales.

A part of `model`; everybody takes these names from there. Amounts are in the scenario's money, which has no name: all
figures come out in it. Nothing here changes what happens in a simulated day.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UnitCost:
    """What a transaction costs: on `paper` (an average), and what one less really saves (`avoidable`)."""

    paper: float = 0.0
    avoidable: float = 0.0


@dataclass(frozen=True, slots=True)
class Churn:
    """Customers who leave the operator for the service they had: an assumption, stated.

    Of those lost in the hall a part `lost` does, of those who waited longer than `over` microseconds a part `waited`;
    each takes `value` away.
    """

    value: float
    lost: float = 0.0
    waited: float = 0.0
    over: int = -1


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs and benefits.

    Attributes
    ----------
    wage : tuple of float, per station
        Of a paid hour; overtime costs `overtime` times as much.
    wage_factors : tuple of (microseconds, float)
        From a full hour of the day on, an hour costs so many times as much; before the first, once.
    equipment : tuple of float, per station
        A day, of each of its servers.
    rent : float
        A day.
    hall : UnitCost
        Of a transaction done in the hall.
    channels : tuple of UnitCost, per exit
        Of a transaction that is done in another channel, or leaves for it, by this way out.
    waiting : float
        An hour that a customer waits in a line.
    lost : float
        Each visit that ends without service because the customer gave up, balked or was closed out.
    sale : tuple of float, per transaction
        What one that is done is worth.
    area : float
        Of the floor, in square metres; 0: not said.
    cross_sale : float
        What a sale at a terminal is worth.
    """

    wage: tuple[float, ...]
    equipment: tuple[float, ...]
    channels: tuple[UnitCost, ...]
    sale: tuple[float, ...]
    hall: UnitCost = UnitCost()
    overtime: float = 1.0
    rent: float = 0.0
    waiting: float = 0.0
    lost: float = 0.0
    cross_sale: float = 0.0
    area: float = 0.0
    churn: Churn | None = None
    wage_factors: tuple[tuple[int, float], ...] = ()

    def wage_factor(self, time: int) -> float:
        """Return how many times the wage is paid at a time of the day, microseconds."""
        return next((factor for since, factor in reversed(self.wage_factors) if since <= time), 1.0)
