"""Literal traces of rule 39, on both engines: people who are absent, and people of several places."""

from typing import Any

import numpy as np
import pytest

import hallsim as hs
from hallsim.compiled import SERVER_ROW_SERVER, compile_model
from hallsim.engines import kernel
from tests.test_semantics import both, duty, hall, trace

DAYS = 4000


def calls(scenario: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return (customer, station, called, ended, server) in the order in which they ended."""
    return [(row[0], row[1], row[3], row[4], row[5]) for row in trace(scenario)]


def present(people: list[dict[str, Any]], days: int = DAYS) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return who is there on which day: bool[day, server]."""
    scenario = hall(["09:00"], {"desk": {"servers": people, "time": "1 min"}}, until="09:10")
    c = compile_model(hs.load(scenario).model)
    found = np.zeros((days, len(people)), dtype=bool)
    for day in range(days):
        found[day, kernel.simulate(c, 7, day).server_rows[:, SERVER_ROW_SERVER]] = True
    return found


def test_rule_39_an_absent_server_is_not_on_duty() -> None:
    people = [{"name": "Li", "absent": "100 %"}, {"name": "Wang"}]
    scenario = hall(["09:00", "09:01"], {"desk": {"servers": people, "time": "10 min"}})
    assert [row[4] for row in calls(scenario)] == ["Wang", "Wang"]
    assert duty(scenario) == [("Wang", "duty", 0, 60)]


def test_rule_39_the_station_s_absence_holds_for_all_who_have_none_of_their_own() -> None:
    people = [{"name": "Li", "absent": "0 %"}, {"name": "Wang"}]
    scenario = hall(["09:00"], {"desk": {"servers": people, "time": "10 min", "absent": "100 %"}})
    assert [row[0] for row in duty(scenario)] == ["Li"]


def test_the_number_of_absent_people_is_binomial() -> None:
    p, n = 0.2, 6
    there = present([{"name": f"person {i}", "absent": "20 %"} for i in range(n)])
    away = n - there.sum(axis=1)
    variance = n * p * (1 - p)
    fourth = variance * (1 + 3 * (n - 2) * p * (1 - p))
    moments = ((away.mean(), n * p, variance), (((away - n * p) ** 2).mean(), variance, fourth - variance**2))
    for found, value, spread in moments:
        assert abs(found - value) < 3.3 * np.sqrt(spread / DAYS)


def test_somebody_more_changes_nobody_else_s_absences() -> None:
    people = [{"name": f"person {i}", "absent": "40 %"} for i in range(4)]
    before = present(people, 200)
    after = present([{"name": "new", "absent": "40 %"}, *people], 200)
    assert (before == after[:, 1:]).all()
    assert not before.all()


def roles(first: str, second: str) -> dict[str, Any]:
    """Return a counter at which Li works until 09:12 or so, and a greeter at which he works from then on."""
    li = {"name": "Li", "person": "Li"}
    return {
        "counter": {"servers": [{**li, "shifts": [first]}], "time": "10 min"},
        "greeter": {"servers": [{**li, "shifts": [second]}], "time": "1 min"},
    }


ENTRY = {"general": "counter", "quick": "greeter"}


def two_kinds(general: list[str], quick: list[str]) -> dict[str, Any]:
    return {
        "segments": {"general": "50 %", "quick": "rest"},
        "arrivals": {
            "a": {"times": general, "segments": {"general": "all"}},
            "b": {"times": quick, "segments": {"quick": "all"}},
        },
        "entry": ENTRY,
    }


def test_rule_39_a_person_comes_to_his_next_place_when_he_has_finished_at_the_first() -> None:
    scenario = hall([], roles("09:00-09:12", "09:12-10:00")) | two_kinds(["09:05"], ["09:06"])
    assert calls(scenario) == [(0, "counter", 5, 15, "Li"), (1, "greeter", 15, 16, "Li")]
    assert duty(scenario) == [("Li", "duty", 0, 12), ("Li", "overtime", 12, 15), ("Li", "duty", 15, 60)]


def test_rule_39_a_person_who_is_idle_comes_at_once() -> None:
    scenario = hall([], roles("09:00-09:12", "09:12-10:00")) | two_kinds(["09:00"], ["09:06"])
    assert calls(scenario)[1] == (1, "greeter", 12, 13, "Li")


def test_rule_39_a_person_who_finishes_after_that_shift_does_not_come() -> None:
    scenario = hall([], roles("09:00-09:12", "09:12-09:14")) | two_kinds(["09:05"], ["09:06"])
    assert calls(scenario)[-1][:2] == (1, "greeter")
    assert calls(scenario)[-1][4] is None


def test_rule_39_a_person_is_absent_everywhere_or_nowhere() -> None:
    stations = roles("09:00-09:12", "09:12-10:00")
    for station in stations.values():
        station["servers"][0]["absent"] = "50 %"
    model = hs.load(hall([], stations) | two_kinds(["09:00"], ["09:20"])).model
    places = [len(both(model, seed)[1].server_rows) for seed in range(20)]
    assert set(places) == {0, 2}


@pytest.mark.parametrize("second", ["09:05-10:00", "09:11-10:00"])
def test_nobody_is_at_two_places_at_once(second: str) -> None:
    with pytest.raises(hs.ScenarioError, match="nobody is at two places at once"):
        hs.load(hall([], roles("09:00-09:12", second)) | two_kinds(["09:00"], ["09:20"]))
