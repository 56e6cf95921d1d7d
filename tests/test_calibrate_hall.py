"""A hall calibrated from its log: a scenario that loads and runs, with every figure's source and uncertainty."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from hallsim import logs
from hallsim.calibrate.hall import scenario, words
from hallsim.calibrate.hall.figures import figures
from hallsim.calibrate.hall.fit import fit_hall
from hallsim.cli import exit_code
from hallsim.errors import CalibrationError, LogError
from hallsim.experiment import replicate
from hallsim.scenario import load
from tests.test_logs_damaged import damaged_file

EXAMPLES = Path(__file__).resolve().parent.parent / "calibration" / "examples"
HALL = str(EXAMPLES / "hall_zh.csv")


@pytest.fixture
def calibrated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Path, str]:
    """Return the scenario of the example hall, and what the command printed."""
    out = tmp_path / "hall.yaml"
    assert exit_code(["calibrate", HALL, "-m", "ticket_machine", "--out", str(out)]) == 0
    return out, capsys.readouterr().out


def test_a_log_becomes_a_scenario_whose_days_both_engines_simulate_alike(calibrated: tuple[Path, str]) -> None:
    hall = load(calibrated[0])
    both = [next(iter(replicate(hall, 1, seed=3, engine=engine))).rows for engine in ("reference", "batch")]
    assert len(both[0]) > 50
    assert (both[0] == both[1]).all()


def test_every_figure_of_the_scenario_has_its_source_above_it(calibrated: tuple[Path, str]) -> None:
    lines = calibrated[0].read_text(encoding="utf-8").splitlines()
    for key in ("rates:", "servers:", "time:", "patience:", "rank: 0"):
        (at,) = [i for i, line in enumerate(lines) if line.strip().startswith(key)]
        assert "2024-03-04..2024-03-05" in lines[at - 1]


def test_the_uncertainty_of_the_log_is_carried_by_the_scenario(calibrated: tuple[Path, str]) -> None:
    entries = {entry.path for entry in load(calibrated[0]).model.uncertain}
    assert entries == {"arrivals.rates", "stations.counter.time", "stations.counter.patience"}


def test_the_table_of_figures_has_at_most_80_columns(calibrated: tuple[Path, str]) -> None:
    from hallsim.experiment.table import display_width

    assert max(display_width(line.rstrip()) for line in calibrated[1].splitlines()) <= 80
    assert "What the log cannot tell" in calibrated[1]


def test_figures_are_printed_as_json_and_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["calibrate", HALL, "-m", "ticket_machine", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    rates = next(one for one in found["parameters"] if one["path"] == "arrivals.rates")
    assert rates["value"] == 111.0
    assert rates["low"] < 106.0 < rates["high"]  # what was simulated: 108 a day
    assert exit_code(["calibrate", HALL, "-m", "ticket_machine", "--lang", "zh"]) == 0
    assert "日志无法确定的参数" in capsys.readouterr().out


def calibrate_damaged(seed: int, folder: Path) -> str:
    """Calibrate a log damaged at random; return "hall" or "refused", and fail on everything else."""
    rng = random.Random(seed)
    mapping, path = damaged_file(rng, folder)
    try:
        table, report = logs.read(mapping, path)
        hall = fit_hall(table)
    except (LogError, CalibrationError) as problem:
        message = str(problem)
    else:
        message = ""
    if message:
        assert "\n" not in message, seed
        return "refused"
    known = figures(hall)
    assert report.rows_kept > 0, seed
    assert words.table(hall, known, "zh"), seed
    for day in hall.days:
        file = folder / "hall.yaml"
        file.write_text(scenario.text(hall, day, known), encoding="utf-8")
        assert load(file).model.sources, seed
    return "hall"


@pytest.mark.parametrize("first", [0, 20])
def test_a_log_damaged_at_random_ends_in_a_scenario_or_in_one_message(first: int, tmp_path: Path) -> None:
    assert {calibrate_damaged(seed, tmp_path) for seed in range(first, first + 12)} == {"hall", "refused"}


@pytest.mark.slow
@pytest.mark.parametrize("first", range(100, 400, 100))
def test_hundreds_of_logs_damaged_at_random_end_in_scenarios_or_messages(first: int, tmp_path: Path) -> None:
    assert {calibrate_damaged(seed, tmp_path) for seed in range(first, first + 100)} == {"hall", "refused"}


def test_a_station_and_a_class_of_one_name_get_two(tmp_path: Path) -> None:
    assert calibrate_damaged(346, tmp_path) == "hall"  # its columns were moved, so that a file number is both
