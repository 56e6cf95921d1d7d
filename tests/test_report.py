"""The report as text: self-contained, true to the table of results, in both languages, safe, and plain about gaps."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import json
import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hallsim.charts import CHARTS
from hallsim.charts.base import Material
from hallsim.cli import exit_code
from hallsim.errors import LogError, UsageError
from hallsim.experiment import Results
from hallsim.kpis import KPIS
from hallsim.report import Origin, origin_of_run, render, report, report_log, write
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


# --- logs --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return three logged days of the small hall, some of whose customers stand in two lines."""
    import pandas as pd

    import hallsim as hs
    from hallsim import visits

    stations = {"greeter": {"servers": 1, "time": "exponential 1 min", "then": "counter"}, "counter": COUNTER}
    hall = hs.load(hall_with(stations=stations, targets=None))
    days = [visits.build(hall, day, None, f"2024-03-{i + 4:02d}") for i, day in enumerate(hs.replicate(hall, 3, 1))]
    path = tmp_path_factory.mktemp("log") / "march.parquet"
    visits.save(pd.concat(days, ignore_index=True), path)
    return path


def test_a_log_alone_has_its_report(log: Path, tmp_path: Path) -> None:
    from hallsim import visits
    from hallsim.calibrate.stays import stays, wait_figures

    report_log(log, tmp_path / "r.html", "en")
    found = read((tmp_path / "r.html").read_text(encoding="utf-8"))
    table = visits.load(log)
    shown = {key: n for key, n in found.numbers.items() if key[1] == "hall" and key[3] is None}
    item = next(iter(shown))[2]
    mean = shown["mean_wait", "hall", item, None, None].exact
    assert mean == pytest.approx(wait_figures(stays(table), 300).mean_wait_s / 60, rel=1e-8)
    n_visits = len(table[["date", "visit"]].drop_duplicates())
    assert f"The log has {n_visits} visits with {table['t_ticket'].notna().sum()} stays in a line" in found.text
    assert "none: a log of real days" in found.text
    assert "The scenario states no targets." not in found.text


def test_rows_that_cannot_be_are_left_out_and_it_is_said(log: Path, tmp_path: Path) -> None:
    from hallsim import visits

    table = visits.load(log)
    served = table.index[table["outcome"] == "served"]
    table.loc[served[3], "t_end"] = table.loc[served[3], "t_call_last"] - 60_000_000
    table.loc[served[9], "t_end"] = table.loc[served[9], "t_ticket"] - 60_000_000
    visits.save(table, tmp_path / "march.parquet")
    report_log(tmp_path / "march.parquet", tmp_path / "r.html", "en")
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "Left out: 2 rows of the log whose times are in no possible order." in text


def test_the_cleaning_of_a_log_is_told_with_it(log: Path, tmp_path: Path) -> None:
    copy = tmp_path / "march.parquet"
    copy.write_bytes(log.read_bytes())
    cleaning = {"rows_read": 12, "rows_kept": 9, "counts": [{"rule": "bad_date", "effect": "dropped", "count": 3}]}
    (tmp_path / "march.parquet.cleaning.json").write_text(json.dumps(cleaning), encoding="utf-8")
    report_log(copy, tmp_path / "r.html", "zh")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "读取 12 行，保留 9 行，剔除 3 行。" in page
    assert '<th scope="row">无法识别的日期</th><td>剔除</td><td>3</td>' in page


@pytest.mark.parametrize("content", ["{", "[]", '{"counts": [{"rule": "of mine", "count": 3}]}'])
def test_a_file_that_only_looks_like_a_cleaning_report_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "march.parquet.cleaning.json").write_text(content, encoding="utf-8")
    with pytest.raises(LogError, match="is not a cleaning report; import the log again, or take the file away"):
        report_log(tmp_path / "march.parquet", tmp_path / "r.html")


def test_the_command_takes_a_log(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.chdir(tmp_path)
    assert exit_code(["report", str(log), "--lang", "en"]) == 0
    assert capsys.readouterr().out == "march.html\n"
    page = (tmp_path / "march.html").read_text(encoding="utf-8")
    assert "hallsim report march.parquet --out march.html --lang en" in page


def test_a_log_that_is_not_there_is_said_in_a_line(tmp_path: Path, capsys: Capture) -> None:
    log = tmp_path / "march.parquet"
    assert exit_code(["report", str(log), "--out", str(tmp_path / "r.html")]) == 2
    assert capsys.readouterr().err == f"hallsim: {log}: no such file\n"


def test_a_log_is_not_simulated(log: Path, tmp_path: Path, capsys: Capture) -> None:
    arguments = ["report", str(log), "--out", str(tmp_path / "r.html"), "--reps", "5", "--seed", "2"]
    assert exit_code(arguments) == 2
    assert "is a log and is not simulated: --reps, --seed cannot be used with it" in capsys.readouterr().err


def test_a_re_enacted_log_is_held_against_itself(log: Path, tmp_path: Path) -> None:
    import hallsim as hs

    (tmp_path / "march.parquet").write_bytes(log.read_bytes())
    (tmp_path / "march.parquet.cleaning.json").write_text("not one", encoding="utf-8")
    path = tmp_path / "again.yaml"
    path.write_text("format: 1\nhall: Corner hall\nreplay: {log: march.parquet, order: line}\n", encoding="utf-8")
    hall = hs.load(path)
    results = hs.run(hall, replications=3)
    report(hall, results, tmp_path / "r.html", "en")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    found = read(page)
    assert results.observed is not None
    assert "with the staffing of the logged days?" in found.text
    assert f"in the log they waited {results.observed.estimate('mean_wait').value:.2f}" in found.text
    assert "Difference of the mean waits" in found.text
    assert 'id="chart-log_tickets"' in page
    assert "stays in a line; every figure here counts each stay" in found.text


# --- files and command line ----------------------------------------------------------------------------------


def test_report_writes_the_page_with_the_scenario_in_it(tmp_path: Path, small_hall: Path) -> None:
    from hallsim.scenario import load

    hall = load(small_hall)
    _, material = material_of(str(small_hall), 3)
    report(hall, material.results, tmp_path / "r.html", lang="en")
    assert "exponential 20 min" in read((tmp_path / "r.html").read_text(encoding="utf-8")).text


def test_run_writes_table_and_report(tmp_path: Path, small_hall: Path, capsys: Capture) -> None:
    out = tmp_path / "r.html"
    arguments = ["run", str(small_hall), "--reps", "5", "--report", str(out), "--date", "2024-03-05"]
    assert exit_code(arguments) == 0
    assert "Small hall" in capsys.readouterr().out
    page = out.read_text(encoding="utf-8")
    assert 'data-languages="zh en"' in page
    assert "2024-03-05" in page


def test_run_in_chinese_writes_a_chinese_report(tmp_path: Path, small_hall: Path, capsys: Capture) -> None:
    out = tmp_path / "r.html"
    assert exit_code(["run", str(small_hall), "--reps", "5", "--lang", "zh", "--report", str(out)]) == 0
    assert "等候" in capsys.readouterr().out
    assert 'data-languages="zh"' in out.read_text(encoding="utf-8")


def test_report_simulates_and_prints_where_the_page_is(
    tmp_path: Path, small_hall: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    assert exit_code(["report", str(small_hall), "--reps", "5", "--set", "stations.counter.servers=4"]) == 0
    assert capsys.readouterr().out == "small_hall.html\n"
    page = (tmp_path / "small_hall.html").read_text(encoding="utf-8")
    assert "hallsim run small_hall.yaml --reps 5 --seed 1 --set stations.counter.servers=4" in page


@pytest.mark.parametrize("command", [["run", "--report"], ["report", "--out"]])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere/r.html", "there is no folder"),
        ("r.pdf", "the file's ending says its format; known: .html, .htm"),
        ("folder.html", "is a folder"),
    ],
)
def test_a_report_that_cannot_be_written_is_refused_before_the_run(
    command: list[str], name: str, message: str, tmp_path: Path, small_hall: Path, capsys: Capture
) -> None:
    (tmp_path / "folder.html").mkdir()
    assert exit_code([command[0], str(small_hall), "--reps", "10000000", command[1], str(tmp_path / name)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--lang", "both"], "--lang both is for reports: name one with --report FILE.html"),
        (["--date", "2024-03-05"], "--date is for reports: name one with --report FILE.html"),
        (["--report", "r.html", "--date", "5.3.2024"], "'5.3.2024' is not a date; write it as 2024-03-05"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    options: list[str], message: str, small_hall: Path, capsys: Capture
) -> None:
    assert exit_code(["run", str(small_hall), *options]) == 2
    assert message in capsys.readouterr().err


def test_ctrl_c_while_the_report_is_made_leaves_no_file(
    tmp_path: Path, small_hall: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "out" / "r.html"
    out.parent.mkdir()
    monkeypatch.setattr("hallsim.report.make.gather", stopped)
    assert exit_code(["run", str(small_hall), "--reps", "3", "--report", str(out)]) == 130
    shown = capsys.readouterr()
    assert "Small hall" in shown.out
    assert f"stopped by Ctrl-C: {out} was not written" in shown.err
    assert list(out.parent.iterdir()) == []


def test_a_run_without_a_report_imports_no_chart_library(small_hall: Path) -> None:
    script = (
        "import sys; from hallsim.cli import exit_code; exit_code(['run', sys.argv[1], '--reps', '2']);"
        "print('imported:', *[m for m in ('plotly', 'jinja2', 'hallsim.charts') if m in sys.modules])"
    )
    command = [sys.executable, "-c", script, str(small_hall)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].strip() == "imported:"


def test_numbers_are_written_as_the_table_on_the_terminal_writes_them(material: Material) -> None:
    from hallsim.experiment.verdicts import show

    for e in material.results.estimates():
        assert show(e.value, e.kpi.unit).removesuffix(" min") == number(e.value, e.kpi.unit)
        assert math.isnan(e.low) or span(e.low, e.high, e.kpi.unit)
