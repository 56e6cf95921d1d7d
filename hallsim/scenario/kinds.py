"""Kinds of value in a scenario: each reads plain data, describes itself in words and as JSON Schema.

In: plain data (mappings, lists, scalars) at a path. Out: the parsed value, or None after a complaint.
The declaration (`hallsim.scenario.declaration`) is made of these kinds; validation, schema and generated
documentation all come from them, so that they cannot disagree. References between names (a route to
a station that does not exist) are checked later, when all names are known.
"""

from __future__ import annotations

import abc
import datetime
import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from hallsim.errors import not_one_of
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path
from hallsim.units import (
    CLOCK_FORMS,
    DURATION_FORMS,
    RATE_FORMS,
    SHARE_FORMS,
    SPAN_FORMS,
    UNITS_US,
    format_duration,
    parse_duration,
    parse_moment,
    parse_rate,
    parse_share,
    parse_span,
    plain,
    show,
    to_ticks,
)

Schema = dict[str, Any]

NAME = re.compile(r"\w[\w-]{0,59}")
MOST_ENTRIES = 1000
"""Most stations, segments and so on: a whole operator's halls, but not a file made to occupy the machine."""

NAME_FORMS = "a name is letters, digits, _ and -, without spaces, at most 60"
RESERVED = ("all", "rest", "never", "leave", "triage", "divert", "law")

_NUMBER_PATTERN = r"[0-9.]+([eE][+-]?[0-9]+)?"
_UNIT_PATTERN = r"(us|ms|s|min|h|d)"
_CLOCK_PATTERN = r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?"
_MOMENT_PATTERN = rf"({_CLOCK_PATTERN}|{_NUMBER_PATTERN}\s*{_UNIT_PATTERN})"
PATTERNS = {
    "duration": rf"^\s*{_NUMBER_PATTERN}\s*{_UNIT_PATTERN}\s*$",
    "rate": rf"^\s*{_NUMBER_PATTERN}\s*/\s*{_UNIT_PATTERN}\s*$",
    "speed": rf"^\s*{_NUMBER_PATTERN}\s*(km\s*/\s*h|m\s*/\s*s)\s*$",
    "share": rf"^\s*{_NUMBER_PATTERN}\s*%\s*$",
    "moment": rf"^\s*{_MOMENT_PATTERN}\s*$",
    "span": rf"^\s*{_MOMENT_PATTERN}\s*(-|to)\s*{_MOMENT_PATTERN}\s*$",
}


class Kind(abc.ABC):
    """A kind of value. `takes` says which shapes of data it reads: scalar, mapping, list."""

    takes: frozenset[str] = frozenset({"scalar"})

    @abc.abstractmethod
    def read(self, data: Any, path: Path, ctx: Reading) -> Any:
        """Return the parsed value, or None after complaining."""

    @abc.abstractmethod
    def describe(self) -> str:
        """Return what is allowed, as words for the documentation."""

    @abc.abstractmethod
    def schema(self) -> Schema:
        """Return the JSON Schema of the value."""


def shape(data: object) -> str:
    """Return "mapping", "list" or "scalar"."""
    return "mapping" if isinstance(data, dict) else "list" if isinstance(data, list) else "scalar"


@dataclass(frozen=True)
class Text(Kind):
    """Any text on one or more lines."""

    def read(self, data: Any, path: Path, ctx: Reading) -> str | None:
        if isinstance(data, (dict, list)) or data is None or not str(data).strip():
            ctx.add(path, f"needs text, not {show(data)}")
            return None
        return str(data).strip()

    def describe(self) -> str:
        return "text"

    def schema(self) -> Schema:
        return {"type": ["string", "number"]}


@dataclass(frozen=True)
class Whole(Kind):
    """A whole number from `low` to `high`."""

    low: int = 0
    high: int = 1_000_000

    def read(self, data: Any, path: Path, ctx: Reading) -> int | None:
        value: int | None = None
        if isinstance(data, int) and not isinstance(data, bool):
            value = data
        elif isinstance(data, float) and data.is_integer():
            value = int(data)
        if value is None:
            ctx.add(path, f"{show(data)} is not a whole number; write a number such as {max(self.low, 1)}")
            return None
        if value < self.low:
            ctx.add(path, f"{value} is too small; at least {self.low}")
            return None
        if value > self.high:
            ctx.add(path, f"{value} is too large; at most {self.high}")
            return None
        return value

    def describe(self) -> str:
        return f"whole number from {self.low}"

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True)
class Number(Kind):
    """A plain number; `above` is an open bound, `low` and `high` are closed."""

    low: float | None = None
    high: float | None = None
    above: float | None = None

    def read(self, data: Any, path: Path, ctx: Reading) -> float | None:
        if isinstance(data, bool) or not isinstance(data, (int, float)) or data != data or abs(data) == float("inf"):
            ctx.add(path, f"{show(data)} is not a number; write a plain number such as {self._example()}")
            return None
        if self.above is not None and data <= self.above:
            ctx.add(path, f"{show(data)} is too small; above {self.above:g}")
            return None
        if self.low is not None and data < self.low:
            ctx.add(path, f"{show(data)} is too small; at least {self.low:g}")
            return None
        if self.high is not None and data > self.high:
            ctx.add(path, f"{show(data)} is too large; at most {self.high:g}")
            return None
        return float(data)

    def _example(self) -> str:
        return "0.9" if self.high == 1 else "1.5"

    def describe(self) -> str:
        bounds = [f"above {self.above:g}"] if self.above is not None else []
        bounds += [f"from {self.low:g}"] if self.low is not None else []
        bounds += [f"to {self.high:g}"] if self.high is not None else []
        return " ".join(["number", *bounds])

    def schema(self) -> Schema:
        found: Schema = {"type": "number"}
        for key, bound in (("minimum", self.low), ("maximum", self.high), ("exclusiveMinimum", self.above)):
            if bound is not None:
                found[key] = bound
        return found


@dataclass(frozen=True)
class Quantity(Kind):
    """Text with a unit, read by one of the functions of `hallsim.units`."""

    dimension: str
    parse: Callable[[object], Any]
    forms: str
    positive: bool = False
    longest: int | None = None

    def read(self, data: Any, path: Path, ctx: Reading) -> Any:
        if isinstance(data, (dict, list)) or data is None:
            ctx.add(path, f"needs {self.forms}, not {show(data)}")
            return None
        try:
            value = self.parse(data)
        except ValueError as problem:
            ctx.add(path, str(problem))
            return None
        if self.positive and not value > 0:
            ctx.add(path, f"{show(data)} is nothing; needs {self.forms}")
            return None
        if self.longest is not None and value > self.longest:
            ctx.add(path, f"{show(data)} is too long; at most {format_duration(self.longest)}")
            return None
        return value

    def describe(self) -> str:
        return {"share": "percentage", "span": "stretch of time", "moment": "time"}.get(self.dimension, self.dimension)

    def schema(self) -> Schema:
        return {"$ref": f"#/$defs/{self.dimension}"}


def _ticks(data: object) -> int:
    return to_ticks(parse_duration(data))


LENGTH = Quantity("duration", _ticks, DURATION_FORMS, positive=True)
PAUSE = Quantity("duration", _ticks, DURATION_FORMS)
GRAIN = Quantity("duration", _ticks, DURATION_FORMS, positive=True, longest=UNITS_US["h"])
RATE = Quantity("rate", parse_rate, RATE_FORMS)
SHARE = Quantity("share", parse_share, SHARE_FORMS)
MOMENT = Quantity("moment", parse_moment, CLOCK_FORMS)
SPAN = Quantity("span", parse_span, SPAN_FORMS)


@dataclass(frozen=True)
class Date(Kind):
    """A calendar date. Reads into its text, "2024-03-05"."""

    def read(self, data: Any, path: Path, ctx: Reading) -> str | None:
        try:
            return datetime.date.fromisoformat(plain(data)).isoformat()
        except ValueError:
            ctx.add(path, f'{show(data)} is not a date such as "2024-03-05"')
            return None

    def describe(self) -> str:
        return "date"

    def schema(self) -> Schema:
        return {"type": "string", "format": "date"}


@dataclass(frozen=True)
class Portion(Kind):
    """A part of a whole: a percentage, `rest` (what the others leave) or `all`."""

    def read(self, data: Any, path: Path, ctx: Reading) -> Fraction | str | None:
        if isinstance(data, str) and plain(data) in ("rest", "all"):
            return "rest" if plain(data) == "rest" else Fraction(1)
        if isinstance(data, str) and "%" not in plain(data) and not re.match(r"\s*[\d.+-]", data):
            ctx.add(path, f"{show(data)} is not a share; write a percentage such as 15 %, rest or all")
            return None
        result: Fraction | None = SHARE.read(data, path, ctx)
        return result

    def describe(self) -> str:
        return "percentage, `rest` or `all`"

    def schema(self) -> Schema:
        return {"anyOf": [{"$ref": "#/$defs/share"}, {"enum": ["rest", "all"]}]}


@dataclass(frozen=True)
class Choice(Kind):
    """One word of a few."""

    what: str
    words: tuple[str, ...]

    def read(self, data: Any, path: Path, ctx: Reading) -> str | None:
        if isinstance(data, str) and data in self.words:
            return data
        ctx.add(path, not_one_of(data if isinstance(data, str) else show(data), self.what, self.words))
        return None

    def describe(self) -> str:
        return ", ".join(f"`{w}`" for w in self.words)

    def schema(self) -> Schema:
        return {"enum": list(self.words)}


@dataclass(frozen=True)
class ListOf(Kind):
    """A list of values of one kind."""

    item: Kind
    what: str
    least: int = 1
    takes = frozenset({"list"})

    def read(self, data: Any, path: Path, ctx: Reading) -> list[Any] | None:
        if not isinstance(data, list):
            ctx.add(path, f"needs a list of {self.what}, not {show(data)}")
            return None
        if len(data) < self.least:
            ctx.add(path, f"the list is empty; it needs at least {self.least} of {self.what}")
            return None
        return [self.item.read(entry, (*path, i), ctx) for i, entry in enumerate(data)]

    def describe(self) -> str:
        return f"list of {self.what}"

    def schema(self) -> Schema:
        return {"type": "array", "items": self.item.schema(), "minItems": self.least}


@dataclass(frozen=True)
class Key:
    """One key of a mapping: its kind, its meaning, its default in words, and an example.

    `unless` is a key that makes up for a missing one; `not_with` are another key and the values of it with which
    this one is not asked for.
    """

    name: str
    kind: Kind
    doc: str
    default: str = ""
    required: bool = False
    example: str = ""
    unless: str = ""
    not_with: tuple[str, tuple[str, ...]] = ("", ())

    def spared(self, data: dict[str, Any]) -> bool:
        """Return whether another key of a mapping makes up for this one, or makes it needless."""
        return self.unless in data or data.get(self.not_with[0]) in self.not_with[1]


@dataclass(frozen=True)
class Record(Kind):
    """A mapping with known keys."""

    what: str
    keys: tuple[Key, ...]
    doc: str = ""
    example: str = ""
    takes = frozenset({"mapping"})

    def read(self, data: Any, path: Path, ctx: Reading) -> dict[str, Any] | None:
        if not isinstance(data, dict):
            ctx.add(path, f"needs the keys of {self.what} ({', '.join(k.name for k in self.keys)}), not {show(data)}")
            return None
        known = {key.name: key for key in self.keys}
        found: dict[str, Any] = {}
        meant: set[str] = set()
        for name, value in data.items():
            if name not in known:
                ctx.add((*path, name), not_one_of(name, f"a key of {self.what}", known))
                meant.update(difflib.get_close_matches(name, known, n=1))
            elif value is None:
                ctx.add((*path, name), f"is empty; needs {known[name].kind.describe().replace('`', '')}")
                found[name] = None
            else:
                found[name] = known[name].kind.read(value, (*path, name), ctx)
        for key in self.keys:
            # a misspelt key is one slip, not a strange key and a missing one
            if key.required and key.name not in data and key.name not in meant and not key.spared(data):
                hint = f", such as {key.name}: {key.example}" if key.example and "\n" not in key.example else ""
                ctx.add(path, f"{key.name} is missing: {key.doc}{hint}")
        return found

    def describe(self) -> str:
        return f"keys of {self.what}"

    def schema(self) -> Schema:
        properties = {k.name: {"description": k.doc, **k.kind.schema()} for k in self.keys}
        found: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        if required := [k.name for k in self.keys if k.required and not k.unless]:
            found["required"] = required
        return found


@dataclass(frozen=True)
class NameMap(Kind):
    """A mapping from names that the planner chooses to values of one kind; `also` are words that are allowed.

    Names that are not the planner's to choose (`any_text`) may be any text: those of a log.
    """

    what: str
    value: Kind
    least: int = 1
    also: tuple[str, ...] = ()
    any_text: bool = False
    takes = frozenset({"mapping"})

    def read(self, data: Any, path: Path, ctx: Reading) -> dict[str, Any] | None:
        if not isinstance(data, dict):
            ctx.add(path, f"needs a mapping from {self.what} names to {self.value.describe()}, not {show(data)}")
            return None
        if len(data) < self.least:
            few = f"has {len(data)}; name at least {self.least} {self.what}s"
            ctx.add(path, few if data else f"is empty; name at least {self.least} {self.what}")
            return None
        if len(data) > MOST_ENTRIES:
            ctx.add(path, f"has {len(data)} entries; at most {MOST_ENTRIES}")
            return None
        found: dict[str, Any] = {}
        for name, value in data.items():
            if self.any_text and name.strip() and value is not None:
                found[name] = self.value.read(value, (*path, name), ctx)
            elif name in RESERVED and name not in self.also:
                ctx.add((*path, name), f"{name!r} is a word of the language; give the {self.what} another name")
            elif not NAME.fullmatch(name):
                ctx.add((*path, name), f"{show(name)} cannot name a {self.what}; {NAME_FORMS}")
            elif value is None:
                ctx.add((*path, name), f"is empty; needs {self.value.describe().replace('`', '')}")
                found[name] = None
            else:
                found[name] = self.value.read(value, (*path, name), ctx)
        return found

    def describe(self) -> str:
        return f"mapping from {self.what} names to {self.value.describe()}"

    def schema(self) -> Schema:
        return {
            "type": "object",
            "additionalProperties": self.value.schema(),
            "minProperties": self.least,
            "maxProperties": MOST_ENTRIES,
        }


@dataclass(frozen=True)
class TimeMap(Kind):
    """A mapping from moments to values: a step function, right-continuous."""

    what: str
    value: Kind
    takes = frozenset({"mapping"})

    def read(self, data: Any, path: Path, ctx: Reading) -> list[tuple[int, Any, str]] | None:
        if not isinstance(data, dict) or not data:
            ctx.add(path, f"needs a mapping from times to {self.what}, not {show(data or None)}")
            return None
        found: dict[int, tuple[int, Any, str]] = {}
        for key, entry in data.items():
            moment = MOMENT.read(key, (*path, key), ctx)
            value = self.value.read(entry, (*path, key), ctx)
            if moment is None or value is None:
                continue
            if moment in found:
                ctx.add((*path, key), f"{key} is the same time as {found[moment][2]}")
            else:
                found[moment] = (moment, value, key)
        return [found[t] for t in sorted(found)] or None

    def describe(self) -> str:
        return f"mapping from times to {self.what}"

    def schema(self) -> Schema:
        pattern = PATTERNS["moment"]
        return {"type": "object", "patternProperties": {pattern: self.value.schema()}, "additionalProperties": False}


@dataclass(frozen=True)
class Either(Kind):
    """One of several kinds, told apart by the shape of the data."""

    kinds: tuple[Kind, ...]
    takes: frozenset[str] = field(init=False, default=frozenset({"scalar", "mapping", "list"}))

    def read(self, data: Any, path: Path, ctx: Reading) -> Any:
        for kind in self.kinds:
            if shape(data) in kind.takes:
                return kind.read(data, path, ctx)
        ctx.add(path, f"needs {self.describe().replace('`', '')}, not {show(data)}")
        return None

    def describe(self) -> str:
        return ", or ".join(kind.describe() for kind in self.kinds)

    def schema(self) -> Schema:
        return {"anyOf": [kind.schema() for kind in self.kinds]}


@dataclass(frozen=True)
class Words(Kind):
    """A fixed word, or another kind: `never` or a law."""

    words: tuple[str, ...]
    other: Kind
    takes: frozenset[str] = field(init=False, default=frozenset({"scalar", "mapping", "list"}))

    def read(self, data: Any, path: Path, ctx: Reading) -> Any:
        return data if isinstance(data, str) and data in self.words else self.other.read(data, path, ctx)

    def describe(self) -> str:
        return ", ".join(f"`{w}`" for w in self.words) + " or " + self.other.describe()

    def schema(self) -> Schema:
        return {"anyOf": [{"enum": list(self.words)}, self.other.schema()]}


@dataclass(frozen=True)
class ByType(Kind):
    """A value for everybody, or a mapping from customers (`vip`, `payment`, `vip payment`, `rest`) to values.

    Reads into {selector: value}; the selector of everybody is "".
    """

    value: Kind
    takes: frozenset[str] = field(init=False, default=frozenset({"scalar", "mapping", "list"}))

    def read(self, data: Any, path: Path, ctx: Reading) -> dict[str, Any] | None:
        if not isinstance(data, dict) or "law" in data:
            return {"": self.value.read(data, path, ctx)}
        if not data:
            ctx.add(path, f"is empty; needs {self.value.describe().replace('`', '')}")
            return None
        return {str(k): self.value.read(v, (*path, k), ctx) for k, v in data.items()}

    def describe(self) -> str:
        return f"{self.value.describe()}; or a mapping from customers to it"

    def schema(self) -> Schema:
        one = self.value.schema()
        return {"anyOf": [one, {"type": "object", "additionalProperties": one, "not": {"required": ["law"]}}]}


@dataclass(frozen=True)
class Routing(Kind):
    """Where customers go: one destination, a table of shares, or either of them by customer type.

    Reads into {selector: {destination: portion}}; the selector of everybody is "". Destinations are
    checked when the stations are known. A mapping is a table if all its values read like shares.
    """

    takes: frozenset[str] = field(init=False, default=frozenset({"scalar", "mapping"}))

    def read(self, data: Any, path: Path, ctx: Reading) -> dict[str, dict[str, Any] | None] | None:
        if not isinstance(data, dict) or self._is_table(data):
            return {"": self._row(data, path, ctx)}
        if not data:
            ctx.add(path, "is empty; needs a destination or a table such as {counter: rest, leave: 5 %}")
            return None
        return {str(k): self._row(v, (*path, k), ctx) for k, v in data.items()}

    def _is_table(self, data: dict[str, Any]) -> bool:
        return bool(data) and all(
            isinstance(v, (int, float)) or (isinstance(v, str) and (v in ("rest", "all") or re.match(r"[\s\d.+-]", v)))
            for v in data.values()
        )

    def _row(self, data: Any, path: Path, ctx: Reading) -> dict[str, Any] | None:
        if isinstance(data, str):
            return {data: Fraction(1)}
        if not isinstance(data, dict) or not data:
            what = show(data if data != {} else None)
            ctx.add(path, f"needs a destination or a table such as {{counter: rest, leave: 5 %}}, not {what}")
            return None
        return {str(k): Portion().read(v, (*path, k), ctx) for k, v in data.items()}

    def describe(self) -> str:
        return "destination, or table of destinations and shares; or a mapping from customers to either"

    def schema(self) -> Schema:
        return {"$ref": "#/$defs/routing"}


@dataclass(frozen=True)
class Phrase(Kind):
    """A short fixed phrase around a quantity, such as `90 % within 10 min` or `at most 5 min`."""

    pattern: str
    kinds: tuple[Kind, ...]
    forms: str
    what: str = "a promise"

    def read(self, data: Any, path: Path, ctx: Reading) -> tuple[Any, ...] | None:
        match = re.fullmatch(self.pattern, plain(data)) if isinstance(data, str) else None
        if match is None:
            ctx.add(path, f"{show(data)} is not {self.what} such as {self.forms}")
            return None
        values = tuple(kind.read(text, path, ctx) for kind, text in zip(self.kinds, match.groups(), strict=True))
        return None if any(v is None for v in values) else values

    def describe(self) -> str:
        return f"such as `{self.forms}`"

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^\\s*{self.pattern}\\s*$"}
