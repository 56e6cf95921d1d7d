"""Hidden parameters: entries of a scenario that are sought, each between two ends.

In: a base scenario and values. Out: the scenario with them. A parameter either stands at a path, written by a template
such as `{} %`, or multiplies every quantity at a path (`scale`), as entries of `uncertain` do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hallsim.model import Label, Uncertain
from hallsim.scenario import Scenario, with_nodes
from hallsim.scenario.tree import Node
from hallsim.scenario.uncertain import scaled

F64 = NDArray[np.float64]

DIGITS = 8
"""Significant digits of values that are tried: differences of a hundredth of the range are exact."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing that is sought.

    Attributes
    ----------
    name, label : as the file and readers call it
    path : of the scenario's entry
    low, high : ends of its range
    template : how a number is written, with {} for it; "" for the number itself
    scales : whether the number multiplies the quantities at the path
    file, line : where it stands, for complaints
    """

    name: str
    label: Label
    path: str
    low: float
    high: float
    template: str = ""
    scales: bool = False
    file: str = "<parameters>"
    line: int = 0

    def of_share(self, x: float) -> float:
        """Return the value at a share 0 <= x <= 1 of the range."""
        return float(f"{self.low + x * (self.high - self.low):.{DIGITS}g}")

    def node(self, value: float) -> Node:
        """Return a value as it stands in the scenario."""
        text = f"{value:.10f}".rstrip("0").rstrip(".")
        written = self.template.replace("{}", text) if self.template else value
        return Node(written, self.file, self.line)


def with_values(base: Scenario, parameters: Sequence[Parameter], values: Sequence[float]) -> Scenario:
    """Return the scenario with a value of each parameter.

    Raises
    ------
    UsageError
        If a path leads nowhere.
    ScenarioError
        If the scenario cannot take a value.
    """
    tree = base.tree
    pairs = list(zip(parameters, values, strict=True))
    for one, value in pairs:
        if one.scales:
            tree = scaled(tree, Uncertain(one.path, value, value, "uniform"), value)
    return with_nodes(tree, base.name, [(one.path, one.node(value)) for one, value in pairs if not one.scales])
