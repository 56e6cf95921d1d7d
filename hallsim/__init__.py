"""Simulate the days of a service hall: tickets, counters, kiosks, greeters, patience and diversion.

>>> import hallsim as hs
>>> hall = hs.load("scenarios/standard_hall.yaml")  # doctest: +SKIP
>>> results = hs.run(hall, replications=200, seed=1)  # doctest: +SKIP

Public names load on first use, so that `import hallsim` costs nothing: numba, pandas and scipy take a
second together, and `hallsim --help` needs none of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from hallsim.errors import (
        CalibrationError as CalibrationError,
    )
    from hallsim.errors import (
        EngineError as EngineError,
    )
    from hallsim.errors import (
        HallsimError as HallsimError,
    )
    from hallsim.errors import (
        LogError as LogError,
    )
    from hallsim.errors import (
        ScenarioError as ScenarioError,
    )
    from hallsim.errors import (
        UsageError as UsageError,
    )
    from hallsim.experiment import Results as Results
    from hallsim.experiment import replicate as replicate
    from hallsim.experiment import run as run
    from hallsim.scenario import Scenario as Scenario
    from hallsim.scenario import check as check
    from hallsim.scenario import load as load
    from hallsim.trace import trace as trace
    from hallsim.visits import build as visits

_HOME = {
    "load": ("hallsim.scenario", "load"),
    "check": ("hallsim.scenario", "check"),
    "Scenario": ("hallsim.scenario", "Scenario"),
    "run": ("hallsim.experiment", "run"),
    "replicate": ("hallsim.experiment", "replicate"),
    "Results": ("hallsim.experiment", "Results"),
    "visits": ("hallsim.visits", "build"),
    "trace": ("hallsim.trace", "trace"),
    "HallsimError": ("hallsim.errors", "HallsimError"),
    "ScenarioError": ("hallsim.errors", "ScenarioError"),
    "LogError": ("hallsim.errors", "LogError"),
    "CalibrationError": ("hallsim.errors", "CalibrationError"),
    "EngineError": ("hallsim.errors", "EngineError"),
    "UsageError": ("hallsim.errors", "UsageError"),
}
"""Public name -> (module, name there)."""

__all__ = [
    "CalibrationError",
    "EngineError",
    "HallsimError",
    "LogError",
    "Results",
    "Scenario",
    "ScenarioError",
    "UsageError",
    "__version__",
    "check",
    "load",
    "replicate",
    "run",
    "trace",
    "visits",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its module on first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'hallsim' has no attribute {name!r}")
    module, inner = _HOME[name]
    value = getattr(import_module(module), inner)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
