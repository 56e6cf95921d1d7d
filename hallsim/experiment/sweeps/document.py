"""A sweep as JSON: what it is, what each factor does to each figure, the surfaces, the front, the problems."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hallsim.errors import UsageError
from hallsim.experiment.sweeps.effects import main_effects
from hallsim.experiment.sweeps.pareto import front, usual
from hallsim.experiment.sweeps.surface import surface
from hallsim.experiment.sweeps.swept import name_of
from hallsim.experiment.sweeps.words import sentences

if TYPE_CHECKING:
    from hallsim.experiment.sweeps.swept import Swept


def document(found: Swept) -> dict[str, Any]:
    """Return what was found as plain data; no number is null."""
    figures = [_figure(found, i) for i in range(len(found.figures))] if len(found.designs) else []
    return {
        "provenance": {key: found.manifest[key] for key in ("hallsim", "semantics", "identity")},
        **{key: value for key, value in found.about.items() if key != "figures"},
        "points": found.wanted,
        "points_simulated": len(found.designs),
        "complete": found.complete,
        "figures": figures,
        "front": {"figures": list(usual(found)), "points": [point_of(found, int(row)) for row in front(found)]},
        "problems": [{"design": i, "problem": why} for i, why in sorted(found.problems.items())],
    }


def point_of(found: Swept, row: int) -> dict[str, Any]:
    """Return one point: its factors, and value and half-width of each figure."""
    return {
        "design": int(found.designs[row]),
        "factors": {f.name: f.values[row] if not f.numeric else float(f.values[row]) for f in found.factors},
        "figures": {
            name_of(figure): {"value": _number(found.values[row, i]), "half_width": _number(found.half_widths[row, i])}
            for i, figure in enumerate(found.figures)
        },
    }


def _figure(found: Swept, i: int) -> dict[str, Any]:
    names = [f.name for f in found.factors]
    effects = [
        {
            "factor": names[e.factor],
            "levels": list(e.levels),
            "means": [_number(x) for x in e.means],
            "half_widths": [_number(x) for x in e.half_widths],
            "change": _number(e.change),
            "change_half_width": _number(e.change_half),
            "noise": e.is_noise,
        }
        for e in main_effects(found, i)
    ]
    return {
        **found.about["figures"][i],
        "effects": effects,
        "surface": _surface(found, i),
        "sentences_en": sentences(found, "en", i),
        "sentences_zh": sentences(found, "zh", i),
    }


def _surface(found: Swept, i: int) -> dict[str, Any] | None:
    try:
        fitted = surface(found, i)
    except UsageError:  # too few points
        return None
    names = [f.name for f in found.factors]
    return {
        "terms": len(fitted.fit.coefficients),
        "explained": _number(fitted.fit.explained),
        "residual": _number(fitted.fit.residual),
        "interactions": [
            {
                "factors": [names[x.first], names[x.second]],
                "share": _number(x.share),
                "p_value": _number(x.p),
                "change": _number(x.change),
                "change_half_width": _number(x.change_half),
            }
            for x in fitted.interactions
        ],
    }


def _number(x: float) -> float | None:
    return float(x) if math.isfinite(x) else None
