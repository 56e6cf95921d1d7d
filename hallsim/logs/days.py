"""Days of legs -> visits.

In: the legs of whole days (`runs`). Out: tables of visits. What needs more than one row happens here: rows that
are the same twice, legs that make one visit, numbers by arrival, how visits ended, who stood ahead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import (
    STEP_BALKED,
    STEP_BLOCKED,
    STEP_CLOSED_OUT,
    STEP_NO_SHOW,
    STEP_OUTCOMES,
    STEP_RENEGED,
    STEP_SERVED,
    STEP_TRANSFERRED,
    VISIT_BALKED,
    VISIT_CLOSED_OUT,
    VISIT_GAVE_UP,
    VISIT_PARTLY_SERVED,
    VISIT_SERVED,
    VISIT_TURNED_AWAY,
)
from hallsim.logs.cells import NONE
from hallsim.logs.clean import INT_COLUMNS, RULE_BIT, TEXT_COLUMNS
from hallsim.logs.declaration import NUMBER_FIELDS, TEXT_FIELDS, TIME_FIELDS
from hallsim.logs.report import Example, Tally, shown
from hallsim.logs.runs import Day
from hallsim.visits import FIELD, frame, pandas_dtype, provenance

if TYPE_CHECKING:
    import pandas as pd

    from hallsim.logs.mapping import Mapping

I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

_VISIT_OUTCOME = {
    STEP_SERVED: VISIT_SERVED,
    STEP_RENEGED: VISIT_GAVE_UP,
    STEP_NO_SHOW: VISIT_GAVE_UP,
    STEP_BALKED: VISIT_BALKED,
    STEP_BLOCKED: VISIT_TURNED_AWAY,
    STEP_CLOSED_OUT: VISIT_CLOSED_OUT,
}
"""How a visit ended whose last step ended so; all others were served in part."""


class Visits:
    """Makes visits out of the legs of whole days, and counts them."""

    def __init__(self, mapping: Mapping, files: list[str], tally: Tally) -> None:
        self.mapping, self.files, self.tally = mapping, files, tally
        self.n_rows = self.n_visits = 0

    def table(self, days: list[Day], legs: Any, day: I64) -> pd.DataFrame:
        """Return the table of visits of some days.

        Parameters
        ----------
        days : in order
        legs : their legs, in any order
        day : int64[n], which of `days` each leg belongs to
        """
        import pyarrow as pa

        in_file = np.lexsort((legs["row"].to_numpy(), legs["file"].to_numpy(), day))
        legs, day = legs.take(pa.array(in_file)), day[in_file]
        first = self._not_duplicate(legs, day)
        legs, day = legs.filter(pa.array(first)), day[first]
        ints = {name: legs[name].to_numpy() for name in INT_COLUMNS}
        visit = self._visits(legs, day)
        joined = np.where(ints["t_ticket"] == NONE, ints["t_arrive"], ints["t_ticket"])
        arrive = _least(visit, np.where(ints["t_arrive"] == NONE, joined, ints["t_arrive"]))
        order = np.lexsort((ints["row"], ints["file"], ints["leg"], joined, visit, _first_row(visit), arrive, day))
        legs, day, visit, arrive = legs.take(pa.array(order)), day[order], visit[order], arrive[order]
        ints = {name: values[order] for name, values in ints.items()}
        new = np.append(True, visit[1:] != visit[:-1])
        starts = np.flatnonzero(new)
        number = np.cumsum(new) - 1
        first_of_day = np.append(True, day[1:] != day[:-1])
        of_day = number - np.maximum.accumulate(np.where(first_of_day, number, 0))
        last = np.append(new[1:], True)
        outcome = np.where(~last & (ints["outcome"] == STEP_SERVED), STEP_TRANSFERRED, ints["outcome"])
        ended = np.full(len(STEP_OUTCOMES), VISIT_PARTLY_SERVED)
        ended[list(_VISIT_OUTCOME)] = list(_VISIT_OUTCOME.values())
        self.n_rows += len(day)
        self.n_visits += len(starts)
        columns: dict[str, Any] = {name: _strings(legs[name]) for name in TEXT_FIELDS}
        columns |= {name: _nullable(ints[name]) for name in (*TIME_FIELDS, *NUMBER_FIELDS)}
        columns |= {
            "date": _dates(np.array([d.date for d in days], np.int64)[day]),
            "replication": _nullable(np.array([d.replication for d in days], np.int64)[day]),
            "visit": of_day,
            "step": np.arange(len(day)) - starts[number],
            "t_arrive": _nullable(arrive),
            "outcome": _category("outcome", outcome - 1),
            "visit_outcome": _category("visit_outcome", np.where(last, ended[outcome], 0) - 1),
        }
        if "ahead_at_ticket" not in self.mapping.columns:
            columns["ahead_at_ticket"] = _nullable(_ahead(legs["line"], day, ints))
        return frame(columns, provenance())

    def _not_duplicate(self, legs: Any, day: I64) -> Bool:
        """Tell which rows are the first of their kind; without a number on them two customers may look the same."""
        if not {"ticket_no", "customer"} & set(self.mapping.columns):
            return np.ones(legs.num_rows, dtype=bool)
        same = [n for n in (*INT_COLUMNS, *TEXT_COLUMNS) if n not in ("file", "row", "notes", "date", "replication")]
        numbered = np.zeros(legs.num_rows, dtype=bool)
        codes = day
        for name in same:
            codes = _combined(codes, _codes(legs[name]))
        for name in ("ticket_no", "customer"):
            numbered |= legs[name].combine_chunks().is_valid().to_numpy(zero_copy_only=False)
        first = np.zeros(legs.num_rows, dtype=bool)
        first[np.unique(codes, return_index=True)[1]] = True
        again = ~first & numbered
        rows = np.flatnonzero(again)[: self.tally.wants_examples("duplicate")]
        self.tally.add("duplicate", int(again.sum()), [self._example(legs, int(i)) for i in rows])
        notes = legs["notes"].to_numpy()[again]
        for rule, bit in RULE_BIT.items():
            if n := int((notes >> bit & 1).sum()):
                self.tally.take_back(rule, n)
        return ~again

    def _example(self, legs: Any, i: int) -> Example:
        names = self.mapping.columns.get("ticket_no")
        number = legs["ticket_no"][i].as_py()
        cells = {names.names[0]: shown(number)} if names is not None and number is not None else {}
        return Example(self.files[legs["file"][i].as_py()], legs["row"][i].as_py(), cells)

    def _visits(self, legs: Any, day: I64) -> I64:
        """Return a number for each visit, the same for its legs; a row without its key is a visit of its own."""
        alone = np.arange(legs.num_rows)
        if not self.mapping.visit_by:
            return alone
        codes, whole = day, np.ones(legs.num_rows, dtype=bool)
        for name in self.mapping.visit_by:
            codes = _combined(codes, _codes(legs[name]))
            if name in ("ticket_no", "customer"):
                whole &= legs[name].combine_chunks().is_valid().to_numpy(zero_copy_only=False)
        return np.where(whole, codes, alone + len(alone))


def _codes(column: Any) -> I64:
    """Return a number for each value, the same for the same; missing is a value too."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_string(column.type):
        return _combined(np.zeros(len(column), np.int64), np.unique(column.to_numpy(), return_inverse=True)[1])
    index = pc.fill_null(column.combine_chunks().dictionary_encode().indices, -1)
    codes: I64 = index.to_numpy().astype(np.int64) + 1
    return codes


def _combined(codes: I64, more: I64) -> I64:
    """Return a number for each pair, dense, so that any number of columns can be combined."""
    pairs = codes * (int(more.max(initial=0)) + 1) + more
    dense: I64 = np.unique(pairs, return_inverse=True)[1].astype(np.int64)
    return dense


def _least(group: I64, values: I64) -> I64:
    """Return the least value of each row's group."""
    least = np.full(int(group.max(initial=0)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(least, group, values)
    return least[group]


def _first_row(group: I64) -> I64:
    """Return the position of the first row of each row's group."""
    return _least(group, np.arange(len(group)))


def _ahead(line: Any, day: I64, ints: dict[str, I64]) -> I64:
    """Count who stood in the same line when a customer joined: came before, and neither called nor gone by then.

    At one instant those who leave are gone before those who come, as in semantics 2.
    """
    ticket, call, end = ints["t_ticket"], ints["t_call_last"], ints["t_end"]
    group = _combined(day, _codes(line))
    gone = np.where(call == NONE, end, call)
    joined = np.flatnonzero(ticket != NONE)
    ahead = np.full(len(day), NONE, dtype=np.int64)
    if not joined.size:
        return ahead
    come = joined[np.lexsort((ints["row"][joined], ints["file"][joined], ticket[joined], group[joined]))]
    span = np.int64(max(int(gone[joined].max()), int(ticket[joined].max())) + 1)
    leaves = np.sort(group[joined] * span + np.maximum(gone[joined], 0))
    came_before = np.arange(come.size) - np.searchsorted(group[come], group[come])
    left_by_then = np.searchsorted(leaves, group[come] * span + ticket[come], side="right")
    left_by_then -= np.searchsorted(leaves, group[come] * span)
    at_once = gone[come] <= ticket[come]
    # who is called on the spot has left the line at the very instant of joining, and must not count for himself
    left_by_then -= _at_once_from_here(group[come], ticket[come], at_once)
    ahead[come] = np.maximum(came_before - left_by_then, 0)
    return ahead


def _at_once_from_here(group: I64, time: I64, at_once: Bool) -> I64:
    """Count, for each row, those of the same group and time, from it on, who never waited; rows are sorted so."""
    new = np.append(True, (group[1:] != group[:-1]) | (time[1:] != time[:-1]))
    block = np.cumsum(new) - 1
    total = np.bincount(block, weights=at_once).astype(np.int64)
    running: I64 = np.cumsum(at_once) - at_once
    from_here: I64 = total[block] - (running - running[np.flatnonzero(new)][block])
    return from_here


def _strings(column: Any) -> Any:
    import pandas as pd

    return pd.StringDtype("pyarrow").__from_arrow__(column)


def _nullable(values: I64) -> Any:
    import pandas as pd

    mask = values == NONE
    return pd.arrays.IntegerArray(np.where(mask, 0, values), mask)


def _dates(days: I64) -> NDArray[np.datetime64]:
    dates = np.where(days == NONE, 0, days).astype("datetime64[D]").astype("datetime64[us]")
    dates[days == NONE] = np.datetime64("NaT")
    return dates


def _category(name: str, codes: I64) -> Any:
    import pandas as pd

    return pd.Categorical.from_codes(codes, dtype=pandas_dtype(FIELD[name]))
