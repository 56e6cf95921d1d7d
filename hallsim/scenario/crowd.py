"""Who waits before the doors: a number, or a part of a source's customers, as `crowd` of arrivals takes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from hallsim.model import RatePiece
from hallsim.scenario.kinds import SHARE, Kind, Number, Schema
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path

_NUMBER = Number(low=0, high=1e6)


@dataclass(frozen=True)
class Crowd(Kind):
    """A mean number, or a percentage. Reads into a float, or a Fraction of 1."""

    takes: frozenset[str] = field(init=False, default=frozenset({"scalar"}))

    def read(self, data: Any, path: Path, ctx: Reading) -> float | Fraction | None:
        if not isinstance(data, str):
            return _NUMBER.read(data, path, ctx)
        share: Fraction | None = SHARE.read(data, path, ctx)
        if share == 1:
            ctx.add(path, "100 % leave nobody for the hours; write their number instead")
            return None
        return share

    def describe(self) -> str:
        return "number, or percentage"

    def schema(self) -> Schema:
        return {"anyOf": [_NUMBER.schema(), SHARE.schema()]}


def with_crowd(pieces: tuple[RatePiece, ...], crowd: float | Fraction | None, opens: int) -> tuple[RatePiece, ...]:
    """Return a source's pieces with a first one, before the doors open, that brings the crowd (semantics 24)."""
    if not crowd:
        return pieces
    if isinstance(crowd, Fraction):
        part = float(crowd)
        number = part * sum(p.rate * (p.end - p.start) for p in pieces)
        pieces = tuple(RatePiece(p.start, p.end, p.rate * (1.0 - part)) for p in pieces)
    else:
        number = crowd
    return (RatePiece(opens - 1, opens, number), *pieces) if number > 0 else pieces
