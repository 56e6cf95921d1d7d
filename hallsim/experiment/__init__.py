"""Experiments: replications of a hall over all cores, their results, verdicts and tables."""

from __future__ import annotations

from hallsim.experiment.compare import Differences, compare
from hallsim.experiment.measure import measure
from hallsim.experiment.results import Estimate, Results
from hallsim.experiment.run import replicate, run
from hallsim.experiment.selection.halls import Choice, select
from hallsim.experiment.verdicts import Verdict

__all__ = [
    "Choice",
    "Differences",
    "Estimate",
    "Results",
    "Verdict",
    "compare",
    "measure",
    "replicate",
    "run",
    "select",
]
