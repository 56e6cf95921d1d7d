"""Linking routines into their callers makes a cold start shorter, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import hallsim as hs
from hallsim.jit import JIT_DISABLED, entrance, for_c, out_of_line, routine

HALL = Path(__file__).resolve().parent.parent / "scenarios" / "s1_mmc.yaml"
ANOTHER_NUMBA = """
import sys, numba
numba.__version__ = "0.0.1"
import hallsim as hs
from hallsim import jit
assert not jit.LINKED
print(hs.run(hs.load(sys.argv[1]), replications=2, seed=5).table())
"""


@pytest.mark.slow
def test_a_numba_that_is_not_known_compiles_routines_one_by_one_with_the_same_results(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", ANOTHER_NUMBA, str(HALL)],
        env=os.environ | {"HALLSIM_CACHE": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.rstrip("\n") == hs.run(hs.load(HALL), replications=2, seed=5).table().rstrip("\n")


@routine
def _half(x):  # type: ignore[no-untyped-def]
    out_of_line()
    return x // 2 if x % 2 == 0 else -1


def _quarter(x):  # type: ignore[no-untyped-def]
    return _half(_half(x))


@pytest.mark.skipif(JIT_DISABLED, reason="nothing is compiled")
def test_a_function_for_c_gets_what_its_own_routines_return() -> None:
    assert [for_c("int64(int64)", _quarter).ctypes(x) for x in (8, 6, 5)] == [2, -1, -1]


@routine
def _third(x):  # type: ignore[no-untyped-def]
    out_of_line()
    return x // 3 if x % 3 == 0 else -1


@routine
def _ninth(x):  # type: ignore[no-untyped-def]
    return _third(_third(x))


@entrance
def _eighty_first(x):  # type: ignore[no-untyped-def]
    return _ninth(_ninth(x))


def test_a_function_for_python_gets_a_routine_together_with_those_that_this_calls() -> None:
    assert [_eighty_first(x) for x in (162, 54, 5)] == [2, -1, -1]
