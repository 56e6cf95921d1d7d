"""Designs of a sweep: which combinations of the factors' values are simulated.

In: factors, and the parsed `design:`. Out: `Points`, which gives point i on demand, so that a million points take no
memory. A grid holds every combination, the last factor changing fastest. Latin hypercube and scrambled Sobol sequence
come from scipy (McKay, Beckman and Conover 1979, doi:10.1080/00401706.1979.10489755; Owen 1998,
doi:10.1006/jcom.1998.0487), seeded by the sweep's seed. A table is a CSV file, a row a point.
"""

from __future__ import annotations

import hashlib
import math
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallsim.errors import Complaint, ScenarioError, did_you_mean
from hallsim.experiment.sweeps.declaration import MOST_POINTS
from hallsim.experiment.sweeps.factors import Factor, Level
from hallsim.scenario.tables import Reading

F64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Points:
    """The points of a design; exactly one of `units` and `rows` is there, for a grid neither.

    Attributes
    ----------
    units : float64[n, n_factors]
        Places in the unit cube.
    rows : sequence of tuple of Level
    """

    factors: tuple[Factor, ...]
    kind: str
    n: int
    units: F64 | None = None
    rows: Sequence[tuple[Level, ...]] | None = None

    def point(self, i: int) -> tuple[Level, ...]:
        """Return the levels of point `i`, in the order of the factors."""
        if self.rows is not None:
            return self.rows[i]
        if self.units is not None:
            return tuple(f.at(float(u)) for f, u in zip(self.factors, self.units[i], strict=True))
        places = np.unravel_index(i, [len(f.levels) for f in self.factors])
        return tuple(f.levels[place] for f, place in zip(self.factors, places, strict=True))

    def to_try(self, most: int) -> Iterator[tuple[Level, ...]]:
        """Yield points in which each level occurs, at most so many of a factor or of a table; of a range its ends.

        All factors but one are as in the first point, whatever the design, so that few points show what is wrong.
        """
        if self.rows is not None:
            yield from self.rows[:most]
            return
        first = self.point(0)
        for i, f in enumerate(self.factors):
            for level in f.levels[:most] or (f.level(f.low), f.level(f.high)):
                yield (*first[:i], level, *first[i + 1 :])

    def hash(self) -> str:
        """Return 16 hex digits over where the points are."""
        digest = hashlib.sha256(f"{self.kind} {self.n}".encode())
        if self.units is not None:
            digest.update(np.ascontiguousarray(self.units).tobytes())
        for row in self.rows or ():
            digest.update(repr([level.value for level in row]).encode())
        return digest.hexdigest()[:16]


def points_of(factors: Sequence[Factor], design: Any, seed: int, ctx: Reading) -> Points | None:
    """Return the points of a design, None after a complaint."""
    given = design if isinstance(design, dict) else {}
    if isinstance(design, dict) and len(given) != 1:
        ctx.add(("design",), "needs exactly one of latin_hypercube, sobol and table, or the word grid")
        return None
    for kind, value in given.items():
        if kind == "table":
            return _tabled(tuple(factors), value, ctx)
        return Points(tuple(factors), kind, value, units=_units(kind, len(factors), value, seed))
    return _grid(tuple(factors), ctx)


def _grid(factors: tuple[Factor, ...], ctx: Reading) -> Points | None:
    for f in factors:
        if not f.levels:
            ctx.add(("factors", f.name), "a grid needs its values: give the range a step, or take a latin_hypercube")
    n = math.prod(len(f.levels) for f in factors)
    if n > MOST_POINTS:
        ctx.add(("design",), f"the grid has {n:,} points; at most {MOST_POINTS:,}. A latin_hypercube takes fewer")
        return None
    return Points(factors, "grid", n) if n else None


def _units(kind: str, dimensions: int, n: int, seed: int) -> F64:
    from scipy.stats import qmc

    sampler = (qmc.Sobol if kind == "sobol" else qmc.LatinHypercube)(dimensions, seed=seed)
    with warnings.catch_warnings():  # that other numbers than powers of two are less balanced, the documentation says
        warnings.filterwarnings("ignore", "The balance properties of Sobol", UserWarning)
        return np.asarray(sampler.random(n), dtype=np.float64)


def _tabled(factors: tuple[Factor, ...], name: str, ctx: Reading) -> Points | None:
    path = ("design", "table")
    table = ctx.table(path, name)
    if table is None:
        return None
    for column in table.columns:
        if column not in [f.name for f in factors]:
            names = [f.name for f in factors]
            ctx.add_at(table.file, 1, f"column {column!r} is no factor; factors: {', '.join(names)}"
                       + did_you_mean(column, names))  # fmt: skip
    missing = [f.name for f in factors if f.name not in table.columns]
    for factor in missing:
        ctx.add_at(table.file, 1, f"there is no column for the factor {factor!r}")
    if missing:
        return None
    if not 1 <= len(table.rows) <= MOST_POINTS:
        ctx.add(path, f"table {name} has {len(table.rows):,} rows; a design has 1 to {MOST_POINTS:,} points")
        return None
    rows: list[tuple[Level, ...]] = []
    problems: list[tuple[int, str]] = []
    known: dict[tuple[str, str], Level] = {}
    for line, cells in table.rows:
        levels = []
        for f in factors:
            text = cells.get(f.name, "")
            try:
                if not text:
                    raise ScenarioError([Complaint(table.file, line, f.name, "the cell is empty")])
                if (f.name, text) not in known:
                    known[f.name, text] = f.cell(text, table.file, line)
                levels.append(known[f.name, text])
            except ScenarioError as problem:
                problems += [(line, f"{f.name}: {c.message}") for c in problem.complaints]
        rows.append(tuple(levels))
    ctx.rows_wrong(table, problems)
    return None if problems else Points(factors, "table", len(rows), rows=rows)
