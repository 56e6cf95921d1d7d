"""How cases with known answers become scenarios: texts, laws, names and numbers as strangers write them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hallsim as hs
from tests import reference_suite
from tests.reference import f2, f4, f5, laws
from tests.reference.cases import FAMILIES, adapter_of, read
from tests.reference.estimate import items_of, target_of
from tests.reference.fresh import MAKERS
from tests.reference.own_cases import FILE
from tests.reference.plan import NotCovered, Plan
from tests.reference.run import plan_of, run_case

OWN = {c["id"]: c for c in read(FILE)}
POOLED = next(text for text, adapter in f5.ADAPTERS.items() if adapter is f5.pooled_day)


def _case(family: str, semantics: str, params: dict[str, Any], **values: Any) -> dict[str, Any]:
    quantities = {name: {"value": value, "definition": ""} for name, value in values.items()}
    return {"id": "case", "family": family, "semantics": semantics, "params": params, "quantities": quantities}


# --- texts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("close", ["540", "600.0", "1e3"])
def test_a_number_that_restates_a_parameter_may_be_any(close: str) -> None:
    assert adapter_of(_case("F5", POOLED.replace("#", close), {})) is f5.pooled_day


def test_white_space_does_not_tell_texts_apart() -> None:
    assert adapter_of(_case("F5", "  " + POOLED.replace("#", "540").replace(". ", ".\n"), {})) is f5.pooled_day


@pytest.mark.parametrize("change", [("#", "closing time"), ("FIFO", "LIFO"), ("close T=# min", "close T=540 hours")])
def test_another_word_is_another_rule(change: tuple[str, str]) -> None:
    assert adapter_of(_case("F5", POOLED.replace(*change).replace("#", "540"), {})) is None


def test_a_case_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text(json.dumps(OWN["F1-own-first2"], ensure_ascii=False), encoding="utf-8-sig")
    assert [case["id"] for case in read(file)] == ["F1-own-first2"]


# --- laws -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "same"),
    [
        ({"dist": "exponential", "rate": 0.5, "mean": None}, {"dist": "exp", "mean": 2.0, "cv": None}),
        ({"dist": "constant", "mean": 3.0, "cv": 0.0}, {"dist": "deterministic", "value": 3.0}),
        ({"dist": "erlang", "shape": 2, "rate": 4.0}, {"dist": "erlang", "mean": 0.5, "k": 2}),
        ({"dist": "erlang2", "mean": 1.0}, {"dist": "erlang", "mean": 1.0, "cv": math.sqrt(0.5)}),
        ({"dist": "gamma", "shape": 4.0, "scale": 0.5}, {"dist": "gamma", "mean": 2.0, "cv": 0.5}),
        ({"dist": "gamma", "shape": 4.0, "rate": 2.0}, {"dist": "gamma", "mean": 2.0, "sd": 1.0}),
        ({"dist": "lognormal", "mean": 2.0, "sd": 1.6}, {"dist": "lognormal", "mean": 2.0, "cv": 0.8}),
        ({"dist": "weibull", "shape": 0.5, "scale": 1.0}, {"dist": "weibull", "shape": 0.5, "mean": 2.0}),
        ({"dist": "uniform", "mean": 2.0, "half_width": 1.0}, {"dist": "uniform", "low": 1.0, "high": 3.0}),
        (
            {"dist": "hyperexp2", "p": 0.5, "mean1": 4.0, "mean2": 0.5},
            {"dist": "hyperexponential", "probabilities": [0.5, 0.5], "rates": [0.25, 2.0]},
        ),
    ],
)
def test_a_law_may_be_given_by_other_parameters(spec: dict[str, Any], same: dict[str, Any]) -> None:
    assert laws.law(spec) == laws.law(same)
    assert laws.moments(spec) == pytest.approx(laws.moments(same))


@pytest.mark.parametrize(
    ("spec", "mean", "scv"),
    [
        ({"dist": "weibull", "shape": 0.5, "scale": 1.0}, 2.0, 5.0),
        ({"dist": "triangular", "low": 0.0, "mode": 1.0, "high": 2.0}, 1.0, 1 / 6),
        ({"dist": "lognormal", "mu": 0.0, "sigma": 1.0}, math.exp(0.5), math.e - 1),
        (
            {
                "dist": "mixture",
                "weights": [1, 1],
                "components": [{"dist": "d", "value": 1}, {"dist": "m", "mean": 1}],
            },
            1.0,
            0.5,
        ),
        ({"dist": "phase-type", "alpha": [0.5, 0.5], "T": [[-2.0, 2.0], [0.0, -1.0]]}, 1.25, 0.76),
    ],
)
def test_the_moments_of_a_law_choose_the_length_of_a_run(spec: dict[str, Any], mean: float, scv: float) -> None:
    assert laws.moments(spec) == pytest.approx((mean, scv))
    hs.load({"format": 1, "hall": "h", "run_for": "1 h", "arrivals": {"rate": "1/min"}, "stations": _served(spec)})


def _served(spec: dict[str, Any]) -> dict[str, Any]:
    return {"counter": {"servers": 1, "time": laws.law(spec)}}


@pytest.mark.parametrize(
    "spec",
    [{"dist": "exp", "mean": 1.0, "shift": 2.0}, {"dist": "pareto", "shape": 2.0}, {"dist": "uniform", "low": 0.0}],
)
def test_a_law_with_a_strange_parameter_or_without_one_is_not_covered(spec: dict[str, Any]) -> None:
    case = _case("F6", next(t for t in _family("F6") if "all kiosks busy" in t), {}, P_overflow=0.5)
    case["params"] = {"arrival_rate": 1.0, "kiosks": 2, "service": spec}
    assert {v.status for v in run_case(case)} == {"not covered"}


def _family(name: str) -> list[str]:
    return list(FAMILIES[name])


# --- other parameters -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "at_3"),
    [
        ("exp(-0.5*(n-c)) for n>=c", math.exp(-0.5)),
        ("exp(-0.5*(n-c)) for n >= c, else 1", math.exp(-0.5)),
        ("0.5**n", 0.125),
    ],
)
def test_the_chance_of_joining_may_be_a_formula_from_n_or_from_c(formula: str, at_3: float) -> None:
    table = f2.joining(formula, 2)
    assert table[0] == 1.0
    assert table[3] == pytest.approx(at_3)


def test_a_condition_of_joining_that_is_not_known_is_not_covered() -> None:
    with pytest.raises(NotCovered):
        f2.joining("0.5 for n>=c+2", 2)


def test_patience_of_one_class_alone_bounds_the_warm_up_of_an_overload() -> None:
    params = {
        "servers": 2,
        "arrival_rates": [1.0, 2.0],
        "service_rates": [1.0, 1.0],
        "patience_rates": [0.0, 0.5],
    }
    semantics = next(text for text, adapter in f4.ADAPTERS.items() if adapter is f4.two_classes)
    plan = plan_of(_case("F4", semantics, params, W_class1_all=0.9))
    assert isinstance(plan, Plan)
    assert float(plan.scenario["warm_up"].split()[0]) < 1000


def test_classes_may_have_names_that_are_none_in_a_scenario() -> None:
    case = json.loads(json.dumps(OWN["F6-own-jackson"]))
    p = case["params"]
    both = {name: {"share": 0.5, "p_kiosk": 0.5, "p_counter": 0.5} for name in ("贵 宾", "leave")}
    params = {k: p[k] for k in ("external_rate", "greeter", "kiosk", "counter")} | {"classes": both}
    semantics = next(t for t in _family("F6") if "class keeps its identity" in t)
    plan = plan_of(_case("F6", semantics, params, **{"time_in_hall_贵 宾": 1.0, "time_in_hall_leave": 1.0}))
    assert isinstance(plan, Plan)
    assert hs.load(plan.scenario).model.stations


def test_customers_may_come_so_rarely_that_a_run_reaches_the_longest_duration() -> None:
    case = _case(
        "F1", OWN["F1-own-mm2"]["semantics"], {"arrival_rate": 8e-4, "service_rate": 1e-3, "servers": 1}, Wq=4e3
    )
    plan = plan_of(case)
    assert isinstance(plan, Plan)
    hs.load(plan.scenario)


# --- power ----------------------------------------------------------------------------------------------------


def test_an_element_far_below_its_row_is_not_asked_for_one_percent_of_itself() -> None:
    case = _case("F1", "", {}, mean_wait_by_customer=[0.0, 1e-9, 1.0, 3.0], Wq=2.0)
    plan = Plan({}, lambda log: {}, 1.0)
    items = items_of(case, plan, list(case["quantities"]))
    assert [target_of(item, 0.0) for item in items] == pytest.approx([2e-4, 2e-4, 0.01, 0.03, 0.02], rel=1e-6)


def test_a_table_without_words_says_in_its_names_what_is_asked() -> None:
    params = {"arrival_rate": 6.0, "service_rate": 3.0, "servers": 3, "time_unit": "hour"}
    asked = {"p0": 1 / 9, "Wq_hour": 4 / 27, "W_min": 260 / 9, "P_wait": 4 / 9, "rho": 2 / 3, "L": 26 / 9}
    assert {v.status for v in run_case(_case("F16", "", params, **asked))} == {"passed"}
    loss = {"arrival_rate": 4.0, "service_rate": 1.0, "servers": 1, "capacity_total": 1}
    found = run_case(_case("F16", "Erlang B.", loss, P_block=0.8, mood=1))
    assert [v.status for v in found] == ["passed", "not covered"]


# --- fresh cases ----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_fresh_case(make: Callable[[np.random.Generator], dict[str, Any]], seed: int) -> None:
    case = make(np.random.default_rng([seed, MAKERS.index(make)]))
    failures = [v for v in run_case(case, seed=1) if v.status != "passed"]
    assert not failures, f"{case['params']}\n" + "\n".join(reference_suite.as_line(v) for v in failures)
