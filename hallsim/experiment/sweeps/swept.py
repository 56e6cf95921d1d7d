"""What a sweep found, read from its folder: factors, figures, and a row for each point.

In: a folder, complete or not. Out: `Swept`, which tables, charts and report show. Points that could not be simulated
stand in `problems` and take part in nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hallsim.errors import UsageError, not_one_of
from hallsim.experiment.figures import Figure
from hallsim.experiment.folder import RunFolder, read_folder
from hallsim.kpis import kpi_of
from hallsim.model import Label

if TYPE_CHECKING:
    import os

    import pandas as pd

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Column:
    """A factor in the table: `values` are float64[n] or, with `numeric` False, texts [n]; `order` is the file's."""

    name: str
    label: Label
    paths: tuple[str, ...]
    numeric: bool
    values: NDArray[Any]
    order: tuple[Any, ...] = ()

    def levels(self) -> list[Any]:
        """Return its different values in the order of numbers, or of the sweep file."""
        if self.numeric:
            return [float(x) for x in np.unique(self.values)]
        there = dict.fromkeys(self.values.tolist())
        return [x for x in self.order if x in there] or list(there)


@dataclass(frozen=True, eq=False)
class Swept:
    """The points of a sweep and what was measured.

    Attributes
    ----------
    designs : int64[n]
        Numbers of the points that are here.
    values, half_widths : float64[n, n_figures]
        In the unit of each figure; NaN where there is nothing to measure.
    problems : dict of int to str
        Points that could not be simulated, and why.
    wanted : int
        How many points the design has.
    """

    path: Path
    manifest: dict[str, Any]
    factors: tuple[Column, ...]
    figures: tuple[Figure, ...]
    designs: I64
    values: F64
    half_widths: F64
    problems: dict[int, str]
    wanted: int

    @property
    def about(self) -> dict[str, Any]:
        """What the manifest says of the sweep."""
        found: dict[str, Any] = self.manifest["about"]
        return found

    @property
    def label(self) -> Label:
        """The sweep's name."""
        return Label(**self.about["label"])

    @property
    def replication(self) -> str:
        """What a replication is, `day` or `horizon`; folders made before there were horizons do not say it."""
        return str(self.about.get("unit", "day"))

    @property
    def complete(self) -> bool:
        """Whether all points are there."""
        return len(self.designs) + len(self.problems) == self.wanted

    def unit(self, i: int) -> str:
        """Return the unit of a figure."""
        return str(self.about["figures"][i]["unit"])

    def figure(self, kpi: str) -> int:
        """Return which figure is meant: the hall's own by its name, or by name and minutes.

        Raises
        ------
        UsageError
            If it was not measured.
        """
        return figure_named(self.figures, kpi)

    def column(self, name: str) -> tuple[NDArray[Any], bool]:
        """Return the values of a factor or a figure, and whether they are numbers.

        Raises
        ------
        UsageError
            If there is none of that name.
        """
        for factor in self.factors:
            if factor.name == name:
                return factor.values, factor.numeric
        names = [name_of(f) for f in self.figures]
        for known in (names, [f.kpi.name for f in self.figures]):
            if name in known:
                return self.values[:, known.index(name)], True
        raise UsageError(not_one_of(name, "a factor or figure of this sweep", [f.name for f in self.factors] + names))

    def to_json(self) -> str:
        """Return everything that was found as JSON: effects, surfaces, the front; the points are in the folder."""
        from hallsim.experiment.sweeps.document import document

        return json.dumps(document(self), ensure_ascii=False, allow_nan=False, indent=1)

    def take(self, rows: NDArray[Any] | slice) -> Swept:
        """Return some of the points; `rows` as numpy indexes."""
        return replace(
            self,
            factors=tuple(replace(f, values=f.values[rows]) for f in self.factors),
            designs=self.designs[rows],
            values=self.values[rows],
            half_widths=self.half_widths[rows],
        )

    def summary(self) -> pd.DataFrame:
        """Return the points as a tidy table, one row for each point and figure; columns as in the folder."""
        import pandas as pd

        k = len(self.figures)
        columns: dict[str, Any] = {"design": np.repeat(self.designs, k)}
        columns |= {f.name: np.repeat(f.values, k) for f in self.factors}
        for key in ("kpi", "scope", "item", "within_min", "unit"):
            columns[key] = [f[key] for f in self.about["figures"]] * len(self.designs)
        columns |= {"value": self.values.ravel(), "half_width": self.half_widths.ravel()}
        return pd.DataFrame(columns | {"n_replications": self.about["days"]})


def read_swept(folder: str | os.PathLike[str]) -> Swept:
    """Read the folder of a sweep, finished or not.

    Raises
    ------
    UsageError
        If it holds none.
    """
    found = read_folder(Path(folder))
    if found.manifest["kind"] != "sweep":
        raise UsageError(f"{found.path} holds a {found.manifest['kind']}, not a sweep")
    return swept(found)


def swept(folder: RunFolder) -> Swept:
    """Return what a folder holds."""
    import pyarrow as pa

    about = folder.manifest["about"]
    figures = tuple(
        Figure(kpi_of(f["kpi"]), f["scope"], f["item"], f["within_min"], Label(**f["who"])) for f in about["figures"]
    )
    names = [f["name"] for f in about["factors"]]
    tables = list(folder.tables(["design", *names, "value", "half_width", "problem"]))
    k = len(figures)
    table = pa.concat_tables(tables) if tables else None

    def column(name: str, step: int = 1) -> NDArray[Any]:
        if table is None:
            return np.zeros(0)
        return np.asarray(table.column(name).to_numpy()[::step])

    problem = column("problem", k)
    good = np.array([p is None for p in problem], dtype=bool)
    designs = column("design", k).astype(np.int64)
    factors = tuple(
        Column(
            f["name"],
            Label(**f["label"]),
            tuple(f["paths"]),
            f["numeric"],
            column(f["name"], k)[good],
            tuple(f["levels"]),
        )
        for f in about["factors"]
    )
    return Swept(
        path=folder.path,
        manifest=folder.manifest,
        factors=factors,
        figures=figures,
        designs=designs[good],
        values=column("value").reshape(-1, k)[good],
        half_widths=column("half_width").reshape(-1, k)[good],
        problems={int(i): str(p) for i, p in zip(designs[~good], problem[~good], strict=True)},
        wanted=folder.manifest["n"],
    )


def figure_named(figures: Sequence[Figure], kpi: str) -> int:
    """Return which of some figures is meant, as `Swept.figure`."""
    names = [name_of(f) for f in figures]
    for known in (names, [f.kpi.name for f in figures]):
        if kpi in known:
            return known.index(kpi)
    raise UsageError(not_one_of(kpi, "a figure of this sweep", names))


def name_of(figure: Figure) -> str:
    """Return how a figure is asked for: "mean_wait", "service_level 10 min", "wait_over V"."""
    parts = [figure.kpi.name]
    if figure.within_min is not None:
        parts.append(f"{figure.within_min:g} min")
    if figure.scope != "hall":
        parts.append(str(figure.item))
    return " ".join(parts)
