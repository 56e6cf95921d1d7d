"""Customers who have been here before: whom a table names by his key, and by which keys everybody comes (semantics 54).

A far function, which only halls whose days are parts of a horizon call.
"""

from __future__ import annotations

import numpy as np

from hallsim.compiled import SOURCE_TABLE
from hallsim.engines import tables
from hallsim.engines.far import INT, caller, entry, record_at
from hallsim.engines.records import DAY
from hallsim.jit import inline

_day_at = record_at(DAY)


@inline
def _know_persons(w, slot, n):  # type: ignore[no-untyped-def]
    """Give customers just drawn the keys that a table states, and note everybody's."""
    indices = tables.indices(w)
    keys = tables.keys(w)
    listed = tables.listed(w)
    origins = tables.origins(w)
    persons = tables.persons(w)
    sources = tables.sources(w)
    number = tables.customers(w)[slot].number
    for i in range(n):
        source = sources[origins[slot + i]]
        if source.kind == SOURCE_TABLE:
            key = listed[source.first + indices[slot + i]].key
            if key != np.uint64(0):
                keys[slot + i] = key
        persons[number + i] = keys[slot + i]
    return np.int64(0)


@entry("know_persons", "int64(int64, int64, int64)")
def _know_persons_entry(address, slot, n):  # type: ignore[no-untyped-def]
    return _know_persons(_day_at(address), slot, n)


know_persons = caller("know_persons", _know_persons, DAY, INT, INT, INT)
