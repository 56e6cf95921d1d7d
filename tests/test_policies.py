"""Python policies: allowed or refused, equal to the built-in rules they restate, and their errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hallsim.cli import exit_code
from hallsim.compiled import compile_model
from hallsim.engines.reference import simulate
from hallsim.engines.reference_policies import Rules
from hallsim.errors import EngineError, ScenarioError, UsageError
from hallsim.experiment import replicate, run
from hallsim.scenario import check, load
from hallsim.trace import trace

HALL: dict[str, Any] = {
    "open": "09:00-11:00",
    "arrivals": {"per_hour": [90, 100]},
    "segments": {"vip": "20 %", "general": "rest"},
    "tickets": {"V": {"segments": ["vip"], "rank": 0}, "Z": {"rank": 1}},
    "entry": "greeter",
    "stations": {
        "greeter": {
            "servers": 2,
            "time": "exponential 30 s",
            "then": [{"when": "more than 9 at counter", "to": {"kiosk": "all"}}, {"to": {"counter": "all"}}],
        },
        "kiosk": {"servers": 2, "time": "exponential 4 min", "fails": "20 %", "on_failure": "counter"},
        "counter": {
            "servers": 3,
            "extra": {"open_at": [5, 8], "close_at": [2, 4], "set_up": "1 min"},
            "time": "exponential 5 min",
            "patience": "exponential 20 min",
            "idle_choice": "lowest_number",
            "join_probability": [*[1] * 10, 0],
        },
    },
}
BUILT_IN = """
def call(hall, station, server, tickets):
    return min(tickets, key=lambda t: (t.rank, t.order))

def longest_idle(hall, station, customer, servers):
    return servers[0]

def lowest(hall, station, customer, servers):
    return min(servers, key=lambda s: [x for x in station.servers].index(s.name)).name

def join(hall, station, customer):
    return "join" if station.people < 10 else "balk"

def route(hall, station, customer, choices):
    return "kiosk" if hall.stations["counter"].people > 9 else "counter"

def open_(hall, station):
    n = sum(s.state in ("busy", "last", "set up", "idle") for s in list(station.servers.values())[3:])
    return "open" if station.waiting >= (5, 8)[n] else "wait"

def close(hall, station, server):
    n = sum(s.state != "off" and s.state != "set up" for s in list(station.servers.values())[3:])
    return "close" if station.waiting <= (2, 4)[n - 1] else "stay"
"""
ALL = {
    "counter.call": "rules.py:call",
    "greeter.call": "rules.py:call",
    "greeter.server": "rules.py:longest_idle",
    "counter.server": "rules.py:lowest",
    "counter.join": "rules.py:join",
    "counter.open": "rules.py:open_",
    "counter.close": "rules.py:close",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules.py").write_text(BUILT_IN, encoding="utf-8")
    return tmp_path


def hall_with(policies: dict[str, str], **stations: dict[str, Any]) -> dict[str, Any]:
    changed = {name: keys | stations.get(name, {}) for name, keys in HALL["stations"].items()}
    return HALL | {"stations": changed, "policies": policies}


def first_day(hall: dict[str, Any], seed: int = 1) -> Any:
    model = load(hall).model
    return simulate(compile_model(model), seed, 0, Rules(model) if model.policies else None)


# --- equal to what they restate ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*ALL, "all of them"])
def test_a_built_in_rule_written_in_python_gives_the_same_log(folder: Path, name: str) -> None:
    policies = ALL if name == "all of them" else {name: ALL[name]}
    for seed in range(3):
        code, plain = first_day(hall_with(policies), seed), first_day(HALL, seed)
        assert np.array_equal(code.rows, plain.rows)
        assert np.array_equal(code.server_rows, plain.server_rows)
    outcomes = (plain.rows[:, 1] >> 32) & 0xFF
    assert {1, 2, 3, 4} <= set(outcomes.tolist()), "served, failed, gave up and balked, or the test says little"


@pytest.mark.parametrize(
    "more",
    [
        {"calls": {"unanswered": "15 %", "time_out": "20 s", "recalls": 1, "unanswered_again": "50 %"}},
        {
            "preparation": {
                "by": "pda",
                "time": "exponential 3 min",
                "saves": "30 %",
                "done": "10 %",
                "called": "finish",
            }
        },
        {"breakdowns": {"every": "exponential 30 min", "repair": "exponential 5 min"}},
    ],
    ids=lambda more: next(iter(more)),
)
def test_calls_by_python_stand_beside_other_mechanisms(folder: Path, more: dict[str, Any]) -> None:
    desk = {"servers": 3, "time": "exponential 5 min", "patience": "exponential 30 min", **more}
    clerks = {"pda": {"role": "pda", "servers": 1}} if "preparation" in more else {}
    plain = {k: v for k, v in HALL.items() if k != "entry"} | {
        "stations": {"counter": desk, **clerks},
        "entry": "counter",
    }
    plain["arrivals"] = {"rate": "45/h"}
    code = plain | {"policies": {"counter.call": "rules.py:call", "counter.server": "rules.py:longest_idle"}}
    for seed in range(2):
        a, b = first_day(code, seed), first_day(plain, seed)
        assert np.array_equal(a.rows, b.rows)
        assert np.array_equal(a.server_rows, b.server_rows)


def test_a_condition_written_in_python_gives_the_same_log(folder: Path) -> None:
    open_choice = {"greeter": {"then": {"kiosk": "50 %", "counter": "rest"}}}
    code = first_day(hall_with({"greeter.route": "rules.py:route"}, **open_choice))
    plain = first_day(HALL)
    assert np.array_equal(code.rows, plain.rows)


def test_none_leaves_the_decision_to_the_built_in_rule(folder: Path) -> None:
    (folder / "rules.py").write_text("def nothing(*views):\n    return None\n", encoding="utf-8")
    code = first_day(hall_with(dict.fromkeys([*ALL, "greeter.route", "entry.route"], "rules.py:nothing")))
    assert np.array_equal(code.rows, first_day(HALL).rows)


def test_a_policy_can_call_somebody_from_the_middle_of_the_line(folder: Path) -> None:
    (folder / "rules.py").write_text("def last(hall, station, server, tickets):\n    return tickets[-1]\n", "utf-8")
    calls = first_day(hall_with({"counter.call": "rules.py:last"})).rows
    plain = first_day(HALL).rows
    assert len(set(calls[:, 0])) == len(set(plain[:, 0]))
    waits = [(rows[:, 5] - rows[:, 4])[rows[:, 5] > rows[:, 4]] for rows in (calls, plain)]
    assert np.median(waits[0]) < np.median(waits[1]), "last come, first served"


def test_variables_of_a_file_begin_anew_every_day_and_luck_belongs_to_the_customer(folder: Path) -> None:
    (folder / "rules.py").write_text(
        "seen = []\n\ndef count(hall, station, customer):\n    seen.append(customer.number)\n"
        "    assert seen == sorted(set(seen)), seen\n    assert hall.luck(customer, 'x') == hall.luck(customer, 'x')\n"
        "    return 'join' if hall.luck(customer, 'x') < 0.5 else 'balk'\n",
        encoding="utf-8",
    )
    hall = load(hall_with({"greeter.join": "rules.py:count"}))
    days = list(replicate(hall, 3, engine="reference", allow_code=True))
    again = next(iter(replicate(hall, 1, first=2, engine="reference", allow_code=True)))
    assert np.array_equal(days[2].rows, again.rows)
    balked = [np.mean((day.rows[:, 1] >> 32 & 0xFF) == 4) for day in days]
    assert all(0.2 < share < 0.6 for share in balked)


# --- allowed or refused --------------------------------------------------------------------------------------


def test_nothing_runs_unless_it_is_allowed(folder: Path) -> None:
    (folder / "rules.py").write_text(
        "open('ran.txt', 'w').close()\n\ndef call(hall, station, server, tickets):\n    return None\n", "utf-8"
    )
    hall = load(hall_with({"counter.call": "rules.py:call"}))
    assert any("--allow-code" in str(c) and "rules.py:call" in str(c) for c in check(hall.to_mapping()))
    for refused in (
        lambda: run(hall, 1, engine="reference"),
        lambda: next(replicate(hall, 1, engine="reference")),
        lambda: trace(hall, engine="reference"),
    ):
        with pytest.raises(UsageError, match=r"leaves decisions to Python code \(rules.py:call\).*--allow-code"):
            refused()
    for refused in (lambda: run(hall, 1, allow_code=True), lambda: trace(hall, engine="both", allow_code=True)):
        with pytest.raises(UsageError, match="which the batch engine cannot run; use --engine reference"):
            refused()
    assert not (folder / "ran.txt").exists()
    run(hall, 1, engine="reference", allow_code=True)
    assert (folder / "ran.txt").exists()


def test_the_command_line_needs_the_word_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "hall.json.yaml").write_text(
        json.dumps({"format": 1} | hall_with({"counter.call": "rules.py:call"})), encoding="utf-8"
    )
    assert exit_code(["run", "hall.json.yaml", "--reps", "1"]) == 2
    assert "--allow-code" in capsys.readouterr().err
    assert exit_code(["trace", "hall.json.yaml"]) == 2
    assert exit_code(["run", "hall.json.yaml", "--reps", "1", "--allow-code", "--engine", "batch"]) == 2
    assert "use --engine reference" in capsys.readouterr().err
    assert exit_code(["trace", "hall.json.yaml", "--allow-code", "--to", "09:01"]) == 0
    capsys.readouterr()
    assert exit_code(["run", "hall.json.yaml", "--reps", "2", "--allow-code", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["provenance"]["code"] == ["rules.py:call"]


def test_a_report_needs_the_word_too_and_says_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hall = {"format": 1} | hall_with({"counter.call": "rules.py:call"})
    (folder / "hall.yaml").write_text(json.dumps(hall), encoding="utf-8")
    assert exit_code(["report", "hall.yaml", "--reps", "2"]) == 2
    assert "--allow-code" in capsys.readouterr().err
    assert exit_code(["report", "hall.yaml", "--reps", "2", "--allow-code"]) == 0
    assert "hallsim run hall.yaml --allow-code --reps 2" in (folder / "hall.html").read_text("utf-8")


def test_a_policy_can_be_set_and_taken_away_by_its_dotted_name(folder: Path) -> None:
    hall = load(HALL, ["policies.counter.call=rules.py:call"])
    assert [(p.name, p.code) for p in hall.model.policies] == [("counter.call", "rules.py:call")]
    two = load(hall, ["policies.counter.join=rules.py:join", "policies.counter.call="])
    assert [p.name for p in two.model.policies] == ["counter.join"]
    with pytest.raises(ScenarioError, match=r"--set policies.conter.call.*did you mean counter.call"):
        load(HALL, ["policies.conter.call=rules.py:call"])


def test_the_hash_covers_the_file(folder: Path) -> None:
    before = load(hall_with({"counter.call": "rules.py:call"}))
    (folder / "rules.py").write_text(BUILT_IN + "\n# changed\n", encoding="utf-8")
    after = load(hall_with({"counter.call": "rules.py:call"}))
    assert before.hash != after.hash
    assert "rules.py" in after.files


def test_results_and_tables_name_the_code(folder: Path) -> None:
    results = run(load(hall_with({"counter.call": "rules.py:call"})), 2, engine="reference", allow_code=True)
    assert results.provenance["code"] == ["rules.py:call"]
    assert "Decisions by Python code: rules.py:call." in results.table()
    assert "由 Python 代码决定：rules.py:call。" in results.table("zh")
    assert run(load(HALL), 1, engine="reference").provenance["code"] == []


# --- errors --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return 99999", r"rules.py:f returned 99999 for counter.call; allowed: the tickets of customers \d+"),
        ("return 'Z'", "rules.py:f returned 'Z' for counter.call; allowed: .*, or None for the built-in rule"),
        ("return tickets", "rules.py:f returned "),
        ("return True", "rules.py:f returned True"),
        ("return tickets[0].nam", r"rules.py:f failed deciding counter.call: AttributeError: .*'nam' \(line 2\)"),
        ("hall.minute = 3", "FrozenInstanceError: cannot assign to field 'minute'"),
        ("hall.stations['counter'] = 3", "TypeError: 'mappingproxy' object does not support item assignment"),
    ],
)
def test_a_wrong_choice_names_file_function_value_and_what_is_allowed(folder: Path, body: str, message: str) -> None:
    (folder / "rules.py").write_text(f"def f(hall, station, server, tickets):\n    {body}\n", encoding="utf-8")
    with pytest.raises(EngineError, match=message):
        first_day(hall_with({"counter.call": "rules.py:f"}))


@pytest.mark.parametrize(
    ("policies", "message"),
    [
        ({"counter.cal": "rules.py:call"}, "'counter.cal' is not a decision of this hall.*did you mean counter.call"),
        ({"till.call": "rules.py:call"}, "'till.call' is not a decision; known: entry.route, greeter.call"),
        ({"greeter.open": "rules.py:open_"}, "'greeter.open' is not a decision of this hall"),
        ({"entry.call": "rules.py:call"}, "'entry.call' is not a decision of this hall; known: entry.route"),
        ({"counter.call": "rules.py"}, "needs a file and a function in it, such as my_rules.py:call_vip_first"),
        ({"counter.call": "rulez.py:call"}, "rulez.py: no such file"),
        ({"counter.call": "rules.py:kall"}, r"'kall' is not a function of rules.py; known: .*did you mean call"),
        ({"counter.call": "rules.py:open_"}, "open_ of rules.py takes 2 arguments; it is given 4: hall, station"),
        ({"counter.call": "broken.py:f"}, r"broken.py is not Python: .*\(line 1\)"),
    ],
)  # fmt: skip
def test_a_policy_that_cannot_be_is_a_complaint(folder: Path, policies: dict[str, str], message: str) -> None:
    (folder / "broken.py").write_text("def f(:\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match=message):
        load(hall_with(policies))


def test_numbers_that_stay_are_not_called_by_code(folder: Path) -> None:
    greeter = {"greeter": {"numbers": {"call_time": "10 s"}, "patience": "exponential 5 min"}}
    with pytest.raises(ScenarioError, match="cannot be left to code where numbers stay in line"):
        load(hall_with({"greeter.call": "rules.py:call"}, **greeter))


def test_a_file_that_fails_to_begin_names_its_line(folder: Path) -> None:
    (folder / "rules.py").write_text("import nothing_of_that_name\n\ndef f(*views):\n    pass\n", encoding="utf-8")
    with pytest.raises(EngineError, match=r"rules.py cannot be executed: ModuleNotFoundError: .*\(line 1\)"):
        first_day(hall_with({"counter.call": "rules.py:f"}))
