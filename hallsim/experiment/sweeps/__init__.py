"""Sweeps: many design points of a hall, what each factor does, and which points are best."""

from __future__ import annotations

from hallsim.experiment.sweeps.read import Sweep, read_sweep
from hallsim.experiment.sweeps.simulate import sweep
from hallsim.experiment.sweeps.swept import Swept, read_swept

__all__ = ["Sweep", "Swept", "read_sweep", "read_swept", "sweep"]
