"""Tables beside a scenario: CSV files of arrivals or observed durations.

In: a file name as a scenario writes it, relative to that scenario. Out: rows with their line numbers.
`Reading` is what every reader of the scenario gets: a place for complaints, and the files read so far
(they enter the scenario's hash).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path as FilePath

from hallsim.errors import ScenarioError, not_one_of
from hallsim.scenario.text import LARGEST_TABLE, read_text
from hallsim.scenario.tree import Complaints, Path, nearest
from hallsim.units import UNITS_US, parse_duration, show

MOST_ROW_COMPLAINTS = 5


def unit_of(column: str) -> str | None:
    """Return the unit of time that ends a column's name, None if none does.

    >>> unit_of("service_min")
    'min'
    """
    unit = column.rpartition("_")[2]
    return unit if unit in UNITS_US else None


def duration_of(cell: str, unit: str | None) -> Fraction:
    """Read a cell as microseconds: a duration with its unit, or a plain number in the column's unit.

    Raises
    ------
    ValueError
        With the whole message.
    """
    return parse_duration(f"{cell} {unit}" if unit and cell[-1:].isdigit() else cell)


@dataclass(slots=True)
class Table:
    """A CSV file: `rows` holds (line, cells by column)."""

    file: str
    columns: tuple[str, ...]
    rows: list[tuple[int, dict[str, str]]]


@dataclass(slots=True)
class Reading(Complaints):
    """Complaints, and the tables read on the way: `tables[file]` is the text as decoded.

    `halls` are the words by which a hall of a network may send customers on to others of it.
    """

    tables: dict[str, str] = field(default_factory=dict)
    halls: frozenset[str] = frozenset()

    def table(self, path: Path, name: object) -> Table | None:
        """Read the CSV file that the value at `path` names; complain and return None if that fails."""
        if not isinstance(name, str) or not name.strip():
            self.add(path, f"needs the name of a CSV file, not {show(name)}")
            return None
        file = str(FilePath(nearest(self.root, path).file).parent / name)
        if file not in self.tables:
            try:
                self.tables[file] = read_text(file, LARGEST_TABLE, "table")
            except ScenarioError as problem:
                self.add(path, f"table {name}: {problem.complaints[0].message}")
                return None
        lines = csv.reader(self.tables[file].splitlines())
        header = [cell.strip() for cell in next(lines, [])]
        if not any(header):
            self.add(path, f"table {name} is empty; its first line names the columns")
            return None
        rows = []
        try:
            for cells in lines:
                if any(cell.strip() for cell in cells):
                    rows.append((lines.line_num, dict(zip(header, (c.strip() for c in cells), strict=False))))
        except csv.Error as problem:
            self.add_at(file, lines.line_num, f"not a CSV table: {problem}")
            return None
        return Table(file, tuple(header), rows)

    def column(self, path: Path, table: Table, name: str) -> bool:
        """Complain if a table lacks a column."""
        if name in table.columns:
            return True
        self.add(path, not_one_of(name, f"a column of {FilePath(table.file).name}", table.columns))
        return False

    def rows_wrong(self, table: Table, problems: list[tuple[int, str]]) -> None:
        """Complain about rows: the first few one by one, the rest as a number."""
        for line, message in problems[:MOST_ROW_COMPLAINTS]:
            self.add_at(table.file, line, message)
        if len(problems) > MOST_ROW_COMPLAINTS:
            line = problems[MOST_ROW_COMPLAINTS][0]
            self.add_at(table.file, line, f"{len(problems) - MOST_ROW_COMPLAINTS} more rows are wrong")
