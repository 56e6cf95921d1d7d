"""A mapping file -> `Mapping`: how one kind of log is read.

In: the path of a YAML file, or the name of a mapping that is shipped. Out: a frozen `Mapping`. Everything wrong
is complained about at once, with file and line, as for scenarios (`ScenarioError`).

Shipped mappings lie in `calibration/mappings` of a checkout; the built package carries the same files in
`hallsim/logs/mappings`. A path always works.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hallsim.errors import UsageError, not_one_of
from hallsim.logs.declaration import (
    BOOKED,
    BOOKED_AS,
    BY_WAIT,
    FORMAT,
    MAPPING,
    OUTCOMES,
    RECORD_MAPPING,
    SEPARATORS,
)
from hallsim.model import Label
from hallsim.scenario.names import label_of
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import plain_data
from hallsim.scenario.whole import read_whole
from hallsim.units import UNITS_US

NOTHING = frozenset(("", "-", "--", "null", "none", "nan", "n/a", "#n/a", "\\n"))
"""Cells, folded, that say nothing in any log."""

SHIPPED = (Path(__file__).parent / "mappings", Path(__file__).parents[2] / "calibration" / "mappings")


def fold(text: str) -> str:
    """Return a header or value as it is compared: trimmed, full-width forms made plain, capitals folded.

    >>> fold("  Ｎo. \u3000")
    'no.'
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def fold_header(text: str) -> str:
    """Return a header as it is compared: as a value, and with `_` for a blank.

    >>> fold_header("Ticket_No")
    'ticket no'
    """
    return fold(text.replace("_", " "))


@dataclass(frozen=True, slots=True)
class Column:
    """Where a field comes from; `values` and `rename` have folded keys.

    `values` maps every value that is known, None where any is; an outcome is a pair (waited, at once).
    """

    field: str
    names: tuple[str, ...]
    values: dict[str, Any] | None = None
    rename: dict[str, str] = dataclasses.field(default_factory=dict)
    missing: tuple[str, ...] = ()
    unit_us: int = UNITS_US["s"]
    wins: bool = False
    tolerance: int = UNITS_US["s"]

    def is_missing(self, folded: str) -> bool:
        """Tell whether a folded value means that nothing is known."""
        return folded in NOTHING or any(
            folded.startswith(m[:-1]) if m.endswith("*") else folded == m for m in self.missing
        )


@dataclass(frozen=True, slots=True)
class Filter:
    """Rows by the folded values of one column: wanted, or not wanted."""

    names: tuple[str, ...]
    values: frozenset[str]
    wanted: bool


@dataclass(frozen=True, slots=True)
class Mapping:
    """How one kind of log is read; durations in microseconds, 0 for never.

    `booked` says that it is one of transaction records: the time of booking then stands for ticket, start and end.
    """

    name: str
    file: str
    label: Label
    description: str
    hall: str
    separator: str
    quotes: bool
    encoding: str
    fields: int
    sheet: str
    required: tuple[str, ...]
    columns: dict[str, Column]
    constants: dict[str, str]
    filters: tuple[Filter, ...]
    need: tuple[str, ...]
    forgotten_end: int
    date_order: str
    day_numbers: bool
    crosses_midnight: int
    date_in_file_name: bool
    visit_by: tuple[str, ...]
    private: tuple[str, ...]
    hash: str
    booked: bool = False


def shipped() -> dict[str, Path]:
    """Return the mappings that come with hallsim, by name."""
    folder = next((f for f in SHIPPED if f.is_dir()), None)
    return {p.stem: p for p in sorted(folder.glob("*.yaml"))} if folder else {}


def load_mapping(source: str | os.PathLike[str] | Mapping) -> Mapping:
    """Read a mapping.

    Parameters
    ----------
    source : name of a shipped mapping, such as "clinic_tickets", or path of a file

    Raises
    ------
    UsageError
        If there is no mapping of that name.
    ScenarioError
        With every complaint, if the file is wrong.
    """
    if isinstance(source, Mapping):
        return source
    name = os.fspath(source)
    known = shipped()
    if name in known:
        file = known[name]
    elif Path(name).suffix.lower() in (".yaml", ".yml") or len(Path(name).parts) > 1:
        file = Path(name)
    else:
        raise UsageError(not_one_of(name, "a shipped mapping", known) + "; a file's name ends in .yaml")
    return read_whole(file, "mapping", lambda ctx: _built(plain_data(ctx.root), ctx, file), "format: and columns:")


def _built(raw: Any, ctx: Reading, file: Path) -> Mapping | None:
    """Return the mapping, None after a complaint."""
    if isinstance(raw, dict) and isinstance(raw.get("format"), int) and raw["format"] != FORMAT:
        ctx.add(("format",), f"format {raw['format']} is not known; this hallsim reads format {FORMAT}")
        return None
    booked = isinstance(raw, dict) and isinstance(raw.get("columns"), dict) and BOOKED in raw["columns"]
    data = (RECORD_MAPPING if booked else MAPPING).read(raw, (), ctx) or {}
    if ctx.errors:
        return None
    read, rows, times = (data.get(key) or {} for key in ("read", "rows", "times"))
    columns = written = {name: _column(name, spec) for name, spec in data["columns"].items()}
    if booked:
        columns = written | {name: dataclasses.replace(written[BOOKED], field=name) for name in BOOKED_AS}
    _check_names(data, columns, ctx)
    filters = [
        Filter(_texts(spec["names"]), frozenset(map(fold, _texts(spec["values"]))), kind == "keep")
        for kind in ("drop", "keep")
        for spec in rows.get(kind) or ()
    ]
    digest = hashlib.sha256(json.dumps([FORMAT, raw], ensure_ascii=True, separators=(",", ":")).encode())
    return Mapping(
        name=file.stem,
        file=str(file),
        label=label_of("", data["label"]) if data.get("label") else Label(file.stem, file.stem),
        description=data.get("description") or "",
        hall=data.get("hall") or "",
        separator=SEPARATORS.get(read.get("separator") or "auto", ""),
        quotes=read.get("quotes") is not False,
        encoding="" if (read.get("encoding") or "auto") == "auto" else read["encoding"],
        fields=read.get("fields") or 0,
        sheet=read.get("sheet") or "",
        required=tuple(read["required"]) if "required" in read else tuple(written),
        columns=columns,
        constants=data.get("constants") or {},
        filters=tuple(filters),
        need=tuple(rows.get("need") or ()),
        forgotten_end=rows.get("forgotten_end") or 0,
        date_order=times.get("date_order") or "",
        day_numbers=bool(times.get("day_numbers")),
        crosses_midnight=times.get("crosses_midnight") or 0,
        date_in_file_name=bool(times.get("date_in_file_name")),
        visit_by=tuple((data.get("visit") or {}).get("by") or ()),
        private=tuple(data.get("private") or ()),
        hash=digest.hexdigest()[:16],
        booked=booked,
    )


def _column(name: str, spec: Any) -> Column:
    """Return a column from its header, its headers or its mapping."""
    if not isinstance(spec, dict):
        spec = {"names": spec}
    values: dict[str, Any] | None = None
    if spec.get("only"):
        values = {fold(v): v for v in _texts(spec["only"])}
    if spec.get("values"):
        values = {fold(v): ours for v, ours in spec["values"].items()}
    if name == "outcome":
        values = {k: _pair(v) for k, v in (values or {fold(o): o for o in OUTCOMES}).items()}
    return Column(
        field=name,
        names=_texts(spec["names"]),
        values=values,
        rename={fold(v): ours for v, ours in (spec.get("rename") or {}).items()},
        missing=tuple(fold(m) for m in _texts(spec.get("missing") or ())),
        unit_us=UNITS_US[spec.get("unit") or "s"],
        wins=spec.get("wins") == "duration",
        tolerance=spec["tolerance"] if spec.get("tolerance") is not None else UNITS_US["s"],
    )


def _pair(outcome: Any) -> tuple[str | None, str | None]:
    """Return the outcome of who waited and of who did not."""
    return tuple(outcome[key.name] for key in BY_WAIT.keys) if isinstance(outcome, dict) else (outcome, outcome)


def _texts(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _check_names(data: dict[str, Any], columns: dict[str, Column], ctx: Reading) -> None:
    """Complain about keys that contradict each other."""
    for name in data.get("constants") or {}:
        if name in columns:
            ctx.add(("constants", name), "is a column too; a field is either read or constant")
    private = {fold_header(p) for p in data.get("private") or ()}
    for name, column in columns.items():
        for header in column.names:
            if fold_header(header) in private:
                ctx.add(("columns", name), f"{header!r} is private; a private column cannot be read")
    for kind in ("drop", "keep"):
        for i, spec in enumerate((data.get("rows") or {}).get(kind) or ()):
            for header in _texts(spec["names"]):
                if fold_header(header) in private:
                    ctx.add(("rows", kind, i, "names"), f"{header!r} is private; a private column cannot be read")
    read = data.get("read") or {}
    for i, name in enumerate(read.get("required") or ()):
        if name not in columns:
            ctx.add(("read", "required", i), not_one_of(name, "one of the columns", columns))
    known = {*columns, *(data.get("constants") or {})}
    for i, name in enumerate((data.get("rows") or {}).get("need") or ()):
        if name not in known:
            ctx.add(("rows", "need", i), not_one_of(name, "one of the columns", columns))
    for i, name in enumerate((data.get("visit") or {}).get("by") or ()):
        if name not in known:
            ctx.add(("visit", "by", i), not_one_of(name, "one of the columns", columns))
    if BOOKED in columns and not {"staff", "counter"} & set(columns):
        ctx.add(("columns",), "neither staff nor counter is given: nobody's service could be found")
    if not {"t_call_last", "t_start", "wait"} & set(columns):
        ctx.add(("columns",), "none of t_call_last, t_start and wait is given: no wait could be known")
    if not {"t_end", "service"} & set(columns):
        ctx.add(("columns",), "neither t_end nor service is given: no service could be known")
