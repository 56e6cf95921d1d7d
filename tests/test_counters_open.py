"""The chart of counters open and needed, against counting by hand and against the table's numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hallsim import compiled as codes
from hallsim.charts import Material
from hallsim.charts.counters_open import CHART, curves, short_of
from hallsim.experiment.profile import profile_of
from hallsim.model import US_PER_MINUTE
from tests import hand_made_logs as hand
from tests.charted import BUSY_HALL, data, material
from tests.hand_made_logs import COUNTER_1, COUNTER_2, COUNTER_Z, HALL
from tests.kpi_witness import results_of


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Material:
    return material(tmp_path_factory.mktemp("busy"), BUSY_HALL, 40)


def test_open_and_needed_servers_are_counted_by_half_hours() -> None:
    log = hand.log(
        [
            hand.row(0, COUNTER_Z, 0, 0, 5, 25, server=COUNTER_1, visit="served", exit_=0),
            hand.row(1, COUNTER_Z, 20, 20, 25, 45, server=COUNTER_1, visit="served", exit_=0),
            hand.row(2, COUNTER_Z, 40, 40, None, 41, outcome="reneged", visit="gave_up"),
            hand.row(3, COUNTER_Z, 50, 50, None, 50, outcome="balked", visit="balked"),
        ],
        [
            (COUNTER_1, codes.STATE_DUTY, 0, 60),
            (COUNTER_2, codes.STATE_DUTY, 20, 40),
            (COUNTER_1, codes.STATE_DOWN, 30, 36),
            (COUNTER_1, codes.STATE_CALLING, 45, 50),
        ],
    )
    profile = profile_of(HALL, [log])
    assert (profile.slots / US_PER_MINUTE).tolist() == [[540, 570], [570, 600]]
    assert (profile.open[0, 1] / US_PER_MINUTE).tolist() == [30 + 10, 30 + 10 - 6]
    # 20 minutes each from joining: 9:00 to 9:20, 9:20 to 9:40, and who gave up as long as the mean from 9:40
    assert (profile.needed[0, 1] / US_PER_MINUTE).tolist() == [20 + 10, 10 + 20]


def test_open_counters_are_those_of_the_table(busy: Material) -> None:
    opened, _ = curves(busy.profile)
    expected = [busy.results.estimate("counters_open", hour=m) for m in range(540, 720, 30)]
    assert opened.value == pytest.approx([e.value for e in expected])
    assert opened.high == pytest.approx([e.high for e in expected])


def test_no_band_is_cut_off(busy: Material) -> None:
    few = replace(busy.profile, n_days=2, open=busy.profile.open[:2], needed=busy.profile.needed[:2])
    for profile in (busy.profile, few):
        layout = CHART.figure(replace(busy, profile=profile), "en").to_plotly_json()["layout"]
        assert layout["yaxis"]["range"][1] > max(max(curve.high) for curve in curves(profile))


def test_needed_counters_are_the_work_that_comes(busy: Material) -> None:
    _, needed = curves(busy.profile)
    stays = busy.results.estimate("joined", "station", "counter").value
    service = busy.results.estimate("mean_service", "station", "counter").value
    hours = sum(needed.value) / 2
    assert hours == pytest.approx(stays * service / 60, rel=0.03), "but for the services that reach past closing"


@pytest.mark.parametrize(("lang", "text"), [("en", "is short of servers between 10:00"), ("zh", "不足：最紧时需要")])
def test_the_finding_says_when_servers_are_short(busy: Material, lang: str, text: str) -> None:
    assert text in CHART.finding(busy, lang)
    assert len(data(CHART.figure(busy, lang))) == 4
    assert 2 in short_of(busy.profile)


def test_the_finding_says_when_it_is_tightest_where_nothing_is_short() -> None:
    rows = [hand.row(0, COUNTER_Z, 35, 35, 35, 55, server=COUNTER_1, visit="served", exit_=0)]
    log = hand.log(rows)
    made = Material(results_of(HALL, [log]), profile_of(HALL, [log]))
    found = CHART.finding(made, "en")
    assert found == "“counter” is tightest between 09:30 and 10:00: 0.7 of 2.0 open servers are needed"
    assert len(data(CHART.figure(made, "en"))) == 2, "one day has no intervals"


def test_it_is_not_drawn_without_hours_or_servers() -> None:
    log = hand.short_day()
    steady = replace(HALL, steady=True)
    assert CHART.applies(Material(results_of(steady, [log]), profile_of(steady, [log]))) == "no_hours"
    empty = log._replace(server_rows=log.server_rows[:0])
    assert CHART.applies(Material(results_of(HALL, [empty]), profile_of(HALL, [empty]))) == "nobody_on_duty"


def test_no_days_have_no_servers() -> None:
    profile = profile_of(HALL, [])
    assert profile.open.shape == (0, 2, 2)
    assert np.array_equal(profile.open, profile.needed)
