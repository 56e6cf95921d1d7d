"""Simulate the days of a service hall: tickets, counters, kiosks, greeters, patience and diversion.

>>> import hallsim as hs
>>> hall = hs.load("scenarios/standard_hall.yaml")  # doctest: +SKIP
>>> results = hs.run(hall, replications=200, seed=1)  # doctest: +SKIP

Public names load on first use, so that `import hallsim` costs nothing: numba, pandas and scipy take a
second together, and `hallsim --help` needs none of them.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from hallsim.errors import CalibrationError, EngineError, HallsimError, LogError, ScenarioError, UsageError
    from hallsim.experiment.compare import Differences, compare
    from hallsim.experiment.results import Results
    from hallsim.experiment.run import replicate, run
    from hallsim.experiment.selection.halls import Choice, select
    from hallsim.experiment.staffing import Plan, staff
    from hallsim.experiment.sweeps import Swept, sweep
    from hallsim.report import report
    from hallsim.scenario import Scenario, check, load
    from hallsim.trace import trace
    from hallsim.visits import build as visits

_HOME = {
    "load": ("hallsim.scenario", "load"),
    "check": ("hallsim.scenario", "check"),
    "Scenario": ("hallsim.scenario", "Scenario"),
    "run": ("hallsim.experiment", "run"),
    "compare": ("hallsim.experiment", "compare"),
    "select": ("hallsim.experiment", "select"),
    "Choice": ("hallsim.experiment", "Choice"),
    "staff": ("hallsim.experiment.staffing", "staff"),
    "Plan": ("hallsim.experiment.staffing", "Plan"),
    "sweep": ("hallsim.experiment.sweeps", "sweep"),
    "Swept": ("hallsim.experiment.sweeps", "Swept"),
    "replicate": ("hallsim.experiment", "replicate"),
    "Results": ("hallsim.experiment", "Results"),
    "Differences": ("hallsim.experiment", "Differences"),
    "report": ("hallsim.report", "report"),
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
    "Choice",
    "Differences",
    "EngineError",
    "HallsimError",
    "LogError",
    "Plan",
    "Results",
    "Scenario",
    "ScenarioError",
    "Swept",
    "UsageError",
    "__version__",
    "check",
    "compare",
    "load",
    "replicate",
    "report",
    "run",
    "select",
    "staff",
    "sweep",
    "trace",
    "visits",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its module on first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'hallsim' has no attribute {name!r}")
    module, inner = _HOME[name]
    value = getattr(import_module(module), inner)
    return globals().setdefault(name, value)  # a module of that name, just imported, is there already, and callable


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})


class _CallableModule(ModuleType):
    """A submodule that shares its name with a public function: calling it calls the function, wherever that lives."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        module, inner = _HOME[self.__name__.rpartition(".")[2]]
        return getattr(import_module(module), inner)(*args, **kwargs)


class _Package(ModuleType):
    """The package `hallsim`.

    Importing `hallsim.visits` from anywhere makes Python set `hallsim.visits` to that module, which would
    hide the public function of the same name, or not, depending on what was imported before. The module
    is made callable at that moment, so that `hs.visits(...)` and `from hallsim.visits import save` both
    work in any order.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, ModuleType) and name in _HOME:
            value.__class__ = _CallableModule
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
