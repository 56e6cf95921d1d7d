"""Logged days re-enacted: exactly in their own order, by the written rules in others; what cannot be is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import hallsim as hs
from hallsim import replay, visits
from hallsim.compiled import ROW_CALL, ROW_END, compile_model
from hallsim.engines import kernel, reference
from hallsim.errors import LogError, UsageError
from hallsim.experiment import measure, run
from hallsim.experiment.table import display_width
from hallsim.kpis.checks import violations
from hallsim.model import US_PER_MINUTE, Model
from hallsim.replay import Replay, Settings
from tests.logged_days import leg, log_of, random_log, simulated, starts, table
from tests.test_engines import same

MINUTE = US_PER_MINUTE
FOR_EVER = 10**15
HOSTILE = ("<script>alert(1)</script>", "a/b", "b", "a", "a\nb\tc", "\u202eملف", "🏦" * 30, "号 " * 150, "(2)", " ")


def waits(r: Replay) -> pd.DataFrame:
    return r.tickets(simulated(r.model))


# --- the log's own order -----------------------------------------------------------------------------------


@pytest.mark.parametrize("lines", ["counter", "station"])
@pytest.mark.parametrize("seed", range(0, 28, 2))
def test_in_the_order_of_the_log_every_wait_is_the_logged_one(seed: int, lines: str) -> None:
    # random halls: priorities, breaks, pre-emption, giving up, returning customers, half of them in whole minutes
    r = replay.build(random_log(seed), Settings(order="observed", lines=lines, longest_service=FOR_EVER))
    found = waits(r)
    assert len(found) == r.n_legs > 0
    assert (found["observed_wait_min"] == found["simulated_wait_min"]).all()


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_in_the_order_of_the_log_every_wait_is_the_logged_one_in_500_more_halls(block: int) -> None:
    for seed in range(1000 + 50 * block, 1050 + 50 * block):
        log = random_log(seed)
        if log["t_ticket"].isna().all():
            continue  # nobody joined a line, so there is nothing to re-enact
        nameless = log["counter"].mask(pd.Series(np.random.default_rng(seed).random(len(log)) < 0.3))
        for lines, counters in (("counter", log["counter"]), ("station", nameless)):
            if lines == "counter" and counters.isna().all():
                continue  # nobody was served, so nobody can wait for a counter
            settings = Settings(order="observed", lines=lines, longest_service=FOR_EVER)
            r = replay.build(log.assign(counter=counters), settings)
            found = waits(r)
            assert (found["observed_wait_min"] == found["simulated_wait_min"]).all(), (seed, lines)
            assert [violations(day) for day in r.observed] == [[]] * len(r.observed), (seed, lines)


@pytest.mark.parametrize("lines", ["counter", "station"])
@pytest.mark.parametrize("order", ["observed", "ticket", "line"])
def test_the_engines_agree_row_by_row_on_every_day(order: str, lines: str) -> None:
    for seed in (3, 8, 13):
        r = replay.build(random_log(seed), Settings(order=order, lines=lines))
        for i in range(len(r.model.days)):
            c = compile_model(r.model.of_day(i))
            fast = kernel.simulate(c, 1, i)
            assert same(fast, reference.simulate(c, 1, i))
            assert violations(fast) == []


@pytest.mark.parametrize("lines", ["counter", "station"])
def test_the_logged_days_keep_the_laws_of_conservation(lines: str) -> None:
    for seed in range(6):
        r = replay.build(random_log(seed), Settings(lines=lines))
        assert [violations(day) for day in r.observed] == [[], []]


def test_who_is_called_on_joining_goes_before_those_who_wait() -> None:
    # at 9:05 the counter is free, and takes the ticket that is just drawn (a transfer, say), not the waiting one
    legs = [leg(0, 0, 5), leg(1, 8, 10, visit=1), leg(5, 5, 8, visit=2)]
    found = waits(replay.build(table(legs), Settings(order="observed")))
    assert found["simulated_wait_min"].tolist() == [0.0, 7.0, 0.0]


def test_who_is_called_on_joining_stands_in_line_then_in_every_order() -> None:
    # at 9:05 B becomes free, as the first visitor comes from A; whose ticket is the earliest is called first
    legs = [
        leg(0, 0, 5, "A", outcome="transferred"),
        leg(1, 1, 5, "B", visit=1),
        leg(2, 8, 10, "B", visit=2),
        leg(5, 5, 8, "B", step=1, arrive=0),
    ]
    for order, expected in (("ticket", [0, 0, 6, 0]), ("line", [0, 0, 3, 2])):
        found = waits(replay.build(table(legs), Settings(order=order)))
        assert found.sort_values("row")["simulated_wait_min"].tolist() == expected


def test_tickets_of_one_instant_are_called_as_logged() -> None:
    legs = [leg(0, 6, 9), leg(0, 3, 6, visit=1), leg(0, 0, 3, visit=2)]
    found = waits(replay.build(table(legs), Settings(order="observed")))
    assert found["simulated_wait_min"].tolist() == [0.0, 3.0, 6.0]
    assert found["row"].tolist() == [2, 1, 0]


def test_a_ticket_called_in_vain_is_no_part_of_the_service_before_it() -> None:
    # at 9:05 the same visitor's next ticket is called at the same counter, and nobody comes
    legs = [
        leg(0, 0, 5, visit_outcome=None),
        leg(5, 5, 6, step=1, arrive=0, outcome="skipped", visit_outcome="gave_up"),
        leg(1, 6, 9, visit=1, visit_outcome="served"),
    ]
    found = waits(replay.build(table(legs), Settings(order="observed"))).sort_values("row")
    assert found["observed_wait_min"].tolist() == [0.0, 5.0]
    assert found["simulated_wait_min"].tolist() == [0.0, 5.0]


def test_a_last_service_of_no_time_does_not_bring_in_who_was_left_waiting() -> None:
    # nobody knows the counters; the first ticket still waits at 9:30, when the doors have long been closed
    legs = [leg(0, None, 30, outcome="closed_out"), leg(5, 8, 8, None, visit=1)]
    found = waits(replay.build(table(legs), Settings(order="observed", lines="station")))
    assert found["simulated_wait_min"].tolist() == [30.0, 3.0]


# --- other orders ------------------------------------------------------------------------------------------

TRANSFER = [
    leg(0, 0, 2, "A", visit=0, outcome="transferred"),
    leg(1, 1, 9, "B", visit=1),
    leg(1.5, 15, 18, "B", visit=2),
    leg(2, 9, 15, "B", visit=0, step=1, arrive=0),
]
"""The first visitor is sent on to B at 9:02, where another has been waiting since 9:01:30."""


@pytest.mark.parametrize(
    ("order", "waiting_one", "transferred_one"), [("ticket", 15, 9), ("line", 9, 12), ("observed", 15, 9)]
)
def test_a_transferred_customer_keeps_the_place_of_his_ticket(
    order: str, waiting_one: float, transferred_one: float
) -> None:
    # their services take 3 and 6 minutes, and B is free at 9:09
    r = replay.build(table(TRANSFER), Settings(order=order))
    days = simulated(r.model)
    found = dict(zip(r.tickets(days)["row"], starts(days)[0], strict=True))
    assert (found[2], found[3]) == (waiting_one, transferred_one)


def test_who_came_first_but_drew_his_ticket_later_is_called_later() -> None:
    legs = [leg(0, 0, 5), leg(1, 5, 8, visit=1), leg(2, 8, 9, visit=2, arrive=0.5)]
    assert starts(simulated(replay.build(table(legs)).model)) == [[0.0, 5.0, 8.0]]


def test_priorities_of_the_log_hold_in_every_order_but_its_own() -> None:
    vip, other = {"ticket_class": "V", "priority": 0}, {"ticket_class": "Z", "priority": 1}
    legs = [leg(0, 0, 5, **other), leg(1, 5, 8, visit=1, **other), leg(2, 8, 9, visit=2, **vip)]
    for order, expected in (("line", [0.0, 6.0, 5.0]), ("ticket", [0.0, 6.0, 5.0]), ("observed", [0.0, 5.0, 8.0])):
        assert starts(simulated(replay.build(table(legs), Settings(order=order)).model)) == [expected]


def test_any_counter_of_the_station_takes_the_next() -> None:
    legs = [leg(0, 0, 9, "A"), leg(0, 0, 2, "B", visit=1), leg(1, 9, 12, "A", visit=2), leg(3, 3, 4, "B", visit=3)]
    by_counter = replay.build(table(legs), Settings(order="line"))
    pooled = replay.build(table(legs), Settings(order="line", lines="station"))
    assert by_counter.settings.lines == "counter"
    assert starts(simulated(by_counter.model)) == [[0.0, 0.0, 9.0, 3.0]]
    # B is turning around until 9:03, takes the third, and leaves after it: in the log it was last seen at 9:04
    assert starts(simulated(pooled.model)) == [[0.0, 0.0, 3.0, 9.0]]


# --- which legs --------------------------------------------------------------------------------------------


def test_who_gave_up_waits_as_long_as_he_did() -> None:
    legs = [leg(0, 0, 20), leg(1, None, 8, visit=1), leg(2, 20, 22, visit=2)]
    r = replay.build(table(legs), Settings(order="line", lines="station"))
    (day,) = simulated(r.model)
    assert starts([day]) == [[0.0, None, 20.0]]
    assert waits(r)["simulated_wait_min"].tolist() == [0.0, 7.0, 18.0]


def test_who_was_moved_to_another_station_left_the_line_then() -> None:
    legs = [leg(0, 0, 9), leg(1, None, 4, visit=1, outcome="moved"), leg(4, 9, 12, visit=1, step=1)]
    r = replay.build(table(legs), Settings(lines="station"))
    assert (r.n_legs, r.left_out) == (3, {})
    assert starts(simulated(r.model)) == [[0.0, None, 9.0]]
    assert [violations(day) for day in r.observed] == [[]]


def test_a_no_show_waited_until_the_call() -> None:
    legs = [leg(0, 0, 20), leg(1, 20, 21, visit=1, outcome="no_show"), leg(2, 21, 22, visit=2)]
    r = replay.build(table(legs), Settings(order="observed", lines="station"))
    assert waits(r)["observed_wait_min"].tolist() == [0.0, 19.0, 19.0]
    assert measure(r, r.observed).estimate("abandonment").value == pytest.approx(1 / 3)
    assert starts(simulated(r.model)) == [[0.0, None, 21.0]]


def test_who_has_no_place_before_a_counter_is_left_out_and_counted() -> None:
    legs = [
        leg(0, 0, 5),
        leg(1, None, 8, visit=1),
        leg(2, 5, 7, None, visit=2),
        {**leg(3, None, 3, visit=3), "t_ticket": pd.NA, "outcome": "balked"},
    ]
    by_counter = replay.build(table(legs), Settings(lines="counter"))
    assert by_counter.left_out == {"never_joined": 1, "gave_up": 1, "no_counter": 1}
    assert by_counter.n_legs == 1
    pooled = replay.build(table(legs))
    assert (pooled.settings.lines, pooled.left_out, pooled.n_legs) == ("station", {"never_joined": 1}, 3)


def test_a_log_without_counters_gets_as_many_as_were_busy_at_once() -> None:
    # at 9:04 one service ends as another begins: two at once, not three
    legs = [leg(0, 0, 4, None), leg(1, 1, 5, None, visit=1), leg(4, 4, 9, None, visit=2), leg(4, 6, 7, None, visit=3)]
    r = replay.build(table([*legs, leg(0, 0, 3, None, day="2024-03-06")]), Settings(order="line"))
    assert r.servers_found == {"desk": 2}
    assert starts(simulated(r.model)) == [[0.0, 1.0, 4.0, 5.0], [0.0]]
    assert "Servers at desk, the most that the log has busy at once: 2." in run(r).table()


def test_servers_without_names_are_away_while_somebody_waits_in_vain_after_the_last_service() -> None:
    # at 9:06 both are done, but nobody calls the third, who gives up at 9:09
    legs = [leg(0, 0, 6, None), leg(1, 1, 6, None, visit=1), leg(3, None, 9, visit=2)]
    for order in ("observed", "line"):
        r = replay.build(table(legs), Settings(order=order))
        assert r.servers_found == {"desk": 2}
        assert waits(r)["simulated_wait_min"].tolist() == [0.0, 0.0, 6.0]
        assert [n for _, n in r.model.days[0].levels[0]] == [2, 0, 2]


def test_who_served_stands_for_a_counter_without_name() -> None:
    legs = [leg(0, 0, 5, None, staff="ann"), leg(1, 5, 8, None, visit=1, staff="ann")]
    assert replay.build(table(legs)).settings.lines == "station"
    by_person = replay.build(table(legs), Settings(lines="counter"))
    assert [s.name for s in by_person.model.stations] == ["ann"]
    assert starts(simulated(by_person.model)) == [[0.0, 5.0]]


def test_the_call_takes_the_counter_not_the_start() -> None:
    legs = [
        leg(0, 0, 5),
        leg(1, 5, 9, visit=1, t_start=pd.NA),
        {**leg(2, 9, 12, visit=2), "t_start": (549 + 1) * MINUTE},
    ]
    r = replay.build(table(legs), Settings(order="observed"))
    assert starts(simulated(r.model)) == [[0.0, 5.0, 9.0]]


def test_a_service_that_began_before_its_call_takes_as_long_from_the_call_on() -> None:
    # the machine of a call centre: the service is written a minute before the call ends the wait
    odd = {**leg(1, 5, 4.5, visit=1), "t_start": (9 * 60 + 4) * MINUTE}
    r = replay.build(table([leg(0, 0, 5), odd, leg(2, 5.5, 7, visit=2)]), Settings(order="observed"))
    assert starts(simulated(r.model)) == [[0.0, 5.0, 5.5]]
    assert (r.observed[0].rows[1, ROW_END] - r.observed[0].rows[1, ROW_CALL]) / MINUTE == 0.5
    assert (r.cut, violations(r.observed[0])) == (0, [])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"t_ticket": pd.NA}, "row 2 (2024-03-05 ticket A7) has no ticket time"),
        ({"t_end": pd.NA}, "row 2 (2024-03-05 ticket A7 of 09:01:00) has no end time"),
        ({"t_call_last": pd.NA, "t_start": pd.NA}, "was served but has neither call nor start time"),
        ({"t_ticket": 560 * MINUTE}, "row 2 (2024-03-05 ticket A7 of 09:20:00) was called before the ticket was drawn"),
        ({"t_end": 541 * MINUTE}, "row 2 (2024-03-05 ticket A7 of 09:01:00) ends before it begins"),
        ({"t_end": 2**62}, "ends more than a week after the midnight of its day"),
    ],
)
def test_times_that_cannot_be_are_an_error_that_names_the_row(changes: dict[str, object], message: str) -> None:
    legs = [leg(0, 0, 5), {**leg(1, 5, 8, visit=1, ticket_no="A7"), **changes}]
    with pytest.raises(LogError) as caught:
        replay.build(table(legs))
    assert str(caught.value).startswith("a leg has times that cannot be: row 2")
    assert message in str(caught.value)


def test_many_wrong_rows_are_a_number_and_the_first_five() -> None:
    with pytest.raises(LogError, match=r"^7 legs have times .*: row 1 .*; row 5 [^;]*; and 2 more$"):
        replay.build(table([leg(5, 0, 8, visit=i) for i in range(7)]))


@pytest.mark.parametrize(
    ("legs", "settings", "error", "message"),
    [
        ([leg(0, 0, 5), {**leg(0, 0, 5), "hall": "B"}], {}, LogError, "2 halls (Log hall, B); re-enact one"),
        ([{**leg(0, None, 0), "t_ticket": pd.NA, "outcome": "blocked"}], {}, LogError, "nobody in the log joined"),
        ([leg(0, None, 5), leg(0, 0, 5, None)], {"lines": "counter"}, UsageError, "names no counter"),
        ([leg(0, 0, 5)], {"order": "lines"}, UsageError, "'lines' is not an order of calls; known: ticket, line, obs"),
        ([leg(0, 0, 5)], {"lines": "desk"}, UsageError, "'desk' is not a kind of lines; known: counter, station"),
        ([leg(0, 0, 5)], {"longest_service": 0}, UsageError, "longest_service is above 0"),
        (
            [leg(0, 0, 5)],
            {"days": ("2024-03-06",)},
            UsageError,
            "2024-03-06 is not a day of the log; it has 1, 2024-03-05 to 2024-03-05 (did you mean 2024-03-05?)",
        ),
    ],
)
def test_what_cannot_be_re_enacted_is_refused(
    legs: list[dict[str, object]], settings: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as caught:
        replay.build(table(legs), Settings(**settings))  # type: ignore[arg-type]
    assert message in str(caught.value)


def test_an_empty_table_has_nothing_to_re_enact() -> None:
    with pytest.raises(LogError, match="nobody in the log joined a line"):
        replay.build(table([leg(0, 0, 5)]).iloc[:0])


# --- days --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def three_days() -> Replay:
    """Return a replay of one leg on the 4th, nobody who can be placed on the 5th, three legs on the 6th."""
    legs = [
        leg(10, 10, 15, "2", day="2024-03-04"),
        leg(3, None, 9, day="2024-03-05"),
        leg(0, 0, 5, day="2024-03-06"),
        leg(1, 5, 9, day="2024-03-06", visit=1),
        leg(2, 9, 12, day="2024-03-06", visit=2),
    ]
    return replay.build(table(legs), Settings(lines="counter"))


def test_a_day_may_have_one_leg_or_nobody(three_days: Replay) -> None:
    assert [day.date for day in three_days.model.days] == ["2024-03-04", "2024-03-05", "2024-03-06"]
    assert starts(simulated(three_days.model)) == [[10.0], [], [0.0, 5.0, 9.0]]
    assert starts(three_days.observed) == [[10.0], [], [0.0, 5.0, 9.0]]
    assert run(three_days).estimate("visits").value == pytest.approx(4 / 3)


def test_only_the_days_asked_for_are_re_enacted(three_days: Replay) -> None:
    settings = Settings(lines="counter", days=("2024-03-06", "2024-03-04"))
    r = replay.build(three_days.visits, settings)
    assert [day.date for day in r.model.days] == ["2024-03-04", "2024-03-06"]
    assert r.left_out == {}


def test_a_day_without_date_is_a_replication() -> None:
    log = random_log(2)
    r = replay.build(log)
    assert [day.date for day in r.model.days] == ["", ""]
    one = replay.build(log.assign(replication=pd.array([pd.NA] * len(log), dtype="Int64")))
    assert len(one.model.days) == 1


def test_replications_are_the_days_and_no_more(three_days: Replay) -> None:
    assert run(three_days).replications == 3
    assert run(three_days, replications=2).replications == 2
    for more in (lambda: run(three_days, replications=4), lambda: list(hs.replicate(three_days, 4))):
        with pytest.raises(
            UsageError, match=r"^4 days are wanted, but the log has 3 days, and each is one replication$"
        ):
            more()
    with pytest.raises(UsageError, match="days 2 to 3 are wanted, but the log has 3 days"):
        list(hs.replicate(three_days, 2, first=2))
    with pytest.raises(UsageError, match="there is no day 3; the log has 3, numbered from 0"):
        hs.trace(three_days, replication=3)


def test_day_i_is_replication_i_wherever_one_begins(three_days: Replay) -> None:
    logs = list(hs.replicate(three_days))
    assert all(same(a, b) for a, b in zip(logs, simulated(three_days.model), strict=True))
    assert same(next(hs.replicate(three_days, 1, first=2)), logs[2])
    assert hs.trace(three_days, replication=2).equal


def test_visits_of_a_re_enacted_day_have_its_date(three_days: Replay) -> None:
    log = next(hs.replicate(three_days, 1, first=2))
    assert set(hs.visits(three_days, log, replication=2)["date"]) == {pd.Timestamp("2024-03-06")}


def test_the_number_of_threads_changes_no_bit_of_a_replay() -> None:
    r = replay.build(log_of(hs.load("scenarios/standard_hall.yaml").model, 12), Settings(lines="station"))
    one, two, slow = (run(r, **how) for how in ({"jobs": 1}, {"jobs": 2}, {"engine": "reference"}))
    for other in (two, slow, run(r.model, jobs=2)):
        assert all(np.array_equal(x, y) for x, y in zip(one.moments, other.moments, strict=True))
        assert np.array_equal(one.histogram, other.histogram)
    assert one.to_json() == two.to_json()


# --- the log beside the simulation -------------------------------------------------------------------------


def test_a_log_is_measured_by_the_reducers_of_simulations() -> None:
    r = replay.build(random_log(7), Settings(order="observed", lines="station", longest_service=FOR_EVER))
    results = run(r, keep_log=True)
    again = measure(r.model, results.logs or [])
    assert all(np.array_equal(x, y) for x, y in zip(results.moments, again.moments, strict=True))
    assert np.array_equal(results.days, again.days, equal_nan=True)
    assert (again.engine, again.seed, again.replications) == ("log", None, 2)
    observed = results.observed
    assert observed is not None
    direct = r.visits[r.visits["t_ticket"].notna()]
    left = direct["t_call_last"].fillna(direct["t_end"])
    wait = (left - direct["t_ticket"]).mean() / MINUTE
    # hall figures are those of all stations here: every station of a log counts as one with counters
    assert observed.estimate("mean_wait").value == pytest.approx(wait, rel=1e-12)
    assert observed.estimate("joined").value == len(direct) / 2


def test_nothing_stands_beside_a_hall_that_re_enacts_no_log(small_hall: object) -> None:
    results = run(hs.load(small_hall), 2)  # type: ignore[arg-type]
    assert results.observed is None
    assert results.comparison is None
    assert "Log beside" not in results.table()


def test_the_comparison_is_what_the_tickets_say() -> None:
    r = replay.build(table(TRANSFER), Settings(order="line"))
    found = waits(r)
    comparison = run(r).comparison
    assert comparison is not None
    seen, made = found["observed_wait_min"], found["simulated_wait_min"]
    assert comparison.legs == len(found)
    assert comparison.observed_mean_min == pytest.approx(seen.mean())
    assert comparison.difference == pytest.approx(made.mean() / seen.mean() - 1)
    assert comparison.correlation == pytest.approx(np.corrcoef(seen, made)[0, 1])
    assert comparison.out_of_order == found["out_of_order"].mean() == 0.25


def test_points_are_the_shortest_waits_that_so_many_do_not_exceed() -> None:
    legs = [leg(i, i + i + 1, i + i + 1.5, visit=i) for i in range(10)]
    comparison = run(replay.build(table(legs), Settings(order="observed"))).comparison
    assert comparison is not None
    assert comparison.observed_points_min == pytest.approx((5.0, 8.0, 9.0, 10.0))


def test_calls_out_of_order_are_those_that_passed_an_earlier_ticket() -> None:
    legs = [leg(0, 0, 5), leg(1, 8, 9, visit=1), leg(2, 5, 8, visit=2), leg(2, 9, 10, visit=3), leg(2, 10, 11, visit=4)]
    found = waits(replay.build(table(legs)))
    assert found.set_index("row")["out_of_order"].sort_index().tolist() == [False, False, True, False, False]


def test_logs_of_other_customers_cannot_be_compared() -> None:
    a, b = (replay.build(random_log(seed)) for seed in (2, 4))
    with pytest.raises(UsageError, match=r"day 0: \d+ logged tickets stand beside \d+ simulated ones"):
        replay.compare(a.observed, b.observed)
    with pytest.raises(UsageError, match="2 logged days stand beside 1 simulated ones"):
        replay.compare(a.observed, a.observed[:1])
    assert len(replay.compare([], [])) == 0


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_table_tells_how_log_and_simulation_differ(lang: str) -> None:
    legs = [leg(0, 0, 5), leg(1, 8, 200, visit=1), leg(2, 5, 8, visit=2), leg(3, None, 4, visit=3)]
    r = replay.build(table(legs), Settings(lines="counter"))
    text = run(r).table(lang)
    assert max(display_width(line) for line in text.splitlines()) <= 80
    joined = "".join(text.split())
    for part in {
        "en": (
            "33%ofthecallspassedsomebodywhowaswaitinglonger",
            "whosecounterisnotknown(1).",
            "Servicesshortened:1,ofwhich1",
        ),
        "zh": ("33%越过了同一台席前更早等候的客户", "未回放：1个弃号", "截短的办理：1次"),
    }[lang]:
        assert part in joined
    in_order = run(replay.build(table(legs), Settings(order="observed", lines="counter"))).table(lang)
    assert {"en": "passed somebody", "zh": "更早等候"}[lang] not in in_order


def test_the_figures_of_a_log_are_a_table_of_their_own(three_days: Replay) -> None:
    observed = run(three_days).observed
    assert observed is not None
    assert observed.table().splitlines()[0] == "Log hall · 3 days of the log"
    assert observed.table("zh").splitlines()[0] == "Log hall · 实际记录 3 天"
    assert observed.provenance["seed"] is None


# --- names -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lines", ["counter", "station"])
def test_names_may_be_any_text(lines: str) -> None:
    legs = []
    for i, name in enumerate(HOSTILE):
        other = HOSTILE[i - 1]
        more = {"station": name, "ticket_class": other, "segment": name, "transaction": other, "ticket_no": name}
        legs += [leg(i, i, i + 1, "1", visit=2 * i, **more), leg(i, i + 1, i + 2, "1", visit=2 * i + 1, **more)]
    r = replay.build(table(legs), Settings(lines=lines))
    names = [station.name for station in r.model.stations]
    assert len(set(names)) == len(HOSTILE)
    results = run(r)
    keys = [(e.kpi.name, e.scope, e.item, e.hour, e.within_min) for e in results.estimates()]
    assert len(set(keys)) == len(keys)
    for lang in ("en", "zh"):
        lines_of_text = results.table(lang).splitlines()
        assert max(display_width(line) for line in lines_of_text) <= 80
    assert sum(results.estimate("joined", "station", name).value for name in names) == 2 * len(HOSTILE)
    log = next(hs.replicate(r))
    assert set(hs.visits(r, log)["segment"]) == set(HOSTILE)


def test_counters_of_one_name_at_two_stations_are_two() -> None:
    legs = [
        leg(0, 0, 9, "1", station="a"),
        leg(1, 1, 3, "1", visit=1, station="b"),
        leg(1, 3, 5, "2", visit=2, station="b"),
    ]
    model = replay.build(table(legs), Settings(order="observed")).model
    assert [station.name for station in model.stations] == ["a / 1", "b / 1", "2"]


def test_counters_are_in_the_order_of_their_numbers() -> None:
    legs = [leg(i, i, i + 1, f"Desk {n}", visit=i) for i, n in enumerate((10, 2, 1))]
    assert [s.name for s in replay.build(table(legs)).model.stations] == ["Desk 1", "Desk 2", "Desk 10"]


def test_more_combinations_than_the_buffer_has_room_for_are_refused() -> None:
    legs = [leg(0, 0, 1, str(i), visit=i, segment=str(i)) for i in range(1500)]
    with pytest.raises(LogError, match=r"2250000 combinations of customers and queues; at most 2000000"):
        replay.build(table(legs))


def test_a_model_with_days_has_its_days_and_nothing_else(three_days: Replay) -> None:
    model: Model = three_days.model
    assert replace(model, days=()).of_day(7) == replace(model, days=())
    with pytest.raises(IndexError, match="day 3 of 3"):
        model.of_day(3)
    assert all(day.close <= model.close for day in model.days)
    assert visits.names(model.of_day(0)).servers == visits.names(model).servers


TWO_CLASSES = [
    leg(0, 0, 10, ticket_class="A"),
    leg(1, 20, 30, visit=1, ticket_class="A"),
    leg(2, 10, 20, visit=2, ticket_class="V"),
]


def test_classes_named_by_priority_are_called_first() -> None:
    plain, ranked = (
        replay.build(table(TWO_CLASSES), Settings(lines="station", priority=p)).model for p in ((), ("V",))
    )
    assert starts(simulated(plain)) == [[0, 10, 20]]
    assert starts(simulated(ranked)) == [[0, 20, 10]]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (Settings(priority=("W",)), "'W' is not a ticket class of the log; known: A, V"),
        (Settings(priority=("V",), order="observed"), "has no place beside order: observed"),
    ],
    ids=["unknown", "observed"],
)
def test_a_priority_that_the_log_cannot_follow_is_an_error(settings: Settings, message: str) -> None:
    with pytest.raises(replay.SettingError, match=message) as raised:
        replay.build(table(TWO_CLASSES), settings)
    assert raised.value.key == "priority"


def test_whoever_passes_another_class_before_the_same_counters_is_out_of_order() -> None:
    r = replay.build(table(TWO_CLASSES), Settings(lines="station", order="observed"))
    assert waits(r).set_index("row")["out_of_order"].sort_index().tolist() == [False, False, True]
