"""The tidy table of a sweep: one row for each design point and figure.

In: a sweep and its blocks. Out: Arrow tables with the columns

    design          number of the point, from 0
    ...             a column for each factor, a number or a text
    kpi, scope, item, within_min, unit      the figure, as in `Results.summary`
    value, half_width                       the estimate, and half its 95 % interval, in the unit
    n_replications
    scenario_hash   of the point: `hallsim run` with the same changes gives the same
    problem         why the point could not be simulated, null for almost all

and `about`, which the manifest keeps so that a folder can be read without the sweep file.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from hallsim.experiment.figures import Figure
from hallsim.experiment.sweeps.block import Block
from hallsim.experiment.sweeps.factors import Factor
from hallsim.experiment.sweeps.read import Sweep

if TYPE_CHECKING:
    import pyarrow as pa


def is_numeric(sweep: Sweep, i: int) -> bool:
    """Return whether all values of a factor are numbers, wherever they come from."""
    factor, rows = sweep.factors[i], sweep.points.rows
    return factor.numeric if rows is None else all(isinstance(row[i].value, float) for row in rows)


def about(sweep: Sweep) -> dict[str, Any]:
    """Return what readers of the table need to know: names, labels and units."""
    steady = sweep.base.model.steady
    return {
        "label": _label(sweep.label),
        "base": sweep.base.name,
        "base_label": _label(sweep.base.model.label),
        "days": sweep.days,
        "seed": sweep.seed,
        "design": sweep.points.kind,
        "unit": sweep.base.model.unit,
        "factors": [_factor(sweep, i, factor) for i, factor in enumerate(sweep.factors)],
        "figures": [{**_figure(figure, steady), "who": _label(figure.who)} for figure in sweep.figures],
    }


def rows_of(sweep: Sweep, block: Block) -> pa.Table:
    """Return the rows of a block."""
    import pyarrow as pa

    count, k = block.values.shape
    points = [sweep.points.point(block.first + i) for i in range(count)]
    columns: dict[str, Any] = {"design": pa.array(np.repeat(np.arange(block.first, block.first + count), k))}
    for i, factor in enumerate(sweep.factors):
        numeric = is_numeric(sweep, i)
        cells = [point[i].value if numeric else _as_text(point[i].value) for point in points for _ in range(k)]
        columns[factor.name] = pa.array(cells, pa.float64() if numeric else pa.string())
    figures = [_figure(figure, sweep.base.model.steady) for figure in sweep.figures]
    types = {"within_min": pa.float64()}
    for name in ("kpi", "scope", "item", "within_min", "unit"):
        columns[name] = pa.array([f[name] for f in figures] * count, types.get(name, pa.string()))
    columns["value"] = _floats(block.values)
    columns["half_width"] = _floats(block.half_widths)
    columns["n_replications"] = pa.array(np.full(count * k, sweep.days, dtype=np.int64))
    columns["scenario_hash"] = pa.array([h or None for h in block.hashes for _ in range(k)], pa.string())
    columns["problem"] = pa.array([p or None for p in block.problems for _ in range(k)], pa.string())
    return pa.table(columns)


def leader(sweep: Sweep, block: Block, best: tuple[float, float, int]) -> tuple[float, float, int]:
    """Return mean wait, half-width and number of the point with the shortest mean wait so far."""
    waits = block.values[:, [f.key for f in sweep.figures].index(("mean_wait", "hall", None, None))]
    if not np.isfinite(waits).any():
        return best
    i, column = int(np.nanargmin(waits)), [f.kpi.name for f in sweep.figures].index("mean_wait")
    if best[2] >= 0 and waits[i] >= best[0]:
        return best
    return float(waits[i]), float(block.half_widths[i, column]), block.first + i


def _factor(sweep: Sweep, i: int, factor: Factor) -> dict[str, Any]:
    values = [level.value for level in factor.levels]
    return {
        "name": factor.name,
        "label": _label(factor.label),
        "paths": list(factor.paths),
        "numeric": is_numeric(sweep, i),
        "levels": [v if factor.numeric else _as_text(v) for v in values],
        "low": None if math.isnan(factor.low) else factor.low,
        "high": None if math.isnan(factor.high) else factor.high,
    }


def _figure(figure: Figure, steady: bool) -> dict[str, Any]:
    unit = figure.kpi.unit.replace("day", "run") if steady else figure.kpi.unit
    within = figure.within_min
    return {
        "kpi": figure.kpi.name,
        "scope": figure.scope,
        "item": figure.item,
        "within_min": None if within is None else float(within),
        "unit": unit,
    }


def _floats(table: Any) -> pa.Array:
    import pyarrow as pa

    return pa.array(table.ravel(), from_pandas=True)  # NaN becomes null: there is nothing to measure


def _label(label: Any) -> dict[str, str]:
    return {"en": label.en, "zh": label.zh}


def _as_text(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"
