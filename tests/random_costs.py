"""Costs for random halls: all kinds of them, and a match of channels and customers that goes by them."""

from __future__ import annotations

import random
from typing import Any

STAFFLESS = ("delay", "online", "orbit", "offer")


def with_costs(rng: random.Random, hall: dict[str, Any]) -> dict[str, Any]:
    """Return a hall that costs something; with a catchment, customers may be guided by what channels cost."""
    stations = [name for name, station in hall["stations"].items() if station.get("role") not in STAFFLESS]
    costs: dict[str, Any] = {
        "wage": rng.choice([30, {stations[0]: 41.5, "rest": 26}]),
        "rent": 1200,
        "equipment": {rng.choice(stations): 25},
        "hall": {"unit_cost": 28, "avoidable": rng.choice([1.2, 5])},
        "waiting": 20,
        "lost": 15,
        "churn": {"value": 400, "lost": "2 %", "waited": "0.5 %", "over": "4 min"},
    }
    if "channels" in hall:
        costs["channels"] = {n: {"unit_cost": 0.13, "avoidable": rng.choice([0.05, 7])} for n in hall["channels"]}
    costs |= {"overtime": 1.5} if rng.random() < 0.5 else {}
    costs |= {"wage_by_hour": {"10:00": 1.25}} if rng.random() < 0.5 else {}
    costs |= {"sales": {"card": 12}} if "transactions" in hall else {}
    costs |= {"cross_sale": 80} if "demo" in hall["stations"] else {}
    found = hall | {"costs": costs}
    if "catchment" in hall and rng.random() < 0.5:
        match: dict[str, Any] = {"followed": rng.choice(["30 %", "100 %"])}
        match |= {"prefers": {next(iter(hall["segments"])): ["agent", "hall"]}} if rng.random() < 0.5 else {}
        match |= {"cost": "paper"} if rng.random() < 0.3 else {}
        found["catchment"] = hall["catchment"] | {"match": match}
    return found
