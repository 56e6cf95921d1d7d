"""The report in Chromium: nothing asked of the network, no error, every chart drawn, wide, narrow and on paper."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hallsim.charts import CHARTS
from hallsim.charts.base import Material
from hallsim.kpis import KPIS
from hallsim.report import Origin, write
from hallsim.report.answer import answer_of
from hallsim.report.texts import number, span
from hallsim.scenario import load
from tests.report_pages import HALL, HOSTILE, MARKUP, hall_with, keys_of, material_of
from tests.test_sweep_findings import made

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
SCENARIOS = sorted((ROOT / "scenarios").glob("*.yaml"))
WIDTHS = (1280, 400)
DRAWN = "document.documentElement.dataset.drawn === 'all'"
LOOK = """() => Array.from(document.querySelectorAll('.plot')).map((plot) => {
  const box = plot.getBoundingClientRect();
  const inside = (b, slack) => b.left >= box.left - slack && b.right <= box.right + slack
    && b.top >= box.top - slack && b.bottom <= box.bottom + slack;
  const kinds = '.points path, .lines path, .errorbars path, .fills path, .sankey path, .heatmaplayer image';
  const marks = Array.from(plot.querySelectorAll(kinds));
  const texts = Array.from(plot.querySelectorAll('svg text')).filter((t) => t.textContent.trim());
  return {
    name: plot.dataset.figure, language: plot.dataset.drawn, width: box.width, height: box.height,
    marks: marks.map((m) => m.getBoundingClientRect())
      .filter((b) => Math.max(b.width, b.height) > 2 && inside(b, 50)).length,
    cut: texts.filter((t) => !inside(t.getBoundingClientRect(), 2)).map((t) => t.textContent),
  };
})"""
READ = """() => Array.from(document.querySelectorAll('table[data-scope]:not(.beside) td[data-v]')).map((cell) => {
  const table = cell.closest('table'), row = cell.closest('tr');
  const column = table.tHead.rows[0].cells[cell.cellIndex];
  const beside = table.classList.contains('single') ? row.cells[2] : cell.querySelector('small');
  return {...table.dataset, ...row.dataset, ...column.dataset,
    text: cell.childNodes[0].textContent, interval: beside ? beside.textContent : ''};
})"""


@dataclass
class Opened:
    """An open page, and what it complained of or asked for."""

    page: Page
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return the machine's own Chromium, or skip."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="the python package playwright is not installed")
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no browser on the PATH; looked for {', '.join(names)}")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def material() -> Material:
    return material_of(HALL)[1]


@pytest.fixture(scope="module")
def path(material: Material, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the small hall's page, in both languages."""
    path = tmp_path_factory.mktemp("report") / "hall.html"
    write(material, path)
    return path


@pytest.fixture(scope="module")
def window(browser: Browser, path: Path) -> Opened:
    """Return the small hall's page, opened once for many tests."""
    return opened(browser, path)


@pytest.fixture
def hall(window: Opened) -> Iterator[Opened]:
    """Return the small hall's page, wide, on the screen and in English."""
    seen = window
    seen.page.set_viewport_size({"width": 1280, "height": 900})
    seen.page.click("[data-language=en]")
    yield seen
    seen.page.emulate_media(media="screen")


def opened(browser: Browser, path: Path, width: int = 1280, locale: str = "en-GB", **options: Any) -> Opened:
    """Open a page from its file and wait until the charts are drawn."""
    page = browser.new_page(viewport={"width": width, "height": 900}, locale=locale, **options)
    found = Opened(page)
    page.on("console", lambda message: found.complaints.append(f"console {message.type}: {message.text}"))
    page.on("pageerror", lambda error: found.complaints.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (found.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda request: request.url == path.as_uri() or found.complaints.append(request.url[:200]))
    page.goto(path.as_uri())
    if options.get("java_script_enabled", True):
        page.wait_for_function(f"{DRAWN} || document.documentElement.classList.contains('failed')")
    return found


def must_be_sound(seen: Opened, material: Material) -> None:
    """Assert that a page is quiet and has all charts that it should have."""
    must_be_quiet(seen)
    wanted = sorted(c.name for c in CHARTS if not c.why_not(material, "en"))
    assert sorted(plot["name"] for plot in seen.page.evaluate(LOOK)) == wanted


def must_be_quiet(seen: Opened) -> None:
    """Assert that a page asks for nothing, its charts drawn and uncut at every width and in both languages."""
    page = seen.page
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(
            "Array.from(document.querySelectorAll('.plot')).every((p) => p.drawnWidth === p.clientWidth)"
        )
        for language in ("zh", "en"):
            page.click(f"[data-language={language}]")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            for plot in page.evaluate(LOOK):
                assert plot["language"] == language
                assert 0.8 * width <= plot["width"] <= width, plot
                assert plot["height"] >= 100, plot
                assert plot["marks"] > 0, plot
                assert plot["cut"] == [], plot
    assert seen.complaints == []


def test_a_hall_opens_quietly_with_every_chart_drawn(hall: Opened, material: Material) -> None:
    must_be_sound(hall, material)


def test_hostile_names_are_text(browser: Browser, tmp_path: Path) -> None:
    _, material = material_of(HOSTILE)
    write(material, tmp_path / "r.html", origin=Origin(command=MARKUP, changes=(MARKUP,)))
    seen = opened(browser, tmp_path / "r.html")
    must_be_sound(seen, material)
    assert seen.page.inner_text("h1") == MARKUP
    assert seen.page.inner_text(".question") == "Is <b>it</b> good?</script>"
    assert "</pre></script><script>alert(2)</script>" in seen.page.inner_text("#provenance")
    seen.page.click("text=中文")
    assert seen.page.inner_text(".question") == "<img src=x onerror=alert(1)>好吗？"
    assert seen.complaints == []
    seen.page.close()


def test_a_hall_of_nobody_opens_quietly(browser: Browser, tmp_path: Path) -> None:
    _, material = material_of(hall_with(arrivals={"per_hour": [0, 0, 0]}), 2)
    write(material, tmp_path / "r.html")
    seen = opened(browser, tmp_path / "r.html")
    must_be_sound(seen, material)
    seen.page.close()


def test_a_comparison_opens_quietly_with_its_forest(browser: Browser, tmp_path: Path) -> None:
    from dataclasses import replace

    from hallsim.experiment.compare import compare

    names = {"a third counter": "stations.counter.servers=3", MARKUP: "stations.counter.patience=exponential 5 min"}
    found = compare(HALL, variants=names, replications=20)
    material = replace(material_of(HALL)[1], differences=found)
    write(material, tmp_path / "r.html")
    seen = opened(browser, tmp_path / "r.html")
    must_be_sound(seen, material)
    assert seen.page.locator("#comparison table.compared").count() == 2
    seen.page.close()


def test_a_sweep_opens_quietly_with_its_charts(browser: Browser, tmp_path: Path) -> None:
    from itertools import product

    from hallsim.charts import SWEEP_CHARTS
    from hallsim.report import report_sweep

    points = list(product([2.0, 3.0, 4.0, 5.0, 6.0], ["slow", MARKUP, "很长的名字" * 6]))
    values = [(12.0 / x + (w == "slow"), 0.2 / x, 540.0 * x) for x, w in points]
    found = made({"counters": [p[0] for p in points], "pace": [p[1] for p in points]}, values)
    report_sweep(found, tmp_path / "r.html")
    seen = opened(browser, tmp_path / "r.html")
    must_be_quiet(seen)
    assert {plot["name"] for plot in seen.page.evaluate(LOOK)} == {chart.name for chart in SWEEP_CHARTS}
    seen.page.close()


def test_a_plan_of_staff_opens_quietly_with_its_chart(browser: Browser, tmp_path: Path) -> None:
    from hallsim.experiment import run
    from hallsim.experiment.staffing import staff
    from hallsim.report import report

    hall = load(HALL)
    report(hall, run(hall, 20), tmp_path / "r.html", plan=staff(hall, promise="average", days=100))
    seen = opened(browser, tmp_path / "r.html")
    must_be_quiet(seen)
    assert "staffing" in {plot["name"] for plot in seen.page.evaluate(LOOK)}
    seen.page.close()


@pytest.mark.slow
def test_a_hall_of_one_opens_quietly(browser: Browser, tmp_path: Path) -> None:
    _, material = material_of(hall_with(arrivals={"times": ["10:00"]}), 1)
    write(material, tmp_path / "r.html")
    must_be_sound(opened(browser, tmp_path / "r.html"), material)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda p: p.stem)
def test_every_scenario_opens_quietly(browser: Browser, scenario: Path, tmp_path: Path) -> None:
    _, material = material_of(str(scenario), 20)
    write(material, tmp_path / "r.html")
    assert (tmp_path / "r.html").stat().st_size < 3_000_000
    must_be_sound(opened(browser, tmp_path / "r.html"), material)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mapping", "file"),
    [
        ("clinic_tickets", "clinic_tickets/queue_data_aug_1_17.csv"),
        ("anonymousbank", "anonymousbank/july.txt.gz"),
        ("synthetic_mm4", "synthetic_mm4/simulated_call_centre_first_half.csv.gz"),
    ],
)
def test_every_public_log_opens_quietly(
    browser: Browser, mapping: str, file: str, data_folder: Path, tmp_path: Path
) -> None:
    from hallsim import logs
    from hallsim.report import report_log

    logs.convert(mapping, [data_folder / file], tmp_path / "log.parquet")
    report_log(tmp_path / "log.parquet", tmp_path / "r.html")
    assert (tmp_path / "r.html").stat().st_size < 3_000_000
    must_be_quiet(opened(browser, tmp_path / "r.html"))


@pytest.mark.slow
def test_the_clinics_days_re_enacted_open_quietly(browser: Browser, data_folder: Path, tmp_path: Path) -> None:
    import hallsim as hs
    from hallsim import logs

    raw = data_folder / "clinic_tickets" / "queue_data_aug_1_17.csv"
    logs.convert("clinic_tickets", [raw], tmp_path / "clinic.parquet")
    (tmp_path / "clinic.yaml").write_text("format: 1\nreplay: {log: clinic.parquet}\n", encoding="utf-8")
    hall = hs.load(tmp_path / "clinic.yaml")
    hs.report(hall, hs.run(hall, replications=13), tmp_path / "r.html")
    seen = opened(browser, tmp_path / "r.html")
    must_be_quiet(seen)
    assert "log_tickets" in {plot["name"] for plot in seen.page.evaluate(LOOK)}


def test_the_numbers_that_readers_see_are_those_of_the_results(hall: Opened, material: Material) -> None:
    results = material.results
    wanted = {
        (key, number(row.value, KPIS[row.kpi].unit), span(row.low, row.high, KPIS[row.kpi].unit))
        for key, row in keys_of(results).items()
        if key[1] != "line"
    }
    found = {
        (
            (
                cell["kpi"],
                cell["scope"],
                cell.get("item", results.model.name),
                int(cell["hour"]) if "hour" in cell else None,
                float(cell["within"]) if "within" in cell else None,
            ),
            cell["text"],
            cell["interval"],
        )
        for cell in hall.page.evaluate(READ)
    }
    assert len(found) > 500
    assert found == wanted


def test_the_answer_is_the_first_thing_to_read(hall: Opened, material: Material) -> None:
    shown, computed = hall.page.inner_text(".answer"), answer_of(material.results).en
    assert shown.split() == computed.split()
    box = hall.page.locator(".answer").bounding_box()
    assert box is not None
    assert box["y"] < 300


# --- languages -----------------------------------------------------------------------------------------------


def test_the_switch_changes_everything_without_a_reload(hall: Opened) -> None:
    page = hall.page
    page.click("text=中文")
    page.evaluate("window.before = 1")
    assert page.inner_text("h1") == "街角营业厅"
    assert page.title() == "街角营业厅 – 营业厅仿真报告"
    page.click("text=English")
    assert page.evaluate("window.before") == 1
    assert page.inner_text("h1") == "Corner hall"
    assert page.title() == "Corner hall – Simulation of a service hall"
    assert page.get_attribute("html", "lang") == "en"
    assert page.get_attribute("[data-language=en]", "aria-pressed") == "true"
    assert page.get_attribute("[data-language=zh]", "aria-pressed") == "false"
    assert {plot["language"] for plot in page.evaluate(LOOK)} == {"en"}
    assert not [c for c in page.inner_text("main") if "\u4e00" <= c <= "\u9fff"]
    assert hall.complaints == []


def test_the_switch_is_reached_and_pressed_by_keys(hall: Opened) -> None:
    page = hall.page
    page.evaluate("document.querySelector('.skip').focus()")  # the first stop of the page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.language") == "zh"
    page.keyboard.press("Enter")
    assert page.inner_text("h1") == "街角营业厅"


@pytest.mark.parametrize(("address", "language"), [("", "zh"), ("#en", "en")])
def test_a_browser_is_met_in_its_own_language_unless_the_address_asks_for_another(
    browser: Browser, path: Path, address: str, language: str
) -> None:
    page = browser.new_page(locale="zh-CN")
    page.goto(path.as_uri() + address, wait_until="commit")
    page.wait_for_selector("script:last-of-type", state="attached")  # at the end of the page
    assert page.get_attribute("html", "data-show") == language
    page.close()


# --- without charts --------------------------------------------------------------------------------------------


def test_a_browser_without_decompression_says_so_and_shows_the_tables(browser: Browser, path: Path) -> None:
    page = browser.new_page(locale="en-GB")
    page.add_init_script("delete window.DecompressionStream")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path.as_uri())
    page.wait_for_function("document.documentElement.classList.contains('failed')")
    assert page.inner_text(".no-charts").startswith("The charts need a browser with JavaScript")
    assert page.is_visible("#tables table")
    assert not page.is_visible(".plot")
    assert errors == []
    page.close()


def test_without_scripts_tables_and_a_message_are_there(browser: Browser, path: Path) -> None:
    seen = opened(browser, path, java_script_enabled=False)
    text = seen.page.locator("#summary").inner_text()
    assert "图表需要支持 JavaScript 的浏览器" in text
    assert seen.page.is_visible("#tables table")
    assert seen.complaints == []


# --- paper -----------------------------------------------------------------------------------------------------


def test_a_print_holds_the_chosen_language_and_whole_charts(hall: Opened) -> None:
    page = hall.page
    page.click("text=中文")
    page.evaluate(
        "window.addEventListener('beforeprint', () => { window.widths = Array.from("
        "document.querySelectorAll('.plot .main-svg')).map((s) => s.getAttribute('width')); })"
    )
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    assert set(page.evaluate("window.widths")) == {"875"}
    page.emulate_media(media="print")
    assert not page.is_visible(".languages")
    assert not page.is_visible("nav")
    assert not page.is_visible("h1 [lang=en]")
    broken = "Array.from(document.querySelectorAll('figure.chart')).map((f) => getComputedStyle(f).breakInside)"
    assert set(page.evaluate(broken)) == {"avoid"}
