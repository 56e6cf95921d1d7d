"""Types of day: drawn by shares or by a calendar (semantics 23)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hallsim as hs
from hallsim.compiled import Log, compile_model
from hallsim.day_types import kinds_of_days
from hallsim.engines import kernel
from hallsim.errors import UsageError
from hallsim.scenario import Scenario, check, load
from tests.test_engines import assert_same, same
from tests.test_semantics import trace

TYPES: dict[str, Any] = {
    "weekday": {"share": "70 %"},
    "month_end": {"share": "20 %", "demand": 2},
    "payment_peak": {"share": "rest", "arrivals": {"walk_in": {"transactions": {"payment": "90 %", "plan": "rest"}}}},
}


def hall(**changes: Any) -> Scenario:
    """Return a hall with three types of day."""
    return load(
        {
            "open": "09:00-12:00",
            "transactions": {"payment": "50 %", "plan": "rest"},
            "arrivals": {"walk_in": {"rate": "20/h"}, "tour": {"times": ["10:00"]}},
            "stations": {"counter": {"servers": 9, "time": "exponential 5 min"}},
            "day_types": TYPES,
            **changes,
        }
    )


def calendar(folder: Path, *rows: str) -> str:
    (folder / "days.csv").write_text("\n".join(["date,day_type", *rows]) + "\n", encoding="utf-8")
    return str(folder / "days.csv")


PLAIN = {name: {k: v for k, v in record.items() if k != "share"} for name, record in TYPES.items()}


def test_rule_23_the_type_of_a_day_is_a_draw_of_the_replication() -> None:
    model = hall().model
    drawn = kinds_of_days(model, 1, 0, 30)
    assert drawn == [1, 0, 1, 0, 2, *[0] * 12, 2, 0, 0, 2, 0, 0, 0, 0, 1, 0, 1, 0, 0]
    assert kinds_of_days(model, 1, 17, 30) == drawn[17:]
    assert kinds_of_days(model, 2, 0, 30) != drawn


def test_rule_23_types_come_as_often_as_their_shares_say() -> None:
    drawn = np.bincount(kinds_of_days(hall().model, 5, 0, 20_000))
    for number, share in zip(drawn, (0.7, 0.2, 0.1), strict=True):
        assert abs(number / 20_000 - share) < 3.3 * np.sqrt(share * (1 - share) / 20_000)


def test_rule_23_a_day_of_a_type_is_a_day_like_any_other() -> None:
    model = hall().model
    for kind in range(3):
        assert_same(model.of_day(kind), 1, 4)
    for i, log in enumerate(hs.replicate(model, 6, seed=1)):
        kind = kinds_of_days(model, 1, i, i + 1)[0]
        assert log.day == kind
        assert same(log, kernel.simulate(compile_model(model.of_day(kind)), 1, i))


def test_rule_23_each_day_has_the_sources_of_its_type(tmp_path: Path) -> None:
    model = load(
        {
            "open": "09:00-10:00",
            "arrivals": {"tour": {"times": ["09:10", "09:11"]}},
            "stations": {"desk": {"servers": 1, "time": "10 min"}},
            "day_types": {"weekday": {}, "peak": {"arrivals": {"tour": {"times": ["09:05", "09:30", "09:31"]}}}},
            "calendar": calendar(tmp_path, "2024-09-02,peak", "2024-09-03,weekday"),
        }
    ).model
    first, second = (model.of_day(kind) for kind in kinds_of_days(model, 1, 0, 2))
    assert [row[2:5] for row in trace(first)] == [(5, 5, 15), (30, 30, 40), (31, 40, 50)]
    assert [row[2:5] for row in trace(second)] == [(10, 10, 20), (11, 20, 30)]


def test_rule_23_twice_the_rates_bring_the_same_customers_sooner() -> None:
    model = hall().model
    weekday, month_end = (kernel.simulate(compile_model(model.of_day(kind)), 1, 0) for kind in (0, 1))

    def served(log: Log) -> list[tuple[int, int]]:
        rows = log.rows[log.rows[:, 2] >> 40 == 0]
        rows = rows[np.argsort(rows[:, 0])]
        return [(int(row[3]) - model.open, int(row[6] - row[5])) for row in rows]

    ordinary, twice = served(weekday), served(month_end)
    assert len(twice) > len(ordinary) > 40
    for (t, service), (sooner, the_same) in zip(ordinary, twice, strict=False):
        assert (abs(t - 2 * sooner) <= 1, service) == (True, the_same)


def test_rule_23_a_calendar_says_which_day_is_which_and_begins_anew(tmp_path: Path) -> None:
    file = calendar(tmp_path, "2024-03-04,weekday", "2024-03-29,month_end", "2024-04-01,weekday")
    model = hall(day_types=PLAIN, calendar=file).model
    assert kinds_of_days(model, 1, 0, 5) == [0, 1, 0, 0, 1]
    results = hs.run(model, seed=1)
    assert results.replications == 3
    logs = list(hs.replicate(model, 5, seed=1))
    tables = [hs.visits(model, log, replication=i) for i, log in enumerate(logs)]
    assert [str(t["date"][0].date()) for t in tables] == [
        "2024-03-04",
        "2024-03-29",
        "2024-04-01",
        "2024-03-04",
        "2024-03-29",
    ]
    assert [t["day_type"][0] for t in tables] == ["weekday", "month_end", "weekday", "weekday", "month_end"]


def test_a_calendar_is_part_of_the_hash(tmp_path: Path) -> None:
    one = hall(day_types=PLAIN, calendar=calendar(tmp_path, "2024-03-04,weekday"))
    two = hall(day_types=PLAIN, calendar=calendar(tmp_path, "2024-03-04,month_end"))
    assert one.hash != two.hash
    assert any(file.endswith("days.csv") for file in one.files)


def test_any_number_of_threads_gives_the_same_results() -> None:
    one, two = (hs.run(hall(), 40, seed=3, jobs=jobs) for jobs in (1, 2))
    assert np.array_equal(one.days, two.days, equal_nan=True)
    reference = hs.run(hall(), 6, seed=3, engine="reference")
    assert np.array_equal(one.days[:6], reference.days, equal_nan=True)


def test_a_day_type_keeps_the_mix_and_the_rates_that_it_does_not_change() -> None:
    model = hall().model
    weekday, month_end, peak = (day.sources[0] for day in model.days)
    assert weekday.mix == month_end.mix == (0.5, 0.5)
    assert peak.mix == (0.9, 0.1)
    assert weekday.pieces == peak.pieces
    assert month_end.pieces[0].rate == 2 * weekday.pieces[0].rate
    assert all(day.sources[1] == model.sources[1] for day in model.days)


def test_too_little_staff_is_said_by_day_type() -> None:
    found = check({**hall(stations={"counter": {"servers": 3, "time": "5 min"}}).to_mapping()})
    (warning,) = found
    assert warning.message.startswith("month_end: more work than servers: 09:00-10:00 needs 3.3, has 3 (111 %)")


def test_a_trace_of_a_day_knows_its_type() -> None:
    model = hall().model
    text = hs.trace(model, seed=1, replication=0, engine="batch").text  # a month end
    assert text == hs.trace(model.of_day(1), seed=1, replication=0, engine="batch").text


def test_days_of_a_log_still_end_with_the_log(tmp_path: Path) -> None:
    file = calendar(tmp_path, "2024-03-04,weekday")
    assert hs.run(hall(day_types=PLAIN, calendar=file), 4).replications == 4
    with pytest.raises(UsageError, match="replications is 0"):
        hs.run(hall(day_types=PLAIN, calendar=file), 0)
