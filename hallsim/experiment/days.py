"""The kinds of day that a hall has, each compiled once, and which kind each replication is.

In: a `Model`. Out: `Kinds`. An ordinary hall has one kind of day and any number of replications; a hall with days
(`Model.days`) has one kind for each, and replication i is day i. Threads keep a workspace for the kinds they
met last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from hallsim.compiled import Compiled, Log, compile_days, compile_model
from hallsim.errors import UsageError
from hallsim.model import Model

if TYPE_CHECKING:
    from hallsim.engines.workspace import Workspace

DEFAULT_REPLICATIONS = 200
MOST_WORKSPACES = 8
"""Kinds of day for which a thread keeps its workspace: a week and a day."""


class Kinds(NamedTuple):
    """Kinds of day, compiled; `one_each` if replication i is kind i, else all replications are the only kind."""

    compiled: tuple[Compiled, ...]
    one_each: bool

    def of(self, replication: int) -> int:
        """Return the kind of a replication."""
        return replication if self.one_each else 0

    def alike(self, first: int, beyond: int) -> int:
        """Return the first replication after `first`, at most `beyond`, that is of another kind."""
        return min(first + 1, beyond) if self.one_each else beyond


def kinds_of(model: Model) -> Kinds:
    """Compile every kind of day of a hall."""
    if not model.days:
        return Kinds((compile_model(model),), False)
    return Kinds(compile_days(model), True)


def replications_of(model: Model, wanted: int | None, first: int = 0) -> int:
    """Return how many replications to run: those wanted, or all days of a log, or 200.

    Raises
    ------
    UsageError
        If a hall whose days come from a log does not have so many.
    """
    days = len(model.days)
    if not days:
        return DEFAULT_REPLICATIONS if wanted is None else wanted
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


def simulator(kinds: Kinds, engine: str) -> Callable[[int, int], Log]:
    """Return a function (seed, replication) -> Log."""
    if engine == "reference":
        from hallsim.engines import reference

        return lambda seed, i: reference.simulate(kinds.compiled[kinds.of(i)], seed, i)
    from hallsim.engines import kernel

    workspaces = Workspaces(kinds)
    return lambda seed, i: kernel.simulate(kinds.compiled[kinds.of(i)], seed, i, workspaces.of(kinds.of(i)))
