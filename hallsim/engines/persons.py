"""Customers who have been here before (semantics 54), and whose visits they are (semantics 56).

A table names who has been here by his key, and it is noted by which keys everybody comes. Where customers are drawn
from persons, they are of the stage that each one's person is at.

Far functions, which only halls whose days are parts of a horizon call.
"""

from __future__ import annotations

import numpy as np

from hallsim.compiled import SOURCE_TABLE
from hallsim.draws import PURPOSE_PERSON, uniform
from hallsim.engines import tables
from hallsim.engines.far import INT, caller, entry, record_at
from hallsim.engines.records import DAY
from hallsim.jit import inline, routine

_PURPOSE_PERSON = PURPOSE_PERSON
_ZERO = np.uint64(0)
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


@routine
def person_of(key, first, beyond, cum):  # type: ignore[no-untyped-def]
    """Return whose visit it is that has this key, if these persons are those of its segment."""
    u = uniform(key, _PURPOSE_PERSON, _ZERO)
    low, high = first, beyond - 1
    while low < high:
        middle = (low + high) // 2
        if u < cum[middle]:
            high = middle
        else:
            low = middle + 1
    return low


@inline
def _know_stages(w, slot, n):  # type: ignore[no-untyped-def]
    """Let customers just drawn be of the stage that each one's person is at; tables say it of who comes again."""
    cum = tables.person_cum(w)
    firsts = tables.person_first(w)
    beyonds = tables.person_beyond(w)
    keys = tables.keys(w)
    offsets = tables.person_offset(w)
    origins = tables.origins(w)
    types = tables.types(w)
    for i in range(slot, slot + n):
        if origins[i] < w.n_sources - 1:
            kind = types[i]
            types[i] += offsets[person_of(keys[i], firsts[kind], beyonds[kind], cum)]
    return np.int64(0)


@entry("know_stages", "int64(int64, int64, int64)")
def _know_stages_entry(address, slot, n):  # type: ignore[no-untyped-def]
    return _know_stages(_day_at(address), slot, n)


know_stages = caller("know_stages", _know_stages, DAY, INT, INT, INT)
