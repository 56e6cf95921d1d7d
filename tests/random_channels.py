"""Channels around random halls: an app that fails, agents, and a hotline with people in it."""

from __future__ import annotations

import random
from typing import Any

from tests.random_laws import law


def with_channels(seed: int, hall: dict[str, Any], segments: list[str], likely: float, catchment: bool) -> None:
    """Put channels around a hall, now and then, and a catchment; without one only the hall sends customers there."""
    around = random.Random(f"channels of {seed}")
    if around.random() >= likely:
        return
    tried = {"kind": "electronic", "fails": {segments[0]: "50 %", "rest": "20 %"}, "takes": law(around, 4.0)}
    tried["on_failure"] = around.choice(["hall", {"hall": "60 %", "agent": "20 %", "leave": "rest"}])
    hall["channels"] = {"app": tried, "agent": {"kind": "partner"}, "hotline": {"kind": "hotline"}}
    hall["catchment"] = {"first_choice": {"hall": "70 %", "app": "20 %", "agent": "rest"}}
    if around.random() < 0.5:
        taken = {"hall": "60 %", "agent": "rest"}
        hall["catchment"]["shift"] = {"to": "app", "points": "10 %", "taken_from": taken}
    _with_people(random.Random(f"people of channels of {seed}"), hall, segments)
    if not catchment:
        del hall["catchment"]


def _with_people(rng: random.Random, hall: dict[str, Any], segments: list[str]) -> None:
    """Give the hotline people, and callers: of their own accord, after the app, and from the hall."""
    if rng.random() < 0.3:
        return
    people: dict[str, Any] = {"servers": rng.choice([1, 2, {"staff": {"09:00": 1, "09:20": 2}}])}
    people |= rng.choice([{"time": {segments[0]: law(rng, 3.0), "rest": "2 min"}}, {"per_hour": 30}])
    people |= {"automatic": rng.choice(["50 %", {segments[0]: "20 %", "rest": "90 %"}])} if rng.random() < 0.5 else {}
    people |= {"patience": law(rng, 5.0)} if rng.random() < 0.6 else {}
    people |= {"waiting": rng.choice([0, 2])} if rng.random() < 0.4 else {}
    if isinstance(people["servers"], int) and rng.random() < 0.4:
        people["at_work"] = "70 %"
    if {"patience", "waiting"} & set(people) and rng.random() < 0.6:
        people["unanswered"] = rng.choice(["hall", "agent", {"hall": "50 %", "leave": "rest"}])
    hotline = {"kind": "hotline", "takes": law(rng, 1.0), "capacity": people}
    hotline |= {"fails": "20 %"} if rng.random() < 0.5 else {}
    hall["channels"]["hotline"] = hotline
    if rng.random() < 0.5:
        hall["channels"]["app"]["on_failure"] = {"hotline": "50 %", "hall": "rest"}
    choice = {"hall": "50 %", "app": "20 %", "agent": "10 %", "hotline": "rest"}
    hall["catchment"]["first_choice"] = {
        segments[0]: choice,
        "rest": {"hotline": "30 %", "app": "20 %", "hall": "rest"},
    }
    if "shift" in hall["catchment"]:
        hall["catchment"]["shift"]["taken_from"] = {"hall": "all"}
