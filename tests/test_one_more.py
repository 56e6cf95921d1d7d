"""What one more server, and one fewer, would change: which changes are made, and what the page says of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hallsim.charts import Material
from hallsim.charts.base import LANGUAGES
from hallsim.cli import exit_code
from hallsim.experiment import run
from hallsim.experiment.compare import compare
from hallsim.experiment.one_more import days_of, one_more, steps_of
from hallsim.experiment.profile import gather
from hallsim.report import render
from hallsim.scenario import Scenario, load
from tests.charted import BUSY_HALL, BY_NAME, data

CHART = BY_NAME["one_more"]
SCENARIOS = Path(__file__).parents[1] / "scenarios"


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """Return the busy hall with two counters without names, and a mean wait that three of them would keep."""
    path = tmp_path_factory.mktemp("busy") / "hall.yaml"
    names = "".join(line + "\n" for line in BUSY_HALL.splitlines() if "- {name" in line)
    text = BUSY_HALL.replace("servers:\n" + names, "servers: 2\n")
    path.write_text(text.replace("Z: {wait: 90 % within 5 min}", "all: {mean_wait: at most 4 min}"), encoding="utf-8")
    return load(path)


@pytest.fixture(scope="module")
def material(hall: Scenario) -> Material:
    results = run(hall, replications=40)
    return Material(results, gather(hall.model, results), one_more=one_more(hall, results))


def test_each_place_with_a_number_of_servers_gets_one_more_and_one_fewer(hall: Scenario) -> None:
    steps = steps_of(hall, run(hall, replications=2))
    assert [(step.path, step.servers) for step in steps] == [
        ("stations.kiosk.servers", 3),
        ("stations.kiosk.servers", 1),
        ("stations.counter.servers", 3),
        ("stations.counter.servers", 1),
    ]


def test_variants_of_a_calendar_have_whole_turns_of_it(hall: Scenario) -> None:
    """Else the first days of the calendar would count once more than the others."""
    model = replace(hall.model, calendar=tuple((f"2024-03-{d + 1:02d}", 0) for d in range(28)))
    assert days_of(model, 280, 600.0) == 196
    assert days_of(replace(model, calendar=model.calendar * 13), 364, 600.0) == 364
    assert days_of(model, 20, 600.0) == 20


def test_runs_of_many_visits_are_asked_about_with_fewer_of_them(hall: Scenario) -> None:
    assert days_of(hall.model, 500, 600.0) == 200
    assert days_of(hall.model, 500, 20_000.0) == 50
    assert days_of(hall.model, 500, 9_000_000.0) == 20


@pytest.mark.parametrize(
    ("file", "paths"),
    [
        ("vip_separation_room.yaml", {"stations.counter.pools.vip_room.servers"}),
        ("three_halls_network.yaml", {"halls.main.stations.counter.servers", "halls.west.stations.counter.servers"}),
        ("pda_hall_4_and_1.yaml", {"stations.pda.servers"}),
    ],
)
def test_pools_halls_of_a_network_and_clerks_with_handhelds_are_places_too(file: str, paths: set[str]) -> None:
    found = load(SCENARIOS / file)
    assert paths <= {step.path for step in steps_of(found, run(found, replications=1))}


def test_a_step_changes_what_a_comparison_with_that_hall_says(hall: Scenario, material: Material) -> None:
    assert material.one_more is not None
    i = [step.path + str(step.by) for step in material.one_more.steps].index("stations.counter.servers1")
    alone = compare(hall, variants={"three": "stations.counter.servers=3"}, replications=40).get("mean_wait")
    step = material.one_more.changes("mean_wait")[i]
    assert (step.base, step.value, step.low_alone, step.high_alone) == pytest.approx(
        (alone.base, alone.value, alone.low_alone, alone.high_alone)
    )


def test_the_title_says_where_one_more_would_shorten_the_wait_most(material: Material) -> None:
    assert material.one_more is not None
    best = min(material.one_more.changes("mean_wait"), key=lambda row: row.difference)
    said = f"One more at “counter” would cut the mean wait from {best.base:.2f} min to {best.value:.2f} min; "
    assert CHART.finding(material, "en").replace("\u00a0", " ").startswith(said)
    assert CHART.finding(material, "zh").startswith("“台席”多一个，平均等候将由")


def test_places_where_one_fewer_keeps_all_targets_are_named(hall: Scenario) -> None:
    easy = hall.change("targets", {"all": {"mean_wait": "at most 60 min"}})
    results = run(easy, replications=20)
    said = CHART.about(Material(results, gather(easy.model, results), one_more=one_more(easy, results)), "en")
    assert "With one fewer all targets are still met at: kiosk, counter." in said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_mark_is_the_mean_wait_after_its_step(material: Material, lang: str) -> None:
    assert material.one_more is not None
    marks = [t for t in data(CHART.figure(material, lang)) if t.get("hoverinfo") == "text"]
    waits = [row.value for row in material.one_more.changes("mean_wait")]
    assert [mark["x"][0] for mark in marks] == pytest.approx(waits, rel=1e-5)
    assert all("→" in text for mark in marks for text in mark["hovertext"])


def test_a_target_that_a_step_turns_is_named(material: Material) -> None:
    said = CHART.about(material, "en")
    assert "One more at “counter” keeps a target that Busy hall breaks: Busy hall, mean wait is" in said


def test_the_first_page_says_why_customers_wait_and_what_one_more_would_change(material: Material) -> None:
    page = render(material, "en")
    for name in ("why", "one_more"):
        assert f'<li><a href="#chart-{name}">' in page


def test_a_run_that_nobody_asked_about_says_nothing_of_it(material: Material) -> None:
    alone = replace(material, one_more=None)
    assert CHART.applies(alone) == "no_steps"
    assert "one_more" not in render(alone, "en")


def test_ctrl_c_while_variants_are_simulated_leaves_the_rest_of_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("hallsim.experiment.one_more.same_days", stopped)
    page = tmp_path / "hall.html"
    assert exit_code(["run", str(SCENARIOS / "pda_hall.yaml"), "--reps", "2", "--report", str(page)]) == 130
    assert "says nothing of one more or fewer" in capsys.readouterr().err
    assert 'id="chart-waits"' in page.read_text(encoding="utf-8")
