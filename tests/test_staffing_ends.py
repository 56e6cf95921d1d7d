"""Where a search for staff ends: proposals that go on and on, targets that nobody can keep, and what is said then."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hallsim.cli import exit_code
from hallsim.experiment import run
from hallsim.experiment.staffing import search as searching
from hallsim.experiment.staffing import staff
from hallsim.experiment.staffing.asked import targets_asked
from hallsim.experiment.staffing.promises import Found, Promise, promise_of
from hallsim.experiment.staffing.search import TOO_KIND, Search, Trial
from hallsim.experiment.staffing.words import WORDS
from hallsim.model import Target
from hallsim.scenario import load
from tests.test_staffing import DAYS, SCENARIOS, plan, small

__all__ = ["plan"]
WITHIN_5 = Target("service_level", 0, -1, within=300_000_000, at_least=0.9)
KIOSKS: dict[str, Any] = {
    "open": "09:00-11:00",
    "arrivals": {"rate": "60/h"},
    "entry": {"kiosk": "50 %", "counter": "rest"},
    "stations": {
        "kiosk": {"role": "kiosk", "servers": 1, "time": "exponential 6 min"},
        "counter": {"servers": 4, "time": "exponential 5 min", "patience": "exponential 30 min"},
    },
}
BOTH = ("80 % within 5 min", "all at kiosk: 90 % within 2 min")


# --- proposals ----------------------------------------------------------------------------------------------------


def test_a_search_that_stands_still_goes_on_with_its_best_proposal(plan: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "PATIENCE", 1)
    found = staff(small(), promise="average", days=DAYS)
    assert found.required is not None
    assert found.required.check is not None
    assert found.required.check.verified
    assert found.required.hours[0] <= plan.required.hours[0] + 0.5


def test_what_the_search_left_open_is_said() -> None:
    assert WORDS["en"]["undecided"].format(low=74.5, high=75.5) == (
        "The search was not carried to the end: whether 74.5 hours or more, but fewer than 75.5, are enough is open."
    )


def test_a_roster_that_fails_on_fresh_days_makes_the_search_ask_for_more() -> None:
    promise = promise_of([WITHIN_5], "days", 0.95, np.array([[True]]))
    search = Search(load(small().to_mapping()), (), np.zeros((0, 2)), promise, None, 1, DAYS, 0.05)  # type: ignore[arg-type]
    trial = Trial(np.array([3]), Found(np.array([1.0, 0.012]), np.array([0.1, 0.008])), np.zeros(2))
    search.reject(trial, Found(np.array([1.0, 0.001]), np.array([0.1, 0.002])))
    assert search.margins.tolist() == pytest.approx([0.0, TOO_KIND * (0.004 + 0.001)])


def test_where_a_goal_on_days_stands_is_read_at_the_share_that_is_needed() -> None:
    promise = Promise((WITHIN_5,), "days", 0.9, (promise_of([WITHIN_5], "days", 0.9, np.array([[True]])).goals[1],))
    counts = np.array([[[[90 + i, 100]]] for i in range(-10, 10)])  # days with -10 to 9 above the target
    critical = [promise.smooth(counts, np.array([need]), band=0.1)[0] for need in (0.0, 0.05)]
    assert critical[0] > critical[1] == -9.5


# --- targets that nobody can keep ---------------------------------------------------------------------------------


def test_a_target_of_machines_that_is_out_of_reach_is_said_to_be_with_its_bound() -> None:
    hall = load(KIOSKS)
    found = staff(hall, targets_asked(hall, BOTH), promise="average", days=100)
    assert [post.name for post in found.posts] == ["counter"]
    assert found.required is None
    said = " ".join(found.sentences("en"))
    assert "Not reachable: all (kiosk) 90 % within 2 min" in said
    assert "whose servers are machines: no number of people changes that" in said
    assert "Out of reach for any rule of calling" in said
    assert "那里是自助设备" in "".join(found.sentences("zh"))


def test_machines_that_keep_their_target_leave_the_counters_to_be_planned() -> None:
    enough = load(KIOSKS).change("stations.kiosk.servers", 12)
    found = staff(enough, targets_asked(enough, BOTH), promise="average", days=DAYS)
    assert [post.name for post in found.posts] == ["counter"]
    assert found.required is not None


def test_a_target_at_the_edge_of_what_can_be_reached_is_not_searched_for() -> None:
    hall = load(
        {**KIOSKS, "open": "09:00-09:30", "targets": {"all": {"station": "kiosk", "wait": "90 % within 2 min"}}}
    )
    level = run(hall, 100, seed=1).targets()[0].estimate.value
    edge = targets_asked(hall, [f"all at kiosk: {100 * level:.1f} % within 2 min"])
    found = staff(hall, edge, promise="average", days=100, stations=["counter"])
    assert found.required is None
    assert not found.unreachable
    said = " ".join(found.sentences("en"))
    assert "Nothing was planned: whether any number of people at counter keeps 09:00-09:30 is inside the noise" in said
    assert "未作安排" in "".join(found.sentences("zh"))
    assert found.simulated < 5_000


# --- bad inputs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--target", "wiat: 90 % within 10 min"], "--target 'wiat: 90 % within 10 min'"),
        (["--target", "all: mean_wiat at most 5 min"], "mean_wait"),
        (["--target", "overtime at most 5 min"], "overtime"),
        (["--set", "targets="], "no target to plan for"),
        (["--at-most", "kiosk=3"], "kiosk"),
        (["--days", "50"], "50"),
    ],
)
def test_bad_inputs_are_named(options: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["staff", str(SCENARIOS / "standard_hall.yaml"), *options]) == 2
    said = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert message in said


def test_shifts_that_end_too_early_are_refused_with_the_half_hour(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "early.yaml").write_text('shifts:\n  early: {length: 8 h, starts: ["09:00"]}\n', encoding="utf-8")
    hall = str(SCENARIOS / "standard_hall.yaml")
    assert exit_code(["staff", hall, "--shifts", str(tmp_path / "early.yaml")]) == 2
    assert "no shift covers 17:00-17:30 at counter, when the hall is open" in capsys.readouterr().err
