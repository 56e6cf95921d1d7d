"""A log -> a hall whose replications are the logged days.

In: a table of visits and `Settings`. Out: `Replay`: a `Model` with days, which either engine re-enacts, and the same
days as the log has them, as `Log`s in the engines' own numbering, so that the reducers that measure a
simulation measure the log and tickets can be joined row by row. The recipe is in `recipe`, its reasons in
docs/replay.md.

Each leg (a row that joined a line) is one customer who comes at its ticket time, waits in one queue and
leaves after one service. A queue is a station of the model: the line before one counter, or a station with all
its counters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import Log, compile_model
from hallsim.errors import LogError, UsageError, not_one_of
from hallsim.model import REPLAY_LINES, REPLAY_ORDERS, US_PER_HOUR, US_PER_MINUTE, Label, Model
from hallsim.replay.days import enact
from hallsim.replay.hall import kinds_of, logged_ranks, model_of
from hallsim.replay.legs import SERVED, Legs, Names, read_legs
from hallsim.replay.observed import observed_log
from hallsim.replay.tickets import compare
from hallsim.visits import names as names_of

if TYPE_CHECKING:
    import pandas as pd

I64 = NDArray[np.int64]

GAVE_UP, NO_COUNTER = "gave_up", "no_counter"
"""Why a leg has no place in queues before single counters."""


class SettingError(UsageError):
    """A setting that this log cannot follow; `key` is its name."""

    def __init__(self, key: str, message: str) -> None:
        self.key = key
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Settings:
    """How a log is re-enacted; times in microseconds.

    Attributes
    ----------
    order : {"ticket", "line", "observed"}
        Who is called next: whose first ticket was drawn first; who joined this line first; or as the log has it.
    lines : {"counter", "station", ""}
        Whether each leg waits for the counter that served it, or for any counter of its station; "": for the
        counter, if every leg that was served names one. In a log without counters the persons who served
        stand for them, and "" is the station.
    priority : tuple of str
        Ticket classes that are called before all others, the first one first; empty: as the log ranks them, if it does.
    longest_service : int
        Longer services are cut.
    turn_around : int
        The longest gap between two services that is work and not absence.
    days : tuple of str
        Dates to re-enact, "2024-03-05"; empty: all.
    """

    order: str = "ticket"
    lines: str = ""
    priority: tuple[str, ...] = ()
    longest_service: int = US_PER_HOUR
    turn_around: int = 10 * US_PER_MINUTE
    days: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Replay:
    """Logged days, ready to be re-enacted, and as they were.

    Attributes
    ----------
    model : Model
        With one day per day of the log.
    observed : tuple of Log
        The days as the log has them: customer n of a day is the engines' customer n.
    rows : tuple of int64[n_customers]
        The row of `visits` that customer n of a day is, from 0.
    visits : DataFrame
        The log.
    settings : Settings
        With `lines` decided.
    servers_found : dict
        Station -> largest number in service at one instant, for stations whose log does not tell counters apart.
    left_out : dict
        Reason ("never_joined", "gave_up", "no_counter") -> number of rows that are not re-enacted.
    cut, forgotten : int
        Services that the recipe shortened, and how many of them were forgotten end buttons.
    """

    model: Model
    observed: tuple[Log, ...]
    rows: tuple[I64, ...]
    visits: pd.DataFrame
    settings: Settings
    servers_found: dict[str, int]
    left_out: dict[str, int]
    cut: int
    forgotten: int

    @property
    def n_legs(self) -> int:
        """How many legs are re-enacted."""
        return sum(len(rows) for rows in self.rows)

    @property
    def replay(self) -> Replay:
        """Itself: what a scenario has that re-enacts a log."""
        return self

    def tickets(self, simulated: Sequence[Log]) -> pd.DataFrame:
        """Join the tickets of the log and of its days simulated, the first days if there are fewer.

        Returns
        -------
        pandas.DataFrame
            What `compare` gives, and from the log `row` (of the table, from 0), `date`, `ticket_no`, `station` and
            `counter`.

        Raises
        ------
        UsageError
            If these are not the days of this log.
        """
        import pandas as pd

        n = len(simulated)
        found = compare(self.observed[:n], simulated, names_of(self.model).line_station)
        rows = np.concatenate(self.rows[:n]) if n else np.zeros(0, dtype=np.int64)
        known = self.visits.iloc[rows][["date", "ticket_no", "station", "counter"]].reset_index(drop=True)
        return pd.concat([found, known.assign(row=rows)], axis=1)


def plain_label(name: str) -> Label:
    """Return a name as its own label, on one line."""
    text = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    return Label(text, text)


def counter_role(name: str) -> str:
    """Return the role of every station: counter."""
    return "counter"


def build(
    visits: pd.DataFrame,
    settings: Settings | None = None,
    *,
    name: str = "replay",
    resolution: int = 1,
    label_of: Callable[[str], Label] = plain_label,
    role_of: Callable[[str], str] = counter_role,
) -> Replay:
    """Turn a log into a hall that re-enacts its days.

    Parameters
    ----------
    visits : the log, a table with the columns of `hallsim.visits.FIELDS`
    settings : how; by default in order of the tickets
    name : of the model
    resolution : microseconds to which arrivals and services are rounded
    label_of, role_of : how names of the log appear to readers, and which role a station has

    Raises
    ------
    UsageError
        For a setting that is not known, or that this log cannot follow.
    LogError
        If the log cannot be re-enacted; names the rows.
    """
    settings = settings or Settings()
    _known(settings)
    legs, names, left_out = read_legs(visits, settings.days)
    settings = replace(settings, lines=_lines_of(settings, legs, names.by_staff))
    if settings.lines == "counter":
        legs, left_out = _with_counters(legs, left_out)
        if not len(legs.row):
            raise LogError("everybody in the log gave up or names no counter, so there is nothing to re-enact")
    enacted = enact(
        legs,
        len(names.days),
        settings.lines,
        settings.order,
        settings.longest_service,
        settings.turn_around,
        resolution,
    )
    kinds, kind_of = kinds_of(enacted)
    ranks = _ranks(settings, legs, names)
    model = model_of(name, legs, names, ranks, enacted, kinds, kind_of, resolution, label_of, role_of)
    compiled = compile_model(model)
    line_of = compiled.line_of.reshape(len(model.stations), len(model.types))
    observed = tuple(
        observed_log(day, kind, line_of[day.queue, kind], compiled.station_first_server)
        for day, kind in zip(enacted.days, kind_of, strict=True)
    )
    return Replay(
        model=model,
        observed=observed,
        rows=tuple(day.legs.row for day in enacted.days),
        visits=visits,
        settings=settings,
        servers_found={
            station.name: n
            for station, queue, n in zip(model.stations, enacted.queues, enacted.n_servers, strict=True)
            if not queue.by_counter
        },
        left_out=left_out,
        cut=enacted.cut,
        forgotten=enacted.forgotten,
    )


def _known(settings: Settings) -> None:
    if settings.order not in REPLAY_ORDERS:
        raise UsageError(not_one_of(settings.order, "an order of calls", REPLAY_ORDERS))
    if settings.lines and settings.lines not in REPLAY_LINES:
        raise UsageError(not_one_of(settings.lines, "a kind of lines", REPLAY_LINES))
    if settings.longest_service <= 0 or settings.turn_around < 0:
        raise UsageError("longest_service is above 0 and turn_around at least 0, in microseconds")


def _ranks(settings: Settings, legs: Legs, names: Names) -> dict[tuple[int, int], int]:
    """Return the rank of each class at each station, by (station, class); empty: all the same.

    In the order of the log ranks mean nothing: it says who is called next, whatever the class.
    """
    if settings.order == "observed":
        if settings.priority:
            raise SettingError("priority", "has no place beside order: observed, in which the log says who is next")
        return {}
    for one in settings.priority:
        if one not in names.ticket_classes:
            raise SettingError("priority", not_one_of(one, "a ticket class of the log", names.ticket_classes))
    if not settings.priority:
        return logged_ranks(legs)
    rank = {one: i for i, one in enumerate(settings.priority)}
    return {
        (station, c): rank.get(one, len(rank))
        for station in range(len(names.stations))
        for c, one in enumerate(names.ticket_classes)
    }


def _lines_of(settings: Settings, legs: Legs, by_staff: bool) -> str:
    named = legs.counter[np.isin(legs.outcome, SERVED)] >= 0
    if settings.lines == "counter" and not named.any():
        raise SettingError("lines", "the log names no counter, so nobody can wait for one; lines: station pools them")
    return settings.lines or ("counter" if len(named) and named.all() and not by_staff else "station")


def _with_counters(legs: Legs, left_out: dict[str, int]) -> tuple[Legs, dict[str, int]]:
    """Leave out who cannot be placed in a line before one counter."""
    served = np.isin(legs.outcome, SERVED)
    kept = served & (legs.counter >= 0)
    counts = {GAVE_UP: np.count_nonzero(~served), NO_COUNTER: np.count_nonzero(served & ~kept)}
    return legs.where(kept), left_out | {reason: int(n) for reason, n in counts.items() if n}
