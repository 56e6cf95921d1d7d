"""The log beside the simulation: every ticket's wait in both, and what they come to.

In: the observed days of a `Replay` and the simulated ones, whose customers have the same numbers. Out: a table with
one row per ticket, and `Comparison`. Waits are those of the line, given up or not (semantics 4).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import ROW_CALL, ROW_CUSTOMER, ROW_END, ROW_JOIN, ROW_WHAT, Log
from hallsim.errors import UsageError
from hallsim.model import US_PER_MINUTE
from hallsim.visits import names

if TYPE_CHECKING:
    import pandas as pd

    from hallsim.replay.replay import Replay

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]

POINTS = (0.5, 0.75, 0.9, 0.95)
_NOBODY = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the waits of the log and of the simulation come to.

    Attributes
    ----------
    legs, visits, days : int
        A visit of several legs is as many customers in the simulation.
    observed_mean_min, simulated_mean_min : float
        Over all legs; NaN if there is none.
    correlation : float
        Per ticket; NaN where one side does not vary.
    observed_points_min, simulated_points_min : tuple of float
        The shortest waits that at least the shares `POINTS` of the legs do not exceed.
    out_of_order : float
        Of the calls in the log, the share that passed somebody who was waiting longer for the same counters.
    order, lines : str
        How the simulation calls, as in `Settings`.
    left_out : dict
        Reason -> number of the log's rows that are not re-enacted, as in `Replay`.
    cut, forgotten : int
        Services shortened, and how many of them took the median, as in `Replay`.
    servers_found : dict
        Station -> number of servers found, as in `Replay`.
    """

    legs: int
    visits: int
    days: int
    observed_mean_min: float
    simulated_mean_min: float
    correlation: float
    observed_points_min: tuple[float, ...]
    simulated_points_min: tuple[float, ...]
    out_of_order: float
    order: str
    lines: str
    left_out: dict[str, int]
    cut: int
    forgotten: int
    servers_found: dict[str, int]

    @property
    def difference(self) -> float:
        """How much longer the simulated mean is, as a share of the observed one; NaN if that is 0."""
        return self.simulated_mean_min / self.observed_mean_min - 1.0 if self.observed_mean_min else math.nan

    def as_dict(self) -> dict[str, Any]:
        """Return the figures for JSON; what is not a number is None."""
        found = {f.name: getattr(self, f.name) for f in fields(self)}
        found |= {"points": POINTS, "difference": self.difference}

        def plain(x: Any) -> Any:
            if isinstance(x, tuple):
                return [plain(part) for part in x]
            return None if isinstance(x, float) and not math.isfinite(x) else x

        return {name: plain(x) for name, x in found.items()}


def compare(observed: Sequence[Log], simulated: Sequence[Log], line_station: I64 | None = None) -> pd.DataFrame:
    """Join the tickets of logged days and of the same days simulated.

    Parameters
    ----------
    observed, simulated : one log per day
    line_station : int64[n_lines], optional
        Station of each line: tickets of one station wait for the same counters. Without it every line is by itself.

    Returns
    -------
    pandas.DataFrame
        One row per ticket: `day` (from 0), `visit` (number of the customer in the day), `t_ticket` (microseconds),
        `observed_wait_min`, `simulated_wait_min`, and `out_of_order`: called in the log while an earlier ticket
        was waiting for the same counters. The simulated wait counts from the logged ticket.

    Raises
    ------
    UsageError
        If the days do not have the same customers.
    """
    import pandas as pd

    days = list(_days(observed, simulated, line_station))
    day = np.repeat(np.arange(len(days)), [len(join) for join, *_ in days])
    visit = np.concatenate([np.arange(len(join)) for join, *_ in days]) if days else _NOBODY
    join, seen, made, passed = (np.concatenate(x) for x in zip(*days, strict=True)) if days else (_NOBODY,) * 4
    return pd.DataFrame(
        {
            "day": day,
            "visit": visit,
            "t_ticket": join,
            "observed_wait_min": seen / US_PER_MINUTE,
            "simulated_wait_min": made / US_PER_MINUTE,
            "out_of_order": passed.astype(bool),
        }
    )


def summarise(replay: Replay, simulated: Sequence[Log]) -> Comparison:
    """Return what the waits of logged days, the first ones, come to in the log and simulated.

    Raises
    ------
    UsageError
        If these are not the days of this log.
    """
    observed = replay.observed[: len(simulated)]
    days = list(_days(observed, simulated, names(replay.model).line_station))
    seen, made, passed = (np.concatenate([day[i] for day in days]) if days else _NOBODY for i in (1, 2, 3))
    calls = sum(int(np.count_nonzero(log.rows[:, ROW_CALL] >= 0)) for log in observed)
    return Comparison(
        legs=len(seen),
        visits=sum(replay.visits["visit"].iloc[rows].nunique() for rows in replay.rows[: len(simulated)]),
        days=len(days),
        observed_mean_min=_mean(seen),
        simulated_mean_min=_mean(made),
        correlation=_correlation(seen, made),
        observed_points_min=_points(seen),
        simulated_points_min=_points(made),
        out_of_order=int(np.count_nonzero(passed)) / calls if calls else math.nan,
        order=replay.settings.order,
        lines=replay.settings.lines,
        left_out=dict(replay.left_out),
        cut=replay.cut,
        forgotten=replay.forgotten,
        servers_found=dict(replay.servers_found),
    )


def _days(
    observed: Sequence[Log], simulated: Sequence[Log], line_station: I64 | None
) -> Iterator[tuple[I64, I64, I64, Bools]]:
    """Yield ticket times, both waits and who was called out of order of every day, by customer."""
    if len(observed) != len(simulated):
        raise UsageError(f"{len(observed)} logged days stand beside {len(simulated)} simulated ones")
    for i, (seen, made) in enumerate(zip(observed, simulated, strict=True)):
        a, b = (log.rows[np.argsort(log.rows[:, ROW_CUSTOMER], kind="stable")] for log in (seen, made))
        if not np.array_equal(a[:, ROW_CUSTOMER], b[:, ROW_CUSTOMER]):
            raise UsageError(f"day {i}: {len(a)} logged tickets stand beside {len(b)} simulated ones")
        join = a[:, ROW_JOIN]
        yield join, _left(a) - join, _left(b) - join, _out_of_order(a, line_station)


def _left(rows: I64) -> I64:
    """Return when each customer left the line."""
    return np.where(rows[:, ROW_CALL] >= 0, rows[:, ROW_CALL], rows[:, ROW_END])


def _out_of_order(rows: I64, line_station: I64 | None) -> Bools:
    """Return which calls passed somebody who had come to the same counters earlier and was still waiting."""
    line, join, left = rows[:, ROW_WHAT] & 0xFFFF, rows[:, ROW_JOIN], _left(rows)
    queue = line if line_station is None else line_station[line]
    order = np.lexsort((join, queue)).tolist()
    found = np.zeros(len(rows), dtype=bool)
    latest, tied = -1, -1  # when the last of those left who joined before, and of those who joined at this instant
    for before, k in zip([-1, *order], order, strict=False):
        if before < 0 or queue[k] != queue[before]:
            latest, tied = -1, -1
        elif join[k] != join[before]:
            latest, tied = max(latest, tied), -1
        found[k] = latest > left[k]
        tied = max(tied, int(left[k]))
    return found & (rows[:, ROW_CALL] >= 0)


def _mean(waits: I64) -> float:
    return float(waits.mean()) / US_PER_MINUTE if len(waits) else math.nan


def _points(waits: I64) -> tuple[float, ...]:
    """Return the shortest waits that at least so many of the legs do not exceed."""
    if not len(waits):
        return (math.nan,) * len(POINTS)
    in_order = np.sort(waits)
    return tuple(float(in_order[math.ceil(p * len(waits)) - 1]) / US_PER_MINUTE for p in POINTS)


def _correlation(a: I64, b: I64) -> float:
    if len(a) < 2 or a.min() == a.max() or b.min() == b.max():
        return math.nan
    return float(np.corrcoef(a, b)[0, 1])
