"""What one thread of the reducer works on: where the sums go, in one record of scalars and addresses.

As in the engine (`hallsim.engines.tables`), compiled code gets a single pointer instead of a dozen arrays:
a `TALLY` record with the numbers of the layout and, for each table, where it lies and how long it is.
`Tally` owns the memory behind the addresses, except the rows, which belong to a workspace or a log.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallsim.engines import far
from hallsim.engines.records import EVENT
from hallsim.engines.views import accessor, as_table
from hallsim.kpis.layout import Spec, make_histogram

I64 = NDArray[np.int64]

ARRAYS = (
    *("pair_of", "line_outside", "line_station", "server_station", "server_extra", "source_booking", "thresholds"),
    *("server_n_curve", "server_curve", "curve", "tires", "tires_most"),
    *("zone_places", "zone_overflow", "line_zone", "line_waited_in", "line_overtaking"),
    *("outage_end", "outage_lines", "line_branch", "line_sends"),
)
NUMBERS = tuple(name for name in Spec._fields if name not in ARRAYS)
"""The scalars of a layout, in the record under their own names."""

_ZONE = np.dtype([(name, np.int64) for name in ("places", "overflow", "first", "there", "inside")])
TABLES: dict[str, np.dtype[Any]] = {
    "zones": _ZONE,  # and the first row of `time_at`, and how many belong and stand there now
    "changes": EVENT,  # [2 * row] when somebody comes to a zone or leaves it
} | {
    name: np.dtype(np.int64)
    for name in (
        "pair_of",  # [line, type]
        "line_outside",
        "line_station",
        "server_station",
        "server_extra",
        "source_booking",
        "thresholds",
        "server_n_curve",
        "server_curve",
        "curve",
        "tires",
        "tires_most",
        "zone_places",
        "zone_overflow",
        "line_zone",
        "line_waited_in",
        "line_overtaking",
        "outage_end",
        "outage_lines",  # [outage, line]
        *("line_branch", "line_sends"),
        "gone",  # [customer, branch] 1 if the hall has sent him on and he has not come back
        "time_at",  # [zone, number] how long it held so many people
        "notes",  # [note, NOTE_FIELDS]
        "first_call",  # [station, 3] when those join who are looked at now, earliest call of theirs, and of later ones
        *("first_note", "next_note"),  # [customer], [note]
        "services",  # [server] how many it has done so far, where that makes a difference
        "rests",  # [time, 2] server who tires, and when he has begun his duty or come back from a break
        "rows",  # [row, ROW_FIELDS]
        "server_rows",  # [row, SERVER_ROW_FIELDS]
        "carried",  # [customer, 3] delayed + 1, wait and service so far of an interrupted stay; empty if there is none
        "away",  # [2, customer] time out of the hall so far, and 1 who was in another channel; empty if nobody ever was
        "bins",  # [stay] where its wait belongs in the histogram
        "histogram",  # [pair, hour, bin]
        "out",  # [spec.size] the sums of the replication
    )
}
_PLACES = tuple(f"{table}_{what}" for table in TABLES for what in ("at", "n"))
_CODES = ("reduce_code", "add_zones_code", "add_recoveries_code", "add_branches_code", "add_overtaken_code")
TALLY = np.dtype([(name, np.int64) for name in (*NUMBERS, *_CODES, *_PLACES)])


class Tally:
    """The reducer's memory of one thread.

    Attributes
    ----------
    handle : recarray[1] of TALLY
        What `hallsim.kpis.reduce.reduce` takes.
    out : int64[spec.size]
        The sums of the replication just reduced.
    histogram : int64[n_pairs * histogram_hours, N_BINS]
        Waits of all replications reduced so far.
    """

    def __init__(self, spec: Spec, histogram: I64 | None = None) -> None:
        self.spec = spec
        self.out = np.zeros(spec.size, dtype=np.int64)
        self.histogram = make_histogram(spec) if histogram is None else histogram
        self.handle: Any = np.zeros(1, dtype=TALLY).view(np.recarray)
        self._tables: dict[str, NDArray[Any]] = {}  # keeps the memory behind the addresses alive
        for name in NUMBERS:
            self.handle[name] = getattr(spec, name)
        from hallsim.kpis import reduce  # noqa: F401  (declares its far function)

        self.handle["reduce_code"] = far.code("reduce")
        self.handle["add_zones_code"] = far.code("add_zones") if spec.n_zones else 0
        self.handle["add_recoveries_code"] = far.code("add_recoveries") if spec.n_outages else 0
        self.handle["add_branches_code"] = far.code("add_branches") if spec.n_branches else 0
        self.handle["add_overtaken_code"] = far.code("add_overtaken") if spec.has_overtaking else 0
        zones = np.zeros(spec.n_zones, dtype=_ZONE)
        zones["places"], zones["overflow"] = spec.zone_places, spec.zone_overflow
        zones["first"] = np.cumsum(spec.zone_places + 1) - spec.zone_places - 1
        self._point("zones", zones)
        self._point("time_at", np.zeros(int((spec.zone_places + 1).sum()), dtype=np.int64))
        for name in ARRAYS:
            self._point(name, getattr(spec, name))
        self._point("out", self.out)
        self._point("histogram", self.histogram)
        self._point("services", np.zeros(spec.n_servers if spec.has_effort else 0, dtype=np.int64))
        self._point("first_call", np.zeros(3 * spec.n_stations if spec.has_overtaking else 0, dtype=np.int64))
        for name in ("rests", "carried", "away", "gone", "bins", "first_note", "next_note"):
            self._point(name, np.zeros(0, dtype=np.int64))
        self._point("changes", np.zeros(0, dtype=EVENT))

    def watch(self, rows: I64, server_rows: I64, notes: I64) -> None:
        """Read from these buffers from now on."""
        self._point("rows", rows)
        self._point("server_rows", server_rows)
        if len(self._tables["bins"]) < len(rows):
            self._point("bins", np.zeros(len(rows), dtype=np.int64))
        if self.spec.has_effort:
            self._point("rests", np.zeros(2 * len(server_rows), dtype=np.int64))
        if self.spec.n_zones:
            self._point("notes", notes)
            self._point("first_note", np.zeros(len(rows), dtype=np.int64))
            self._point("next_note", np.zeros(len(notes), dtype=np.int64))
        if self.spec.n_zones or self.spec.has_overtaking:
            self._point("changes", np.zeros(2 * len(rows), dtype=EVENT))
        if self.spec.may_interrupt or self.spec.has_follow_ons:
            self._point("carried", np.zeros(3 * max(len(rows), 1), dtype=np.int64))
        if self.spec.n_branches:
            self._point("gone", np.zeros(self.spec.n_branches * max(len(rows), 1), dtype=np.int64))
        if self.spec.has_outside:
            self._point("away", np.zeros(2 * max(len(rows), 1), dtype=np.int64))

    def watches(self, rows: I64) -> bool:
        """Return whether it reads from this buffer."""
        return self._tables.get("rows") is rows

    def _point(self, name: str, table: NDArray[Any]) -> None:
        table = np.ascontiguousarray(table, dtype=TABLES[name])
        self._tables[name] = table
        self.handle[f"{name}_at"] = table.ctypes.data
        self.handle[f"{name}_n"] = table.size


def _table(name: str) -> Any:
    return accessor(name, as_table, TABLES, TALLY)


pair_of = _table("pair_of")
line_outside = _table("line_outside")
line_station = _table("line_station")
line_zone = _table("line_zone")
line_waited_in = _table("line_waited_in")
line_overtaking = _table("line_overtaking")
first_call = _table("first_call")
zones = _table("zones")
time_at = _table("time_at")
outage_end = _table("outage_end")
outage_lines = _table("outage_lines")
line_branch = _table("line_branch")
line_sends = _table("line_sends")
gone = _table("gone")
changes = _table("changes")
notes = _table("notes")
first_note = _table("first_note")
next_note = _table("next_note")
server_station = _table("server_station")
server_extra = _table("server_extra")
source_booking = _table("source_booking")
thresholds = _table("thresholds")
server_n_curve = _table("server_n_curve")
server_curve = _table("server_curve")
curve = _table("curve")
tires = _table("tires")
tires_most = _table("tires_most")
services = _table("services")
rests = _table("rests")
rows = _table("rows")
server_rows = _table("server_rows")
carried = _table("carried")
away = _table("away")
bins = _table("bins")
histogram = _table("histogram")
out = _table("out")
