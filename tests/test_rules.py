"""Every numbered rule of docs/semantics.md has a literal trace on both engines, in a test that bears its number."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "hallsim" / "docs" / "semantics.md").read_text(encoding="utf-8")
RULES = re.findall(r"^## (\d+)\. ", PAGE, re.MULTILINE)
BOTH = {"both", "assert_same"}
"""What runs both engines and holds their logs against each other."""


@cache
def functions() -> dict[tuple[str, str], ast.FunctionDef]:
    """Return every function of the tests, by module and name."""
    modules = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "tests").glob("*.py")}
    return {
        (name, node.name): node
        for name, module in modules.items()
        for node in module.body
        if isinstance(node, ast.FunctionDef)
    }


def calls_of(function: ast.FunctionDef) -> set[str]:
    """Return the names of what a function calls."""
    return {
        node.func.id for node in ast.walk(function) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


def runs_both_engines(module: str, name: str) -> bool:
    """Return whether a function calls what runs both engines, directly or through helpers."""
    todo, seen = [(module, name)], set()
    while todo:
        at, called = todo.pop()
        for next_name in calls_of(functions()[at, called]) - seen:
            seen.add(next_name)
            places = [at] if (at, next_name) in functions() else [m for m, n in functions() if n == next_name]
            todo += [(place, next_name) for place in places]
    return bool(seen & BOTH)


def is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except ValueError:
        return False
    return True


def states_literally(function: ast.FunctionDef) -> bool:
    """Return whether a test asserts that something equals what is written there."""
    compared = [
        comparison
        for assertion in ast.walk(function)
        if isinstance(assertion, ast.Assert)
        for comparison in ast.walk(assertion.test)
        if isinstance(comparison, ast.Compare)
    ]
    return any(isinstance(c.ops[0], ast.Eq) and is_literal(c.comparators[0]) for c in compared)


def named_after(rule: str) -> list[tuple[str, str]]:
    return [place for place in functions() if re.match(rf"test_rule_{rule}_", place[1])]


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_literal_trace_on_both_engines(rule: str) -> None:
    traces = [
        place for place in named_after(rule) if states_literally(functions()[place]) and runs_both_engines(*place)
    ]
    assert traces, f"rule {rule} has {len(named_after(rule))} tests, none of them a literal trace on both engines"


def test_every_test_of_a_rule_names_one_that_there_is() -> None:
    numbers = {found[1] for _, name in functions() if (found := re.match(r"test_rule_(\d+)_", name))}
    assert sorted(numbers - set(RULES)) == []


def test_every_rule_says_how_it_is_tested() -> None:
    parts = re.split(r"^## (?=\d+\. )", PAGE, flags=re.MULTILINE)[1:]
    assert [part.split(".")[0] for part in parts if "**Test.**" not in part] == []
