"""Laws as planners write them: `lognormal 8 min cv 0.8`, or a mapping with `law:`.

In: text or a mapping. Out: a `Law` in microseconds. The grammar comes from the laws' own declarations
(`hallsim.parts.distributions`): durations stand in the order of the parameters, other parameters behind
their name, and `to` between two durations is only there to be read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from hallsim.errors import not_one_of
from hallsim.parts.distributions import LAWS, Law, Parameter
from hallsim.scenario.kinds import Kind, Schema
from hallsim.scenario.tables import Reading, duration_of, unit_of
from hallsim.scenario.tree import Path
from hallsim.units import UNITS_US, parse_duration, parse_number, parse_rate, parse_share, plain, show

_TOKEN = re.compile(r"\s*(?:(?P<number>[+-]?[\d.]+(?:[eE][+-]?\d+)?)|(?P<word>[^\W\d]\w*))")
_LISTS = {"times": parse_duration, "rates": parse_rate, "numbers": parse_number, "shares": parse_share}
_LIST_EXAMPLES = {"times": "[2 min, 6 min]", "rates": "[2/min, 0.5/min]", "numbers": "[3, 1]", "shares": "[30 %, 70 %]"}


def law_form(law: type[Law]) -> str:
    """Return how a law is written, such as `lognormal <mean> cv <cv>`."""
    if any(p.dimension not in ("time", "number", "count") for p in law.parameters):
        inner = ", ".join(f"{p.name}: [...]" for p in law.parameters if p.default is None)
        return f"{{law: {law.kind}, {inner}}}"
    words = [f"<{p.name}>" if p.dimension == "time" else f"{p.name} <{p.name}>" for p in law.parameters]
    joined = " to ".join(words) if law.kind == "uniform" else " ".join(words)
    return f"{law.kind} {joined}"


@dataclass(frozen=True)
class LawKind(Kind):
    """The distribution of a duration."""

    takes: frozenset[str] = field(init=False, default=frozenset({"scalar", "mapping"}))

    def read(self, data: Any, path: Path, ctx: Reading) -> Law | None:
        if isinstance(data, dict):
            return _from_mapping(data, path, ctx)
        if isinstance(data, list) or data is None or isinstance(data, bool):
            ctx.add(path, f"needs a law such as exponential 4 min, not {show(data)}")
            return None
        try:
            kind, values = _parse(plain(data))
        except ValueError as problem:
            ctx.add(path, str(problem))
            return None
        return _made(kind, values, path, ctx)

    def describe(self) -> str:
        return "law"

    def schema(self) -> Schema:
        return {"$ref": "#/$defs/law"}


LAW = LawKind()


def _parse(text: str) -> tuple[str, dict[str, Any]]:
    """Split a law's text into its kind and its parameters.

    Raises
    ------
    ValueError
        With the whole message.
    """
    first = text.split(" ", 1)[0]
    if not text or re.match(r"[\d.+-]", text):
        return "deterministic", {"value": float(parse_duration(text))}
    if first not in LAWS:
        raise ValueError(not_one_of(first, "a law", LAWS))
    law = LAWS[first]
    form = law_form(law)
    if form.startswith("{"):
        raise ValueError(f"{first} is written as a mapping: {form}")
    parameters = {p.name: p for p in law.parameters}
    times = [p.name for p in law.parameters if p.dimension == "time"]
    values: dict[str, Any] = {}
    position, name = len(first), ""
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"{text[position:].strip()!r} is not understood; {first} is written {form}")
        position = match.end()
        if match["word"]:
            word = match["word"]
            if word != "to" and word not in parameters:
                known = [p for p in parameters if p not in values]
                raise ValueError(not_one_of(word, f"a parameter of {first}", known))
            name = "" if word == "to" else word
            continue
        number = match["number"]
        name = name or next((t for t in times if t not in values), "")
        if not name or name in values:
            raise ValueError(f"{text[match.start() :].strip()!r} is one value too many; {first} is written {form}")
        if parameters[name].dimension == "time":
            unit = re.compile(r"\s*([^\W\d_]+)").match(text, position)
            if unit is not None and unit[1] not in parameters and unit[1] != "to":
                number, position = f"{number} {unit[1]}", unit.end()
            values[name] = float(parse_duration(number))
        else:
            values[name] = _plain_number(parameters[name], number)
        name = ""
    if name:
        raise ValueError(f"{name} has no value; {first} is written {form}")
    return first, values


def _plain_number(parameter: Parameter, text: object) -> float | int:
    try:
        value = parse_number(text)
    except ValueError as problem:
        raise ValueError(f"{parameter.name}: {problem}") from problem
    if parameter.dimension == "count" and value.denominator != 1:
        raise ValueError(f"{parameter.name} must be a whole number, not {text}")
    return int(value) if parameter.dimension == "count" else float(value)


def _made(kind: str, values: dict[str, Any], path: Path, ctx: Reading) -> Law | None:
    law = LAWS[kind]
    missing = [p for p in law.parameters if p.default is None and p.name not in values]
    if missing:
        ctx.add(path, f"{kind} lacks its {missing[0].name} ({missing[0].doc}); it is written {law_form(law)}")
        return None
    made = law(**{p.field: values[p.name] for p in law.parameters if p.name in values})
    if problem := made.complaint():
        ctx.add(path, f"{kind}: {problem}")
        return None
    return made


def _from_mapping(data: dict[str, Any], path: Path, ctx: Reading) -> Law | None:
    kind = data.get("law")
    if "law" not in data:
        ctx.add(path, f"needs a law such as exponential 4 min, or a mapping with law: one of {', '.join(LAWS)}")
        return None
    if not isinstance(kind, str) or kind not in LAWS:
        ctx.add((*path, "law"), not_one_of(kind if isinstance(kind, str) else show(kind), "a law", LAWS))
        return None
    parameters = {p.name: p for p in LAWS[kind].parameters}
    from_file = ("file", "column", "unit") if kind == "empirical" else ()
    values: dict[str, Any] = {}
    sound = True
    for name, value in data.items():
        here = (*path, name)
        if name == "law" or name in from_file:
            continue
        if name not in parameters:
            ctx.add(here, not_one_of(name, f"a parameter of {kind}", [*parameters, *from_file]))
            sound = False
        else:
            values[name] = _parameter(parameters[name], value, here, ctx)
            sound = sound and values[name] is not None
    if "file" in data and kind == "empirical":
        if "values" in data:
            ctx.add(path, "values and file are both given; an empirical law has one of them")
            return None
        values["values"] = _observed(data, path, ctx)
        sound = sound and values["values"] is not None
    return _made(kind, values, path, ctx) if sound else None


def _parameter(parameter: Parameter, value: Any, path: Path, ctx: Reading) -> Any:
    try:
        if parameter.dimension == "time":
            return float(parse_duration(value))
        if parameter.dimension in ("number", "count"):
            return _plain_number(parameter, value)
    except ValueError as problem:
        ctx.add(path, str(problem))
        return None
    if not isinstance(value, list) or not value:
        example = _LIST_EXAMPLES.get(parameter.dimension, "[exponential 4 min, 9 min]")
        ctx.add(path, f"needs a list such as {example}, not {show(value or None)}")
        return None
    if parameter.dimension == "laws":
        laws = [LAW.read(entry, (*path, i), ctx) for i, entry in enumerate(value)]
        return None if None in laws else tuple(laws)
    items = []
    for i, entry in enumerate(value):
        try:
            items.append(float(_LISTS[parameter.dimension](entry)))
        except ValueError as problem:
            ctx.add((*path, i), str(problem))
    return tuple(items) if len(items) == len(value) else None


def _observed(data: dict[str, Any], path: Path, ctx: Reading) -> tuple[float, ...] | None:
    """Read the durations in a column of a CSV file.

    Cells are durations with units, or plain numbers in `unit` or in the unit that ends the column's name.
    """
    table = ctx.table((*path, "file"), data["file"])
    if table is None:
        return None
    column = str(data.get("column", table.columns[0]))
    if not ctx.column((*path, "column") if "column" in data else (*path, "file"), table, column):
        return None
    unit = data.get("unit", unit_of(column))
    if unit is not None and unit not in UNITS_US:
        ctx.add((*path, "unit"), not_one_of(show(unit).strip("'"), "a unit of time", UNITS_US))
        return None
    values, problems = [], []
    for line, cells in table.rows:
        text = cells.get(column, "")
        try:
            values.append(float(duration_of(text, unit)))
        except ValueError as problem:
            problems.append((line, f"{column}: {problem}"))
    if problems:
        ctx.rows_wrong(table, problems)
        return None
    if not values:
        ctx.add((*path, "file"), f"table {data['file']} has no rows")
        return None
    return tuple(values)
