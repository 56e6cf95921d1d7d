"""Logged days re-enacted: a log becomes a hall whose replications are its days (docs/replay.md)."""

from __future__ import annotations

from hallsim.replay.legs import dates_of
from hallsim.replay.replay import GAVE_UP, Replay, SettingError, Settings, build, plain_label
from hallsim.replay.tickets import Comparison, compare, summarise

__all__ = [
    "GAVE_UP",
    "Comparison",
    "Replay",
    "SettingError",
    "Settings",
    "build",
    "compare",
    "dates_of",
    "plain_label",
    "summarise",
]
