"""A model's sources of customers in flat arrays: rates, laws, tables and what they say, groups, appointments.

In: `Model`. Out: the columns of `Compiled` that say who comes and when.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from hallsim import draws
from hallsim.arrays import cumulative, f64, i64, u64
from hallsim.model import US_PER_HOUR, Model, RatePiece, Source
from hallsim.parts.distributions import Gamma, Law

_SAID = ("table_types", "table_services", "table_patiences", "table_places")
"""What a table may say of its customers."""


def source_tables(
    model: Model, add_law: Callable[[Law | None], int], kinds: tuple[str, ...], longest: int, no_place: int
) -> dict[str, Any]:
    """Return the columns of sources, of the customers of tables, and of the sizes of groups.

    Parameters
    ----------
    model : Model
    add_law : callable
        Collects a law and returns its number, -1 for None.
    kinds : tuple of str
        The kinds of sources in the order of their codes.
    longest, no_place : int
        What durations and places of a table must stay below.

    Raises
    ------
    ValueError
        If a source says what cannot be.
    """
    pieces: list[tuple[int, int, float]] = []
    hours: list[int] = []
    times: list[int] = []
    said: dict[str, list[int]] = {name: [] for name in _SAID}
    first, count = [], []
    group_first, group_size, group_cum = _groups(model)
    for source in model.sources:
        for name in _SAID:
            beyond = {"table_types": len(model.types), "table_places": no_place}.get(name, longest)
            said[name].extend(_said(source, name, beyond))
        if source.kind == "table":
            if any(a > b for a, b in pairwise(source.table_times)):
                raise ValueError(f"source {source.name}: table_times are not in order")
            first.append(len(times))
            count.append(len(source.table_times))
            times.extend(_ticks(t, model.resolution) for t in source.table_times)
        else:
            first.append(len(pieces))
            opens = _opens(source, model)
            own = _by_the_hour(source, opens) if source.hour_cv > 0 else source.pieces
            count.append(len(own))
            pieces.extend((p.start, p.end, p.rate) for p in own)
            hours.extend(max(p.start, opens) // US_PER_HOUR for p in own)
    return {
        "source_kind": i64([kinds.index(s.kind) for s in model.sources]),
        "source_hash": u64([draws.name_hash("source", s.name) for s in model.sources]),
        "source_start": i64([s.start for s in model.sources]),
        "source_opens": i64([_opens(s, model) for s in model.sources]),
        "source_end": i64([s.end for s in model.sources]),
        "source_law": i64([add_law(s.gap) for s in model.sources]),
        "source_first": i64(first),
        "source_count": i64(count),
        "piece_start": i64([p[0] for p in pieces]),
        "piece_end": i64([p[1] for p in pieces]),
        "piece_rate": f64([p[2] for p in pieces]),
        "piece_hour": i64(hours),
        "source_day_law": i64([add_law(_factor(s, s.day_cv)) for s in model.sources]),
        "source_hour_law": i64([add_law(_factor(s, s.hour_cv)) for s in model.sources]),
        "source_varies_with": u64([draws.name_hash("demand", s.varies_with or s.name) for s in model.sources]),
        "table_time": i64(times),
        "table_type": i64(said["table_types"]),
        "table_service": i64(said["table_services"]),
        "table_patience": i64(said["table_patiences"]),
        "table_place": i64(said["table_places"]),
        "table_key": u64([0] * len(times)),
        "source_mix": f64([_mix(s, len(model.types)) for s in model.sources]),
        "source_group_first": i64(group_first),
        "source_group_count": i64([len(s.group_sizes) for s in model.sources]),
        "source_show": f64([s.show for s in model.sources]),
        "source_early": i64([add_law(s.early) for s in model.sources]),
        "source_late": i64([add_law(s.late) for s in model.sources]),
        "source_booked": i64([s.booked for s in model.sources]),
        "source_booked_first": i64(_booked_first(model)),
        "group_size": i64(group_size),
        "group_cum": f64(group_cum),
    }


def _opens(source: Source, model: Model) -> int:
    """Return when the doors open for a source's customers: those of the hall, or of an annex (semantics 53)."""
    return max(source.start, model.open)


def _factor(source: Source, cv: float) -> Law | None:
    """Return the law of a factor on a source's rates; None where it is always 1."""
    if cv == 0:
        return None
    if source.kind != "poisson":
        raise ValueError(f"source {source.name}: only rates can vary by a factor")
    return Gamma(1.0, cv)


def _by_the_hour(source: Source, opening: int) -> list[RatePiece]:
    """Return a source's pieces cut where an hour of the clock begins; those before the opening belong to its hour."""
    found = []
    for piece in source.pieces:
        start = piece.start
        while start < piece.end:
            end = piece.end if start < opening else min(piece.end, (start // US_PER_HOUR + 1) * US_PER_HOUR)
            found.append(RatePiece(start, end, piece.rate))
            start = end
    return found


def _booked_first(model: Model) -> list[int]:
    """Return where each source's appointments are kept, -1 for sources without."""
    first, beyond = [], 0
    for source in model.sources:
        uncertain = source.show < 1.0 or source.early is not None or source.late is not None
        if uncertain and (source.kind != "table" or not 0.0 <= source.show <= 1.0):
            raise ValueError(f"source {source.name}: appointments are a table's, with a probability to come")
        first.append(beyond if uncertain else -1)
        beyond += len(source.table_times) if uncertain else 0
    return first


def _groups(model: Model) -> tuple[list[int], list[int], list[float]]:
    """Return where each source's group sizes are, the sizes, and their cumulative probabilities."""
    first: list[int] = []
    sizes: list[int] = []
    cum: list[float] = []
    for source in model.sources:
        first.append(len(sizes))
        if not source.group_sizes:
            continue
        if source.kind == "table" or min(n for n, _ in source.group_sizes) < 1:
            raise ValueError(f"source {source.name}: groups are of at least 1, and not of a table's customers")
        sizes.extend(n for n, _ in source.group_sizes)
        cum.extend(cumulative(tuple(p for _, p in source.group_sizes)))
    return first, sizes, cum


def _said(source: Source, name: str, beyond: int) -> Sequence[int]:
    """Return one entry below `beyond` for each customer of a table, -1 where it says nothing; else nothing."""
    given: tuple[int, ...] = getattr(source, name)
    n = len(source.table_times) if source.kind == "table" else 0
    if given and len(given) != n:
        raise ValueError(f"source {source.name}: {name} has {len(given)} entries for {n} customers of a table")
    for i, x in enumerate(given):
        if not -1 <= x < beyond:
            raise ValueError(f"source {source.name}: {name}[{i}] is {x}; known: -1, and 0 to {beyond - 1}")
    return given or (-1,) * n


def _mix(source: Source, n_types: int) -> list[float]:
    if len(source.mix) != n_types:
        raise ValueError(f"source {source.name}: {len(source.mix)} shares for {n_types} types")
    return cumulative(source.mix)


def _ticks(t: int, resolution: int) -> int:
    return int(np.floor(t / resolution + 0.5)) * resolution
