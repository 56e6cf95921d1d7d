"""How well customers get on with machines: shares of skills, for everybody or by segment."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from hallsim.errors import not_one_of
from hallsim.model import Skill
from hallsim.scenario.kinds import Kind, Portion, Schema
from hallsim.scenario.names import label_of
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path


@dataclass(frozen=True)
class BySegment(Kind):
    """A share, or shares by segment. Reads into {segment: portion}; that of everybody is ""."""

    takes: frozenset[str] = field(init=False, default=frozenset({"scalar", "mapping"}))

    def read(self, data: Any, path: Path, ctx: Reading) -> dict[str, Any]:
        if not isinstance(data, dict):
            return {"": Portion().read(data, path, ctx)}
        return {str(key): Portion().read(share, (*path, key), ctx) for key, share in data.items()}

    def describe(self) -> str:
        return f"{Portion().describe()}; or a mapping from segments to it"

    def schema(self) -> Schema:
        share = Portion().schema()
        return {"anyOf": [share, {"type": "object", "additionalProperties": share}]}


def read_skills(given: Any, segments: list[str], taken: list[str], ctx: Reading) -> tuple[Skill, ...]:
    """Return the skills; complain of names that something else has, and of segments that nobody knows."""
    for name, by_segment in (given or {}).items():
        if name in taken:
            ctx.add(("skills", name), f"{name!r} is the name of something else already; give the skill another")
        for segment in by_segment:
            if segment not in ("", "rest", *segments):
                ctx.add(("skills", name, segment), not_one_of(segment, "a segment", [*segments, "rest"]))
    return tuple(Skill(name, label_of(name, None)) for name in given or ())


def shares_of(given: Any, segment: str) -> dict[str, Any]:
    """Return the share of each skill in a segment, as it was written; `rest` of a skill stands for other segments."""
    found = {}
    for name, by_segment in (given or {}).items():
        share = by_segment.get("", by_segment.get(segment, by_segment.get("rest", Fraction(0))))
        found[name] = share
    return found
