"""The chart of channels: who turned to which before setting out, and what came of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hallsim.charts import CHARTS
from hallsim.charts.base import Material
from hallsim.charts.channels import CHART, tried
from tests.report_pages import hall_with, material_of

PEOPLE = {"servers": 1, "time": "exponential 5 min", "patience": "exponential 3 min", "unanswered": "hall"}
AROUND: dict[str, Any] = {
    "channels": {
        "app": {
            "kind": "electronic",
            "fails": "30 %",
            "takes": "3 min",
            "on_failure": {"hotline": "50 %", "leave": "rest"},
        },
        "hotline": {"kind": "hotline", "fails": "20 %", "on_failure": "agent", "capacity": PEOPLE},
        "agent": {"kind": "partner", "label": {"en": "agents", "zh": "代理点"}},
        "web": {"kind": "electronic"},
    },
    "catchment": {"first_choice": {"hall": "30 %", "app": "30 %", "hotline": "30 %", "agent": "rest"}},
}


@pytest.fixture(scope="module")
def around() -> Material:
    """Return a hall in a catchment, run for 40 days."""
    return material_of(hall_with(arrivals={"rate": "60/h"}, **AROUND), 40)[1]


def test_everybody_who_turns_to_a_channel_is_done_there_or_goes_on_once(around: Material) -> None:
    model, profile = around.profile.model, around.profile
    sums = {t.channel.name: {end: int(days.sum()) for end, days in t.ends.items()} for t in tried(profile)}
    assert sums.keys() == {"app", "hotline", "agent"}
    exits = {way_out.name: 1 + len(model.stations) + i for i, way_out in enumerate(model.exits)}
    into = {n: int(profile.flows[:, profile.edges[:, 1] == node].sum()) for n, node in exits.items()}
    for name in sums:
        assert sums[name]["done"] == into[f"elsewhere {name}"]
    came = {s.name: int(profile.flows[:, profile.edges[:, 1] == 1 + i].sum()) for i, s in enumerate(model.stations)}
    assert sum(sums["app"].values()) == came["app_asked_first"]
    reached = came["hotline_asked_first"] + sums["app"]["other"]  # whom the app sends on
    assert sum(sums["hotline"].values()) == reached
    assert sums["hotline"]["hall"] > 0
    assert sums["hotline"]["other"] > 0
    assert sums["app"]["nowhere"] > 0


def test_it_says_in_both_languages_how_many_ask_others_and_come_after_all(around: Material) -> None:
    for lang, words in (("en", "come to the hall after all"), ("zh", "转而到厅")):
        assert words in CHART.finding(around, lang)
        traces = CHART.figure(around, lang).to_dict()["data"]
        assert len(traces) == 4
        total = np.sum([trace["x"] for trace in traces])
        assert total == pytest.approx(sum(t.a_day for t in tried(around.profile)), rel=1e-5)
        assert CHART.remark(around, lang)


def test_it_is_only_for_halls_with_a_catchment_whose_people_ask_others() -> None:
    plain = material_of(hall_with(), 3)[1]
    assert CHART.applies(plain) == "no_catchment"
    nobody = material_of(hall_with(catchment={"first_choice": "hall"}, channels=AROUND["channels"]), 3)[1]
    assert CHART.applies(nobody) == "no_channel_tried"
    assert CHART in CHARTS
