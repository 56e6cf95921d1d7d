"""Networks of halls, as part of `model`: the halls, where customers live, and the ways between (semantics 52).

Everybody takes these names from there.
"""

from __future__ import annotations

from dataclasses import dataclass

from hallsim.model.costs import Costs
from hallsim.model.customer_types import Label


@dataclass(frozen=True, slots=True)
class Branch:
    """One hall of a network: the stations first ... beyond - 1 of the model.

    The wait that it publishes is that of the station `published`, by `means`, the mean services of its lines in
    microseconds. Its `costs` are by the stations, ways out and transactions of the network, nothing at those of others.
    """

    name: str
    label: Label
    first: int
    beyond: int
    published: int
    means: tuple[float, ...] = ()
    costs: Costs | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """Where customers live who choose among the same halls."""

    name: str
    label: Label


@dataclass(frozen=True, slots=True)
class Way:
    """A way to a hall: the delay `station` whose customers come from an area, or (`sent`) from another hall."""

    station: int
    origin: str
    branch: int
    travel: int
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Network:
    """The halls of a network, and how customers choose among them.

    A microsecond of the wait that a hall publishes counts as `wait` of travel. What a customer likes of a hall is worth
    `liking` microseconds times a standard Gumbel variable. Published waits are renewed every `renewed` microseconds
    from opening on (0: at every moment).
    """

    branches: tuple[Branch, ...]
    areas: tuple[Area, ...]
    ways: tuple[Way, ...]
    wait: float = 0.0
    liking: float = 0.0
    renewed: int = 0
