"""The forest of differences, and the section of the report that it stands in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hallsim.charts import Material
from hallsim.charts.base import LANGUAGES
from hallsim.charts.differences import rows_of
from hallsim.cli import exit_code
from hallsim.experiment.compare import compare
from hallsim.experiment.compare_table import sentence
from hallsim.experiment.profile import gather
from hallsim.report import render
from tests.charted import BUSY_HALL, BY_NAME, HOSTILE, data, read, texts
from tests.report_pages import read as read_page

CHART = BY_NAME["differences"]


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Return the busy hall, with a third counter for the whole morning, and with nobody to divert."""
    path = tmp_path_factory.mktemp("busy") / "hall.yaml"
    path.write_text(BUSY_HALL, encoding="utf-8")
    variants = {"three counters": "stations.counter.servers=3", "as it is": "open=09:00-12:00"}
    found = compare(path, variants=variants, replications=60)
    return Material(found.results[0], gather(found.results[0].model, found.results[0]), differences=found)


def test_every_point_is_a_difference_in_per_cent_of_the_base(material: Material) -> None:
    assert material.differences is not None
    rows = rows_of(material.differences)
    points = [t for t in data(CHART.figure(material, "en")) if t.get("hoverinfo") == "text"]
    assert [t["x"][0] for t in points] == pytest.approx([100 * r.difference / r.base for r in rows], rel=1e-5)
    assert [t["error_x"]["array"][0] for t in points] == pytest.approx(
        [100 * (r.high - r.difference) / r.base for r in rows], rel=1e-4
    )


def test_halls_without_any_difference_are_not_drawn(material: Material) -> None:
    assert material.differences is not None
    assert {row.hall for row in rows_of(material.differences)} == {1}


def test_the_title_tells_of_the_shortest_waits(material: Material) -> None:
    assert material.differences is not None
    said = sentence(material.differences, 1, "en", ("mean_wait",))
    assert CHART.finding(material, "en") == f"The shortest waits of 2 halls: {said}"
    assert "three counters使平均等候时长缩短" in CHART.finding(material, "zh")


def test_without_a_comparison_there_is_no_forest(material: Material) -> None:
    assert CHART.applies(replace(material, differences=None)) == "no_comparison"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_hostile_names_of_variants_are_text(lang: str, tmp_path: Path) -> None:
    path = tmp_path / "hall.yaml"
    path.write_text(BUSY_HALL, encoding="utf-8")
    found = compare(path, variants=dict.fromkeys(HOSTILE.values(), "stations.counter.servers=3"), replications=3)
    made = Material(found.results[0], gather(found.results[0].model, found.results[0]), differences=found)
    shown = [text for t in data(CHART.figure(made, lang)) for text in texts(t)]
    assert any("<script>" in read(text) for text in shown)
    assert not any("<script" in text or "<b>" in text for text in shown)
    page = render(made, lang)
    assert "<script>alert" not in page


def test_the_report_has_a_section_with_every_difference(material: Material) -> None:
    page = read_page(render(material, "both"))
    assert ("section", {"id": "comparison"}) in page.elements
    for lang in LANGUAGES:
        assert material.differences is not None
        assert sentence(material.differences, 1, lang) in page.text
    assert "stations.counter.servers=3" in page.text
    figures = [given["data-figure"] for _, given in page.elements if "data-figure" in given]
    assert figures.count("differences") == 1


def test_the_command_writes_the_report(small_hall: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "r.html"
    options = ["--variant", "more: stations.counter.servers=4", "--reps", "5", "--report", str(path), "--lang", "zh"]
    assert exit_code(["compare", str(small_hall), *options]) == 0
    page = read_page(path.read_text(encoding="utf-8"))
    assert "方案比较" in page.text
    assert "hallsim compare small_hall.yaml --variant 'more: stations.counter.servers=4' --reps 5" in page.text
    assert "本方案" in capsys.readouterr().out
