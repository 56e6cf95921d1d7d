"""Overlays in flat arrays: what may happen to customers who keep their place in line (semantics 11, 46).

In: `Model`, and the routes' arrays, whose conditions those of overlays join. Out: `Preparations`, a part of
`Compiled`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from hallsim import draws
from hallsim.arrays import F64, I64, U64, f64, i64, u64
from hallsim.compiling.routes import with_conditions
from hallsim.model import EVER, Experience, Model, Preparation, Term
from hallsim.parts.distributions import Law


class Preparations(NamedTuple):
    """How customers are prepared, by station; then, behind all of these, what terminals they may try, by station."""

    by: I64  # station whose servers do it, -1: nothing happens
    law: I64  # [overlay, type], -1: not for this type
    wants: F64  # [overlay, type] probability to want to try a terminal; 1 where customers are prepared
    after: I64  # [overlay, type] law of the service of who is prepared, -1: the usual one times the factor;
    # at a terminal of what a sale adds to it, -1: nothing
    done: F64  # [overlay, type] probability that no service is needed then; at a terminal to buy
    fails: F64  # [overlay, type]
    factor: F64
    rework: F64  # factor on the service of who was prepared in vain
    perceived: F64  # how fast patience runs meanwhile
    finishes: I64  # 1: a counter waits for the end of it when it has called the customer
    low: I64  # least and most tickets ahead
    high: I64
    case: I64  # a case that no route has; -1: always
    key: U64
    wants_key: U64
    done_key: U64
    fails_key: U64
    after_key: U64  # of what a sale adds


class _Overlay(NamedTuple):
    """One row of the table, before laws are numbered; without `by` nothing happens."""

    types: int
    by: int = -1
    time: tuple[Law | None, ...] = ()
    wants: tuple[float, ...] = ()
    after: tuple[Law | None, ...] = ()
    done: tuple[float, ...] = ()
    fails: tuple[float, ...] = ()
    factor: float = 1.0
    rework: float = 1.0
    perceived: float = 1.0
    finishes: bool = False
    ahead: tuple[int, int] = (0, 0)
    when: tuple[Term, ...] = ()

    def laws(self, laws: tuple[Law | None, ...], add: Callable[[Law | None], int]) -> list[int]:
        """Return the numbers of the laws of every type."""
        return [add(law) for law in laws or (None,) * self.types]

    def shares(self, given: tuple[float, ...], otherwise: float = 0.0) -> tuple[float, ...]:
        """Return the probabilities of every type."""
        return given or (otherwise,) * self.types


def _prepared(given: Preparation | None, types: int) -> _Overlay:
    if given is None:
        return _Overlay(types)
    return _Overlay(
        types,
        given.by,
        given.time,
        after=given.prepared,
        done=given.done,
        fails=given.fails,
        factor=given.factor,
        rework=given.rework,
        finishes=given.called == "finish",
        ahead=given.ahead,
        when=given.when,
    )


def _tried(given: Experience | None, types: int) -> _Overlay:
    if given is None:
        return _Overlay(types)
    return _Overlay(
        types,
        given.at,
        given.time,
        given.tries,
        after=given.sale,
        done=given.buys,
        perceived=given.perceived,
        finishes=given.called == "finish",
        ahead=(given.ahead, EVER),
        when=given.when,
    )


def preparation_tables(model: Model, add: Callable[[Law | None], int], routes: dict[str, Any]) -> dict[str, Any]:
    """Return the part of `Compiled` about overlays, and the routes' arrays with the conditions added to them.

    Parameters
    ----------
    model : the hall
    add : puts a law into the table of laws and returns its number, -1 for None
    routes : the arrays of `routes.route_tables`; a condition is a case that no route has
    """
    types, names = len(model.types), [s.luck for s in model.stations]
    rows = [_prepared(s.preparation, types) for s in model.stations]
    rows += [_tried(s.experience, types) for s in model.stations]
    routes, cases = with_conditions(routes, [row.when for row in rows])

    def keys(preparation: str, terminal: str) -> U64:
        return u64([draws.name_hash(what, name) for what in (preparation, terminal) for name in names])

    return {
        **routes,
        "preparation": Preparations(
            by=i64([row.by for row in rows]),
            law=i64([row.laws(row.time, add) for row in rows]),
            wants=f64([row.shares(row.wants, 1.0) for row in rows]),
            after=i64([row.laws(row.after, add) for row in rows]),
            done=f64([row.shares(row.done) for row in rows]),
            fails=f64([row.shares(row.fails) for row in rows]),
            factor=f64([row.factor for row in rows]),
            rework=f64([row.rework for row in rows]),
            perceived=f64([row.perceived for row in rows]),
            finishes=i64([row.finishes for row in rows]),
            low=i64([row.ahead[0] for row in rows]),
            high=i64([row.ahead[1] for row in rows]),
            case=i64(cases),
            key=keys("preparation", "terminal"),
            wants_key=keys("preparation wanted", "terminal wanted"),
            done_key=keys("preparation done", "terminal sale"),
            fails_key=keys("preparation fails", "terminal fails"),
            after_key=keys("after preparation", "after terminal"),
        ),
    }
