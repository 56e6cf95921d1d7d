"""The checkout holds what it should and names no machine."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

TOP_LEVEL = {
    "CHANGELOG.md", "README.md", "pyproject.toml",
    "benchmarks", "calibration", "hallsim", "scenarios", "tests",
}  # fmt: skip

FOREIGN = {
    "an absolute path of some machine": r"(?<![\w.\-])/(?:work|root|home|Users)/\w",
    "the host of a package registry": r"py[p]i\.org|python[h]osted|npm[j]s\.|deb\.debian[.]org",
    "a note to self": r"\b(?:TO[D]O|FIX[M]E|X[X]X)\b",
    "a merge conflict": r"^(?:<{7}|>{7}) ",
}

LONGEST_FILE = 600


def tracked() -> list[Path]:
    """Return the files under version control, relative to the checkout."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    return [Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_the_top_level_holds_nothing_else() -> None:
    entries = {path.parts[0] for path in tracked()}
    assert {e for e in entries if not e.startswith(".")} <= TOP_LEVEL


@pytest.mark.parametrize("what", FOREIGN)
def test_no_file_contains(what: str) -> None:
    pattern = re.compile(FOREIGN[what], re.MULTILINE)
    found = []
    for path in tracked():
        try:
            text = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path}: {match.group()}" for match in pattern.finditer(text)]
    assert found == []


def test_no_source_file_is_too_long_to_read() -> None:
    lines = {p: len((ROOT / p).read_text(encoding="utf-8").splitlines()) for p in tracked() if p.suffix == ".py"}
    assert {str(p): n for p, n in lines.items() if n > LONGEST_FILE} == {}
