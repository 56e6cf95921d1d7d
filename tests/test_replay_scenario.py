"""Scenarios that re-enact a log: what they take from it, what stands beside it, what the command line makes of it."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import hallsim as hs
from hallsim import visits
from hallsim.cli import exit_code
from hallsim.errors import ScenarioError, UsageError
from hallsim.model import US_PER_MINUTE
from hallsim.report.answer import remarks_of
from hallsim.scenario import Scenario, check, load, schema
from hallsim.scenario.declaration import SCENARIO
from hallsim.scenario.replay_keys import REPLACED_BY_A_LOG
from tests.logged_days import leg, table

Capture = pytest.CaptureFixture[str]

LEGS = [
    leg(0, 0, 5, "1", day="2024-03-04", ticket_class="V"),
    leg(1, 8, 9, "1", day="2024-03-04", ticket_class="Z", visit=1),
    leg(2, 5, 8, "1", day="2024-03-04", ticket_class="Z", visit=2),
    leg(0, 1, 4, "counter", day="2024-03-05", ticket_class="Z"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a log and a scenario that re-enacts it."""
    visits.save(table(LEGS), tmp_path / "log.parquet")
    (tmp_path / "replay.yaml").write_text("format: 1\nreplay: {log: log.parquet, order: line}\n", encoding="utf-8")
    return tmp_path


def loaded(folder: Path, text: str = "", **settings: str) -> Scenario:
    lines = ["format: 1", "replay:", "  log: log.parquet", *(f"  {key}: {value}" for key, value in settings.items())]
    (folder / "own.yaml").write_text("\n".join([*lines, text]), encoding="utf-8")
    return load(folder / "own.yaml")


def test_a_replay_takes_everything_from_its_log(folder: Path) -> None:
    hall = load(folder / "replay.yaml")
    assert hall.warnings == ()
    model = hall.model
    assert (model.name, model.label.en) == ("replay", "Log hall")
    assert [day.date for day in model.days] == ["2024-03-04", "2024-03-05"]
    assert [s.name for s in model.stations] == ["1", "counter"]
    assert [c.name for c in model.ticket_classes] == ["V", "Z"]
    assert (model.open, model.close) == (540 * US_PER_MINUTE, 543 * US_PER_MINUTE)
    assert model.files == (str(folder / "replay.yaml"), str(folder / "log.parquet"))
    assert hall.replay is not None
    assert hall.replay.model is model


def test_settings_reach_the_recipe(folder: Path) -> None:
    hall = loaded(folder, order="observed", lines="station", longest_service="4 min", turn_around="0 min")
    assert hall.replay is not None
    settings = hall.replay.settings
    assert (settings.order, settings.lines) == ("observed", "station")
    assert (settings.longest_service, settings.turn_around) == (4 * US_PER_MINUTE, 0)
    assert hall.replay.cut == 1


def test_days_can_be_chosen(folder: Path) -> None:
    assert [day.date for day in loaded(folder, days='["2024-03-05"]').model.days] == ["2024-03-05"]
    assert [day.date for day in loaded(folder, days="[2024-03-05]").model.days] == ["2024-03-05"]


def test_labels_are_those_given_or_those_of_the_language(folder: Path) -> None:
    model = loaded(folder, labels='{"1": {en: Desk one, zh: 一号台}, V: VIP}').model
    assert [(s.label.en, s.label.zh) for s in model.stations] == [("Desk one", "一号台"), ("counter", "台席")]
    assert [(c.label.en, c.label.zh) for c in model.ticket_classes] == [("VIP", "贵宾号"), ("Z", "普通号")]


def test_the_head_of_the_scenario_is_its_own(folder: Path) -> None:
    text = "hall: {en: Own, zh: 自己}\ndescription: one\nquestion: two\nsource: three\nresolution: 1 s"
    model = loaded(folder, text).model
    assert (model.label.zh, model.description, model.source_note, model.resolution) == ("自己", "one", "three", 10**6)
    assert model.question is not None
    assert model.question.en == "two"


def test_targets_hold_for_the_whole_hall_or_a_station(folder: Path) -> None:
    text = "targets: {all: {mean_wait: at most 5 min}, Z: {wait: 50 % within 2 min}, "
    text += "V: {mean_wait: at most 1 min, station: 1}}"
    model = loaded(folder, text).model
    assert [(t.measure, t.station, t.ticket_class) for t in model.targets] == [
        ("mean_wait", -1, -1),
        ("service_level", -1, 1),
        ("mean_wait", 0, 0),
    ]
    verdicts = hs.run(loaded(folder, text)).targets()
    assert [(v.estimate.scope, v.estimate.item) for v in verdicts] == [("hall", "own"), ("class", "Z"), ("line", "1/V")]


def test_targets_of_a_replay_that_leaves_out_who_gave_up_are_warned_of(folder: Path) -> None:
    gone = leg(1, None, 4, day="2024-03-05", visit=1, ticket_class="Z")
    visits.save(table([*LEGS, gone]), folder / "log.parquet")
    targets = "targets: {all: {abandonment: at most 8 %}}"
    (warning,) = loaded(folder, targets, lines="counter").warnings
    assert "own.yaml:5 targets: the log has 1 tickets given up or not answered" in str(warning)
    assert loaded(folder, targets, lines="station").warnings == ()
    assert loaded(folder, lines="counter").warnings == ()


def test_nobody_is_said_to_have_stayed_where_they_are_left_out(folder: Path) -> None:
    stayed = "Nobody gave up waiting."
    assert stayed in [said.en for said in remarks_of(hs.run(loaded(folder, lines="counter")))]
    visits.save(table([*LEGS, leg(1, None, 4, day="2024-03-05", visit=1)]), folder / "log.parquet")
    assert stayed not in [said.en for said in remarks_of(hs.run(loaded(folder, lines="counter")))]


def test_the_hash_covers_the_log(folder: Path) -> None:
    before = load(folder / "replay.yaml").hash
    assert load(folder / "replay.yaml").hash == before
    visits.save(table(LEGS[:3]), folder / "log.parquet")
    assert load(folder / "replay.yaml").hash != before


def test_a_replay_can_be_changed(folder: Path) -> None:
    hall = load(folder / "replay.yaml")
    assert hs.run(hall).comparison.order == "line"  # type: ignore[union-attr]
    changed = hall.change("replay.order", "observed")
    assert changed.replay is not None
    assert changed.replay.settings.order == "observed"
    assert changed.hash != hall.hash
    with pytest.raises(ScenarioError, match=r"replay.order: 'sideways' is not an order of calls"):
        hall.change("replay.order", "sideways")


def test_a_file_that_extends_a_hall_removes_what_the_log_replaces(folder: Path) -> None:
    (folder / "hall.yaml").write_text(
        'format: 1\nhall: Base\nopen: "09:00-10:00"\narrivals: {rate: 9/h}\n'
        "stations:\n  counter: {servers: 1, time: 5 min}\n",
        encoding="utf-8",
    )
    text = "extends: hall.yaml\nreplay: {log: log.parquet}\n"
    (folder / "a.yaml").write_text(text, encoding="utf-8")
    assert [c.path for c in check(folder / "a.yaml")] == ["open", "arrivals", "stations"]
    (folder / "a.yaml").write_text(text + "open: null\narrivals: null\nstations: null\n", encoding="utf-8")
    assert load(folder / "a.yaml").model.label.en == "Base"


def test_every_key_is_either_beside_a_replay_or_replaced_by_it(folder: Path) -> None:
    beside = {"format", "extends", "hall", "description", "question", "source", "resolution", "targets"}
    beside |= {"costs", "replay"}
    assert {key.name for key in SCENARIO.keys} == beside | set(REPLACED_BY_A_LOG)


def test_the_schema_asks_for_stations_or_a_log() -> None:
    rules = schema()["$defs"]["scenario"]["allOf"]
    assert {"if": {"not": {"anyOf": [{"required": ["extends"]}]}}, "then": {"required": ["format"]}} in rules
    either = {"not": {"anyOf": [{"required": ["extends"]}, {"required": ["replay"]}]}}
    assert {"if": either, "then": {"required": ["arrivals", "stations"]}} in rules


def test_a_log_that_cannot_be_read_is_one_clear_line(folder: Path) -> None:
    (folder / "log.parquet").write_bytes(b"PAR1 no such thing PAR1")
    (complaint,) = check(folder / "replay.yaml")
    assert complaint.path == "replay.log"
    assert complaint.message.startswith("log.parquet: not a table of visits")
    assert "\n" not in complaint.message
    (folder / "log.parquet").unlink()
    (complaint,) = check(folder / "replay.yaml")
    assert complaint.message == "log.parquet: no such file"


def test_an_empty_log_is_one_clear_line(folder: Path) -> None:
    visits.save(table(LEGS).iloc[:0], folder / "log.parquet")
    (complaint,) = check(folder / "replay.yaml")
    assert complaint.message == "log.parquet: nobody in the log joined a line, so there is nothing to re-enact"


# --- the command line --------------------------------------------------------------------------------------


def test_run_re_enacts_every_day_and_sets_the_log_beside(folder: Path, capsys: Capture) -> None:
    assert exit_code(["run", str(folder / "replay.yaml")]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("Log hall · 2 days")
    assert out[2].split() == ["Log", "beside", "simulation", "log", "simulation"]
    assert out[4].split() == ["Tickets", "(legs)", "4", "4"]
    assert exit_code(["run", str(folder / "replay.yaml"), "--reps", "3"]) == 2
    assert capsys.readouterr().err == (
        "hallsim: 3 days are wanted, but the log has 2 days, and each is one replication\n"
    )


def test_json_has_the_log_too(folder: Path, capsys: Capture) -> None:
    assert exit_code(["run", str(folder / "replay.yaml"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["provenance"]["replications"] == 2
    assert answer["log"]["waits"]["legs"] == 4
    assert {k["kpi"] for k in answer["log"]["kpis"]} == {k["kpi"] for k in answer["kpis"]}


def test_the_written_visits_have_dates_and_can_be_re_enacted_again(folder: Path, capsys: Capture) -> None:
    path = folder / "again.parquet"
    assert exit_code(["run", str(folder / "replay.yaml"), "--log", str(path)]) == 0
    again = visits.load(path)
    assert set(again["date"].dt.strftime("%Y-%m-%d")) == {"2024-03-04", "2024-03-05"}
    text = "format: 1\nreplay: {log: again.parquet, order: observed}\n"
    (folder / "again.yaml").write_text(text, encoding="utf-8")
    comparison = hs.run(load(folder / "again.yaml")).comparison
    assert comparison is not None
    assert (comparison.legs, comparison.difference) == (4, 0.0)


def test_trace_shows_a_day_of_the_log(folder: Path, capsys: Capture) -> None:
    assert exit_code(["trace", str(folder / "replay.yaml"), "--replication", "1"]) == 0
    assert "The engines agree: 1 steps" in capsys.readouterr().out
    assert exit_code(["trace", str(folder / "replay.yaml"), "--replication", "2"]) == 2
    assert "there is no day 2; the log has 2, numbered from 0" in capsys.readouterr().err


def test_a_stopped_replay_has_no_log_beside_it(folder: Path) -> None:
    stops = iter((KeyboardInterrupt,))

    def interrupt(done: int) -> None:
        for stop in stops:
            raise stop

    legs = [leg(0, 0, 5, day=f"2024-03-{i:02d}") for i in range(1, 32)]
    visits.save(table(legs), folder / "log.parquet")
    results = hs.run(load(folder / "replay.yaml"), jobs=1, progress=interrupt)
    assert not results.complete
    assert results.observed is None
    assert "Log beside" not in results.table()


def test_more_days_than_the_log_has_are_refused_from_python_too(folder: Path) -> None:
    with pytest.raises(UsageError, match="the log has 2 days"):
        hs.run(load(folder / "replay.yaml"), 3)


def test_the_log_is_found_beside_the_scenario_that_names_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    assert len(load(folder / "replay.yaml").model.days) == 2
    assert pd.api.types.is_integer_dtype(visits.load(folder / "log.parquet")["t_ticket"])
