"""The chart of staff needed and scheduled, and the section of the report that it stands in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hallsim.charts import Material
from hallsim.charts.base import LANGUAGES
from hallsim.cli import exit_code
from hallsim.experiment import run
from hallsim.experiment.profile import gather
from hallsim.experiment.staffing import staff
from hallsim.report import render
from hallsim.scenario import load
from tests.charted import BUSY_HALL, BY_NAME, HOSTILE, data, texts
from tests.report_pages import read as read_page

CHART = BY_NAME["staffing"]


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Return the busy hall with a plan for its counters."""
    path = tmp_path_factory.mktemp("busy") / "hall.yaml"
    path.write_text(BUSY_HALL, encoding="utf-8")
    hall = load(path)
    results = run(hall, 20)
    return Material(results, gather(hall.model, results), plan=staff(hall, promise="average", days=200))


def test_lines_are_what_the_plan_says(material: Material) -> None:
    plan = material.plan
    assert plan is not None
    assert plan.required is not None
    assert plan.shifts is not None
    drawn = {t["name"]: t["y"][::2] for t in data(CHART.figure(material, "en")) if t.get("mode") == "lines"}
    assert drawn == {
        "needed": plan.required.numbers[0].tolist(),
        "on the shifts found": plan.shifts.numbers[0].tolist(),
        "scheduled today": pytest.approx(plan.today.numbers[0].tolist(), rel=1e-3),
    }


def test_the_title_names_the_worst_half_hour(material: Material) -> None:
    plan = material.plan
    assert plan is not None
    assert plan.required is not None
    worst = int((plan.required.numbers - plan.today.numbers)[0].argmax())
    begin = 9 * 60 + 30 * worst
    assert f"{begin // 60:02d}:{begin % 60:02d}" in CHART.finding(material, "en")
    assert "排班少于需要" in CHART.finding(material, "zh")


def test_without_a_plan_there_is_no_chart_and_no_section(material: Material) -> None:
    without = replace(material, plan=None)
    assert CHART.applies(without) == "no_plan"
    assert 'id="staff"' not in render(without, "en")
    assert "No staff was planned" not in render(without, "en")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_section_has_the_sentences_the_chart_and_the_tables(material: Material, lang: str) -> None:
    assert material.plan is not None
    page = render(material, lang)
    section = page[page.index('<section id="staff">') :]
    section = section[: section.index("</section>")]
    for text in material.plan.sentences(lang)[:2]:
        assert text.split("%")[0][:30] in section
    assert 'id="chart-staffing"' in section
    assert section.count('class="beside staffed"') == 2


@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_posts_are_text(material: Material, name: str) -> None:
    assert material.plan is not None
    hall = material.plan.hall.change("stations.counter.label", HOSTILE[name])
    figure = CHART.figure(replace(material, plan=replace(material.plan, hall=hall)), "en")
    assert all("<script" not in text and "<b>" not in text.replace("<br>", "") for text in texts(figure))


def test_the_command_writes_a_report(tmp_path: Path) -> None:
    hall, page = tmp_path / "hall.yaml", tmp_path / "plan.html"
    hall.write_text(BUSY_HALL, encoding="utf-8")
    options = ["--promise", "average", "--days", "200", "--report", str(page), "--lang", "en"]
    assert exit_code(["staff", str(hall), *options]) == 0
    found = read_page(page.read_text(encoding="utf-8"))
    assert "hallsim staff hall.yaml --promise average" in found.text
