"""Fixtures and switches that all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# the same examples in every run, and no deadline: the first example may have to compile kernels
settings.register_profile("hallsim", derandomize=True, deadline=None)
settings.load_profile("hallsim")

ROOT = Path(__file__).resolve().parent.parent

SMALL_HALL = """\
format: 1
hall: Small hall
open: "09:00-12:00"
arrivals: {per_hour: [20, 30, 20]}
stations:
  counter:
    servers: 3
    patience: exponential 20 min
    time: exponential 5 min
targets:
  all: {wait: 80 % within 10 min}
"""


@pytest.fixture
def root() -> Path:
    """Return the folder of the checkout."""
    return ROOT


@pytest.fixture
def small_hall(tmp_path: Path) -> Path:
    """Return a scenario file of one morning with three counters."""
    path = tmp_path / "small_hall.yaml"
    path.write_text(SMALL_HALL, encoding="utf-8")
    return path


def _folder(variable: str, name: str) -> Path:
    folder = Path(os.environ.get(variable) or ROOT.parent / "shared" / name)
    if not folder.is_dir():
        pytest.skip(f"no folder {folder}; {variable} points to another one")
    return folder


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Return the folder of public queue logs, or skip: they are too large to be part of the checkout."""
    return _folder("HALLSIM_DATA", "data")


@pytest.fixture(scope="session")
def reference_folder() -> Path:
    """Return the folder of reference cases with exact results, or skip."""
    return _folder("HALLSIM_REFERENCE", "reference")
