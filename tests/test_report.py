"""The report as text: self-contained, true to the table of results, in both languages, safe, and plain about gaps."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import math
import re
from pathlib import Path
from typing import Any

import pytest

from hallsim.charts import CHARTS
from hallsim.charts.base import Material
from hallsim.errors import UsageError
from hallsim.experiment import Results
from hallsim.kpis import KPIS
from hallsim.report import Origin, origin_of_run, render, write
from hallsim.report.answer import answer_of, question_of, remarks_of
from hallsim.report.origin import files_of
from hallsim.report.script import packed, plotly_script
from hallsim.report.tables import WIDEST, Tables, tables_of
from hallsim.report.texts import number, span
from tests.report_pages import COUNTER, HALL, HOSTILE, LONG, MARKUP, hall_with, keys_of, material_of, read

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def material() -> Material:
    return material_of(HALL)[1]


@pytest.fixture(scope="module")
def page(material: Material) -> str:
    return render(material)


@pytest.fixture(scope="module")
def flagship(root: Path) -> Material:
    return material_of(str(root / "scenarios" / "flagship_hall.yaml"), 30)[1]


@pytest.fixture(scope="module")
def hostile() -> Material:
    return material_of(HOSTILE)[1]


@pytest.fixture(scope="module")
def root() -> Path:
    return Path(__file__).resolve().parent.parent


def visible(page: str) -> str:
    """Return a page without its packed data."""
    return re.sub(r'(<script type="application/gzip\+base64"[^>]*>)[^<]*', r"\1", page)


# --- one file ----------------------------------------------------------------------------------------------


def test_the_page_names_no_other_file_and_forbids_every_request(page: str) -> None:
    found = read(page)
    references = [given[name] for _, given in found.elements for name in ("src", "href") if name in given]
    assert {reference[:1] for reference in references} == {"#"}
    assert "@import" not in visible(page)
    assert "url(" not in visible(page)
    (policy,) = [g["content"] for tag, g in found.elements if tag == "meta" and "http-equiv" in g]
    assert policy.startswith("default-src 'none';")


def test_the_largest_scenario_takes_less_than_3_mb(flagship: Material) -> None:
    assert len(render(flagship).encode("utf-8")) < 3_000_000


def test_the_same_run_gives_the_same_bytes(material: Material, page: str) -> None:
    assert render(material) == page


def test_a_date_is_printed_only_if_given(material: Material, page: str) -> None:
    dated = render(material, origin=Origin(made="2024-03-05"))
    assert "2024-03-05" in dated
    assert re.search(r"20\d\d-\d\d-\d\d", visible(page)) is None


def test_the_script_is_plotly_compressed(page: str) -> None:
    from importlib import resources

    source = resources.files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()
    (inside,) = re.findall(r'id="plotly">([^<]*)<', page)
    assert gzip.decompress(base64.b64decode(inside)) == source


def test_a_damaged_copy_of_the_script_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLSIM_CACHE", str(tmp_path))
    monkeypatch.setattr("hallsim.report.script.packed", lambda data: packed(data[:1000]))  # quicker
    whole = plotly_script()
    (kept,) = (tmp_path / "scripts").iterdir()
    kept.write_text("alert(1)", encoding="ascii")
    assert plotly_script() == whole
    assert kept.read_text(encoding="ascii") == whole


def test_without_a_cache_folder_the_script_is_there_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HALLSIM_CACHE", str(tmp_path / "file" / "below"))
    (tmp_path / "file").write_text("", encoding="ascii")
    monkeypatch.setattr("hallsim.report.script.packed", lambda data: packed(data[:1000]))
    assert plotly_script()


# --- numbers -----------------------------------------------------------------------------------------------


def test_every_number_of_the_results_is_on_the_page_and_no_other(material: Material, page: str) -> None:
    assert_numbers(material.results, page)


def test_a_hall_of_many_parts_shows_them_all(flagship: Material) -> None:
    assert_numbers(flagship.results, render(flagship, "en"))


def assert_numbers(results: Results, page: str) -> None:
    """Compare the page's cells with the table of results: exactly, and as printed."""
    one_line = {s.name for s in results.model.stations if len(s.lines) == 1}
    several = len(one_line) < len(results.model.stations)
    wanted = {
        key: row
        for key, row in keys_of(results).items()
        if not (key[1] == "line" and (not several or (key[3] is not None and key[2] in one_line)))
    }
    found = {(k[0], k[1], k[2] or results.model.name, *k[3:]): n for k, n in read(page).numbers.items()}
    assert set(found) == set(wanted)
    for key, row in wanted.items():
        shown, unit = found[key], KPIS[row.kpi].unit
        assert shown.exact == pytest.approx(row.value, rel=1e-8, nan_ok=True)
        assert (shown.text, shown.interval) == (number(row.value, unit), span(row.low, row.high, unit)), key


def test_no_table_is_wider_than_a_sheet(flagship: Material) -> None:
    tables = tables_of(flagship.results)
    assert max(len(table.columns) for table in tables.days + tables.hours) <= WIDEST


def test_parts_of_a_wide_table_have_names_of_their_own(flagship: Material) -> None:
    tables = tables_of(flagship.results)
    names = [(table.keys, table.caption, table.part) for table in tables.days + tables.hours]
    assert len(set(names)) == len(names)
    halls = [t.part for t in tables.hours if t.keys == (("scope", "hall"), ("item", flagship.results.model.name))]
    assert halls[:2] == ["09:00–14:00", "14:00–18:00"]


def test_too_many_numbers_are_left_out_and_it_is_said(flagship: Material, monkeypatch: pytest.MonkeyPatch) -> None:
    in_full = tables_of(flagship.results)
    monkeypatch.setattr("hallsim.report.tables.MOST_CELLS", 1000)
    tables = tables_of(flagship.results)

    def n_numbers(tables: Tables) -> int:
        return sum(cell is not None for t in tables.days + tables.hours for row in t.rows for cell in row.cells)

    assert in_full.left_out == 0
    assert n_numbers(tables) <= 1000
    assert n_numbers(tables) + tables.left_out == n_numbers(in_full)
    assert f"{tables.left_out} numbers are left out here" in read(render(flagship, "en", charts=())).text


def test_every_figure_shown_is_defined_in_both_languages(page: str) -> None:
    found = read(page)
    for name in {key[0] for key in found.numbers}:
        assert KPIS[name].doc in found.text
        assert KPIS[name].doc_zh in found.text


# --- content -----------------------------------------------------------------------------------------------


def test_the_first_page_holds_question_answer_targets_and_three_charts(material: Material, page: str) -> None:
    first = page[page.index('<section id="summary">') : page.index("</section>")]
    assert question_of(material.results).en in first
    assert answer_of(material.results).zh in first
    assert "at least 80.0 %" in first
    assert first.count('<figure class="chart"') == 3
    assert page.count('<figure class="chart"') > 5


def test_other_charts_fill_the_first_page_of_a_run_without_hours() -> None:
    steady = {"run_for": "2000 min", "warm_up": "100 min", "open": None, "targets": None}
    _, material = material_of(hall_with(**steady), 4)
    page = render(material, "en")
    first = page[page.index('<section id="summary">') : page.index("</section>")]
    assert first.count('<figure class="chart"') == 3
    assert "95 % intervals, with runs as the unit" in first


def test_every_chart_has_its_finding_as_title_and_label(material: Material) -> None:
    for lang in ("zh", "en"):
        page = render(material, lang)
        findings = [c.finding(material, lang) for c in CHARTS if not c.why_not(material, lang)]
        labels = [given["aria-label"] for tag, given in read(page).elements if given.get("class") == "plot"]
        assert sorted(labels) == sorted(findings)
        headings = re.findall(r"<figcaption><h\d>(.*?)</h\d>", page)
        assert len(headings) == len(findings)


def test_a_chart_that_says_nothing_is_replaced_by_a_sentence() -> None:
    _, material = material_of(hall_with(stations={"counter": {**COUNTER, "patience": "never"}}))
    found = read(render(material, "en"))
    assert "Nobody in this hall ever gives up waiting." in found.text
    assert "chart-abandonment" not in {given.get("id") for _, given in found.elements}


def test_the_numbers_of_a_chart_stand_below_it(material: Material) -> None:
    page = render(material, "en")
    waits = page[page.index('id="chart-waits"') :]
    table = waits[waits.index('<table class="points">') : waits.index("</table>")]
    mean = material.results.estimate("mean_wait", "class", "customer", hour=540)
    assert f"{mean.value:.2f}\N{NO-BREAK SPACE}min" in table


def test_heads_of_rows_and_columns_say_so(page: str) -> None:
    heads = [given for tag, given in read(page).elements if tag == "th"]
    assert len(heads) > 100
    assert {given.get("scope") for given in heads} <= {"row", "col", "rowgroup"}


def test_provenance_names_what_makes_the_numbers_again(tmp_path: Path, small_hall: Path) -> None:
    scenario, material = material_of(str(small_hall), 5)
    origin = origin_of_run("halls/my hall.yaml", material.results, ["stations.counter.servers=3"], "r.html", "zh")
    found = read(render(material, "zh", dataclasses.replace(origin, files=files_of(scenario))))
    assert material.results.model.scenario_hash in found.text
    command = "hallsim run 'halls/my hall.yaml' --reps 5 --seed 1 --set stations.counter.servers=3 --report r.html"
    assert f"{command} --lang zh" in found.text
    assert small_hall.read_text(encoding="utf-8") in found.text
    assert str(tmp_path) not in found.text


def test_a_long_file_is_cut_and_it_is_said(tmp_path: Path) -> None:
    path = tmp_path / "hall.yaml"
    path.write_text("#" * 99 + "\n" + "# comment\n" * 12_000 + "format: 1\nopen: '09:00-10:00'\narrivals: {rate: 9/h}\n"
                    "stations: {counter: {servers: 1, time: 5 min}}\n", encoding="utf-8")  # fmt: skip
    scenario, material = material_of(str(path), 2)
    found = read(render(material, "en", Origin(files=files_of(scenario)), charts=()))
    assert "cut after 100000 characters" in found.text


# --- languages ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lang", "other"), [("zh", "Mean wait"), ("en", "平均等候时长")])
def test_a_page_in_one_language_has_nothing_of_the_other(material: Material, lang: str, other: str) -> None:
    page = render(material, lang)
    assert other not in page
    assert 'class="languages"' not in page
    assert f'<html lang="{"zh-CN" if lang == "zh" else "en"}"' in page


def test_a_page_in_both_says_everything_twice(page: str) -> None:
    spans = [given["lang"] for tag, given in read(page).elements if tag == "span" and "lang" in given]
    assert spans == ["zh", "en"] * (len(spans) // 2)
    assert len(spans) > 500


def test_another_language_is_refused(material: Material) -> None:
    with pytest.raises(UsageError, match="'fr' is not a language of reports; known: zh, en, both"):
        render(material, "fr")


# --- hostile names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en", "both"])
def test_names_are_text_and_nothing_else(hostile: Material, lang: str) -> None:
    origin = Origin(changes=(MARKUP,), command=f"hallsim run {MARKUP}")
    page = render(hostile, lang, origin)
    found = read(page)
    scripts = [given for tag, given in found.elements if tag == "script"]
    assert [given.get("id", "") for given in scripts] == ["figures", "plotly", ""]
    assert not [given for tag, given in found.elements if tag in ("img", "b", "iframe") or "onerror" in given]
    assert "<!-- " not in page
    assert MARKUP in found.text
    assert page.count("alert('x')") == 0


def test_names_are_shown_in_full_where_there_is_room(hostile: Material) -> None:
    found = read(render(hostile, "zh"))
    assert LONG in found.text
    assert "<b>Ann</b>" in found.text


def test_a_name_that_turns_the_text_keeps_to_itself(hostile: Material) -> None:
    page = render(hostile, "en")
    for place in re.finditer("\u202e", visible(page)):
        before = page[: place.start()]
        assert before.rfind("<bdi>") > before.rfind("</bdi>") or 'dir="auto"' in before[-200:]


def test_half_a_character_does_not_stop_the_page(tmp_path: Path) -> None:
    _, material = material_of(hall_with(hall={"en": "\ud800", "zh": "\udfff"}), 2)
    write(material, tmp_path / "r.html")
    assert (tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


# --- answers -----------------------------------------------------------------------------------------------


def answer(targets: dict[str, Any] | None, **changes: Any) -> tuple[str, str]:
    results = material_of(hall_with(targets=targets, **changes), 20)[1].results
    return answer_of(results).en, answer_of(results).zh


def test_all_targets_met_is_a_yes() -> None:
    en, zh = answer({"all": {"mean_wait": "at most 60 min", "wait_p50": "at most 60 min"}})
    assert en.startswith("Yes: all 2 targets are met; customers wait ")
    assert zh.startswith("能：2 项目标全部达标；客户平均等候 ")


def test_all_targets_missed_are_counted_once() -> None:
    en, zh = answer({"all": {"wait": "100 % within 1 min", "mean_wait": "at most 1 s"}})
    assert en.startswith("No: all 2 targets are missed; ")
    assert zh.startswith("不能：2 项目标全部未达标；")


def test_how_long_an_outage_is_felt_is_said() -> None:
    outages = [{"from_to": "10:00-10:30", "stations": ["counter"]}]
    results = material_of(hall_with(outages=outages), 20)[1].results
    said = next(remark for remark in remarks_of(results) if "outage" in remark.en)
    recovery = results.estimate("recovery", within_min=10.0)
    assert said.en.replace("\u00a0", " ").startswith(f"After an outage it takes {recovery.value:.2f} min (")
    assert said.zh.startswith("中断结束后，需 ")


def test_a_target_missed_is_a_no() -> None:
    en, zh = answer({"all": {"wait": "100 % within 1 min", "mean_wait": "at most 60 min"}})
    assert en.startswith("No: of 2 targets, 1 missed, 1 met; ")
    assert zh.startswith("不能：2 项目标中 1 项未达标，1 项达标；")


def test_a_target_inside_the_noise_is_neither() -> None:
    mean = material_of(HALL, 20)[1].results.estimate("mean_wait").value
    en, zh = answer({"all": {"mean_wait": f"at most {mean:.6f} min"}})
    assert en.startswith("It cannot be said for certain: the target is inside the noise; ")
    assert zh.startswith("尚不能肯定：目标在误差范围内；")


def test_without_targets_the_answer_is_the_waits() -> None:
    en, zh = answer(None)
    assert re.match(r"Customers wait \d\.\d\d\smin \(\d\.\d\d to \d\.\d\d\) on average, longest after arriving at ", en)
    assert zh.startswith("客户平均等候 ")


def test_the_answer_names_the_class_that_waits_longest() -> None:
    changes = {
        "segments": {"vip": "30 %", "general": "rest"},
        "stations": {"counter": {**COUNTER, "call": {"priority": ["vip"]}}},
    }
    en, zh = answer(None, **changes)
    assert "longest with tickets of class general, " in en
    assert "其中最长的是“普通客户”客户 " in zh


def test_a_question_of_the_scenario_is_asked_and_not_answered_with_yes() -> None:
    results = material_of(hall_with(question={"en": "Are two enough?", "zh": "两个够吗？"}), 20)[1].results
    assert question_of(results).zh == "两个够吗？"
    assert answer_of(results).en.startswith("The target is ")


# --- gaps --------------------------------------------------------------------------------------------------


def test_an_empty_hall_says_that_nobody_came() -> None:
    _, material = material_of(hall_with(arrivals={"per_hour": [0, 0, 0]}), 3)
    assert answer_of(material.results).en == "Nobody came."
    found = read(render(material))
    assert "没有客户到访。" in found.text
    assert not [text for text in found.texts if text.strip() == "nan"]


def test_one_customer_on_one_day_is_said_in_words() -> None:
    _, material = material_of(hall_with(arrivals={"times": ["10:00"]}), 1)
    remarks = [remark.en for remark in remarks_of(material.results)]
    assert "Only one customer came." in remarks
    assert "A single day has no interval, and no target can be judged by it." in remarks
    assert "Nobody had to wait." in remarks
    assert "The hall has no kiosks." in remarks
    found = read(render(material, "en"))
    assert all(remark in found.text for remark in remarks)


def test_nobody_gave_up_is_said_in_words() -> None:
    _, material = material_of(hall_with(stations={"counter": {**COUNTER, "servers": 9}}), 5)
    assert "Nobody gave up waiting." in [remark.en for remark in remarks_of(material.results)]


def test_a_run_that_was_stopped_has_a_banner(material: Material, page: str) -> None:
    results = dataclasses.replace(material.results, wanted=200)
    stopped = read(render(dataclasses.replace(material, results=results), "en")).text
    assert "Stopped early: 20 of 200 days were simulated." in stopped
    assert 'role="alert"' not in page


def test_a_log_stands_beside_its_simulation(material: Material) -> None:
    _, other = material_of(HALL, 10)
    both = dataclasses.replace(material, observed=other.results, observed_profile=other.profile)
    page = render(both, "en", charts=())
    beside = page[page.index('<section id="log">') : page.index('<section id="tables">')]
    log, simulated = (r.estimate("mean_wait").value for r in (other.results, material.results))
    row = beside[beside.index('data-kpi="mean_wait"') :]
    shown = re.findall(r'data-v="([^"]*)"', row[: row.index("</tr>")])
    assert [float(v) for v in shown] == [pytest.approx(log), pytest.approx(simulated)]


def test_numbers_are_written_as_the_table_on_the_terminal_writes_them(material: Material) -> None:
    from hallsim.experiment.verdicts import show

    for e in material.results.estimates():
        assert show(e.value, e.kpi.unit).removesuffix(" min") == number(e.value, e.kpi.unit)
        assert math.isnan(e.low) or span(e.low, e.high, e.kpi.unit)
