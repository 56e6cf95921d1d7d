"""Grades of halls: scores, thresholds, templates filled in, and what is refused."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from hallsim.cli import app
from hallsim.errors import ScenarioError
from hallsim.experiment.table import display_width
from hallsim.grading import DEFAULT_RULES, fill, grade, read_halls, read_rules, render
from hallsim.scenario import check, load
from hallsim.scenario.cross_checks import offered_load
from hallsim.theory import square_root_beta, square_root_staffing

PAGE = (Path(__file__).parents[1] / "hallsim" / "docs" / "grading.md").read_text(encoding="utf-8")
HALLS = PAGE.split("```csv\n")[1].split("```")[0]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "halls.csv"
    file.write_text(HALLS, encoding="utf-8")
    return file


def changed(tmp_path: Path, *path_and_value: Any) -> Path:
    """Return a file with the shipped rules, one entry changed; None removes it."""
    data = YAML(typ="safe").load(DEFAULT_RULES)
    *path, last, value = path_and_value
    inner = data
    for key in path:
        inner = inner[key]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    file = tmp_path / "rules.yaml"
    file.write_text(json.dumps(data, indent=1), encoding="utf-8")  # JSON is YAML, with a line for each entry
    return file


def test_the_scores_and_grades_are_those_of_the_page(table: Path) -> None:
    rules = read_rules()
    found = grade(read_halls(table, rules), rules)
    rows = [
        " | ".join([f"| {g.hall.name}", str(g.rank), *(f"{x:.1f}" for x in (*g.sides.values(), g.score)), g.grade.name])
        for g in found
    ]
    assert all(row in PAGE for row in rows), rows


def test_a_figure_scores_in_proportion_between_its_ends_and_no_more_beyond() -> None:
    visits = next(f for f in read_rules().figures if f.name == "visits")
    assert [visits.score(x) for x in (0, 40, 320, 600, 9000)] == [0, 0, 50, 100, 100]


def test_less_is_better_where_the_ends_are_turned_round(tmp_path: Path, table: Path) -> None:
    rules = read_rules(
        changed(tmp_path, "figures", "competitors", {"side": "outer", "weight": "10 %", "from": 8, "to": 0})
    )
    competitors = next(f for f in rules.figures if f.name == "competitors")
    assert [competitors.score(x) for x in (8, 6, 0)] == [0, 25, 100]


def test_a_side_without_weight_has_no_score_of_its_own(tmp_path: Path, table: Path) -> None:
    data = YAML(typ="safe").load(DEFAULT_RULES)
    only = {"transactions": {"side": "inner", "weight": "100 %", "from": 0, "to": 20000}}
    rules = read_rules(changed(tmp_path, "figures", only))
    best = grade(read_halls(table, rules), rules)[0]
    assert math.isnan(best.sides["outer"])
    assert best.score == best.sides["inner"] == pytest.approx(90.0)
    assert set(data["grades"]) == {g.name for g in rules.grades}


def test_every_template_filled_in_is_a_scenario_without_a_complaint(table: Path) -> None:
    rules = read_rules()
    for graded in grade(read_halls(table, rules), rules):
        filled = fill(graded, rules)
        assert not check(filled.data), graded.hall.name
        model = load(filled.data).model
        source = model.sources[0]
        a_day = sum(p.rate * (p.end - p.start) for p in source.pieces)
        per_visit = sum(share * kind.count for share, kind in zip(source.mix, model.types, strict=True))
        assert a_day * per_visit * 30 == pytest.approx(graded.hall.figures["transactions"])


def test_servers_follow_the_work_of_each_hour_by_the_square_root_rule(table: Path) -> None:
    rules = read_rules()
    best = grade(read_halls(table, rules), rules)[0]
    filled = fill(best, rules)
    model = load(filled.data).model
    counter = next(i for i, s in enumerate(model.stations) if s.name == "counter")
    beta = square_root_beta(best.grade.may_wait)
    needed = [square_root_staffing(float(r), beta) for r in offered_load(model)[counter].sum(axis=0)]
    steps = filled.data["stations"]["counter"]["servers"]["staff"]
    by_hour = [max((t, n) for t, n in steps.items() if t <= f"{9 + h:02d}:00")[1] for h in range(9)]
    assert by_hour == needed
    assert filled.posts["counter"] == (min(needed), max(needed))
    assert filled.posts["kiosk"][0] == filled.posts["kiosk"][1]


def test_the_command_writes_a_scenario_that_loads_and_tables_in_both_languages(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "centre.yaml"
    done = CliRunner().invoke(app, ["grade", str(table), "--hall", "Centre", "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["assumed"] is True
    assert [hall["rank"] for hall in found["halls"]] == [1, 2, 3, 4]
    assert load(out).model.label.en == "Centre"
    rules = read_rules()
    graded = grade(read_halls(table, rules), rules)
    filled = [fill(g, rules) for g in graded]
    for lang in ("en", "zh"):
        text = render(graded, filled, rules, lang)
        assert max(map(display_width, text.splitlines())) <= 80
        assert ("assumptions" if lang == "en" else "假设") in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--out", "x.yaml"], "--out needs --hall NAME"),
        (["--hall", "Centre"], "--hall needs --out"),
        (["--hall", "Center", "--out", "x.yaml"], "'Center' is not a hall of halls.csv"),
        (["--rules", "nowhere.yaml"], "nowhere.yaml"),
    ],
)
def test_bad_options_of_grade_are_told(
    table: Path, options: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from hallsim.cli import main

    monkeypatch.chdir(table.parent)
    with pytest.raises(SystemExit) as left:
        main(["grade", "halls.csv", *options])
    assert left.value.code == 2
    assert message in capsys.readouterr().err


BAD_RULES = {
    "weights": ("weight: 20 %, from: 40", "weight: 30 %, from: 40", "figures: the weights sum to 110 %, not 100 %"),
    "ends": ("to: 600", "to: 40", "figures.visits.to: is 40 as `from` is; nothing lies between them"),
    "side": (
        "visits: {side: inner",
        "visits: {side: outside",
        "figures.visits.side: 'outside' is not a side; known: outer, inner (did you mean outer?)",
    ),
    "from": (
        "weight: 20 %, from: 40,",
        "weight: 20 %,",
        "figures.visits: from is missing: where it scores 0, such as from: 40",
    ),
    "order": (
        "least: 35",
        "least: 70",
        "grades.standard.least: 70 is not below the 65 of flagship; write the best grade first",
    ),
    "last": (
        "least: 0",
        "least: 5",
        "grades.county.least: is above 0, so some halls have no grade; let the last grade begin at 0",
    ),
    "may_wait": ("may_wait: 45 %", "may_wait: 100 %", "grades.county.may_wait: needs a share between 0 % and 100 %"),
    "key": (
        "    may_wait: 45 %",
        "    posts: 3\n    may_wait: 45 %",
        "grades.county.posts: 'posts' is not a key of a grade; known: least, label, zones, may_wait, hall",
    ),
    "demand": (
        "transactions: {side",
        "business: {side",
        "figures: transactions is missing, from which a hall's demand is made; with a weight of 0 % it counts nothing",
    ),
}


@pytest.mark.parametrize(
    ("which", "line"),
    [
        *[("weights", 8), ("ends", 12), ("side", 12), ("from", 12), ("order", 44)],
        *[("last", 62), ("may_wait", 65), ("key", 65), ("demand", 8)],
    ],
)
def test_bad_rules_are_told_with_their_line(tmp_path: Path, which: str, line: int) -> None:
    old, new, message = BAD_RULES[which]
    shipped = DEFAULT_RULES.read_text(encoding="utf-8")
    assert shipped.count(old) == 1
    file = tmp_path / "rules.yaml"
    file.write_text(shipped.replace(old, new), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_rules(file)
    assert [str(c) for c in caught.value.complaints] == [f"{file}:{line} {message}"]


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("visits,", "visit,", 1, "'visits' is not a column of this table; known: hall, catchment, footfall, "
         "competitors, visit, transactions, productivity (did you mean visit?)"),
        ("560", "many", 2, "visits: 'many' is not a number of visits"),
        ("18000", "0", 2, "transactions: '0' is not a number of transactions"),
        ("Old Town", "Centre", 4, "hall: Centre is in the table twice"),
        ("Market Town", "", 5, "hall: has no name"),
    ],
)  # fmt: skip
def test_bad_tables_of_halls_are_told_with_their_line(table: Path, old: str, new: str, line: int, message: str) -> None:
    table.write_text(HALLS.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_halls(table, read_rules())
    assert [f"{c.line} {c.path + ': ' if c.path else ''}{c.message}" for c in caught.value.complaints] == [
        f"{line} {message}"
    ]


def test_a_file_that_is_no_table_of_halls_is_told_once(table: Path) -> None:
    table.write_text("format: 1\nhall: Old Town\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_halls(table, read_rules())
    assert [c.message for c in caught.value.complaints] == [
        "is no table of halls (CSV): it has none of the columns hall, catchment, footfall, competitors, visits, "
        "transactions, productivity"
    ]


def test_a_template_that_is_no_scenario_is_told_by_its_path(tmp_path: Path, table: Path) -> None:
    rules = read_rules(changed(tmp_path, "grades", "county", "hall", "stations", "counter", "time", "lognorm 4 min"))
    with pytest.raises(ScenarioError, match=r"grades.county.hall.stations.counter.time") as caught:
        fill(grade(read_halls(table, rules), rules)[-1], rules)
    assert "lognorm" in str(caught.value)
