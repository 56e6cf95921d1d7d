"""Halls selected by a key figure on the same customers: observations, requirements, words, the command."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hallsim as hs
from hallsim.cli import exit_code
from hallsim.errors import UsageError
from hallsim.experiment import Choice, select
from hallsim.experiment.bench import Bench
from hallsim.experiment.figures import Figure, figure_asked
from hallsim.experiment.places import place
from hallsim.experiment.selection.days import PILOT, HallDays
from hallsim.experiment.selection.halls import amount_of, requirement_of
from hallsim.experiment.table import display_width
from hallsim.model import Label

Capture = pytest.CaptureFixture[str]
HALL: dict[str, Any] = {
    "format": 1,
    "hall": "Small hall",
    "open": "09:00-12:00",
    "arrivals": {"per_hour": [20, 40, 30]},
    "stations": {
        "counter": {"servers": 4, "time": "lognormal 6 min cv 0.8", "patience": "exponential 30 min"},
    },
}
VARIANTS = {f"{n} counters": f"stations.counter.servers={n}" for n in (3, 5, 6)}
WHO = Label("Small hall", "小厅")


@cache
def four_halls(method: str = "eliminate") -> Choice:
    return select(hs.load(HALL), variants=VARIANTS, worth="0.2 min", method=method)


def test_the_hall_with_most_counters_has_the_least_wait() -> None:
    found = four_halls()
    assert found.best == 3
    assert found.values[3] < found.values[2] < found.values[0] < found.values[1]
    assert found.selection is not None
    assert (found.selection.procedure, found.selection.guarantee, found.in_running) == ("kn++", "correct", ())
    assert found.simulated < 4 * 300


def test_both_methods_agree_and_say_what_they_promise() -> None:
    good = four_halls("two-stage")
    assert good.best == four_halls().best
    assert "(good selection)" in good.sentences()[0]
    assert "whatever the others are" in good.sentences()[0]
    correct = four_halls().sentences()[0]
    assert correct.startswith(
        "With 95 % confidence 6 counters is the best of 4, if no other comes within 0.2 min of it"
    )


@contextmanager
def on_threads(halls: Sequence[hs.Scenario], figure: Figure, jobs: int | None = None) -> Iterator[HallDays]:
    """Return days of halls, simulated by threads."""
    with place(jobs) as here, HallDays(halls, [figure], 1, Bench(here)) as days:
        yield days


def test_observations_average_to_the_ratio_of_sums() -> None:
    figure = figure_asked("wait", WHO)
    with on_threads([hs.load(HALL)], figure) as days:
        values = days.values([0], 0, 400)[:, 0]
        exact = days.estimate(0, 0, 400)
    results = hs.run(hs.load(HALL), PILOT + 400, seed=1, watch=[figure.key])
    assert results.watched is not None
    total = results.watched[PILOT:, 0].sum(axis=0)
    assert exact == pytest.approx(total[0] / total[1] / 60e6, rel=1e-12)
    assert values.mean() == pytest.approx(exact, rel=0.01)
    assert values.std() > 0.1


def test_observations_do_not_depend_on_how_they_are_asked_for() -> None:
    halls = [hs.load(HALL), hs.load(HALL, set_=("stations.counter.servers=5",))]
    figure = figure_asked("wait", WHO)
    with on_threads(halls, figure, jobs=1) as once, on_threads(halls, figure, jobs=3) as often:
        whole = once.values([0, 1], 0, 100)
        parts = [often.values([1], 0, 30), often.values([1], 30, 70)]
        assert np.array_equal(np.concatenate(parts)[:, 0], whole[:, 1])


def with_calendar(folder: Path, days: int) -> hs.Scenario:
    file = folder / f"{days}.csv"
    rows = ["date,day_type"] + [f"2024-03-{4 + i:02d},{'busy' if i else 'quiet'}" for i in range(days)]
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    types = {"quiet": {}, "busy": {"arrivals": {"per_hour": [40, 80, 60]}}}
    return hs.load(HALL | {"day_types": types, "calendar": str(file)})


def test_days_of_a_calendar_count_by_whole_turns(tmp_path: Path) -> None:
    hall = with_calendar(tmp_path, 3)
    with on_threads([hall], figure_asked("visits", WHO)) as days:
        values = days.values([0], 0, 40)
        assert (values.shape, days.simulated) == ((40, 1), 3 * (PILOT + 40))
        assert values.mean() == pytest.approx((90 + 180 + 180) / 3, rel=0.05)


def test_a_requirement_is_not_judged_by_the_first_days_of_a_calendar(tmp_path: Path) -> None:
    """Hardly anybody comes on the first 110 days of 150, and 80 customers in an hour on the others."""
    first = np.datetime64("2024-03-01")
    rows = [f"{first + i},{'quiet' if i < 110 else 'busy'}" for i in range(150)]
    file = tmp_path / "calendar.csv"
    file.write_text("\n".join(["date,day_type", *rows]) + "\n", encoding="utf-8")
    types = {"quiet": {"arrivals": {"per_hour": [0, 1, 0]}}, "busy": {"arrivals": {"per_hour": [0, 80, 0]}}}
    hall = hs.load(HALL | {"day_types": types, "calendar": str(file)})
    more = {"one more": "stations.counter.servers=4"}
    found = select(hall, variants=more, worth="1 min", require="service level 10 min >= 90 % on 85 % of days")
    assert found.chances is not None
    assert found.chances.status == ("missed", "missed")
    assert (found.chances.trials % 150 == 0).all()


def test_halls_with_calendars_of_different_length_are_refused(tmp_path: Path) -> None:
    halls = [with_calendar(tmp_path, n) for n in (2, 3)]
    with pytest.raises(UsageError, match="calendars of different length"):
        select(*halls, worth="1 min")


def test_only_halls_that_meet_the_requirement_are_taken() -> None:
    found = select(
        hs.load(HALL),
        variants=VARIANTS,
        by="paid_time",
        prefer="less",
        worth="1 min",
        require="service level 10 min >= 80 % on 80 % of days",
        most=2000,
    )
    assert found.chances is not None
    assert found.chances.status[1] == "missed"
    assert 1 not in found.contenders
    assert found.best == min(found.contenders, key=lambda i: found.values[i])
    assert any("Surely missed by 3 counters" in s for s in found.sentences())
    assert np.isnan(found.values[1])


def test_a_requirement_that_no_hall_meets_selects_none() -> None:
    found = select(
        hs.load(HALL),
        variants={"2": "stations.counter.servers=2"},
        worth=1,
        require="mean_wait <= 0.01 min on 99 % of days",
        most=200,
    )
    assert found.best is None
    assert found.sentences()[-1] == "No hall surely meets it, so that none is selected."
    assert "没有方案确定达标" in found.table("zh")


def test_a_limit_leaves_halls_in_the_running() -> None:
    found = select(hs.load(HALL), variants={"twin": "stations.counter.servers=5"}, worth="0.001 min", most=40)
    assert found.in_running == (0, 1)
    assert "Not told apart after 40 days each" in found.sentences()[0]
    assert "leads" in found.table()


def test_a_budget_is_spent_and_promises_nothing() -> None:
    found = select(hs.load(HALL), variants=VARIANTS, method="budget", budget=400)
    assert sum(found.days) == 400
    assert "nothing is promised" in found.sentences()[0]
    assert [word in found.table() for word in ("leads", "behind", "out\n")] == [True, True, False]
    assert json.loads(found.to_json())["estimated_chance"] <= 1.0


def test_halls_that_do_not_differ_end_at_once() -> None:
    found = select(hs.load(HALL), variants={"twin": "stations.counter.servers=4"}, worth="0.1 min")
    assert (found.best, found.days) == (0, (20, 20))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "say which difference in mean wait is worth detecting"),
        ({"worth": "1 point"}, "'1 point' is no amount of mean wait; write it as '0.5 min'"),
        ({"worth": "0 min"}, "'0 min' is no amount"),
        ({"worth": "1", "by": "paid_time"}, "neither good nor bad: say --prefer less or --prefer more"),
        ({"worth": "1", "by": "wait_p90"}, "is a percentile|has no figure of each day"),
        ({"worth": "1", "by": "wiat"}, "'wiat' is not a key figure"),
        ({"worth": "1", "method": "guess"}, "'guess' is not a method of selection"),
        ({"worth": "1", "budget": 100}, "a budget of days is for the method 'budget'"),
        ({"worth": "1", "method": "budget", "budget": 400}, "has no difference worth detecting"),
        ({"worth": "1", "require": "fast"}, "requirement 'fast' cannot be read; write it as"),
        ({"worth": "1", "confidence": 95.0}, "confidence is 95"),
        ({"worth": "1", "prefer": "most"}, "'most' is not what can be preferred"),
        ({"worth": "1", "most": 5}, "at most 5 observations are fewer"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        select(hs.load(HALL), variants=VARIANTS, **arguments)


def test_amounts_are_read_in_the_unit_of_their_figure() -> None:
    level = figure_asked("service level 10 min", WHO)
    assert amount_of("1.5 points", level) == pytest.approx(0.015)
    assert amount_of(0.5, figure_asked("wait", WHO)) == 0.5
    assert amount_of("2 分钟", figure_asked("等候", WHO)) == 2.0


@pytest.mark.parametrize(
    "text", ["service level 10 min >= 80 % on 95 % of days", "等候达标率 10 分钟 不低于 80%，95% 的天"]
)
def test_requirements_are_read_in_both_languages(text: str) -> None:
    found = requirement_of(text, WHO)
    assert (found.figure.kpi.name, found.figure.within_min) == ("service_level", 10.0)
    assert (found.bound, found.at_least, found.days) == (0.8, True, 0.95)


def stop_after(days: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Ctrl-C come when a selection has simulated so many days."""
    simulate = HallDays._simulate

    def stopping(self: HallDays, halls: Any, first: int, count: int) -> None:
        if self.simulated >= days:
            raise KeyboardInterrupt
        simulate(self, halls, first, count)

    monkeypatch.setattr(HallDays, "_simulate", stopping)


def test_ctrl_c_keeps_the_finished_days(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_after(400, monkeypatch)
    notes: list[str] = []
    found = select(hs.load(HALL), variants=VARIANTS, worth="0.001 min", progress=lambda _, note: notes.append(note))
    assert not found.complete
    assert found.best is not None
    assert found.simulated >= 400
    assert found.sentences()[0] == "Stopped by Ctrl-C, so that nothing is promised."
    assert "已由 Ctrl-C 停止" in found.table("zh")
    assert any(" left; 6 counters ahead of " in note and note.endswith(" min") for note in notes)


def test_ctrl_c_while_the_requirement_is_asked_for_selects_none(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_after(1000, monkeypatch)
    require = "service level 10 min >= 80 % on 95 % of days"
    found = select(hs.load(HALL), variants=VARIANTS, worth="0.2 min", require=require)
    assert (found.complete, found.best, found.selection) == (False, None, None)
    assert "in the running" in found.table()


def test_the_command_prints_what_ctrl_c_left(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_after(400, monkeypatch)
    file = tmp_path / "hall.yaml"
    file.write_text(json.dumps(HALL), encoding="utf-8")
    options = ["--variant", "stations.counter.servers=5", "--worth", "0.001 min"]
    assert exit_code(["select", str(file), *options]) == 130
    printed = capsys.readouterr()
    assert "Stopped by Ctrl-C" in printed.out
    assert "stopped by Ctrl-C: this is what" in printed.err


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_table_fits_80_columns(lang: str) -> None:
    for found in (four_halls(), four_halls("two-stage")):
        assert max(display_width(line) for line in found.table(lang).splitlines()) <= 80


def test_the_command_prints_the_table_and_json(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "hall.yaml"
    path.write_text(json.dumps(HALL), encoding="utf-8")
    call = ["select", str(path), "--variant", "more: stations.counter.servers=6", "--worth", "0.5 min"]
    assert exit_code(call) == 0
    assert "selected" in capsys.readouterr().out
    assert exit_code([*call, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [h["selected"] for h in document["halls"]] == [False, True]
    assert (document["guarantee"], document["decided"], document["unit"]) == ("correct", True, "min")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--worth", "0.5 min"], "a selection takes two halls"),
        (["--variant", "x: nowhere=3", "--worth", "1"], "nowhere"),
        (["--variant", "x", "--worth", "1"], "cannot be read"),
        (["--variant", "x: stations.counter.servers=5"], "worth detecting"),
    ],
)
def test_bad_input_has_exit_code_two(options: list[str], message: str, tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "hall.yaml"
    path.write_text(json.dumps(HALL), encoding="utf-8")
    assert exit_code(["select", str(path), *options]) == 2
    assert message in capsys.readouterr().err
