"""The kinds of day that a hall has, each compiled once, and which kind each replication is.

In: a `Model`. Out: `Kinds`. An ordinary hall has one kind of day and any number of replications; of a log
replication i is day i; day types come by a calendar or are drawn (`hallsim.day_types`). Threads keep a workspace for
the kinds they met last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from hallsim.compiled import Compiled, Log, compile_days, compile_model
from hallsim.day_types import kinds_of_days
from hallsim.errors import UsageError
from hallsim.model import Model

if TYPE_CHECKING:
    from hallsim.engines.reference_policies import Rules
    from hallsim.engines.workspace import Workspace

DEFAULT_REPLICATIONS = 200
MOST_WORKSPACES = 8
"""Kinds of day for which a thread keeps its workspace: a week and a day."""


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
    """Return how many replications to run: those wanted, or all days of a log or a calendar, or 200.

    Raises
    ------
    UsageError
        If a hall whose days come from a log does not have so many.
    """
    days = len(model.days)
    if not model.logged:
        return (len(model.calendar) or DEFAULT_REPLICATIONS) if wanted is None else wanted
    if wanted is None:
        wanted = max(days - first, 1)
    if first + wanted > days:
        asked = f"{wanted} days are wanted" if not first else f"days {first} to {first + wanted - 1} are wanted"
        has = f"the log has {days} days" if days > 1 else "the log has 1 day"
        raise UsageError(f"{asked}, but {has}, and each is one replication")
    return wanted


class Workspaces:
    """What one thread of the compiled engine works on, for each kind of day that it met lately."""

    def __init__(self, kinds: Kinds) -> None:
        self.kinds = kinds
        self._made: dict[int, Workspace] = {}

    def of(self, kind: int) -> Workspace:
        """Return the workspace of a kind of day."""
        from hallsim.engines.workspace import make_workspace

        if kind not in self._made:
            while len(self._made) >= MOST_WORKSPACES:
                del self._made[next(iter(self._made))]
            self._made[kind] = make_workspace(self.kinds.compiled[kind])
        return self._made[kind]


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
