"""Logged days re-enacted: a log becomes a hall whose replications are its days (docs/replay.md)."""

from __future__ import annotations

from hallsim.replay.replay import LINES, ORDERS, Replay, Settings, build
from hallsim.replay.tickets import Comparison, compare, summarise

__all__ = ["LINES", "ORDERS", "Comparison", "Replay", "Settings", "build", "compare", "summarise"]
