"""Factors of a sweep: what is changed in the base, and to which values.

In: the parsed entry of a factor and the nodes of the sweep file, which keep file and line for complaints. Out:
`Factor`s and their `Level`s. A level is a node as it would stand in the scenario, and what tables call it: a number
where the values are numbers, else a text.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from typing import Any

from hallsim.experiment.sweeps.declaration import COLUMNS
from hallsim.model import Label
from hallsim.scenario.names import label_of
from hallsim.scenario.tables import Reading
from hallsim.scenario.text import read_value
from hallsim.scenario.tree import Node, Path, nearest, plain_data

MOST_LEVELS = 10_000
DIGITS = 6
"""Significant digits of numbers drawn from a range: what a table shows is what was simulated."""


@dataclass(frozen=True, slots=True)
class Level:
    """One value of a factor: what tables call it, and the node that is laid over the scenario."""

    value: float | str
    node: Node


@dataclass(frozen=True, slots=True)
class Factor:
    """One thing that is changed.

    Attributes
    ----------
    paths : tuple of str
        The entries of the scenario that take the value, all the same.
    levels : tuple of Level
        Empty for a range without steps, and for a factor whose values come from a table.
    low, high : float
        The range, NaN without one.
    template : str
        How a number of the range is written, with {} for it; "" for the number itself.
    file, line : where it stands in the sweep file
    """

    name: str
    label: Label
    paths: tuple[str, ...]
    levels: tuple[Level, ...]
    low: float
    high: float
    template: str
    file: str
    line: int

    @property
    def numeric(self) -> bool:
        """Whether all its values are numbers."""
        return all(isinstance(level.value, float) for level in self.levels)

    def at(self, u: float) -> Level:
        """Return the level at a place 0 <= u < 1: one of the levels, each with the same share, or of the range."""
        if self.levels:
            return self.levels[min(int(u * len(self.levels)), len(self.levels) - 1)]
        return self.level(self.low + u * (self.high - self.low))

    def level(self, number: float) -> Level:
        """Return a number of the range as a level."""
        number = float(f"{number:.{DIGITS}g}")
        plain = int(number) if number.is_integer() else number
        written = self.template.replace("{}", str(plain)) if self.template else plain
        return Level(number, Node(written, self.file, self.line))

    def cell(self, text: str, file: str, line: int) -> Level:
        """Return a cell of a table as a level.

        Raises
        ------
        ScenarioError
            If it is not a value.
        """
        node = read_value(text, file, self.name, line)
        if self.template and isinstance(node.value, (int, float)):
            return Level(float(node.value), Node(self.template.replace("{}", text.strip()), file, line))
        return Level(_shown(node), node)


def factor_of(name: str, data: dict[str, Any], in_table: bool, ctx: Reading) -> Factor | None:
    """Return a factor from its parsed entry, None after a complaint."""
    at: Path = ("factors", name)
    entry = nearest(ctx.root, at)
    paths = data.get("path") or ()
    template = data.get("as") or ""
    factor = Factor(
        name=name,
        label=label_of(name, data["label"]) if data.get("label") else Label(name, name),
        paths=(paths,) if isinstance(paths, str) else tuple(p for p in paths if p),
        levels=(),
        low=math.nan,
        high=math.nan,
        template=template,
        file=entry.file,
        line=entry.line,
    )
    if name in COLUMNS:
        ctx.add(at, f"{name!r} is a column of the results; give the factor another name")
    has_range = "from" in data or "to" in data
    if template and "{}" not in template:
        ctx.add((*at, "as"), f"{template!r} has no {{}}, the place of the number, as in 'exponential {{}} min'")
    if in_table:
        for key in ("values", "from", "to", "step"):
            if key in data:
                ctx.add((*at, key), "the design's table has the values of every factor; leave them out here")
        return factor
    if has_range == ("values" in data):
        ctx.add(at, "needs either values, such as [6, 7, 8], or a range: from and to")
        return None
    if not has_range:
        return _with(factor, _listed(at, ctx))
    return _ranged(factor, data, at, ctx)


def _listed(at: Path, ctx: Reading) -> list[Level]:
    """Return the levels that stand in a list, or by name in a mapping."""
    values = nearest(ctx.root, (*at, "values")).value
    if isinstance(values, dict):
        return [Level(str(name), node) for name, node in values.items()]
    if not isinstance(values, list):
        return []
    levels = [Level(_shown(node), node) for node in values]
    if not all(isinstance(level.value, float) for level in levels):
        levels = [Level(_text(level.node), level.node) for level in levels]
    for i, level in enumerate(levels):
        if level.value in [earlier.value for earlier in levels[:i]]:
            ctx.add((*at, "values", i), f"{_text(level.node)} stands there already")
    return levels


def _ranged(factor: Factor, data: dict[str, Any], at: Path, ctx: Reading) -> Factor | None:
    low, high, step = (data.get(key) for key in ("from", "to", "step"))
    if low is None or high is None:
        ctx.add(at, "a range has both ends: from and to")
        return None
    if not low < high:
        ctx.add((*at, "to"), f"the range from {low:g} to {high:g} holds nothing")
        return None
    if step is None and low.is_integer() and high.is_integer():
        written = [nearest(ctx.root, (*at, key)).value for key in ("from", "to")]
        step = 1.0 if all(isinstance(x, int) for x in written) else None
    ranged = _with(factor, [], low, high)
    if step is None:
        return ranged
    n = int((high - low) / step + 1e-9) + 1
    if n > MOST_LEVELS:
        ctx.add((*at, "step"), f"the range has {n} values; at most {MOST_LEVELS}")
        return None
    return _with(factor, [ranged.level(low + i * step) for i in range(n)], low, high)


def _with(factor: Factor, levels: list[Level], low: float = math.nan, high: float = math.nan) -> Factor:
    return replace(factor, levels=tuple(levels), low=low, high=high)


def _shown(node: Node) -> float | str:
    """Return what tables call a value."""
    if isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        return float(node.value)
    return _text(node)


def _text(node: Node) -> str:
    data = plain_data(node)
    return data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
