"""Customers of logged days who visit the hall that a scenario describes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import hallsim as hs
from hallsim import visits
from hallsim.compiled import compile_model
from hallsim.engines import kernel, reference
from hallsim.errors import UsageError
from hallsim.rows import unpack
from hallsim.scenario import Scenario, load
from tests.logged_days import leg, log_of, starts, table
from tests.test_engines import same

LEGS = [
    leg(0, 0, 5, day="2024-03-04", transaction="card"),
    leg(5, 6, 8, day="2024-03-04", transaction="card", step=1, arrive=0),
    leg(3, 5, 8, day="2024-03-04", visit=1, transaction="payment"),
    leg(-5, 0, 1, day="2024-03-05", transaction="card"),
    leg(20, None, 22, day="2024-03-06", transaction="payment"),
]


def hall(folder: Path, **changes: Any) -> Scenario:
    """Return a hall with two counters, one log and whatever else is given."""
    visits.save(table(LEGS), folder / "log.parquet")
    return load(
        {
            "open": "09:00-10:00",
            "transactions": {"payment": "50 %", "card": "50 %"},
            "arrivals": {"log": str(folder / "log.parquet")},
            "stations": {"counter": {"servers": 1, "time": {"payment": "2 min", "card": "9 min"}}},
            **changes,
        }
    )


def test_the_customers_of_each_day_come_once_and_for_what_they_came(tmp_path: Path) -> None:
    days = list(hs.replicate(hall(tmp_path)))
    assert starts(days) == [[0.0, 9.0], [], [20.0]]
    assert hs.visits(hall(tmp_path), days[0])["transaction"].tolist() == ["card", "payment"]
    assert [str(d.date()) for d in hs.visits(hall(tmp_path), days[2], replication=2)["date"]] == ["2024-03-06"]


def test_who_comes_while_the_doors_are_closed_is_left_out_with_a_warning(tmp_path: Path) -> None:
    (warning,) = hall(tmp_path).warnings
    assert warning.path == "arrivals.log"
    assert warning.message == "1 customer comes while the doors are closed, the first at 08:55; left out"


def test_each_logged_day_is_one_replication(tmp_path: Path) -> None:
    results = hs.run(hall(tmp_path))
    assert results.replications == 3
    assert results.observed is None
    with pytest.raises(UsageError, match="4 days are wanted, but the log has 3 days"):
        hs.run(hall(tmp_path), 4)


def test_the_hall_stays_the_scenarios_own(tmp_path: Path) -> None:
    more = hall(tmp_path).change("stations.counter.servers", 2)
    assert starts(hs.replicate(more))[0] == [0.0, 3.0]  # type: ignore[arg-type]


def test_other_streams_come_beside_the_log_and_are_drawn_anew_every_day(tmp_path: Path) -> None:
    both = hall(tmp_path, arrivals={"logged": {"log": str(tmp_path / "log.parquet")}, "walk_in": {"rate": "30/h"}})
    logs = list(hs.replicate(both))
    sources = [unpack(log.rows).source for log in logs]
    assert [int((source == 0).sum()) for source in sources] == [2, 0, 1]
    assert len({int((source == 1).sum()) for source in sources}) > 1


def test_what_the_log_does_not_tell_is_drawn_from_the_mix(tmp_path: Path) -> None:
    legs = [leg(i, i, i + 1, visit=i, counter=None) for i in range(50)]
    visits.save(table(legs), tmp_path / "nameless.parquet")
    model = hall(tmp_path, arrivals={"log": str(tmp_path / "nameless.parquet")}).model
    assert set(model.days[0].sources[0].table_types) == {-1}
    (log,) = hs.replicate(model)
    assert set(unpack(log.rows).type) == {0, 1}


def test_a_hall_of_one_transaction_takes_everybody_for_it(tmp_path: Path) -> None:
    one = {"stations": {"counter": {"servers": 1, "time": "4 min"}}, "transactions": {"review": "100 %"}}
    assert starts(list(hs.replicate(hall(tmp_path, **one)))) == [[0.0, 4.0], [], [20.0]]


def test_the_days_of_a_simulated_hall_come_back_to_it(tmp_path: Path) -> None:
    standard = load("scenarios/standard_hall.yaml")
    log = log_of(standard.model, 3)
    visits.save(log, tmp_path / "days.parquet")
    data = standard.to_mapping() | {"arrivals": {"log": str(tmp_path / "days.parquet")}}
    again = load(data)
    assert [c for c in again.warnings if c.path.startswith("arrivals")] == []
    came = log.drop_duplicates(["replication", "visit"])
    for i, day in enumerate(hs.replicate(again)):
        c = compile_model(again.model.of_day(i))
        assert same(day, kernel.simulate(c, 1, i))
        assert same(day, reference.simulate(c, 1, i))
        found = hs.visits(again, day, replication=i).drop_duplicates("visit")
        expected = came[came["replication"] == i]
        for column in ("t_arrive", "transaction", "segment"):
            assert found[column].tolist() == expected[column].tolist()


def test_the_hash_covers_the_log(tmp_path: Path) -> None:
    first = hall(tmp_path)
    assert hall(tmp_path).hash == first.hash
    visits.save(table(LEGS[:3]), tmp_path / "log.parquet")
    assert load(first.to_mapping()).hash != first.hash


def test_planners_are_warned_of_the_busiest_day(tmp_path: Path) -> None:
    legs = [leg(i, i, i + 1, day=day, visit=i) for day, n in (("2024-03-04", 2), ("2024-03-05", 59)) for i in range(n)]
    visits.save(table(legs), tmp_path / "busy.parquet")
    messages = [w.message for w in hall(tmp_path, arrivals={"log": str(tmp_path / "busy.parquet")}).warnings]
    assert any(m.startswith("more work than servers: 09:00-10:00 needs 5.4, has 1") for m in messages)
