"""What a sweep finds: effects, surfaces and fronts with known answers, tables, conditions, exports."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from hallsim.cli import exit_code
from hallsim.errors import UsageError
from hallsim.experiment.conditions import meeting
from hallsim.experiment.figures import Figure
from hallsim.experiment.sweeps import Swept
from hallsim.experiment.sweeps.effects import main_effects
from hallsim.experiment.sweeps.least_squares import least_squares
from hallsim.experiment.sweeps.pareto import front, unbeaten
from hallsim.experiment.sweeps.surface import surface
from hallsim.experiment.sweeps.swept import Column
from hallsim.experiment.sweeps.words import render
from hallsim.kpis import kpi_of
from hallsim.model import Label
from hallsim.stats import t_quantile

KPIS = ("mean_wait", "abandonment", "paid_time")


def made(columns: dict[str, Sequence[Any]], values: Sequence[Sequence[float]]) -> Swept:
    """Return a sweep with these factors and these values of mean wait, abandonment and paid time."""
    hall = Label("hall", "营业厅")
    figures = tuple(Figure(kpi_of(k), "hall", None, None, hall) for k in KPIS)
    factors = tuple(
        Column(name, Label(name, name), (name,), not isinstance(v[0], str), np.array(v), ())
        for name, v in columns.items()
    )
    about = {
        **{"label": {"en": "A sweep", "zh": "扫描"}, "base": "hall", "days": 100, "seed": 1, "steady": False},
        "design": "grid",
        "figures": [{"kpi": f.kpi.name, "unit": f.kpi.unit} for f in figures],
    }
    table = np.array(values, dtype=np.float64)
    manifest = {"about": about, "hallsim": "0", "semantics": 1, "identity": {"the base": "0"}}
    return Swept(Path(), manifest, factors, figures, np.arange(len(table)), table, 0.01 * table, {}, len(table))


def grid(counters: Sequence[float], words: Sequence[str]) -> tuple[dict[str, list[Any]], list[tuple[float, str]]]:
    """Return the columns of a grid, and its points."""
    points = list(product(counters, words))
    return {"counters": [p[0] for p in points], "word": [p[1] for p in points]}, points


# --- effects -------------------------------------------------------------------------------------------------


def test_effects_of_a_full_grid_are_plain_averages() -> None:
    columns, points = grid([1.0, 2.0, 3.0], ["a", "b"])
    found = made(columns, [(x * x + (5.0 if w == "b" else 0.0) + x * (w == "b"), 0.1, 1.0) for x, w in points])
    waits = found.values[:, 0]
    effects = {e.factor: e for e in main_effects(found, 0)}
    for x, mean in zip([1.0, 2.0, 3.0], effects[0].means, strict=True):
        assert mean == pytest.approx(waits[found.factors[0].values == x].mean())
    assert effects[1].change == pytest.approx(7.0)
    assert effects[1].levels[effects[1].most] == "b"


def test_the_strongest_factor_comes_first() -> None:
    columns, points = grid([1.0, 2.0, 3.0], ["a", "b"])
    found = made(columns, [(0.5 * x + (9.0 if w == "b" else 0.0), 0.1, 1.0) for x, w in points])
    assert [e.factor for e in main_effects(found, 0)] == [1, 0]


def test_effects_of_an_unbalanced_table_are_those_of_the_additive_model() -> None:
    points = [(1.0, "a"), (1.0, "b"), (2.0, "b"), (3.0, "b"), (3.0, "a"), (3.0, "a")]
    columns = {"counters": [p[0] for p in points], "word": [p[1] for p in points]}
    found = made(columns, [(10.0 - x + (4.0 if w == "b" else 0.0), 0.1, 1.0) for x, w in points])
    effects = {e.factor: e for e in main_effects(found, 0)}
    assert effects[0].change == pytest.approx(2.0)
    assert effects[1].change == pytest.approx(4.0)


def test_intervals_of_effects_hold_the_truth_as_often_as_they_say() -> None:
    generator = np.random.default_rng(7)
    columns, points = grid([float(x) for x in range(6)], ["a", "b", "c", "d"])
    held = 0
    for _ in range(1000):
        noise = generator.normal(0.0, 1.0, len(points))
        values = [(20.0 + 3.0 * (w == "d") + e, 0.1, 1.0) for (_, w), e in zip(points, noise, strict=True)]
        e = next(e for e in main_effects(made(columns, values), 0) if e.factor == 1)
        held += abs(e.means[3] - e.means.mean() - 2.25) < e.half_widths[3]
    assert abs(held / 1000 - 0.95) < 3.3 * (0.95 * 0.05 / 1000) ** 0.5


def test_a_factor_without_effect_is_noise() -> None:
    generator = np.random.default_rng(3)
    columns, points = grid([1.0, 2.0, 3.0, 4.0], ["a", "b", "c"])
    values = [(20.0 - 4.0 * x + generator.normal(0.0, 0.5), 0.1, 1.0) for x, _ in points]
    effects = {e.factor: e for e in main_effects(made(columns, values), 0)}
    assert effects[1].is_noise
    assert not effects[0].is_noise


def test_factors_that_do_nothing_seem_to_do_something_once_in_twenty_times_at_most() -> None:
    generator, repetitions = np.random.default_rng(7), 1000
    columns, points = grid([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], list("abcdef"))
    seen = 0
    for _ in range(repetitions):
        noise = generator.normal(20.0, 1.0, len(points))
        seen += sum(not e.is_noise for e in main_effects(made(columns, [(x, 0.1, 1.0) for x in noise]), 0))
    assert binom.cdf(2 * repetitions - seen, 2 * repetitions, 0.95) > 0.001


def test_a_single_factor_has_the_intervals_of_its_points() -> None:
    found = made({"counters": [2.0, 3.0, 4.0]}, [(9.0, 0.1, 1.0), (6.0, 0.1, 1.0), (3.0, 0.1, 1.0)])
    (effect,) = main_effects(found, 0)
    assert effect.change == pytest.approx(6.0)
    of_a_pair = np.sqrt(2.0 * np.mean(found.half_widths[:, 0] ** 2))
    of_three_pairs = t_quantile(1.0 - 0.025 / 3, 99) / t_quantile(0.975, 99)
    assert effect.change_half == pytest.approx(of_a_pair * of_three_pairs)


def test_a_sweep_of_one_point_has_no_effects_and_is_printed() -> None:
    found = made({"counters": [3.0]}, [(1.0, 0.1, 2.0)])
    assert main_effects(found, 0) == []
    assert "Nothing varies" in render(found)


# --- surfaces ------------------------------------------------------------------------------------------------


def test_a_surface_of_second_order_is_found_exactly() -> None:
    points = list(product([0.0, 1.0, 2.0, 3.0], [10.0, 20.0, 40.0]))
    columns = {"x": [p[0] for p in points], "y": [p[1] for p in points]}

    def truth(x: float, y: float) -> float:
        return 5.0 + x - 0.3 * y + 0.5 * x * x + 0.02 * x * y

    fitted = surface(made(columns, [(truth(*p), 0.1, 1.0) for p in points]), 0)
    values, _ = fitted.predict([(1.5, 33.0), (0.2, 11.0)])
    assert values == pytest.approx([truth(1.5, 33.0), truth(0.2, 11.0)])
    assert fitted.fit.explained == pytest.approx(1.0)


def test_a_product_of_two_factors_is_told_as_working_together() -> None:
    generator = np.random.default_rng(5)
    points = list(product([0.0, 1.0, 2.0, 3.0], [0.0, 5.0, 10.0], [1.0, 2.0]))
    columns = {name: [p[i] for p in points] for i, name in enumerate("xyz")}
    values = [(30.0 + x + y + 0.4 * x * y + generator.normal(0.0, 0.1), 0.1, 1.0) for x, y, _ in points]
    first, *others = surface(made(columns, values), 0).interactions
    assert (first.first, first.second) == (0, 1)
    assert first.change == pytest.approx(0.4 * 3.0 * 10.0, abs=3.3 * first.change_half / 2.0)
    assert first.p < 1e-6
    assert all(x.share < 0.01 for x in others)


def test_too_few_points_for_a_surface_are_said() -> None:
    with pytest.raises(UsageError, match="3 points are too few for a surface over 1 factors"):
        surface(made({"x": [1.0, 2.0, 3.0]}, [(1.0, 0.1, 1.0)] * 3), 0)


def test_least_squares_knows_its_errors() -> None:
    generator = np.random.default_rng(2)
    terms = np.column_stack([np.ones(60_000), generator.normal(size=60_000)])
    fit = least_squares(terms, 3.0 + 2.0 * terms[:, 1] + generator.normal(0.0, 0.5, 60_000))
    assert fit.residual == pytest.approx(0.5, rel=0.02)
    assert abs(fit.coefficients[1] - 2.0) < 3.3 * np.sqrt(fit.covariance[1, 1])
    assert np.sqrt(fit.covariance[1, 1]) == pytest.approx(0.5 / np.sqrt(60_000), rel=0.02)


# --- the front -----------------------------------------------------------------------------------------------


def test_the_front_is_that_of_a_comparison_of_all_pairs() -> None:
    costs = np.random.default_rng(1).integers(0, 12, (300, 3)).astype(np.float64)
    costs[7] = np.nan
    beaten = [
        any((other <= c).all() and (other < c).any() for other in costs if np.isfinite(other).all()) for c in costs
    ]
    expected = {tuple(c) for c, lost in zip(costs, beaten, strict=True) if not lost and np.isfinite(c).all()}
    assert {tuple(costs[i]) for i in unbeaten(costs)} == expected
    assert len(unbeaten(costs)) == len(expected)


def test_cost_waiting_and_abandonment_count_as_less_is_better() -> None:
    found = made({"x": [1.0, 2.0, 3.0]}, [(5.0, 0.1, 10.0), (6.0, 0.1, 10.0), (4.0, 0.1, 20.0)])
    assert front(found).tolist() == [0, 2]


# --- conditions, words, files --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("conditions", "designs"),
    [
        (["counters >= 2"], [2, 3, 4, 5]),
        (["counters=2", "word = b"], [3]),
        (["word != a"], [1, 3, 5]),
        (["mean_wait < 3"], [0, 2]),
        (["abandonment <= 2 %"], [0, 1]),
        (["abandonment <= 0.02"], [0, 1]),
    ],
)
def test_conditions_choose_points(conditions: list[str], designs: list[int]) -> None:
    columns, points = grid([1.0, 2.0, 3.0], ["a", "b"])
    found = made(columns, [(x + 2.0 * (w == "b"), 0.02 if x == 1.0 else 0.05, 1.0) for x, w in points])
    assert meeting(len(found.designs), found.column, conditions).tolist() == designs


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("countrs > 2", r"'countrs' is not a factor or figure of this sweep; .*\(did you mean counters\?\)"),
        ("counters", "cannot be read; write it as 'counters >= 8'"),
        ("counters > many", "'many' is not a number"),
        ("word > a", "words are compared with = and != only"),
    ],
)
def test_bad_conditions_are_said(condition: str, message: str) -> None:
    columns, points = grid([1.0, 2.0], ["a", "b"])
    with pytest.raises(UsageError, match=message):
        meeting(len(points), made(columns, [(1.0, 0.1, 1.0)] * len(points)).column, [condition])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_line_of_the_table_is_wider_than_80_columns(lang: str) -> None:
    from hallsim.experiment.table import display_width

    columns, points = grid([float(x) for x in range(1, 8)], ["a long name of a value, too long for a column", "b"])
    columns["another factor with a long name"] = [str(i) * 20 for i in range(len(points))]
    found = made(columns, [(10.0 / x, 0.1 / x, 500.0 * x) for x, _ in points])
    assert max(display_width(line) for line in render(found, lang).splitlines()) <= 80


@pytest.fixture
def swept_folder(small_hall: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Return the folder of a small sweep, and its report beside it."""
    folder = small_hall.parent
    (folder / "sweep.yaml").write_text(
        "format: 1\nbase: small_hall.yaml\ndays: 10\nfactors:\n"
        "  counters: {path: stations.counter.servers, from: 2, to: 4}\n"
        "  patience: {path: stations.counter.patience, values: [exponential 10 min, never]}\n",
        encoding="utf-8",
    )
    arguments = ["sweep", str(folder / "sweep.yaml"), "--folder", str(folder / "out"), "--report"]
    assert exit_code([*arguments, str(folder / "out.html")]) == 0
    capsys.readouterr()
    return folder / "out"


def test_results_are_listed_filtered_and_sorted(swept_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--where", "counters >= 3", "--by", "mean_wait", "--json"]
    assert exit_code(["results", str(swept_folder), *options]) == 0
    points = json.loads(capsys.readouterr().out)
    waits = [p["figures"]["mean_wait"]["value"] for p in points]
    assert len(points) == 4
    assert waits == sorted(waits)
    assert {p["factors"]["counters"] for p in points} == {3.0, 4.0}


def test_a_folder_of_folders_is_listed(swept_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["results", str(swept_folder.parent)]) == 0
    assert "6 of 6 points, 10 days each" in capsys.readouterr().out


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_exports_hold_every_point_and_figure(suffix: str, swept_folder: Path, tmp_path: Path) -> None:
    import pandas as pd

    from hallsim.experiment.sweeps import read_swept

    path = tmp_path / f"table{suffix}"
    assert exit_code(["results", str(swept_folder), "--export", str(path)]) == 0
    frame = pd.read_csv(path) if suffix == ".csv" else pd.read_excel(path, engine="calamine")
    expected = read_swept(swept_folder).summary()
    assert list(frame.columns) == list(expected.columns)
    assert frame["value"].to_numpy() == pytest.approx(expected["value"].to_numpy(), rel=1e-9)
    assert frame["patience"].tolist() == expected["patience"].tolist()


def test_a_table_that_no_sheet_can_hold_is_told_to_be_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pandas as pd

    from hallsim.experiment.export import export

    monkeypatch.setattr("hallsim.experiment.export.MOST_EXCEL_ROWS", 2)
    with pytest.raises(UsageError, match=r"an Excel sheet has 2 rows and the table 3; write \.csv"):
        export(pd.DataFrame({"value": [1, 2, 3]}), tmp_path / "table.xlsx")


def test_an_export_holds_no_formulas(tmp_path: Path) -> None:
    import pandas as pd

    from hallsim.experiment.export import export

    export(pd.DataFrame({"patience": ["=1+1"]}), tmp_path / "table.xlsx")
    assert pd.read_excel(tmp_path / "table.xlsx", engine="calamine")["patience"].tolist() == ["=1+1"]


def test_json_of_a_sweep_has_effects_and_front(swept_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["sweep", str(swept_folder.parent / "sweep.yaml"), "--folder", str(swept_folder), "--resume", "--json"]
    assert exit_code(arguments) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["complete"]
    assert {e["factor"] for e in found["figures"][0]["effects"]} == {"counters", "patience"}
    assert len(found["front"]["points"]) >= 1


def test_the_report_asks_for_nothing_on_the_network_and_repeats_itself(swept_folder: Path) -> None:
    page = swept_folder.parent / "out.html"
    first = page.read_bytes()
    arguments = ["sweep", str(swept_folder.parent / "sweep.yaml"), "--folder", str(swept_folder), "--resume"]
    assert exit_code([*arguments, "--report", str(page)]) == 0
    assert page.read_bytes() == first
    assert b"default-src 'none'" in first
    for name in (b"sweep-effects", b"sweep-surface", b"sweep-front"):
        assert b'id="chart-' + name in first
