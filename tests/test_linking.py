"""Linking routines into their callers makes a cold start shorter, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import hallsim as hs

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
