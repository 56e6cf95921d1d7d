"""The match of channel, transaction and customer, and what kinds of business allow."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from hallsim.cli import app
from hallsim.errors import UsageError
from hallsim.experiment.first_choices import document, render
from hallsim.scenario import check, load
from tests.test_engines import SCENARIOS

COSTS = {
    "hall": {"avoidable": 6},
    "channels": {
        "app": {"avoidable": 0.1, "unit_cost": 9},
        "web": {"avoidable": 0.2, "unit_cost": 1},
        "agent": {"avoidable": 1},
        "manager": {"avoidable": 20},
    },
}
CHANNELS: dict[str, Any] = {
    "app": {"kind": "electronic", "reach": "40 %"},
    "web": {"kind": "electronic", "reach": "50 %", "can": ["query", "payment"]},
    "agent": {"kind": "partner", "reach": "20 %"},
    "manager": {"kind": "personal", "reach": {"vip": "30 %", "rest": "0 %"}},
}


def matching(match: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a hall in a catchment whose people are guided."""
    return {
        "open": "09:00-13:00",
        "segments": {"vip": "10 %", "general": "rest"},
        "transactions": {
            "payment": {"share": "30 %", "kind": "incentive"},
            "query": {"share": "20 %", "kind": "service"},
            "new_line": {"share": "20 %", "kind": "sales"},
            "contract": {"share": "20 %", "kind": "strategic"},
            "card": {"share": "rest", "kind": "sensitive"},
        },
        "arrivals": {"rate": "60/h"},
        "channels": CHANNELS,
        "catchment": {"first_choice": {"hall": "all"}, "match": match},
        "costs": COSTS,
        "stations": {"counter": {"servers": 9, "time": "exponential 5 min"}},
        **more,
    }


def asked(given: dict[str, Any], who: str) -> tuple[dict[str, float], str]:
    """Return whom a segment with a transaction asks first, in per cent, and why."""
    (row,) = (r for r in document(load(given).model) if f"{r['segment']['en']} {r['transaction']['en']}" == who)
    return {name: round(100 * share, 6) for name, share in row["first_choice"].items()}, row["reason"]


def test_ordinary_customers_are_guided_to_the_cheapest_channel_that_reaches_them() -> None:
    assert asked(matching({}), "general payment") == ({"app": 40, "web": 30, "hall": 30}, "cost")


def test_the_cost_on_paper_may_decide_instead() -> None:
    assert asked(matching({"cost": "paper"}), "general payment")[0] == {"hall": 100}
    costs = {**COSTS, "hall": {"unit_cost": 28}}
    assert asked(matching({"cost": "paper"}, costs=costs), "general payment")[0] == {"app": 20, "web": 50, "hall": 30}


def test_high_value_customers_have_the_channels_that_they_prefer_first() -> None:
    match = {"prefers": {"vip": ["manager", "web", "hall"]}}
    assert asked(matching(match), "vip payment") == ({"web": 50, "hall": 50}, "preference")
    assert asked(matching(match), "vip contract") == ({"manager": 30, "hall": 70}, "preference")


def test_simple_business_goes_to_electronic_channels_and_standard_products_to_partners() -> None:
    dear = {**COSTS, "channels": {**COSTS["channels"], "app": {"avoidable": 30}}}
    assert asked(matching({}, costs=dear), "general query") == (
        {"web": 50, "app": 20, "agent": 6, "hall": 24},
        "electronic",
    )
    assert asked(matching({}), "general new line") == ({"agent": 20, "app": 32, "hall": 48}, "partner")
    niche = matching({"electronic": ["new_line"], "partner": ["query"]})
    assert asked(niche, "general new line")[1] == "electronic"
    assert asked(niche, "general query")[0] == {"agent": 20, "app": 32, "web": 24, "hall": 24}


def test_the_kind_of_business_bounds_its_channels() -> None:
    assert asked(matching({}), "general card")[0] == {"hall": 100}
    given = matching({})
    given["catchment"] = {"first_choice": {"agent": "60 %", "hall": "rest"}}
    assert asked(given, "general payment")[0] == {"hall": 100}
    assert asked(given, "general query")[0] == {"hall": 40, "agent": 60}


def test_who_does_not_follow_asks_as_before() -> None:
    given = matching({"followed": "50 %"})
    given["catchment"]["first_choice"] = {"web": "20 %", "hall": "rest"}
    assert asked(given, "general payment")[0] == {"hall": 55, "app": 20, "web": 25}


def test_the_command_prints_who_is_sent_where_within_eighty_columns_in_both_languages() -> None:
    (path,) = (p for p in SCENARIOS if p.stem == "channel_match")
    model = load(path).model
    for lang, words in (("en", "electronic first"), ("zh", "电子渠道优先")):
        text = render(model, lang)
        assert words in text
        assert all(sum(2 if ord(c) > 0x2E80 else 1 for c in line) <= 80 for line in text.splitlines())
    done = CliRunner().invoke(app, ["channels", str(path), "--json", "--set", "catchment.match.followed=100 %"])
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert {row["reason"] for row in found} == {"preference", "electronic", "partner", "cost"}
    assert all(sum(row["first_choice"].values()) == pytest.approx(1.0) for row in found)


def test_a_hall_without_a_catchment_has_nothing_to_print() -> None:
    with pytest.raises(UsageError, match="no catchment"):
        render(load(SCENARIOS[0]).model)


def test_a_match_of_nobody_changes_nothing() -> None:
    given = matching({"followed": "0 %"})
    given["catchment"]["first_choice"] = {"web": "20 %", "hall": "rest"}
    with_match = load(given).model.entry
    del given["catchment"]["match"]
    assert load(given).model.entry == with_match
    assert not check(given)
