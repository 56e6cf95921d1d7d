"""A sweep file -> `Sweep`: base, factors, design points, and what is measured.

In: a YAML file, read as strictly as a scenario. Out: a frozen `Sweep`. Everything wrong is complained about at once,
with file and line: unknown keys, and also paths that lead nowhere and values that the base cannot take, since each
value of each factor is tried on the first point before anything is simulated.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hallsim.errors import ScenarioError, UsageError
from hallsim.experiment.days import replications_of
from hallsim.experiment.figures import Figure, figures_of
from hallsim.experiment.sweeps.declaration import FORMAT, SWEEP
from hallsim.experiment.sweeps.designs import Points, points_of
from hallsim.experiment.sweeps.factors import Factor, Level, factor_of
from hallsim.model import Label
from hallsim.scenario import Scenario, load, with_nodes
from hallsim.scenario.names import label_of
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Node, plain_data
from hallsim.scenario.whole import read_whole

MOST_TRIED = 200
"""Values of each factor that are tried before anything is simulated."""


@dataclass(frozen=True, eq=False)
class Sweep:
    """A sweep as its file says it.

    Attributes
    ----------
    levels_hash : str
        Over the scenarios of all values tried, and so over every file that they name.
    """

    file: str
    label: Label
    base: Scenario
    factors: tuple[Factor, ...]
    points: Points
    days: int
    seed: int
    figures: tuple[Figure, ...]
    levels_hash: str

    def identity(self) -> dict[str, Any]:
        """Return what decides on the numbers, in words that can be compared one by one."""
        return {
            "the base": self.base.hash,
            "factors": {f.name: list(f.paths) for f in self.factors},
            "some value of a factor": self.levels_hash,
            "design": self.points.kind,
            "points": self.points.n,
            "where the points lie": self.points.hash(),
            "days": self.days,
            "seed": self.seed,
            "figures": [list(f.key) for f in self.figures],
        }


def changes_of(factors: tuple[Factor, ...], point: tuple[Level, ...]) -> list[tuple[str, Node]]:
    """Return what a point lays over the base, as (path, node)."""
    return [(path, level.node) for f, level in zip(factors, point, strict=True) for path in f.paths]


def read_sweep(source: str | os.PathLike[str]) -> Sweep:
    """Read a sweep file.

    Raises
    ------
    ScenarioError, UsageError
        With every complaint, if anything is wrong.
    """
    file = os.fspath(source)
    return read_whole(file, "sweep", lambda ctx: _built(ctx, file), "base: and factors:")


def _built(ctx: Reading, file: str) -> Sweep | None:
    raw = plain_data(ctx.root)
    data: dict[str, Any] = SWEEP.read(raw, (), ctx) or {}
    if data.get("format") not in (None, FORMAT):
        ctx.add(("format",), f"format {data['format']} is not known; this hallsim reads format {FORMAT}")
    base = _base(data, file, ctx)
    given: dict[str, Any] = data.get("factors") or {}
    design = data.get("design") or "grid"
    in_table = isinstance(design, dict) and set(design) == {"table"}
    factors = [factor_of(name, entry, in_table, ctx) for name, entry in given.items() if entry]
    known = [f for f in factors if f is not None]
    if ctx.errors or base is None:
        return None
    seed = data.get("seed", 1)
    points = points_of(known, design, seed, ctx)
    figures = _figures(base, data.get("figures") or (), ctx)
    if points is None or ctx.errors:
        return None
    levels_hash = _try(base, points, ctx)
    return Sweep(
        file=file,
        label=label_of("", data["sweep"]) if data.get("sweep") else Label(Path(file).stem, Path(file).stem),
        base=base,
        factors=tuple(known),
        points=points,
        days=_days(base, data.get("days"), ctx),
        seed=seed,
        figures=tuple(figures),
        levels_hash=levels_hash,
    )


def _base(data: dict[str, Any], file: str, ctx: Reading) -> Scenario | None:
    """Return the scenario that is changed; its own errors stand at their own lines."""
    if not data.get("base"):
        return None
    try:
        return load(Path(file).parent / data["base"])
    except ScenarioError as problem:
        first = problem.complaints[0]
        if first.line == 0 and not first.path:
            ctx.add(("base",), f"{data['base']}: {first.message}")
        for c in problem.complaints:
            if c.line or c.path:
                ctx.add_at(c.file, c.line, f"{c.path}: {c.message}" if c.path else c.message)
        return None


def _days(base: Scenario, days: int | None, ctx: Reading) -> int:
    try:
        return replications_of(base.model, days)
    except UsageError as problem:
        ctx.add(("days",), str(problem))
        return 0


def _figures(base: Scenario, asked: Any, ctx: Reading) -> list[Figure]:
    """Return what is measured; complaints stand at the entry."""
    found = figures_of(base, percentiles=True)
    for i, text in enumerate(asked):
        try:
            found += [
                f for f in figures_of(base, [text], percentiles=True) if f.key not in [known.key for known in found]
            ]
        except UsageError as problem:
            ctx.add(("figures", i), str(problem))
    return found


def _try(base: Scenario, points: Points, ctx: Reading) -> str:
    """Build points in which every value occurs; return a hash over all these scenarios."""
    if not _paths_lead_somewhere(base, points, ctx):
        return ""
    digest = hashlib.sha256()
    for point in points.to_try(MOST_TRIED):
        try:
            digest.update(with_nodes(base.tree, base.name, changes_of(points.factors, point)).hash.encode())
        except ScenarioError as problem:
            for c in problem.complaints:
                ctx.add_at(c.file, c.line, c.message, (c.path,) if c.path else ())
    return digest.hexdigest()[:16]


def _paths_lead_somewhere(base: Scenario, points: Points, ctx: Reading) -> bool:
    """Complain about paths that the base does not have."""
    found = True
    for factor, level in zip(points.factors, points.point(0), strict=True):
        for path in factor.paths:
            try:
                with_nodes(base.tree, base.name, [(path, level.node)])
            except UsageError as problem:
                at = ("factors", factor.name, "path")
                said = str(problem).partition(f"{path}: ")[2]  # the place is known here
                ctx.add(at, said)
                found = False
            except ScenarioError:  # complained of with the other values
                pass
    return found
