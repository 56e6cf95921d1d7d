"""Tables that say all of their customers, against tiny simulations of one line; tables that cannot be meant.

The two witnesses share nothing with the engines: one line first come, first served by its recursion, one
line by place by a loop over minutes.
"""

from __future__ import annotations

import dataclasses
import random

import pytest

from hallsim.compiled import STEP_RENEGED, compile_model
from hallsim.engines import kernel, reference
from hallsim.model import US_PER_HOUR, US_PER_MINUTE, Model
from hallsim.scenario import load
from tests.test_engines import same

Told = tuple[int, int, int, int]
"""Minute of arrival, minutes of service and of patience, place; -1 for no place."""
Fate = tuple[int | None, int]
"""Minute of the call (None: never) and of leaving."""
NINE = 9 * US_PER_HOUR


def told_day(seed: int, places: bool) -> tuple[int, list[Told]]:
    """Return a number of servers and a day with many ties, some customers of no patience, many of too much."""
    rng = random.Random(seed)
    n = rng.choice([5, 30, 90])
    times = sorted(rng.randrange(n) for _ in range(n))
    if places:
        return rng.randint(1, 4), [
            (t, rng.randint(1, 9), rng.choice([0, 3, 8, 500]), rng.choice([-1, rng.randrange(6)])) for t in times
        ]
    return rng.randint(1, 4), [(t, rng.randint(0, 9), rng.choice([0, 3, 8, 500]), -1) for t in times]


def first_come(servers: int, day: list[Told]) -> list[Fate]:
    """Return what becomes of each customer: he is called when the earliest server is free, or gives up before."""
    free = [0] * servers
    fates: list[Fate] = []
    for t, service, patience, _ in day:
        free.sort()
        call = max(t, free[0])
        if call > t + patience:
            fates.append((None, t + patience))
        else:
            fates.append((call, call + service))
            free[0] = call + service
    return fates


def by_place(servers: int, day: list[Told]) -> list[Fate]:
    """Return what becomes of each customer, minute by minute: ends and calls, giving up, then arrivals."""
    fates: list[Fate] = [(None, -1)] * len(day)
    waiting: list[int] = []
    ends: list[int] = []
    coming = list(range(len(day)))
    minute = 0
    while coming or waiting or ends:
        for _ in range(ends.count(minute)):
            ends.remove(minute)
            if waiting:
                who = min(waiting, key=lambda i: (day[i][3] < 0, day[i][3], i))
                waiting.remove(who)
                fates[who] = (minute, minute + day[who][1])
                ends.append(minute + day[who][1])
        for who in list(waiting):
            if day[who][0] + day[who][2] == minute:
                waiting.remove(who)
                fates[who] = (None, minute)
        while coming and day[coming[0]][0] == minute:
            who = coming.pop(0)
            if len(ends) < servers:
                fates[who] = (minute, minute + day[who][1])
                ends.append(minute + day[who][1])
            elif day[who][2] == 0:
                fates[who] = (None, minute)
            else:
                waiting.append(who)
        minute += 1
    return fates


def told_hall(servers: int, day: list[Told]) -> Model:
    """Return the hall of a told day: one desk whose laws would give something else altogether."""
    scenario = {
        "hall": "told",
        "open": "09:00-18:00",
        "arrivals": {"times": [f"{t // 60 + 9:02d}:{t % 60:02d}" for t, *_ in day]},
        "stations": {"desk": {"servers": servers, "time": "exponential 40 min", "patience": "exponential 1 min"}},
    }
    model = load(scenario).model
    source = dataclasses.replace(
        model.sources[0],
        table_services=tuple(service * US_PER_MINUTE for _, service, _, _ in day),
        table_patiences=tuple(patience * US_PER_MINUTE for _, _, patience, _ in day),
        table_places=tuple(place for *_, place in day),
    )
    return dataclasses.replace(model, sources=(source,))


@pytest.mark.parametrize("places", [False, True], ids=["first come", "by place"])
def test_a_day_told_in_full_is_what_a_tiny_simulation_makes_of_it(places: bool) -> None:
    given_up = passed = 0
    for seed in range(60):
        servers, day = told_day(seed, places)
        compiled = compile_model(told_hall(servers, day))
        fast, readable = kernel.simulate(compiled, seed, 0), reference.simulate(compiled, seed, 0)
        assert same(fast, readable)
        found: list[Fate] = [(None, -1)] * len(day)
        for who, what, _, _, _, call, end, _ in fast.rows.tolist():
            called = None if call < 0 else (call - NINE) // US_PER_MINUTE
            found[who] = (called, (end - NINE) // US_PER_MINUTE)
            assert (called is None) == ((what >> 32) & 0xFF == STEP_RENEGED)
        assert found == (by_place if places else first_come)(servers, day), seed
        given_up += sum(call is None for call, _ in found)
        calls = [call for call, _ in found if call is not None]
        passed += calls != sorted(calls)
    assert given_up > 300, "the days are crowded enough to tell"
    assert (passed > 30) == places


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"table_services": (-2, 0)}, r"table_services\[0\] is -2; known: -1, and 0 to 1152921504606846975"),
        ({"table_services": (0, 1 << 60)}, r"table_services\[1\] is 1152921504606846976"),
        ({"table_patiences": (-60_000_000, 0)}, r"table_patiences\[0\] is -60000000"),
        ({"table_places": (0, -7)}, r"table_places\[1\] is -7"),
        ({"table_places": (0, 1 << 62)}, r"table_places\[1\] is 4611686018427387904"),
        ({"table_places": (0, 1, 2)}, "table_places has 3 entries for 2 customers of a table"),
        ({"table_types": (0, 1)}, r"table_types\[1\] is 1; known: -1, and 0 to 0"),
        ({"kind": "renewal"}, "table_types has 2 entries for 0 customers of a table"),
        ({"table_times": (NINE + 1, NINE)}, "table_times are not in order"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused(columns: dict[str, object], message: str) -> None:
    model = told_hall(1, [(0, 1, 1, -1), (1, 1, 1, -1)])
    source = dataclasses.replace(model.sources[0], **columns)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=message):
        compile_model(dataclasses.replace(model, sources=(source,)))


def test_what_a_table_states_shifts_nobody_elses_draws() -> None:
    model = load(
        {
            "hall": "draws",
            "open": "09:00-18:00",
            "arrivals": {"walk_in": {"rate": "20/h"}, "list": {"times": ["10:00", "11:00"]}},
            "stations": {"desk": {"servers": 50, "time": "lognormal 8 min cv 0.8"}},
        }
    ).model
    walk_in, listed = model.sources
    told = dataclasses.replace(listed, table_services=(US_PER_MINUTE, -1), table_patiences=(0, -1))
    models = (model, dataclasses.replace(model, sources=(walk_in, told)))
    # nobody waits, so that a service that is drawn ends when it did; who serves may differ
    plain, other = ({(r[0], r[5], r[6]) for r in kernel.simulate(compile_model(m), 5, 0).rows.tolist()} for m in models)
    ten = NINE + US_PER_HOUR
    ((who, called, _),) = plain - other
    assert (called, other - plain) == (ten, {(who, ten, ten + US_PER_MINUTE)})
