"""The kinds of day that a hall has, each compiled once, and which kind each replication is.

In: a `Model`. Out: `Kinds`. An ordinary hall has one kind of day and any number of replications; of a log
replication i is day i; day types come by a calendar or are drawn (`hallsim.day_types`). Threads keep workspaces for
as many kinds as there is memory for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from hallsim.compiled import Compiled, Log, compile_days, compile_model
from hallsim.day_types import kinds_of_days
from hallsim.errors import UsageError
from hallsim.experiment.by_days import counted_days
from hallsim.model import Model

if TYPE_CHECKING:
    from hallsim.engines.reference_policies import Rules
    from hallsim.engines.workspace import Workspace
    from hallsim.scenario import Scenario

DEFAULT_REPLICATIONS = 200
FEWEST_HORIZONS = 30
FEWEST_WORKSPACES = 8
"""Kinds of day for which a thread keeps its workspace, whatever its size: a week and a day."""
MOST_BYTES = 1 << 26
"""Memory of a thread's workspaces up to which it keeps more of them."""


class Kinds(NamedTuple):
    """Kinds of day, compiled, and the model that says which replication is of which kind."""

    compiled: tuple[Compiled, ...]
    model: Model

    def of(self, seed: int, replication: int) -> int:
        """Return the kind of a replication."""
        return kinds_of_days(self.model, seed, replication, replication + 1)[0]

    def alike(self, seed: int, first: int, beyond: int) -> int:
        """Return the first replication after `first`, at most `beyond`, that is of another kind."""
        if not self.model.days:
            return beyond
        i, kind = first + 1, self.of(seed, first)
        while i < beyond and self.of(seed, i) == kind:
            i += 1
        return i


def kinds_of(model: Model) -> Kinds:
    """Compile every kind of day of a hall."""
    if not model.days:
        return Kinds((compile_model(model),), model)
    return Kinds(compile_days(model), model)


def replications_of(model: Model, wanted: int | None, first: int = 0) -> int:
    """Return how many replications to run: those wanted, or all days of a log or a calendar, or 200 days.

    Raises
    ------
    UsageError
        If a hall whose days come from a log does not have so many.
    """
    days = len(model.days)
    if model.horizon is not None:
        return max(DEFAULT_REPLICATIONS // model.horizon.days, FEWEST_HORIZONS) if wanted is None else wanted
    if not model.logged:
        return (len(model.calendar) or DEFAULT_REPLICATIONS) if wanted is None else wanted
    if wanted is None:
        wanted = max(days - first, 1)
    if first + wanted > days:
        asked = f"{wanted} days are wanted" if not first else f"days {first} to {first + wanted - 1} are wanted"
        has = f"the log has {days} days" if days > 1 else "the log has 1 day"
        raise UsageError(f"{asked}, but {has}, and each is one replication")
    return wanted


def check_comparable(base: Scenario, hall: Scenario) -> None:
    """Refuse halls whose replications are not of one kind.

    Raises
    ------
    UsageError
    """
    one, other = base.model, hall.model
    why = ""
    if one.steady != other.steady:
        why = "one has days, the other has none"
    elif counted_days(one) != counted_days(other):
        why = "their horizons are not of one length"
    elif one.logged != other.logged:
        why = "only one re-enacts a log"
    if why:
        raise UsageError(f"{hall.name} and {base.name} cannot be compared: {why}")


def turn_of(model: Model) -> int:
    """Return what the number of replications is to be a multiple of: the days of a calendar, which come in turn."""
    return 1 if model.horizon is not None else len(model.calendar) or 1


class Workspaces:
    """What one thread of the compiled engine works on, by kind of day.

    One takes longer to make than a day to simulate, and the days of a horizon come in turn: where there is no room for
    another kind the one made last has to go, so that all others are still there when their turn comes again.
    """

    def __init__(self, kinds: Kinds) -> None:
        self.kinds = kinds
        self._made: dict[int, Workspace] = {}

    def of(self, kind: int) -> Workspace:
        """Return the workspace of a kind of day."""
        from hallsim.engines.workspace import make_workspace

        if kind not in self._made:
            if len(self._made) >= FEWEST_WORKSPACES and self._n_bytes() >= MOST_BYTES:
                self._made.popitem()
            self._made[kind] = make_workspace(self.kinds.compiled[kind])
        return self._made[kind]

    def _n_bytes(self) -> int:
        return sum(table.nbytes for workspace in self._made.values() for table in workspace.tables.values())


def simulator(kinds: Kinds, engine: str, rules: Rules | None = None) -> Callable[[int, int], Log]:
    """Return a function (seed, replication) -> Log; `rules` are Python code, for the readable engine."""
    if engine == "reference":
        from hallsim.engines import reference

        return lambda seed, i: reference.simulate(kinds.compiled[kinds.of(seed, i)], seed, i, rules)
    from hallsim.engines import kernel

    workspaces = Workspaces(kinds)

    def simulate(seed: int, i: int) -> Log:
        kind = kinds.of(seed, i)
        return kernel.simulate(kinds.compiled[kind], seed, i, workspaces.of(kind))

    return simulate
