"""Campaigns: more customers, longer services, and who comes back having misunderstood (semantics 25)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hallsim as hs
from hallsim.compiled import (
    ROW_ARRIVE,
    ROW_CALL,
    ROW_CUSTOMER,
    ROW_END,
    ROW_JOIN,
    ROW_WHAT,
    ROW_WHO,
    compile_days,
    compile_model,
)
from hallsim.engines import kernel
from hallsim.engines.workspace import make_workspace
from hallsim.model import Model
from hallsim.parts.distributions import LAWS, Lognormal
from hallsim.scenario import check, load
from tests.test_demand import z_of_variance
from tests.test_engines import assert_same
from tests.test_semantics import both, hall, trace, visits

ROOT = Path(__file__).parents[1]
HOME = {"role": "orbit", "time": "20 min", "then": "counter"}


def scenario(campaigns: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return counters where nobody waits; two kinds of transaction."""
    return {
        "open": "09:00-12:00",
        "transactions": {"handset": "20 %", "plan": "rest"},
        "arrivals": {"rate": "40/h", "day_cv": 0.3},
        "stations": {"counter": {"servers": 60, "time": "lognormal 5 min cv 0.8"}, "home": HOME},
        "campaigns": campaigns,
        **more,
    }


def desk(campaigns: dict[str, Any], times: list[str], until: str = "10:00", **more: Any) -> dict[str, Any]:
    """Return a counter of 4 min for customers who come at given times, and a place to come back from."""
    stations = {"counter": {"servers": 1, "time": "4 min"}, "home": HOME}
    return {**hall(times, stations, until=until), "campaigns": campaigns, **more}


def test_rule_25_services_take_longer_and_campaigns_that_overlap_multiply() -> None:
    one = {"province": {"service_time": 1.5}}
    assert [row[3:5] for row in trace(desk(one, ["09:00", "09:10"]))] == [(0, 6), (10, 16)]
    both_run = one | {"city": {"service_time": 2}}
    assert [row[3:5] for row in trace(desk(both_run, ["09:00"], campaign_overlap=1.25))] == [(0, 15)]


def test_rule_25_the_overlap_counts_campaigns_that_lengthen_nothing_but_not_types_that_none_lengthens() -> None:
    campaigns = {"province": {"service_time": {"handset": 1.5}}, "city": {"lift": "10 %"}}
    model = load(scenario(campaigns, campaign_overlap=1.2)).model
    assert [law.mean / 60e6 for law in model.stations[0].service] == pytest.approx([5 * 1.5 * 1.2, 5])


def test_rule_25_who_misunderstood_comes_back_until_the_doors_close() -> None:
    given = desk({"province": {"misunderstood": "90 %", "come_back": "home"}}, ["09:00"], until="09:30")
    assert trace(given) == [
        (0, "counter", 0, 0, 4, "counter 1", "served"),
        (0, "home", 4, 4, 24, None, "served"),
        (0, "counter", 24, 24, 28, "counter 1", "served"),
        (0, "home", 28, 28, 48, None, "served"),
    ]
    assert visits(given) == ["turned_away"]


def test_rule_25_a_campaign_leaves_the_base_customers_as_they_were() -> None:
    def base(campaigns: dict[str, Any]) -> list[tuple[int, ...]]:
        _, log = both(scenario(campaigns))
        rows = log.rows[(log.rows[:, ROW_WHO] >> 40 == 0) & (log.rows[:, ROW_WHAT] >> 16 & 0xFFFF == 0)]
        rows = rows[np.argsort(rows[:, ROW_CUSTOMER])]
        return [tuple(r[[ROW_ARRIVE, ROW_CALL, ROW_END]]) + (int(r[ROW_WHO] >> 24 & 0xFFFF),) for r in rows]

    more = {"province": {"lift": {"handset": "90 %"}}, "city": {"lift": "50 %"}}
    without, with_more = base({"nothing": {}}), base(more)
    assert len(without) > 100
    assert without == with_more
    back = {"province": {"misunderstood": "30 %", "come_back": "home", "lift": "20 %"}}
    assert base(back) == without
    longer = base({"province": {"service_time": {"handset": 1.5}}})
    for before, after in zip(without, longer, strict=True):
        factor = 1.5 if before[3] == 0 else 1.0
        assert before[:2] == after[:2]
        assert abs((after[2] - after[1]) - factor * (before[2] - before[1])) <= 1


def sources_of(model: Model, days: int) -> Any:
    """Return how many customers of each source and type came: int64[days, source, type]."""
    compiled = compile_model(model)
    workspace = make_workspace(compiled)
    found = np.zeros((days, len(model.sources), len(model.types)), dtype=np.int64)
    for day in range(days):
        rows = kernel.simulate(compiled, 17, day, workspace).rows
        first = rows[rows[:, ROW_WHAT] >> 16 & 0xFFFF == 0]
        np.add.at(found[day], (first[:, ROW_WHO] >> 40, first[:, ROW_WHO] >> 24 & 0xFFFF), 1)
    return found


def test_rule_25_lifts_bring_so_many_more_of_each_type_and_vary_with_the_source_they_lift() -> None:
    model = load(scenario({"province": {"lift": {"handset": "60 %"}}, "city": {"lift": "25 %"}})).model
    assert [source.name for source in model.sources] == ["arrivals", "province", "city"]
    n = 20_000
    found = sources_of(model, n)
    means = np.array([[24, 96], [0.6 * 24, 0], [0.25 * 24, 0.25 * 96]])
    variance = means + (0.3 * means) ** 2
    z = (found.mean(axis=0) - means) / np.where(means > 0, np.sqrt(variance / n), 1)
    assert np.abs(z).max() < 3.3
    total = found.sum(axis=2)
    mean = means.sum(axis=1)
    # one factor for all three: the counts are as if one source had brought them
    assert abs(z_of_variance(total.sum(axis=1), mean.sum(), mean.sum() + (0.3 * mean.sum()) ** 2)) < 3.3
    product = (total[:, 0] - mean[0]) * (total[:, 2] - mean[2])
    assert abs((product.mean() - 0.09 * mean[0] * mean[2]) / (product.std() / np.sqrt(n))) < 3.3


def test_rule_25_the_part_that_comes_back_and_the_longer_services_are_as_given() -> None:
    more = {"province": {"misunderstood": {"handset": "20 %"}, "come_back": "home", "service_time": 1.1}}
    model = load(scenario(more)).model
    compiled = compile_model(model)
    workspace = make_workspace(compiled)
    services, back, ended = [], 0, 0
    for day in range(2_000):
        rows = kernel.simulate(compiled, 3, day, workspace).rows
        at_counter = rows[rows[:, ROW_WHAT] & 0xFFFF == 0]
        services.append(at_counter[:, ROW_END] - at_counter[:, ROW_CALL])
        handset = at_counter[at_counter[:, ROW_WHO] >> 24 & 0xFFFF == 0]
        ended += len(handset)
        back += int((handset[:, ROW_WHAT] >> 40 & 0xFF == 0).sum())
    every = np.concatenate(services) / 60e6
    assert abs(every.mean() - 5.5) < 3.3 * every.std() / np.sqrt(len(every))
    assert every.std() / np.sqrt(len(every)) < 0.01 * 5.5
    assert abs(back / ended - 0.2) < 3.3 * np.sqrt(0.2 * 0.8 / ended)


def test_a_scaled_law_gives_so_many_times_the_time() -> None:
    assert Lognormal(5.0, 0.8).scaled(1.1) == Lognormal(5.5, 0.8)
    for law in LAWS.values():
        assert {p.dimension for p in law.parameters} <= {
            "time", "times", "number", "numbers", "count", "shares", "rates", "laws"
        }  # fmt: skip


def test_campaigns_run_on_their_days_only(tmp_path: Path) -> None:
    rows = [f"2024-09-{day:02d},{'weekend' if day in (7, 8) else 'weekday'}" for day in range(5, 10)]
    (tmp_path / "days.csv").write_text("\n".join(["date,day_type", *rows]) + "\n", encoding="utf-8")
    campaigns = {
        "province": {"lift": "35 %", "on": ["2024-09-06 to 2024-09-07"], "service_time": 1.1},
        "city": {"lift": "25 %", "on": ["weekend"]},
    }
    days = {"weekday": {}, "weekend": {"demand": 0.5}}
    given = scenario(campaigns, day_types=days, calendar=str(tmp_path / "days.csv"), campaign_overlap=1.2)
    model = load(given).model
    of_date = {date: (model.days[kind].kind, model.days[kind].campaigns) for date, kind in model.calendar}
    assert of_date == {
        "2024-09-05": ("weekday", ()),
        "2024-09-06": ("weekday", (0,)),
        "2024-09-07": ("weekend", (0, 1)),
        "2024-09-08": ("weekend", (1,)),
        "2024-09-09": ("weekday", ()),
    }
    assert [c.name for c in model.campaigns] == ["province", "city"]
    for kind, compiled in enumerate(compile_days(model)):
        log = assert_same(model.of_day(kind), 1, 2)
        assert np.array_equal(kernel.simulate(compiled, 1, 2).rows, log.rows)
        came = set((log.rows[:, ROW_WHO] >> 40).tolist())
        assert came == {0, *(1 + i for i in model.days[kind].campaigns)}


def test_a_campaign_is_warned_of_where_it_does_nothing(tmp_path: Path) -> None:
    (tmp_path / "days.csv").write_text("date,day_type\n2024-09-05,weekday\n", encoding="utf-8")
    campaigns = {"province": {"lift": "35 %", "on": ["2024-10-06"]}, "city": {"level": "city"}}
    days = {"weekday": {}, "weekend": {}}
    given = scenario(campaigns, day_types=days, calendar=str(tmp_path / "days.csv"), campaign_overlap=1.2)
    given["stations"].pop("home")
    assert {f"{c.path}: {c.message}" for c in check(given)} == {
        "day_types.weekend: no day of the calendar is of this type",
        "campaigns.province: runs on no day of the calendar",
        "campaigns.city: changes nothing: give it a lift, a service_time or misunderstood",
    }


def test_too_little_staff_for_colliding_campaigns_is_said_by_day() -> None:
    more = {"province": {"lift": "35 %", "on": ["peak"]}, "city": {"lift": "25 %", "service_time": 1.1, "on": ["peak"]}}
    days = {"weekday": {"share": "80 %"}, "peak": {"share": "rest"}}
    given = scenario(more, day_types=days, campaign_overlap=1.15)
    given["stations"] = {"counter": {"servers": 5, "time": "5 min"}}
    (warning,) = check(given)
    assert (
        "peak with province and city: more work than servers: 09:00-10:00 needs 6.7, has 5 (135 %)" in warning.message
    )


def within_10_minutes(name: str, days: int) -> dict[tuple[str, ...], float]:
    """Return the part of the stays in line at the counters that were called within 10 minutes, by campaigns running."""
    model = load(ROOT / "scenarios" / f"{name}.yaml").model
    lines = sum(len(station.lines) for station in model.stations if station.role == "counter")
    found: dict[tuple[str, ...], list[int]] = {}
    for log in hs.replicate(model, days, seed=1):
        day = model.days[log.day]
        if day.kind == "weekday":
            rows = log.rows[log.rows[:, ROW_WHAT] & 0xFFFF < lines]
            called = rows[:, ROW_CALL] >= 0
            quick = called & (rows[:, ROW_CALL] - rows[:, ROW_JOIN] <= 600_000_000)
            sums = found.setdefault(tuple(model.campaigns[i].name for i in day.campaigns), [0, 0])
            sums[0] += int(quick.sum())
            sums[1] += len(rows)
    return {running: quick / n for running, (quick, n) in found.items()}


def test_campaigns_that_collide_cost_more_than_both_apart_and_neither_cure_does_as_much_as_another_week() -> None:
    """The scenario's question: look at the service level of the weekdays of the campaigns' weeks.

    98 % within 10 minutes without a campaign; 89 and 93 % with one of them, 56 % with both at once. A sixth counter
    brings the week to 79 %, a clearer wording to 75 %: moving the city's campaign by two weeks does more than either.
    """
    both_run = ("province_handset", "city_gift")
    collision, apart = (within_10_minutes(f"campaign_{name}", 84) for name in ("collision", "apart"))
    assert collision[()] > 0.97
    assert collision[both_run] == pytest.approx(0.56, abs=0.05)
    assert apart["province_handset",] == pytest.approx(0.89, abs=0.03)
    assert apart["city_gift",] == pytest.approx(0.93, abs=0.03)
    cures = [within_10_minutes(f"campaign_{name}", 84)[both_run] for name in ("sixth_counter", "wording")]
    assert cures == pytest.approx([0.79, 0.75], abs=0.05)


def test_the_campaigns_of_the_collision_bring_35_and_25_per_cent_more() -> None:
    model = load(ROOT / "scenarios" / "campaign_collision.yaml").model
    day = next(day for day in model.days if day.campaigns and day.kind == "weekday")
    base, province, city = (sum(p.rate * (p.end - p.start) for p in source.pieces) for source in day.sources)
    assert (province / base, city / base) == pytest.approx((0.35, 0.25))
