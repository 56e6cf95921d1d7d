"""The laws that durations and gaps can follow: a family of parts, one file each."""

from __future__ import annotations

from hallsim.parts.distributions.base import Law, LawTable, Packed, Parameter
from hallsim.parts.distributions.deterministic import Deterministic
from hallsim.parts.distributions.exponential import Exponential
from hallsim.parts.distributions.lognormal import Lognormal
from hallsim.parts.distributions.uniform import Uniform

LAWS: dict[str, type[Law]] = {law.kind: law for law in (Exponential, Lognormal, Uniform, Deterministic)}

__all__ = ["LAWS", "Law", "LawTable", "Packed", "Parameter", *(law.__name__ for law in LAWS.values())]
