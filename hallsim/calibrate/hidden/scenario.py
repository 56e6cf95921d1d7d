"""A fitted hall -> its scenario file, with what was found, and how sure it is, under `uncertain`.

In: `HiddenFit`. Out: text. A parameter that the days do not tell has its value and a comment, but no entry: a range of
hardly known width would say more than is known.
"""

from __future__ import annotations

import math
from typing import Any

from hallsim.calibrate.hall.words import number
from hallsim.calibrate.hidden.fit import HiddenFit
from hallsim.calibrate.hidden.posterior import Posterior
from hallsim.scenario.tree import split_path
from hallsim.scenario.uncertain import MOST
from hallsim.scenario.writing import text_of


def text_of_fit(fit: HiddenFit) -> str:
    """Return the scenario file."""
    data = fit.scenario.to_mapping()
    comments: dict[tuple[str, ...], list[str]] = {
        ("format",): [f"Hidden parameters fitted by `hallsim fit` to {len(fit.seen.dates)} days."]
    }
    how = "Bayes, approximately" if isinstance(fit.found, Posterior) else "simulated moments"
    found = dict(data.get("uncertain") or {})
    rows = zip(fit.parameters, fit.values, fit.half_widths, fit.found.identifiable, strict=True)
    for one, value, half, told in rows:
        path = tuple(str(step) for step in split_path(one.path))
        ends = f" ({number(value - half)} to {number(value + half)})" if math.isfinite(half) else ""
        what = "multiplied by" if one.scales else "found"
        known = "" if told else "; not identifiable"
        if all(isinstance(step, str) for step in split_path(one.path)):
            comments[path] = [f"{one.label.en}: {what} {number(value)}{ends}, by {how}{known}"]
        found = {key: entry for key, entry in found.items() if not _inside(key, one.path)}
        off = half / abs(value) if value else math.inf
        if told and off <= MOST:
            found[one.path] = f"± {max(math.ceil(1000 * off), 1) / 10:g} %"
    changed: dict[str, Any] = {key: value for key, value in data.items() if key != "uncertain"}
    return text_of(changed | ({"uncertain": found} if found else {}), comments)


def _inside(one: str, other: str) -> bool:
    """Tell whether one path lies inside the other."""
    a, b = split_path(one), split_path(other)
    n = min(len(a), len(b))
    return a[:n] == b[:n]
