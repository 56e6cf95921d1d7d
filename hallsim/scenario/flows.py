"""How many customers of each type are expected at each station, if nobody gives up, balks or finds a room full.

In: a model. Out: expected visits, by the absorbing Markov chain of the routes (of cases, those that hold if no
condition does); follow-on transactions are waves of customers of other types. Used to hold work against staff, and for
estimates.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hallsim.model import Model

F64 = NDArray[np.float64]
_LAST_WAVE, _MOST_WAVES = 1e-9, 1000
"""Part of the customers below which no further transaction of theirs is counted; at most so many."""


class Flows:
    """The expected visits of a hall's customers."""

    def __init__(self, model: Model) -> None:
        self._model = model
        n = len(model.stations)
        entry = np.zeros((len(model.types), n))
        for t, rows in enumerate(model.entry):
            for route in rows:
                if route.destination < n:
                    entry[t, route.destination] += route.probability
        self._entry = entry
        self._onward = [self._routes_of(t) for t in range(len(model.types))]
        self.of_one = self._passing(entry)

    def expected(self, coming: F64) -> F64:
        """Return the stays float64[type, station] of so many customers of each type (float64[type])."""
        model = self._model
        if not model.follow_ons:
            return self.of_one * coming[:, None]
        total, start = np.zeros_like(self._entry), self._entry * coming[:, None]
        for _ in range(_MOST_WAVES):
            if start.sum() <= _LAST_WAVE * coming.sum():
                break
            wave = self._passing(start)
            total += wave
            start = self._next(wave)
        return total

    def _routes_of(self, kind: int) -> F64:
        n = len(self._model.stations)
        onward = np.zeros((n, n))
        for s, station in enumerate(self._model.stations):
            for route in station.routes[kind]:
                if route.destination < n:
                    onward[s, route.destination] += route.probability
        return onward

    def _passing(self, start: F64) -> F64:
        """Return the stays of customers who start at some stations, until they leave or have another transaction."""
        n = start.shape[1]
        found = np.zeros_like(start)
        for t in np.flatnonzero(start.any(axis=1)):
            # Stations from which this type cannot leave are never reached (checked before), but would make
            # the equations singular.
            onward = self._onward[t].copy()
            onward[~_closure(start[t] > 0, onward)] = 0.0
            found[t] = np.linalg.solve(np.eye(n) - onward.T, start[t])
        return found

    def _next(self, stays: F64) -> F64:
        """Return where those start, float64[type, station], who have another transaction after these stays."""
        model, n = self._model, len(self._model.stations)
        found = np.zeros_like(stays)
        for s, station in enumerate(model.stations):
            if not station.on_follow_on:
                continue
            for t in np.flatnonzero(stays[:, s]):
                out = [r for r in station.routes[t] if r.destination >= n and r.step_outcome == "served"]
                served = sum(r.probability for r in out if model.exits[r.destination - n].outcome == "served")
                for follow in model.follow_ons[t]:
                    number = stays[t, s] * served * follow.probability
                    if station.goes_on:
                        found[follow.type, s] += number
                        continue
                    for route in station.on_follow_on[follow.type]:
                        if route.destination < n:
                            found[follow.type, route.destination] += number * route.probability
        return found


def _closure(start: NDArray[np.bool_], onward: F64) -> NDArray[np.bool_]:
    """Return the stations that can be reached from some, these included."""
    reach = start
    while True:
        more = reach | (onward[reach] > 0).any(axis=0)
        if (more == reach).all():
            return reach
        reach = more
