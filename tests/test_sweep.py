"""A sweep: its points, its folder, what it finds; whatever ends it, nothing finished is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import hallsim as hs
from hallsim.errors import EngineError, ScenarioError, UsageError
from hallsim.experiment.folder import read_folder
from hallsim.experiment.sweeps import block, read, read_sweep, read_swept, sweep

SWEEP = """\
format: 1
base: small_hall.yaml
factors:
  counters: {path: stations.counter.servers, from: 2, to: 4}
  patience: {path: stations.counter.patience, values: [exponential 10 min, exponential 20 min]}
days: 20
"""


@pytest.fixture
def small_sweep(small_hall: Path) -> Path:
    """Return a sweep of six points over the small hall."""
    return written(small_hall.parent, SWEEP)


def written(folder: Path, text: str) -> Path:
    """Write a sweep file beside the small hall."""
    path = folder / "sweep.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def complaints(path: Path) -> list[str]:
    """Return what is wrong with a sweep file, without the folder."""
    with pytest.raises(ScenarioError) as caught:
        read_sweep(path)
    return [str(c).replace(f"{path.parent}/", "") for c in caught.value.complaints]


def table_of(folder: Path) -> bytes:
    """Return the bytes of a finished table."""
    return (folder / "table.parquet").read_bytes()


# --- the same numbers, wherever and however ----------------------------------------------------------------


def test_a_point_has_the_figures_of_a_run_with_the_same_changes(small_sweep: Path, small_hall: Path) -> None:
    found = sweep(small_sweep, small_sweep.parent / "out")
    row = int(np.flatnonzero((found.factors[0].values == 3) & (found.factors[1].values == "exponential 10 min"))[0])
    changes = ["stations.counter.servers=3", "stations.counter.patience=exponential 10 min"]
    results = hs.run(hs.load(small_hall, set_=changes), replications=20, seed=1)
    for i, figure in enumerate(found.figures):
        run = results.estimate(figure.kpi.name, figure.scope, figure.item, within_min=figure.within_min)
        assert found.values[row, i] == pytest.approx(run.value, rel=1e-12)
        if run.low > 0.0 and (figure.kpi.unit != "share" or run.high < 1.0):  # an interval that is not cut off
            assert found.half_widths[row, i] == pytest.approx(run.half_width, rel=1e-9)


def test_percentiles_of_a_point_are_those_of_a_run_with_its_interval(small_hall: Path, tmp_path: Path) -> None:
    text = small_hall.read_text(encoding="utf-8")
    small_hall.write_text(text.replace("10 min}", "10 min, wait_p95: at most 40 min}"), encoding="utf-8")
    found = sweep(written(small_hall.parent, SWEEP + "figures: [wait_p90, overtime]\n"), tmp_path / "out")
    row = int(np.flatnonzero((found.factors[0].values == 3) & (found.factors[1].values == "exponential 10 min"))[0])
    changes = ["stations.counter.servers=3", "stations.counter.patience=exponential 10 min"]
    results = hs.run(hs.load(small_hall, set_=changes), replications=20, seed=1)
    percentiles = [i for i, f in enumerate(found.figures) if f.kpi.percentile]
    assert {found.figures[i].kpi.name for i in percentiles} == {"wait_p90", "wait_p95"}  # asked for, and of the target
    for i in percentiles:
        figure = found.figures[i]
        run = results.estimate(figure.kpi.name, figure.scope, figure.item)
        assert found.values[row, i] == run.value
        assert found.half_widths[row, i] == pytest.approx(run.half_width, rel=2e-3)  # a bin of the histogram


def test_any_number_of_threads_gives_the_same_table(small_sweep: Path, tmp_path: Path) -> None:
    sweep(small_sweep, tmp_path / "one", jobs=1)
    sweep(small_sweep, tmp_path / "three", jobs=3)
    assert table_of(tmp_path / "one") == table_of(tmp_path / "three")


def stopped_after(n: int) -> Callable[[int, str], None]:
    """Return a progress that is interrupted as by Ctrl-C after some points."""

    def progress(done: int, note: str) -> None:
        if done >= n:
            raise KeyboardInterrupt

    return progress


def test_a_stopped_sweep_goes_on_to_the_same_table(small_sweep: Path, tmp_path: Path) -> None:
    sweep(small_sweep, tmp_path / "whole")
    for n in (1, 4):
        with pytest.raises(KeyboardInterrupt):
            sweep(small_sweep, tmp_path / "parts", resume=n > 1, progress=stopped_after(n))
        assert not (tmp_path / "parts" / "table.parquet").exists()
    sweep(small_sweep, tmp_path / "parts", resume=True)
    assert table_of(tmp_path / "parts") == table_of(tmp_path / "whole")


def test_nothing_finished_is_computed_again(small_sweep: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        sweep(small_sweep, tmp_path / "out", progress=stopped_after(3))
    kept = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "out" / "parts").iterdir()}
    assert len(kept) >= 3
    with pytest.raises(KeyboardInterrupt):
        sweep(small_sweep, tmp_path / "out", resume=True, progress=stopped_after(1))
    again = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "out" / "parts").iterdir()}
    assert kept.items() <= again.items()


def test_a_finished_sweep_is_read_and_not_simulated(small_sweep: Path, tmp_path: Path) -> None:
    sweep(small_sweep, tmp_path / "out")
    before = table_of(tmp_path / "out")
    found = sweep(small_sweep, tmp_path / "out", resume=True, progress=stopped_after(0))
    assert found.complete
    assert table_of(tmp_path / "out") == before


def test_a_stopped_sweep_can_be_read(small_sweep: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        sweep(small_sweep, tmp_path / "out", progress=stopped_after(3))
    found = read_swept(tmp_path / "out")
    assert 3 <= len(found.designs) < found.wanted == 6
    assert not found.complete


# --- the folder ----------------------------------------------------------------------------------------------


def test_a_folder_in_use_is_refused(small_sweep: Path, tmp_path: Path) -> None:
    messages = []

    def progress(done: int, note: str) -> None:
        with pytest.raises(UsageError) as caught:
            sweep(small_sweep, tmp_path / "out", resume=True)
        messages.append(str(caught.value))

    assert sweep(small_sweep, tmp_path / "out", progress=progress).complete
    assert len(messages) == 6
    assert messages[0].endswith("out: another process works on this folder; wait for it, or name another one")


def test_a_folder_that_holds_something_takes_resume(small_sweep: Path, tmp_path: Path) -> None:
    sweep(small_sweep, tmp_path / "out")
    with pytest.raises(UsageError, match="out holds 6 of 6 design points already: add --resume to go on there"):
        sweep(small_sweep, tmp_path / "out")


def test_a_folder_of_another_sweep_is_refused_and_kept(small_sweep: Path, tmp_path: Path) -> None:
    sweep(small_sweep, tmp_path / "out")
    before = table_of(tmp_path / "out")
    other = written(tmp_path, SWEEP.replace("days: 20", "days: 30"))
    with pytest.raises(UsageError, match="holds another sweep: days is 20 there and 30 here"):
        sweep(other, tmp_path / "out", resume=True)
    assert table_of(tmp_path / "out") == before


def test_a_changed_base_is_another_sweep(small_sweep: Path, small_hall: Path, tmp_path: Path) -> None:
    sweep(small_sweep, tmp_path / "out")
    small_hall.write_text(small_hall.read_text(encoding="utf-8").replace("5 min", "6 min"), encoding="utf-8")
    with pytest.raises(UsageError, match="holds another sweep: the base has changed, or a file that it reads"):
        sweep(small_sweep, tmp_path / "out", resume=True)


def test_a_folder_of_another_version_is_refused_and_can_be_read(small_sweep: Path, tmp_path: Path) -> None:
    sweep(small_sweep, tmp_path / "out")
    manifest = tmp_path / "out" / "manifest.json"
    old = json.loads(manifest.read_text(encoding="utf-8")) | {"semantics": 3}
    manifest.write_text(json.dumps(old), encoding="utf-8")
    with pytest.raises(UsageError, match=r"was made by hallsim .* \(semantics 3\); this is"):
        sweep(small_sweep, tmp_path / "out", resume=True)
    assert len(read_swept(tmp_path / "out").designs) == 6


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "manifest.json is damaged"),
        ('{"format": 9}', "format 9 is not known; a newer hallsim wrote it"),
        (None, "no folder of results: there is no manifest.json in it"),
    ],
)
def test_what_is_no_folder_of_results_is_said(text: str | None, message: str, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        read_folder(tmp_path)


def test_a_folder_with_other_files_is_left_alone(small_sweep: Path) -> None:
    with pytest.raises(UsageError, match=r"holds other files and no manifest.json: name a new folder"):
        sweep(small_sweep, small_sweep.parent)


def test_a_point_that_cannot_be_simulated_costs_no_other(small_hall: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "MOST_TRIED", 1)
    path = written(small_hall.parent, SWEEP.replace("from: 2, to: 4", "values: [2, -1, 3]"))
    found = sweep(path, small_hall.parent / "out")
    assert found.designs.tolist() == [0, 1, 4, 5]
    assert sorted(found.problems) == [2, 3]
    assert f"{path}:4 stations.counter.servers: " in found.problems[2]
    assert found.complete


# --- the file ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("days: 20", "dayz: 20", ["sweep.yaml:6 dayz: 'dayz' is not a key of a sweep; known:"]),
        ("base: small_hall.yaml", "base: smal_hall.yaml",
         ["sweep.yaml:2 base: smal_hall.yaml: no such file (did you mean small_hall.yaml?)"]),
        ("stations.counter.servers", "stations.countr.servers",
         ["sweep.yaml:4 factors.counters.path: stations.countr does not exist; known: counter"
          " (did you mean counter?)"]),
        ("stations.counter.servers", "stations.counter.serverz",
         ["sweep.yaml:4 stations.counter.serverz: 'serverz' is not a key of a station; known:"]),
        ("exponential 10 min", "exponentail 10 min", ["sweep.yaml:5 stations.counter.patience: 'exponentail' is not"]),
        ("from: 2, to: 4", "from: 4, to: 2", ["sweep.yaml:4 factors.counters.to: the range from 4 to 2 holds nothing"]),
        ("from: 2, to: 4", "values: []", ["sweep.yaml:4 factors.counters.values: is empty; a factor has at least one"]),
        ("from: 2, to: 4", "from: 2", ["sweep.yaml:4 factors.counters: a range has both ends: from and to"]),
        ("from: 2, to: 4", "label: x", ["sweep.yaml:4 factors.counters: needs either values, such as [6, 7, 8], or"]),
        ("from: 2, to: 4", "from: 1.5, to: 4", ["sweep.yaml:4 factors.counters: a grid needs its values: give the"]),
        ("days: 20", "design: {sobol: 8, table: x.csv}", ["sweep.yaml:6 design: needs exactly one of latin_hypercube"]),
        ("days: 20", "design: {table: nix.csv}",
         ["sweep.yaml:4 factors.counters.from: the design's table has the values of every factor; leave them out",
          "sweep.yaml:4 factors.counters.to: the design's table has the values of every factor; leave them out",
          "sweep.yaml:5 factors.patience.values: the design's table has the values of every factor; leave them out"]),
        ("days: 20", "figures: [overtme]", ["sweep.yaml:6 figures[0]: 'overtme' is not"]),
        ("from: 2, to: 4", "from: 2, to: 4, as: many",
         ["sweep.yaml:4 factors.counters.as: 'many' has no {}, the place of the number"]),
        ("from: 2, to: 4", "values: [2, 3, 2]", ["sweep.yaml:4 factors.counters.values[2]: 2 stands there already"]),
        ("format: 1", "format: 2", ["sweep.yaml:1 format: format 2 is not known; this hallsim reads format 1"]),
    ],
)  # fmt: skip
def test_a_bad_sweep_file_says_where_and_what(old: str, new: str, expected: list[str], small_hall: Path) -> None:
    found = complaints(written(small_hall.parent, SWEEP.replace(old, new)))
    assert len(found) == len(expected)
    for said, start in zip(found, expected, strict=True):
        assert said.startswith(start)


def test_a_factor_may_not_be_called_like_a_column(small_hall: Path) -> None:
    found = complaints(written(small_hall.parent, SWEEP.replace("counters:", "value:")))
    assert found == ["sweep.yaml:4 factors.value: 'value' is a column of the results; give the factor another name"]


def test_all_bad_values_are_complained_of_at_once(small_hall: Path) -> None:
    bad = SWEEP.replace("exponential 10 min", "often").replace("from: 2, to: 4", "values: [2, -1, 2.5]")
    assert [said.partition(" ")[0] for said in complaints(written(small_hall.parent, bad))] == [
        "sweep.yaml:4",
        "sweep.yaml:4",
        "sweep.yaml:5",
    ]


TABLE = SWEEP.replace(", from: 2, to: 4", "").replace(", values: [exponential 10 min, exponential 20 min]", "")


def with_table(folder: Path, rows: str) -> Path:
    """Write a sweep with a table of points."""
    (folder / "points.csv").write_text(rows, encoding="utf-8")
    return written(folder, TABLE + "design: {table: points.csv}\n")


def test_a_table_gives_its_rows_as_points(small_hall: Path) -> None:
    path = with_table(small_hall.parent, "patience,counters\nexponential 5 min,3\nnever,4\n")
    points = read_sweep(path).points
    assert [[level.value for level in points.point(i)] for i in range(points.n)] == [
        [3.0, "exponential 5 min"],
        [4.0, "never"],
    ]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("patience,counters\n", "sweep.yaml:7 design.table: table points.csv has 0 rows; a design has 1 to 1,000,000"),
        ("patience\nnever\n", "points.csv:1: there is no column for the factor 'counters'"),
        ("patience,counters\nnever,3\nnever,\n", "points.csv:3: counters: the cell is empty"),
        ("patience,counters\nnever,3\nnever,-2\n", "points.csv:3 stations.counter.servers: "),
    ],
)
def test_a_bad_table_says_where_and_what(rows: str, expected: str, small_hall: Path) -> None:
    found = complaints(with_table(small_hall.parent, rows))
    assert found[0].startswith(expected)


# --- designs -------------------------------------------------------------------------------------------------


def test_a_grid_changes_its_last_factor_fastest(small_sweep: Path) -> None:
    points = read_sweep(small_sweep).points
    values = [[level.value for level in points.point(i)] for i in range(points.n)]
    assert values[:3] == [[2.0, "exponential 10 min"], [2.0, "exponential 20 min"], [3.0, "exponential 10 min"]]
    assert len({tuple(v) for v in values}) == points.n == 6


def test_a_latin_hypercube_has_one_point_in_each_slice_of_each_range(small_hall: Path) -> None:
    text = SWEEP.replace(
        "values: [exponential 10 min, exponential 20 min]", "from: 5.5, to: 25.5, as: 'deterministic {} min'"
    )
    points = read_sweep(written(small_hall.parent, text + "design: {latin_hypercube: 20}\n")).points
    drawn = [float(points.point(i)[1].value) for i in range(20)]
    assert sorted(int(x - 5.5) for x in drawn) == list(range(20))
    assert points.point(0)[1].node.value == f"deterministic {drawn[0]:g} min"


def test_a_sobol_sequence_gives_each_value_its_share(small_hall: Path) -> None:
    text = SWEEP.replace("from: 2, to: 4", "from: 2, to: 5") + "design: {sobol: 64}\n"
    points = read_sweep(written(small_hall.parent, text)).points
    values = [points.point(i)[0].value for i in range(64)]
    assert {v: values.count(v) for v in values} == {2.0: 16, 3.0: 16, 4.0: 16, 5.0: 16}


def test_named_values_are_called_by_their_names(small_hall: Path) -> None:
    text = SWEEP.replace("from: 2, to: 4", "values: {few: 2, more at eleven: {staff: {'09:00': 2, '11:00': 4}}}")
    found = sweep(written(small_hall.parent, text), small_hall.parent / "out")
    assert found.factors[0].levels() == ["few", "more at eleven"]


def test_several_entries_change_together(small_hall: Path) -> None:
    text = SWEEP.replace("path: stations.counter.servers", "path: [stations.counter.servers, 'arrivals.per_hour[0]']")
    found = sweep(written(small_hall.parent, text), small_hall.parent / "out")
    assert found.factors[0].paths == ("stations.counter.servers", "arrivals.per_hour[0]")


def test_the_shipped_sweeps_can_be_read(root: Path) -> None:
    shipped = sorted((root / "scenarios" / "sweeps").glob("*.yaml"))
    assert [read_sweep(path).points.n for path in shipped] == [90]


def test_a_replication_that_breaks_down_costs_its_own_point(
    small_sweep: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulate_chunk = block.Job.chunk

    def breaks_down(job: block.Job, first: int, count: int) -> object:
        if len(job.kinds.model.stations[0].servers) == 3:
            raise EngineError("a duration is too long", rule="1")
        return simulate_chunk(job, first, count)

    monkeypatch.setattr(block.Job, "chunk", breaks_down)
    found = sweep(small_sweep, tmp_path / "out")
    assert found.problems == {2: "a duration is too long, rule 1", 3: "a duration is too long, rule 1"}
    assert found.complete


def test_what_a_killed_process_left_behind_is_removed(small_sweep: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        sweep(small_sweep, tmp_path / "out", progress=stopped_after(2))
    half = tmp_path / "out" / "parts" / ".0000005-0000005.parquet.1234abcd.tmp"
    half.write_bytes(b"half")
    sweep(small_sweep, tmp_path / "out", resume=True)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [".lock", "manifest.json", "table.parquet"]


def test_parts_left_beside_a_finished_table_are_removed(small_sweep: Path, tmp_path: Path) -> None:
    sweep(small_sweep, tmp_path / "out")
    before = table_of(tmp_path / "out")
    (tmp_path / "out" / "parts").mkdir()
    (tmp_path / "out" / "parts" / "0000000-0000000.parquet").write_bytes(before)
    assert len(sweep(small_sweep, tmp_path / "out", resume=True).designs) == 6
    assert not (tmp_path / "out" / "parts").exists()
    assert table_of(tmp_path / "out") == before
