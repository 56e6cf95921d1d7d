"""Real and known-truth logs re-enacted: the clinic's tickets, the call centre's persons, the M/M/4 queue.

The figures of the clinic and of the M/M/4 queue are those that throw-away programs computed from the same files, with
their own reading and their own simulation of single queues.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hallsim import logs, replay
from hallsim.compiled import ROW_CALL, ROW_CUSTOMER, ROW_END, compile_model
from hallsim.engines import kernel, reference
from hallsim.experiment import Results, run
from hallsim.kpis.checks import violations
from hallsim.replay import Comparison, Replay, Settings
from tests.test_engines import same

CLINIC = "clinic_tickets/queue_data_aug_1_17.csv"
MM4 = "synthetic_mm4/simulated_call_centre_first_half.csv.gz"
BANK = "anonymousbank/february.txt.gz"


@cache
def visits_of(mapping: str, path: Path) -> pd.DataFrame:
    table, _ = logs.read(mapping, path)
    return table


def clinic(folder: Path, order: str) -> Replay:
    return replay.build(visits_of("clinic_tickets", folder / CLINIC), Settings(order=order))


def compared(results: Results) -> Comparison:
    assert results.comparison is not None
    return results.comparison


def test_the_clinic_in_its_own_order_is_the_log(data_folder: Path) -> None:
    r = clinic(data_folder, "observed")
    assert (r.settings.lines, r.n_legs, len(r.model.days), r.left_out) == ("counter", 829, 13, {})
    found = r.tickets([kernel.simulate(compile_model(r.model.of_day(i)), 1, i) for i in range(13)])
    assert (found["observed_wait_min"] == found["simulated_wait_min"]).all()
    assert found["observed_wait_min"].mean() == pytest.approx(36.1, abs=0.05)
    points = np.quantile(found["observed_wait_min"], [0.5, 0.75, 0.9, 0.95])
    assert points == pytest.approx([30.2, 53.6, 84.3, 95.6], abs=0.051)
    assert [violations(day) for day in r.observed] == [[]] * 13


def test_the_clinic_in_order_of_its_tickets_is_within_three_per_cent(data_folder: Path) -> None:
    comparison = compared(run(clinic(data_folder, "ticket")))
    assert abs(comparison.difference) < 0.03
    assert comparison.correlation == pytest.approx(0.93, abs=0.01)
    assert comparison.observed_points_min[2] == pytest.approx(84.3, abs=0.6)
    assert comparison.simulated_points_min[2] == pytest.approx(80, abs=1)
    assert comparison.out_of_order == pytest.approx(0.45, abs=0.01)
    assert (comparison.visits, comparison.legs) == (449, 829)


def test_the_clinic_in_order_of_its_lines_is_shorter_still(data_folder: Path) -> None:
    comparison = compared(run(clinic(data_folder, "line")))
    assert comparison.difference == pytest.approx(-0.054, abs=0.005)
    assert comparison.simulated_points_min[2] < 70


@pytest.mark.parametrize("order", ["observed", "ticket", "line"])
def test_the_engines_agree_on_every_day_of_the_clinic(data_folder: Path, order: str) -> None:
    r = clinic(data_folder, order)
    for i in range(13):
        c = compile_model(r.model.of_day(i))
        assert same(kernel.simulate(c, 1, i), reference.simulate(c, 1, i))


def test_the_clinics_own_figures_stand_beside_the_simulated_ones(data_folder: Path) -> None:
    results = run(clinic(data_folder, "ticket"))
    observed = results.observed
    assert observed is not None
    assert observed.estimate("mean_wait").value == pytest.approx(36.1, abs=0.05)
    assert observed.estimate("wait_p50").value == pytest.approx(30.2, abs=0.1)
    said = " ".join(results.table().split())
    assert "In the log 45 % of the calls passed somebody" in said
    assert "The log has 449 visits with 829 stays in a line; every figure here counts each stay as a customer" in said


def test_the_mm4_queue_is_found_to_have_four_servers(data_folder: Path) -> None:
    r = replay.build(visits_of("synthetic_mm4", data_folder / MM4))
    (found,) = r.servers_found.values()
    assert found == 4
    results = run(r)
    comparison = compared(results)
    assert "In the log" not in results.table()  # nobody was passed: that explains nothing
    assert comparison.legs == 20947
    assert comparison.difference == pytest.approx(-0.007, abs=0.001)
    assert comparison.correlation == pytest.approx(0.997, abs=0.001)


def test_the_call_centres_services_are_as_long_as_its_log_has_them(data_folder: Path) -> None:
    table = visits_of("anonymousbank", data_folder / BANK)
    r = replay.build(table, Settings(lines="station"))
    assert r.left_out == {"never_joined": int(table["t_ticket"].isna().sum())}
    rows = np.concatenate([day.rows[np.argsort(day.rows[:, ROW_CUSTOMER])] for day in r.observed])
    log = table.iloc[np.concatenate(r.rows)]
    served = rows[:, ROW_CALL] >= 0
    begun = np.minimum(log["t_start"], log["t_call_last"])  # the call takes the agent, if it comes first
    logged = (log["t_end"] - begun)[served].to_numpy(dtype=np.int64)
    differ = np.abs((rows[:, ROW_END] - rows[:, ROW_CALL])[served] - logged) > 1
    assert np.count_nonzero(differ) == r.cut == 259  # over an hour, or cut at the agent's next call


@pytest.mark.slow
def test_the_call_centre_in_its_own_order_is_nearly_the_log(data_folder: Path) -> None:
    # services of over an hour are cut, which moves a few waits after them; all else is exact
    table = visits_of("anonymousbank", data_folder / BANK)
    r = replay.build(table, Settings(order="observed", lines="station"))
    comparison = compared(run(r))
    assert abs(comparison.difference) < 0.001
    assert comparison.correlation > 0.9999
    for i in range(0, len(r.model.days), 9):
        c = compile_model(r.model.of_day(i))
        assert same(kernel.simulate(c, 1, i), reference.simulate(c, 1, i))
