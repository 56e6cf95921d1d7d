"""Transaction records without ticket numbers, joined to the services of a log by who and when.

In: the visits of a log, and records (who, what, when), both as `hallsim.logs.read` gives them. Out: the visits with the
transactions that were done, and a `JoinReport`. Rules:

1. Records and services are those of one person, or of one counter where either knows no staff, on one day.
2. The clocks of the two systems differ by a constant: that of at most an hour with which the fewest records are outside
   services and the fewest services without a record. A usual delay of booking cannot be told from it, and is part of
   it. If no difference is within its interval, there is none.
3. A record belongs to the service of its server that began last before it, up to `TOLERANCE` after its end; else to
   the one that begins within `TOLERANCE` after it; else to none.
4. A record within `TOLERANCE` after the beginning of its service may be a late one of the service before, if that had
   ended by less than `TOLERANCE` before it: as few are given back as leave the fewest services without a record
   (`late_records`). Records as they stand, moved so that single ones are at the end of their services, and half way to
   it are tried: that with the fewest records and services left over is taken, if it has a fifth less than the first.
5. Several records of a service are several transactions: steps of the visit at the same counter, each beginning as
   the one before ends, as a simulated hall has them (semantics 47). One ends so long after its record as services with
   a single record do, in the middle; where records stand nearer to the beginnings of services, one begins so long
   before it; where most are booked in one go, the service is shared out by the mean services with a single record.
6. A service without record has the transaction `NO_RECORD`. What somebody wanted who was not served is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hallsim.errors import LogError
from hallsim.logs.join_report import JoinReport
from hallsim.logs.late_records import given_back
from hallsim.logs.mapping import NOTHING, fold
from hallsim.logs.record_clocks import SECOND, TOLERANCE, Booked, Services, clocks_of, service_of

if TYPE_CHECKING:
    import pandas as pd

I64 = NDArray[np.int64]
Names = NDArray[np.object_]

IN_ONE_GO = 10 * SECOND
"""Several records of a service that mostly lie closer together say nothing of when the transactions ended."""
WORTH = 0.8
"""Records are moved if that leaves over a smaller part of what they leave as they stand."""
NO_RECORD = "no record"
SERVED = ("served", "failed", "interrupted", "transferred")
"""Outcomes of steps with a service."""


def join(visits: pd.DataFrame, records: pd.DataFrame) -> tuple[pd.DataFrame, JoinReport]:
    """Join transaction records to the visits of a log.

    Parameters
    ----------
    visits : of one hall; staff by the same names as in the records
    records : as a mapping with `t_booked` reads them

    Raises
    ------
    LogError
        If the log is of several halls, the two have nobody or no day in common, or no record falls into a service.
    """
    if visits["hall"].nunique() > 1:
        raise LogError(f"the log is of {visits['hall'].nunique()} halls; join the records of one at a time")
    by, (services, booked) = _in_common(visits, records)
    clocks = clocks_of(services, booked)
    time = booked.time - clocks.offset
    of = _matched(services, booked.key, time)
    order = np.lexsort((time, of))
    order = order[of[order] >= 0]
    if not len(order):
        raise LogError(f"none of {len(of)} records falls into a service of its {by}: they cannot be joined")
    n = np.bincount(of[order], minlength=len(services.row))
    ends, how, distance = _ends(services, of[order], time[order], booked.transaction[order], n)
    found = _steps(visits, services, n, ends, booked.transaction[order])
    days, of_records = visits["date"].dropna().unique(), records["date"].dropna().unique()
    without = sorted({str(d)[:10] for d in days} - {str(d)[:10] for d in of_records})
    return found, JoinReport(
        by=by,
        records=len(records),
        joined=len(order),
        outside=len(of) - len(order),
        elsewhere=len(records) - len(of),
        services=len(services.row),
        with_record=int(np.count_nonzero(n)),
        several=int(np.count_nonzero(n > 1)),
        how=how,
        distance_s=distance / SECOND,
        offset_s=clocks.offset / SECOND,
        offset_low_s=clocks.low / SECOND,
        offset_high_s=clocks.high / SECOND,
        clocks_told=clocks.told,
        days_without=tuple(without),
    )


def _in_common(visits: pd.DataFrame, records: pd.DataFrame) -> tuple[str, tuple[Services, Booked]]:
    """Return by which column both are joined, and services and records of the servers and days in common."""
    best: tuple[int, str, tuple[Services, Booked]] | None = None
    for by in ("staff", "counter"):
        if visits[by].notna().any() and records[by].notna().any():
            pair = _numbered(visits, records, by)
            if best is None or len(pair[1].key) > best[0]:
                best = len(pair[1].key), by, pair
    if best is None:
        raise LogError("the log and the records both name neither staff nor counters: they cannot be joined")
    if not best[0]:
        what = "person" if best[1] == "staff" else "counter"
        raise LogError(f"no record is of a {what} and day of the log: they cannot be joined")
    return best[1], best[2]


def _numbered(visits: pd.DataFrame, records: pd.DataFrame, by: str) -> tuple[Services, Booked]:
    import pandas as pd

    served = visits["outcome"].isin(SERVED).to_numpy()
    served &= (visits[by].notna() & visits["t_call_last"].notna() & visits["t_end"].notna()).to_numpy()
    row = np.flatnonzero(served)
    table = visits.iloc[row]
    names = pd.concat([table[by], records[by]]).astype(object)
    server = pd.factorize(names.map(lambda name: fold(name) if isinstance(name, str) else None))[0]
    dates = pd.concat([table["date"], records["date"]]).to_numpy(dtype="datetime64[D]").astype(np.int64)
    days, day = np.unique(dates, return_inverse=True)
    day = day.reshape(-1)
    key = np.where((server < 0) | (dates == np.datetime64("NaT").astype(np.int64)), -1, server * len(days) + day)
    n = len(row)
    begin, end = (table[c].to_numpy(dtype=np.int64) for c in ("t_call_last", "t_end"))
    order = np.lexsort((end, begin, key[:n]))
    order = order[key[:n][order] >= 0]
    services = Services(row[order], key[:n][order], day[:n][order], begin[order], end[order])
    known = (key[n:] >= 0) & np.isin(key[n:], services.key)
    time = records["t_start"].to_numpy(dtype=np.int64, na_value=0)
    transaction = records["transaction"].astype(object).to_numpy()
    known &= np.array([isinstance(t, str) and fold(t) not in NOTHING for t in transaction], dtype=bool)
    return services, Booked(key[n:][known], day[n:][known], time[known], transaction[known])


def _matched(services: Services, key: I64, time: I64) -> I64:
    """Return the service of each record (rules 3 and 4).

    The difference of clocks lets records stand well inside their services; a short service ends before its own then.
    """
    found = {}
    for later in (0, *_nearer_the_end(services, time, service_of(services, key, time, TOLERANCE))):
        of = given_back(services, time + later, service_of(services, key, time + later, TOLERANCE))
        found[later] = int(np.count_nonzero(of < 0)) + len(services.row) - len(np.unique(of[of >= 0])), of
    best = min(found, key=lambda later: found[later][0])
    return found[best if found[best][0] < WORTH * found[0][0] else 0][1]


def _nearer_the_end(services: Services, time: I64, of: I64) -> tuple[int, ...]:
    """Return by how much records are moved that single ones stand at the end of services, or half way to it."""
    n = np.bincount(of[of >= 0], minlength=len(services.row))
    single = (of >= 0) & (n[of] == 1)
    if not single.any():
        return ()
    to_end = float(np.median((services.end[of] - time)[single]))
    from_begin = float(np.median((time - services.begin[of])[single]))
    return (int(to_end / 2), int(to_end)) if 0 < to_end <= from_begin else ()


def _ends(services: Services, of: I64, time: I64, transaction: Names, n: I64) -> tuple[I64, str, int]:
    """Return when the transaction of each record ended, records in order, how that was told, and the usual distance.

    That is how long before the end of its service (or after its beginning) a single record stands, in the middle: so
    long before its end (after its beginning) does any transaction stand in the records (rule 5).
    """
    begin, end = services.begin[of], services.end[of]
    last = np.append(of[1:] != of[:-1], True)
    single = n[of] == 1
    gaps = np.diff(time)[~last[:-1]]
    if len(gaps) and float(np.median(gaps)) < IN_ONE_GO:
        return _shared(services, of, transaction, n), "together", 0
    to_end, from_begin = (int(np.median(x[single])) if single.any() else 0 for x in (end - time, time - begin))
    if from_begin < to_end:
        starts = np.clip(time - from_begin, begin, end)
        return np.where(last, end, np.append(starts[1:], 0)), "start", from_begin
    return np.where(last, end, np.clip(time + to_end, begin, end)), "end", to_end


def _shared(services: Services, of: I64, transaction: Names, n: I64) -> I64:
    """Return ends that share services out in proportion to the mean services with a single record."""
    length = (services.end - services.begin)[of]
    single = n[of] == 1
    usual = float(length[single].mean()) if single.any() else 1.0
    means = {t: float(length[single & (transaction == t)].mean()) for t in set(transaction[single].tolist())}
    weight = np.array([max(means.get(t, usual), 1.0) for t in transaction.tolist()])
    total = np.bincount(of, weight, minlength=len(services.key))[of]
    running = np.cumsum(weight)
    before = np.append(0.0, running)[np.searchsorted(of, of)]
    return np.asarray(services.begin[of] + np.rint((running - before) / total * length), dtype=np.int64)


def _steps(visits: pd.DataFrame, services: Services, n: I64, ends: I64, transaction: Names) -> pd.DataFrame:
    """Return the visits with one step for each transaction of a service (rules 5 and 6)."""
    import pandas as pd

    parts = np.ones(len(visits), dtype=np.int64)
    parts[services.row] = np.maximum(n, 1)
    row = np.repeat(np.arange(len(visits)), parts)
    found = visits.iloc[row].reset_index(drop=True)
    number = np.arange(len(row)) - np.repeat(np.cumsum(parts) - parts, parts)
    first, last = number == 0, number == parts[row] - 1
    # records stand in the order of services, table rows in that of visits
    start_of = np.full(len(visits), -1, dtype=np.int64)
    start_of[services.row] = np.cumsum(n) - n
    recorded = np.zeros(len(visits), dtype=bool)
    recorded[services.row] = n > 0
    at = np.where(recorded[row], start_of[row] + number, -1)
    end = found["t_end"].to_numpy(dtype=np.int64, na_value=-1)
    end = np.where(at >= 0, np.append(ends, -1)[at], end)
    end = np.where(last, found["t_end"].to_numpy(dtype=np.int64, na_value=-1), end)
    begin = np.append(-1, end[:-1])
    for column in ("t_ticket", "t_call_first", "t_call_last", "t_start"):
        found[column] = found[column].mask(~first, pd.array(begin, dtype="Int64"))
    found["t_end"] = found["t_end"].mask(~last, pd.array(end, dtype="Int64"))
    found["t_wrap_end"] = found["t_wrap_end"].mask(~last, found["t_end"])
    found["n_calls"] = found["n_calls"].mask(~first, 1)
    for column in ("ahead_at_ticket", "quoted_wait", "prepared_start", "prepared_end"):
        found[column] = found[column].mask(~first)
    found.loc[~last, "outcome"] = "served"
    found.loc[~last, "visit_outcome"] = None
    named = np.array([*transaction.tolist(), None], dtype=object)[at]
    named[(at < 0) & found["outcome"].isin(SERVED).to_numpy()] = NO_RECORD
    found["transaction"] = pd.array(named, dtype=visits["transaction"].dtype)
    new = np.append(True, np.diff(_visit_numbers(found)) != 0)
    starts = np.flatnonzero(new)
    found["step"] = np.arange(len(row)) - np.repeat(starts, np.diff(np.append(starts, len(row))))
    found.attrs = dict(visits.attrs)
    return found


def _visit_numbers(table: pd.DataFrame) -> I64:
    """Return a number for each visit of a table sorted by day and visit."""
    numbers = table.groupby(["date", "replication", "visit"], dropna=False, sort=False).ngroup()
    return np.asarray(numbers.to_numpy(dtype=np.int64))
