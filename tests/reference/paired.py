"""Observations of several scenarios on common random numbers, for procedures of selection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import hallsim as hs
from hallsim.compiled import Log, compile_model
from hallsim.engines import kernel
from hallsim.engines.workspace import make_workspace
from hallsim.experiment.selection import Observe


def observer(scenarios: Sequence[dict[str, Any]], value: Callable[[int, Log], float], seed: int) -> Observe:
    """Return (systems, first, count) -> values: `value(system, log)` of replications first ... of each scenario."""
    compiled = [compile_model(hs.load(scenario).model) for scenario in scenarios]
    workspaces = {0: make_workspace(compiled[0])}

    def observe(systems: Sequence[int], first: int, count: int) -> NDArray[np.float64]:
        out = np.empty((count, len(systems)))
        for column, i in enumerate(systems):
            if i not in workspaces:
                workspaces.clear()  # one at a time: two hundred would fill the memory
                workspaces[i] = make_workspace(compiled[i])
            for row in range(count):
                out[row, column] = value(i, kernel.simulate(compiled[i], seed, first + row, workspaces[i]))
        return out

    return observe
