"""Models of one hall that differ in tables by customer type alone -> one model whose types are those of all of them.

A customer's stage then is a part of his type, and no engine has to know of stages. Which tables are by type is listed
in `hallsim.scenario.network.relocate`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass, replace
from itertools import chain
from typing import Any

from hallsim.model import Day, FollowOn, Model, Source
from hallsim.parts.distributions import Law
from hallsim.scenario.network.relocate import BY_TYPE


def side_by_side(stages: Sequence[Model], names: Sequence[str]) -> Model:
    """Return one model whose customer types are those of all stages, in their order; sources draw those of the first.

    Parameters
    ----------
    stages : sequence of Model
        Of the same hall, with the same types, stations, lines, ways out and days.
    names : sequence of str
        What stands behind the name of a type at each stage; empty for nothing.
    """
    first, n = stages[0], len(stages[0].types)
    return replace(
        first,
        types=tuple(replace(kind, name=f"{kind.name} {name}".rstrip()) for name in names for kind in first.types),
        sources=_sources(first.sources, len(stages)),
        stations=_merged([stage.stations for stage in stages]),
        entry=_joined(stage.entry for stage in stages),
        entry_cases=_merged([stage.entry_cases for stage in stages]),
        channels=_merged([stage.channels for stage in stages]),
        first_choices=_joined(stage.first_choices for stage in stages),
        follow_ons=tuple(
            tuple(FollowOn(row.probability, i * n + row.type) for row in rows)
            for i, stage in enumerate(stages)
            for rows in stage.follow_ons
        ),
        days=tuple(_day(days) for days in zip(*(stage.days for stage in stages), strict=True)),
    )


def _sources(sources: tuple[Source, ...], n: int) -> tuple[Source, ...]:
    """Return sources that draw the types of the first stage alone."""
    return tuple(replace(s, mix=(*s.mix, *(0.0,) * (len(s.mix) * (n - 1)))) for s in sources)


def _day(days: tuple[Day, ...]) -> Day:
    return replace(
        days[0],
        sources=_sources(days[0].sources, len(days)),
        stations=_merged([day.stations for day in days]),
        entry=_joined(day.entry for day in days),
    )


def _joined(tables: Iterable[tuple[Any, ...]]) -> tuple[Any, ...]:
    return tuple(chain.from_iterable(tables))


def _merged(parts: Sequence[Any]) -> Any:
    """Return the first of several parts that differ in tables by type alone, with the tables of all."""
    first = parts[0]
    if isinstance(first, tuple):
        return tuple(_merged(own) for own in zip(*parts, strict=True))
    if isinstance(first, (Law, type)) or not is_dataclass(first):
        return first
    found: dict[str, Any] = {}
    for field in fields(first):
        own = [getattr(part, field.name) for part in parts]
        found[field.name] = _joined(own) if field.name in BY_TYPE.get(type(first), ()) else _merged(own)
    kind: Any = type(first)
    return kind(**found)
