"""Event lists of the kernel: a sorted array for service ends, a binary heap for everything else.

Both hold records (time, entity) ordered by time, then entity, so that the order inside an instant is by
content. Whoever pops an entry of the heap checks it against the entity's current deadline.
"""

from __future__ import annotations

from hallsim.jit import inline

MAX_SORTED = 128
"""Up to this many servers a sorted array beats a heap: the shifts stay inside a few cache lines."""


@inline
def sorted_push(events, n, t, entity):  # type: ignore[no-untyped-def]
    """Insert into n events kept in descending order behind a first entry that is never: the last is the next."""
    i = n + 1
    while events[i - 1].time < t or (events[i - 1].time == t and events[i - 1].entity < entity):
        events[i].time = events[i - 1].time
        events[i].entity = events[i - 1].entity
        i -= 1
    events[i].time = t
    events[i].entity = entity


@inline
def heap_push(events, n, t, entity):  # type: ignore[no-untyped-def]
    """Insert into a binary min-heap of n events; the caller has made sure of the room."""
    i = n
    while i > 0:
        parent = (i - 1) >> 1
        if events[parent].time < t or (events[parent].time == t and events[parent].entity <= entity):
            break
        events[i].time = events[parent].time
        events[i].entity = events[parent].entity
        i = parent
    events[i].time = t
    events[i].entity = entity


@inline
def heap_pop(events, n):  # type: ignore[no-untyped-def]
    """Remove the first of n > 0 events of a heap; the caller has read it."""
    last = n - 1
    t = events[last].time
    entity = events[last].entity
    i = 0
    child = 1
    while child < last:
        right = child + 1
        if right < last and (
            events[right].time < events[child].time
            or (events[right].time == events[child].time and events[right].entity < events[child].entity)
        ):
            child = right
        if t < events[child].time or (t == events[child].time and entity <= events[child].entity):
            break
        events[i].time = events[child].time
        events[i].entity = events[child].entity
        i = child
        child = 2 * i + 1
    events[i].time = t
    events[i].entity = entity
