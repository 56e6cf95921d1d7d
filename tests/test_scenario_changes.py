"""Changes to a scenario: one value on the command line or in Python, files that extend others, the hash."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hallsim.errors import ScenarioError, UsageError
from hallsim.model import US_PER_HOUR
from hallsim.scenario import check, load

ROOT = Path(__file__).parents[1]
H = US_PER_HOUR
HALL = {
    "open": "09:00-12:00",
    "arrivals": {"rate": "30/h"},
    "stations": {"counter": {"servers": 4, "time": "exponential 5 min"}},
}


def test_a_change_gives_a_changed_copy() -> None:
    first = load(HALL)
    second = first.change("stations.counter.servers", 5)
    assert (len(first.model.stations[0].servers), len(second.model.stations[0].servers)) == (4, 5)
    assert first.hash != second.hash
    assert second.change("stations.counter.servers", 4).hash == first.hash
    assert second.change("stations.counter.servers", {"staff": {"09:00": 2}}).model.stations[0].servers[1:]
    assert first.change("stations.counter.room.total", 30).model.stations[0].room_total == 30


def test_changes_on_the_command_line_are_written_as_in_the_file() -> None:
    changed = load(ROOT / "scenarios" / "s2_hall.yaml", ["stations.counter.servers=9", "arrivals.per_hour[0]=41"])
    assert len(changed.model.stations[2].servers) == 9
    assert changed.model.sources[0].pieces[0].rate == 41 / H
    gone = load(ROOT / "scenarios" / "s2_hall.yaml", ["stations.counter.patience="])
    assert gone.model.stations[2].patience == (None, None, None)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("stations.conter.servers", "stations.conter does not exist; known: counter (did you mean counter?)"),
        ("arrivals.per_hour[9]", "arrivals.per_hour[9] does not exist; the list has 0 entries"),
        ("stations..servers", "'stations..servers' is not a path such as stations.counter.servers"),
    ],
)
def test_a_change_that_leads_nowhere_says_so(path: str, message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        load(HALL).change(path, 9)


def test_a_wrong_change_names_itself() -> None:
    with pytest.raises(ScenarioError, match=re.escape("change stations.counter.servers: -1 is")):
        load(HALL).change("stations.counter.servers", -1)
    with pytest.raises(UsageError, match="needs path=value"):
        load(HALL, ["stations.counter.servers"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("stations.counter.servers=-1", "--set stations.counter.servers: -1 is too small; at least 1"),
        ("stations.counter.then={kiosk: 10 %, leave: rest}", "--set stations.counter.then.kiosk: 'kiosk' is not a"),
        ("stations.counter.servers=[", "--set stations.counter.servers: not valid YAML: expected the node content"),
        ("stations.counter={servers: 1, servers: 2}", "--set stations.counter.servers: given twice"),
        ("hall=&a x", "--set hall: anchor &a is not allowed"),
    ],
)
def test_a_wrong_value_on_the_command_line_names_option_and_path_once(change: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(message)) as caught:
        load(HALL, [change])
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("extends=base.yaml", "--set extends: what a file extends cannot be changed"),
        ("halls=", "--set halls: halls does not exist; known: open, arrivals, stations, format"),
        ("=", "--set : '' is not a path such as"),
    ],
)
def test_a_change_that_cannot_be_made_says_why(change: str, message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        load({**HALL, "format": 1}, [change])


def test_a_file_extends_another_and_complaints_name_the_right_one(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(
        'format: 1\nopen: "09:00-12:00"\narrivals: {rate: 30/h}\n'
        "stations:\n  counter: {servers: 4, time: 5 min, patience: 9 min}\n",
        encoding="utf-8",
    )
    over = tmp_path / "over.yaml"
    over.write_text("extends: base.yaml\nstations:\n  counter:\n    servers: 5\n    patience: null\n", encoding="utf-8")
    scenario = load(over)
    assert len(scenario.model.stations[0].servers) == 5
    assert scenario.model.stations[0].patience == (None,)
    assert {Path(f).name for f in scenario.files} == {"base.yaml", "over.yaml"}
    over.write_text("extends: base.yaml\nstations: {counter: {servers: 0}}\n", encoding="utf-8")
    assert [(c.file, c.line) for c in check(over)] == [(str(over), 2)]
    over.write_text("extends: base.yaml\nstations: {counter: {then: kiosk}}\n", encoding="utf-8")
    (tmp_path / "base.yaml").write_text("format: 1\nopen: 9\narrivals: {rate: 30/h}\n", encoding="utf-8")
    assert {Path(c.file).name for c in check(over)} == {"base.yaml", "over.yaml"}


def test_the_hash_ignores_comments_and_line_ends(tmp_path: Path) -> None:
    text = (ROOT / "scenarios" / "s2_hall.yaml").read_text(encoding="utf-8")
    (tmp_path / "s2_hall.yaml").write_bytes(("# a comment\n" + text).replace("\n", "\r\n").encode())
    assert load(tmp_path / "s2_hall.yaml").hash == load(ROOT / "scenarios" / "s2_hall.yaml").hash


def test_a_scenario_gives_the_mapping_that_loads_to_itself() -> None:
    first = load(ROOT / "scenarios" / "flagship_hall.yaml")
    assert load(first.to_mapping()).hash == first.hash
