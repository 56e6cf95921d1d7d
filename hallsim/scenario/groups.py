"""The sizes of groups: a number, or shares of several numbers, as `group_size` of arrivals takes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from hallsim.scenario.kinds import Kind, Portion, Schema, Whole
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path

LARGEST = 1000
MOST_SIZES = 100
_SIZE = Whole(1, LARGEST)


@dataclass(frozen=True)
class Sizes(Kind):
    """How many come together. Reads into {number: portion}."""

    takes: frozenset[str] = field(init=False, default=frozenset({"scalar", "mapping"}))

    def read(self, data: Any, path: Path, ctx: Reading) -> dict[int, Any] | None:
        if not isinstance(data, dict):
            size = _SIZE.read(data, path, ctx)
            return None if size is None else {size: Fraction(1)}
        if not data or len(data) > MOST_SIZES:
            ctx.add(path, f"has {len(data)} sizes; needs 1 to {MOST_SIZES}, such as {{1: 70 %, 2: rest}}")
            return None
        found: dict[int, Any] = {}
        for key, share in data.items():
            text = str(key)
            size = _SIZE.read(int(text) if text.isdecimal() else key, (*path, key), ctx)
            if size in found:
                ctx.add((*path, key), f"the size {size} is given twice")
            elif size is not None:
                found[size] = Portion().read(share, (*path, key), ctx)
        return found or None

    def describe(self) -> str:
        return f"{_SIZE.describe()}, or a mapping from numbers to shares"

    def schema(self) -> Schema:
        share = Portion().schema()
        sizes = {"type": "object", "patternProperties": {"^[0-9]+$": share}, "additionalProperties": False}
        return {"anyOf": [_SIZE.schema(), {**sizes, "minProperties": 1, "maxProperties": MOST_SIZES}]}
