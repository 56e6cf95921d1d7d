"""Pages of a calibration and of a back-test: what was fitted stands beside the log, in both languages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hallsim import logs
from hallsim.calibrate.hall import words
from hallsim.calibrate.hall.figures import figures
from hallsim.calibrate.hall.fit import Hall, fit_hall
from hallsim.calibrate.hall.laws import PERCENTS, fit_laws
from hallsim.calibrate.hall.patience import GONE, STAYED
from hallsim.calibrate.hall.patience import fit as fit_patience
from hallsim.charts import FIT_CHARTS
from hallsim.cli import exit_code
from hallsim.errors import UsageError
from hallsim.report import report_calibration

EXAMPLES = Path(__file__).resolve().parent.parent / "calibration" / "examples"
HALL = EXAMPLES / "hall_zh.csv"


@pytest.fixture(scope="module")
def hall() -> Hall:
    return fit_hall(logs.read("ticket_machine", [HALL])[0])


def test_the_page_of_a_calibration_has_every_chart_and_says_what_is_not_told(hall: Hall, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    report_calibration(hall, figures(hall), 1.0, page)
    html = page.read_text(encoding="utf-8")
    for name in ("fit-arrivals", "fit-services", "fit-patience", "fit-staff"):
        assert f'id="chart-{name}"' in html
    for said in ("What the log cannot tell", "日志无法确定的参数", "Waits were not simulated", "未做仿真"):
        assert said in html


def test_a_page_in_another_language_is_refused(hall: Hall, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'fr' is not a language of reports"):
        report_calibration(hall, figures(hall), 1.0, tmp_path / "page.html", lang="fr")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("chart", FIT_CHARTS, ids=lambda chart: chart.name)
def test_a_chart_of_a_calibration_has_the_log_and_the_fit(chart, lang: str, hall: Hall) -> None:  # type: ignore[no-untyped-def]
    named = [trace for trace in chart.figure(hall, lang).data if trace.showlegend]
    assert [trace.mode for trace in named] == ["markers", "lines"]
    assert chart.finding(hall, lang)


def test_the_chart_of_arrivals_has_all_customers_of_the_log(hall: Hall) -> None:
    chart = next(chart for chart in FIT_CHARTS if chart.name == "fit-arrivals")
    points = [trace for trace in chart.figure(hall, "en").data if trace.mode == "markers"]
    (day,) = hall.days
    in_half_hours = sum(y for trace in points for y in trace.y) / 2.0
    inside = [t for t in hall.sample.legs.ticket[hall.sample.first_legs] if day.rates.open <= t < day.rates.close]
    assert in_half_hours * len(day.dates) == pytest.approx(len(inside))


@pytest.mark.parametrize("seed", range(3))
def test_the_share_within_a_time_is_that_of_the_law_s_sample(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sample = np.where(rng.random(4000) < 0.2, rng.uniform(0.1, 8.0, 4000), rng.lognormal(5.0, 0.8, 4000))
    for law in fit_laws(sample):
        at = np.array(law.points)
        assert np.abs(law.cdf(at) - PERCENTS).max() <= law.distance + 0.02  # the law of 200 parts has steps of 0.005


def test_patience_s_curve_is_kaplan_and_meier_s() -> None:
    rng = np.random.default_rng(1)
    patience, offered = rng.exponential(100.0, 5000), rng.exponential(80.0, 5000)
    found = fit_patience(np.minimum(patience, offered), np.where(patience < offered, GONE, STAYED))
    assert found is not None
    time, alive = np.array(found.curve).T
    assert np.abs(alive - np.exp(-time / 100.0)).max() < 0.05
    assert np.abs(found.alive(time) - np.exp(-time / 100.0)).max() < 0.03


def test_the_verdict_names_the_workload_that_was_put_on(hall: Hall) -> None:
    from hallsim.calibrate.hall import workload
    from hallsim.calibrate.workload import Workload

    known = [*figures(hall), workload.figure_of(hall, Workload(1.1, 0.05, 3.0, 0.75, 20))]
    assert any("1.10 times as long" in said.en and "1.10" in said.zh for said in words.verdict(hall, known, 1.1))
    assert any("no factor is put on" in said.en for said in words.verdict(hall, known, 1.0))


def test_the_command_writes_the_page_and_says_how_to_make_it_again(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert exit_code(["calibrate", str(HALL), "-m", "ticket_machine", "--no-workload", "--report", str(page)]) == 0
    assert "hallsim calibrate --no-workload hall_zh.csv --mapping ticket_machine" in page.read_text(encoding="utf-8")


def test_no_page_shows_a_back_test_of_calls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--how", "calls", "--report", str(tmp_path / "page.html")]
    assert exit_code(["backtest", str(HALL), "-m", "ticket_machine", *options]) == 2
    assert "--report shows replays and forecasts" in capsys.readouterr().err
