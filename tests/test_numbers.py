"""Literal traces of rule 32, on both engines: numbers that stay when their holders leave. As in test_semantics."""

from typing import Any

from tests.test_semantics import both, duty, hall, trace

COMING = ["09:00", "09:01", "09:02"]


def desk(time: str = "10 min", **more: Any) -> dict[str, Any]:
    return {"servers": 1, "time": time, "numbers": {"call_time": "2 min"}, **more}


def test_rule_32_a_silent_leavers_number_is_called_and_costs_time() -> None:
    patience = {"a": "5 min", "rest": "never"}
    scenario = hall([], {"desk": desk(patience=patience)}, segments={"a": "50 %", "b": "rest"})
    scenario["arrivals"] = {
        "b": {"times": ["09:00", "09:02"], "segments": {"b": "100 %"}},
        "a": {"times": ["09:01"], "segments": {"a": "100 %"}},
    }
    assert trace(scenario) == [
        (1, "desk", 1, None, 6, None, "reneged"),
        (0, "desk", 0, 0, 10, "desk 1", "served"),
        (2, "desk", 2, 12, 22, "desk 1", "served"),
    ]
    assert duty(scenario) == [("desk 1", "calling", 10, 12), ("desk 1", "duty", 0, 60)]


def test_rule_32_absent_numbers_are_skipped_in_no_time_without_a_call_time() -> None:
    numbers: dict[str, Any] = {"most": 9}
    scenario = hall([*COMING, "09:09"], {"desk": desk(patience="5 min", numbers=numbers)})
    assert trace(scenario)[2:] == [
        (0, "desk", 0, 0, 10, "desk 1", "served"),
        (3, "desk", 9, 10, 20, "desk 1", "served"),
    ]
    assert len(duty(scenario)) == 1


def test_rule_32_the_number_ahead_counts_who_has_left() -> None:
    _, log = both(hall([*COMING, "09:09"], {"desk": desk(patience="5 min")}))
    assert log.rows[:, 7].tolist() == [0, 1, 0, 2]  # 1 and 2 gave up at 6 and 7; two numbers are ahead of the last


def test_rule_32_who_balks_leaves_a_number_behind() -> None:
    scenario = hall([*COMING, "09:11"], {"desk": desk(join_probability=[1, 0])})
    assert [(row[0], row[6]) for row in trace(scenario)] == [(2, "balked"), (0, "served"), (3, "balked"), (1, "served")]
    assert duty(scenario)[:2] == [("desk 1", "calling", 20, 22), ("desk 1", "calling", 22, 24)]


def test_rule_32_nobody_is_asked_to_balk_whom_a_server_takes_at_once() -> None:
    scenario = hall(COMING[:1], {"desk": desk(join_probability=[0])})
    assert [row[6] for row in trace(scenario)] == ["served"]


def test_rule_32_a_limit_on_numbers_counts_those_of_who_has_left() -> None:
    numbers = {"call_time": "2 min", "most": 2}
    scenario = hall([*COMING, "09:09", "09:13"], {"desk": desk(patience="5 min", numbers=numbers)})
    assert [(row[0], row[6]) for row in trace(scenario)] == [
        (1, "reneged"),
        (2, "reneged"),
        (3, "blocked"),
        (0, "served"),
        (4, "served"),
    ]
    # two calls from 10 to 14; who came at 13 is called then
    assert trace(scenario)[4][2:5] == (13, 14, 24)


def test_rule_32_calls_go_on_after_closing_and_keep_the_server() -> None:
    scenario = hall(COMING, {"desk": desk(patience="5 min")}, until="09:05")
    assert duty(scenario) == [
        ("desk 1", "calling", 10, 12),
        ("desk 1", "calling", 12, 14),
        ("desk 1", "duty", 0, 5),
        ("desk 1", "overtime", 5, 14),
    ]
