"""The laws that durations and gaps can follow: a family of parts, one file each."""

from __future__ import annotations

from hallsim.parts.distributions.base import Law, LawTable, Packed, Parameter
from hallsim.parts.distributions.coxian import Coxian
from hallsim.parts.distributions.deterministic import Deterministic
from hallsim.parts.distributions.empirical import Empirical
from hallsim.parts.distributions.erlang import Erlang
from hallsim.parts.distributions.exponential import Exponential
from hallsim.parts.distributions.gamma import Gamma
from hallsim.parts.distributions.hyperexponential import Hyperexponential
from hallsim.parts.distributions.lognormal import Lognormal
from hallsim.parts.distributions.mixture import Mixture
from hallsim.parts.distributions.triangular import Triangular
from hallsim.parts.distributions.uniform import Uniform
from hallsim.parts.distributions.weibull import Weibull

_ALL: tuple[type[Law], ...] = (Exponential, Lognormal, Gamma, Erlang, Weibull, Uniform, Triangular, Deterministic)
_ALL += (Hyperexponential, Mixture, Coxian, Empirical)

LAWS: dict[str, type[Law]] = {law.kind: law for law in _ALL}

__all__ = [
    "LAWS",
    "Coxian",
    "Deterministic",
    "Empirical",
    "Erlang",
    "Exponential",
    "Gamma",
    "Hyperexponential",
    "Law",
    "LawTable",
    "Lognormal",
    "Mixture",
    "Packed",
    "Parameter",
    "Triangular",
    "Uniform",
    "Weibull",
]
