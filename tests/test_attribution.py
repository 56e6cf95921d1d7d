"""What waited minutes are booked to: literal days, exact sums on random halls, and how it is said."""

from __future__ import annotations

import itertools
import json
import random
from dataclasses import replace

import numpy as np
import pytest

from hallsim.compiled import (
    SERVER_STATES,
    STATE_BLOCKED,
    STATE_BREAK,
    STATE_CALLING,
    STATE_DOWN,
    STATE_DUTY,
    Log,
    compile_model,
)
from hallsim.engines import reference
from hallsim.experiment import measure, replicate
from hallsim.experiment.attribution import CAUSES, Attribution, book_rows
from hallsim.experiment.attribution.teams import teams_of
from hallsim.experiment.attribution.words import rows_of as table_of
from hallsim.experiment.attribution.words import sentence
from hallsim.experiment.day_rows import left_line, rows_of, who_joined
from hallsim.experiment.profile import profile_of
from hallsim.experiment.table import display_width, render
from hallsim.model import Model, Pool
from hallsim.scenario import load
from tests.hand_made_logs import COUNTER_1, COUNTER_2, COUNTER_V, COUNTER_Z, HALL, MINUTE, NINE, row
from tests.random_halls import random_model

RESERVED = replace(
    HALL,
    stations=(
        HALL.stations[0],
        replace(
            HALL.stations[1],
            servers=tuple(replace(s, pool=i) for i, s in enumerate(HALL.stations[1].servers)),
            pools=(Pool("vip", (-1, 0), (0, 0)), Pool("general", (0, -1), (0, 0))),
        ),
    ),
)
"""Counter 1 calls V only, counter 2 Z only."""


def day(rows: list[list[int]], *states: tuple[int, int, float, float]) -> Log:
    """Return a log; states are (server, state, from, to) in minutes after nine."""
    spans = [[who, state, NINE + round(a * MINUTE), NINE + round(b * MINUTE), -1] for who, state, a, b in states]
    return Log(np.array(rows, dtype=np.int64), np.array(spans, dtype=np.int64).reshape(-1, 5), NINE + 60 * MINUTE)


def duty(*servers: int) -> list[tuple[int, int, float, float]]:
    return [(server, STATE_DUTY, 0.0, 60.0) for server in servers]


def booked(model: Model, log: Log) -> list[dict[str, float]]:
    """Return the minutes booked to each cause, of each row that joined a line, by customer."""
    r = rows_of([log])
    found = book_rows(teams_of(model), r, [log])
    joined = who_joined(r)
    assert found[joined].sum(axis=1).tolist() == (left_line(r) - r.t_join)[joined].tolist()
    return [{c.name: m / MINUTE for c, m in zip(CAUSES, of, strict=True) if m} for of in found[joined].tolist()]


def test_a_minute_for_which_everybody_works_is_load() -> None:
    rows = [
        row(0, COUNTER_Z, 0, 0, 0, 8, server=COUNTER_1, visit="served"),
        row(1, COUNTER_Z, 1, 1, 8, 10, server=COUNTER_1, visit="served"),
    ]
    assert booked(HALL, day(rows, *duty(COUNTER_1))) == [{}, {"load": 7.0}]


def test_who_would_have_had_the_server_on_a_break_waits_for_the_break() -> None:
    rows = [
        row(0, COUNTER_Z, 0, 0, 0, 8, server=COUNTER_1, visit="served"),
        row(1, COUNTER_Z, 1, 1, 6, 10, server=COUNTER_2, visit="served"),
    ]
    states = [*duty(COUNTER_1, COUNTER_2), (COUNTER_2, STATE_BREAK, 0.0, 6.0)]
    assert booked(HALL, day(rows, *states)) == [{}, {"break": 5.0}]


def test_who_would_have_had_a_server_blocked_by_somebody_he_has_served_waits_for_a_place() -> None:
    # counter 2 has served the first by minute 3; he finds no place to go on to until minute 6
    rows = [
        row(0, COUNTER_Z, 0, 0, 0, 6, server=COUNTER_2, visit="served"),
        row(1, COUNTER_Z, 1, 1, 6, 10, server=COUNTER_2, visit="served"),
    ]
    states = [*duty(COUNTER_2), (COUNTER_2, STATE_BLOCKED, 3.0, 6.0)]
    assert booked(HALL, day(rows, *states))[1] == {"load": 2.0, "space": 3.0}


def test_bookings_of_halls_with_zones_sum_to_the_waits() -> None:
    seeds = itertools.count(1)
    for model in itertools.islice((m for m in map(random_model, seeds) if m.zones), 12):
        booked(model, reference.simulate(compile_model(model), 1, 0))


def test_a_hole_between_two_shifts_is_a_break() -> None:
    rows = [
        row(0, COUNTER_Z, 0, 0, 0, 8, server=COUNTER_1, visit="served"),
        row(1, COUNTER_Z, 1, 1, 6, 10, server=COUNTER_2, visit="served"),
    ]
    states = [*duty(COUNTER_1), (COUNTER_2, STATE_DUTY, 0.0, 0.5), (COUNTER_2, STATE_DUTY, 6.0, 60.0)]
    assert booked(HALL, day(rows, *states))[1] == {"break": 5.0}


def test_nobody_present_comes_before_everything_else() -> None:
    rows = [row(0, COUNTER_Z, 0, 0, 5, 8, server=COUNTER_1, visit="served")]
    assert booked(HALL, day(rows, (COUNTER_1, STATE_DUTY, 5.0, 60.0))) == [{"no_server": 5.0}]


def test_one_server_down_holds_back_one_customer_and_then_what_he_would_have_done() -> None:
    # services take 10 minutes; while one of two servers is down for 10, customers 2 and 3 wait
    rows = [
        row(0, COUNTER_Z, 0, 0, 0, 10, server=COUNTER_1, visit="served"),
        row(1, COUNTER_Z, 0, 0, 10, 20, server=COUNTER_1, visit="served"),
        row(2, COUNTER_Z, 0, 0, 10, 20, server=COUNTER_2, visit="served"),
    ]
    states = [*duty(COUNTER_1, COUNTER_2), (COUNTER_2, STATE_DOWN, 0.0, 10.0)]
    first, second = booked(HALL, day(rows, *states))[1:]
    assert first == {"down": 10.0}
    assert second == {"down": 5.0, "load": 5.0}  # in the middle of the stretch half a service is left undone


def test_who_is_passed_by_somebody_later_waits_for_others_from_then_on() -> None:
    rows = [
        row(0, COUNTER_Z, 0, 0, 0, 4, server=COUNTER_1, visit="served"),
        row(1, COUNTER_Z, 1, 1, 8, 10, server=COUNTER_1, visit="served"),
        row(2, COUNTER_V, 2, 2, 4, 8, server=COUNTER_1, visit="served", type_=0),
    ]
    assert booked(HALL, day(rows, *duty(COUNTER_1))) == [{}, {"load": 3.0, "order": 4.0}, {"load": 2.0}]


def test_who_is_passed_but_not_yet_due_waits_for_load() -> None:
    rows = [
        row(0, COUNTER_Z, 0, 0, 0, 4, server=COUNTER_1, visit="served"),
        row(1, COUNTER_Z, 1, 1, 8, 12, server=COUNTER_1, visit="served"),
        row(2, COUNTER_Z, 1.5, 1.5, 12, 14, server=COUNTER_1, visit="served"),
        row(3, COUNTER_V, 2, 2, 4, 8, server=COUNTER_1, visit="served", type_=0),
    ]
    assert booked(HALL, day(rows, *duty(COUNTER_1)))[2] == {"load": 6.5, "order": 4.0}


def test_a_counter_that_calls_somebody_who_does_not_come_holds_back_one_customer() -> None:
    rows = [row(0, COUNTER_Z, 1, 1, 3, 5, server=COUNTER_1, visit="served")]
    assert booked(HALL, day(rows, *duty(COUNTER_1), (COUNTER_1, STATE_CALLING, 0.0, 3.0))) == [{"calls": 2.0}]


def test_a_counter_kept_for_others_that_stands_idle_holds_back_one_customer() -> None:
    rows = [
        row(0, COUNTER_Z, 0, 0, 0, 8, server=COUNTER_2, visit="served"),
        row(1, COUNTER_Z, 1, 1, 8, 10, server=COUNTER_2, visit="served"),
    ]
    assert booked(RESERVED, day(rows, *duty(COUNTER_1, COUNTER_2))) == [{}, {"idle": 7.0}]


def test_a_break_of_a_counter_kept_for_others_is_none_of_the_customers_business() -> None:
    rows = [
        row(0, COUNTER_Z, 0, 0, 0, 8, server=COUNTER_2, visit="served"),
        row(1, COUNTER_Z, 1, 1, 8, 10, server=COUNTER_2, visit="served"),
    ]
    states = [*duty(COUNTER_1, COUNTER_2), (COUNTER_1, STATE_BREAK, 0.0, 20.0)]
    assert booked(RESERVED, day(rows, *states)) == [{}, {"load": 7.0}]


def test_a_backlog_ends_where_nobody_waits() -> None:
    rows = [
        row(0, COUNTER_Z, 0, 0, 5, 6, server=COUNTER_1, visit="served"),
        row(1, COUNTER_Z, 10, 10, 10, 18, server=COUNTER_1, visit="served"),
        row(2, COUNTER_Z, 11, 11, 18, 20, server=COUNTER_1, visit="served"),
    ]
    found = booked(HALL, day(rows, (COUNTER_1, STATE_DUTY, 5.0, 60.0)))
    assert found == [{"no_server": 5.0}, {}, {"load": 7.0}]


def test_days_do_not_know_of_each_other() -> None:
    one = day([row(0, COUNTER_Z, 0, 0, 5, 6, server=COUNTER_1, visit="served")], (COUNTER_1, STATE_DUTY, 5.0, 60.0))
    r = rows_of([one, one])
    found = book_rows(teams_of(HALL), r, [one, one])
    assert found[0].tolist() == found[1].tolist()


def random_day(rng: random.Random) -> Log:
    """Return a day of rows and states that no hall would write, but a log might."""
    rows, states = [], duty(COUNTER_1)
    for customer in range(rng.randint(0, 40)):
        join = round(rng.uniform(0, 50), 1)
        call = join + rng.choice([0.0, round(rng.expovariate(0.1), 1)])
        end = call + rng.choice([0.0, round(rng.expovariate(0.2), 1)])
        called = rng.random() < 0.8
        outcome = rng.choice(["served", "no_show"]) if called else "reneged"
        line = rng.choice([COUNTER_V, COUNTER_Z])
        server = rng.choice([COUNTER_1, COUNTER_2]) if called else -1
        rows.append(
            row(
                customer,
                line,
                join,
                join,
                call if called else None,
                end,
                outcome=outcome,
                server=server,
                visit="served",
            )
        )
    for _ in range(rng.randint(0, 6)):
        begin = rng.uniform(0, 50)
        state = rng.randint(1, len(SERVER_STATES) - 1)
        states.append((rng.choice([COUNTER_1, COUNTER_2]), state, begin, begin + rng.expovariate(0.1)))
    return day(rows or [row(0, COUNTER_Z, 0, 0, 0, 1, server=COUNTER_1, visit="served")], *states)


@pytest.mark.parametrize("model", [HALL, RESERVED])
def test_bookings_sum_to_the_wait_whatever_the_log_says(model: Model) -> None:
    rng = random.Random(5)
    for _ in range(60):
        booked(model, random_day(rng))  # compares to the microsecond


def test_bookings_of_a_hall_with_everything_sum_to_the_wait() -> None:
    model = load("scenarios/flagship_full.yaml").model
    for log in replicate(model, 2, 3, "reference"):
        found = booked(model, log)
        assert {cause for of in found for cause in of} >= {"break", "order", "between", "idle", "load"}


def some_days() -> tuple[Model, Attribution, list[Log]]:
    model = load("scenarios/vip_separation_room.yaml").model
    logs = list(replicate(model, 3, 1, "reference"))
    return model, profile_of(model, logs).attribution, logs


def test_the_causes_sum_to_the_mean_wait() -> None:
    model, found, logs = some_days()
    results = measure(model, logs)
    assert found.per_stay()[0].sum() == pytest.approx(results.estimate("mean_wait").value, rel=1e-12)
    for i, (hour, _) in enumerate(found.hours):
        assert found.per_stay(hour=i)[0].sum() == pytest.approx(
            results.estimate("mean_wait", hour=hour).value, rel=1e-12
        )
    for c, lines in found.classes:
        wait = results.estimate("mean_wait", "class", model.ticket_classes[c].name).value
        assert found.per_stay(lines)[0].sum() == pytest.approx(wait, rel=1e-12)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_table_says_why_within_eighty_columns(lang: str) -> None:
    model, found, logs = some_days()
    text = render(replace(measure(model, logs), attribution=found), lang)
    assert getattr(sentence(found), lang)[:12] in text
    assert max(display_width(line) for line in text.splitlines()) <= 80


def test_the_table_has_the_causes_that_there_are() -> None:
    model, found, _ = some_days()
    assert [cells[0].en for cells in table_of(found, model)[1:]] == [
        "idle counters kept for others",
        "plain load",
        "sum: the mean wait",
    ]


def test_json_has_every_cause_by_class_line_and_hour() -> None:
    model, found, logs = some_days()
    document = json.loads(replace(measure(model, logs), attribution=found).to_json())["attribution"]
    assert list(document["causes"]) == [cause.name for cause in CAUSES]
    assert [len(document[key]) for key in ("classes", "lines", "hours")] == [2, 2, 9]


def test_the_sentence_names_the_three_largest_causes_and_sums_the_others() -> None:
    booked = np.array([1, 2, 3, 4, 5, 0, 6, 7, 20]).reshape(1, 1, 1, -1) * MINUTE
    found = Attribution(booked, np.ones((1, 1, 1), np.int64), (), (0,), ())
    assert sentence(found).en == (
        "Of 48.00 min of waiting, 20.00 are plain load, 7.00 idle counters kept for others, "
        "6.00 walks and work left over and 15.00 other causes."
    )
    assert sentence(found).zh.endswith("专用台席空闲 7.00，走动与后续处理 6.00，其他原因 15.00。")


def test_nobody_waited_is_said_so() -> None:
    nobody = Attribution(np.zeros((2, 1, 1, len(CAUSES)), np.int64), np.ones((2, 1, 1), np.int64), (), (0,), ())
    assert sentence(nobody).en == "Nobody had to wait."
