"""Scenarios: files that a planner can read aloud -> models that engines can run.

`load` gives a `Scenario` with its `model`; `check` gives every complaint and warning; `schema`, `starter` and
`scenario_docs` come from the same declaration that validates. Loading never executes code from a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from hallsim.errors import Complaint, ScenarioError, UsageError
from hallsim.scenario.text import read_tree, read_value
from hallsim.scenario.tree import Node, from_data, patch, plain_data, split_path

if TYPE_CHECKING:
    import os

    from hallsim.model import Model, Uncertain
    from hallsim.replay import Replay

__all__ = ["Scenario", "check", "load", "scenario_docs", "schema", "starter"]

MAPPING = "<mapping>"
SET = "--set"
CHANGE = "change"


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """A loaded scenario: its model, its warnings, and the tree that it can be changed in; the log it re-enacts."""

    model: Model
    warnings: tuple[Complaint, ...]
    tree: Node
    replay: Replay | None = None

    @property
    def name(self) -> str:
        """The file's stem, or `scenario`."""
        return self.model.name

    @property
    def hash(self) -> str:
        """16 hex digits over everything read: the merged content, every table, and the format."""
        return self.model.scenario_hash

    @property
    def files(self) -> tuple[str, ...]:
        """The files read."""
        return self.model.files

    def change(self, path: str, value: Any) -> Scenario:
        """Return a copy with one value changed; None removes it.

        Parameters
        ----------
        path : str
            Such as `stations.counter.servers` or `arrivals.per_hour[2]`.
        value : number, text, list, mapping or None
            As it would stand in the file: `9`, `"15 %"`, `{"staff": {"09:00": 6}}`.

        Raises
        ------
        UsageError
            If the path leads nowhere.
        ScenarioError
            If the changed scenario is wrong.
        """
        try:
            node = from_data(value, CHANGE)
        except TypeError as problem:
            raise UsageError(f"{CHANGE} {path}: {problem}") from problem
        return _built(_patched(self.tree, path, node, f"{CHANGE} {path}"), self.name)

    def scaled(self, factors: Iterable[tuple[Uncertain, float]]) -> Scenario:
        """Return a copy in which the quantities of some entries are multiplied.

        Raises
        ------
        ScenarioError
            If the changed scenario is wrong.
        """
        from hallsim.scenario.uncertain import scaled

        tree = self.tree
        for entry, factor in factors:
            tree = scaled(tree, entry, factor)
        return _built(tree, self.name)

    def to_mapping(self) -> dict[str, Any]:
        """Return the merged scenario as plain data, which `load` reads again."""
        data = plain_data(self.tree)
        assert isinstance(data, dict)
        return data

    def __repr__(self) -> str:
        return f"<Scenario {self.name} {self.hash}>"


def load(source: str | os.PathLike[str] | Mapping[str, Any] | Scenario, set_: Iterable[str] = ()) -> Scenario:
    """Read a scenario.

    Parameters
    ----------
    source : path or mapping
        A YAML file, or the same content as a mapping. A mapping may leave out `format`; files it names are
        relative to the current folder.
    set_ : iterable of "path=value"
        Changes laid over it; a value is written as in the file.

    Raises
    ------
    ScenarioError
        With every complaint, if anything is wrong.

    Examples
    --------
    >>> hall = load({"open": "09:00-17:00", "arrivals": {"rate": "30/h"},
    ...              "stations": {"counter": {"servers": 4, "time": "exponential 5 min"}}})
    >>> len(hall.change("stations.counter.servers", 5).model.stations[0].servers)
    5
    """
    tree, name, complaints = _tree(source)
    return _built(_with_changes(tree, set_), name, complaints)


def check(source: str | os.PathLike[str] | Mapping[str, Any], set_: Iterable[str] = ()) -> list[Complaint]:
    """Return every complaint and every planner's warning about a scenario, in file order; errors first."""
    from hallsim.scenario.build import build

    try:
        tree, name, complaints = _tree(source)
        built = build(_with_changes(tree, set_), name, complaints)
    except ScenarioError as problem:
        return list(problem.complaints)
    return [*built.errors, *built.warnings]


def schema() -> dict[str, Any]:
    """Return the JSON Schema of scenario files, for editors."""
    from hallsim.scenario.docs import json_schema

    return json_schema()


def starter() -> str:
    """Return a commented scenario to start from."""
    from hallsim.scenario.template import starter_text

    return starter_text()


def scenario_docs() -> str:
    """Return the text of `hallsim/docs/scenario.md`, generated from the declaration."""
    from hallsim.scenario.docs import markdown

    return markdown()


def with_nodes(tree: Node, name: str, values: Iterable[tuple[str, Node]]) -> Scenario:
    """Return the scenario of a tree with values of another file laid over it, as (path, node).

    Raises
    ------
    UsageError
        If a path leads nowhere; it names the place of the node.
    ScenarioError
        If the scenario is wrong; complaints about the values name their file.
    """
    for path, node in values:
        place = f"{node.file}:{node.line}" if node.line else node.file
        tree = _patched(tree, path, node, f"{place} {path}")
    return _built(tree, name)


def _tree(source: Any) -> tuple[Node, str, list[Complaint]]:
    if isinstance(source, Scenario):
        return source.tree, source.name, []
    if isinstance(source, Mapping):
        from hallsim.scenario.declaration import FORMAT

        try:
            data = source if "format" in source or "extends" in source else {"format": FORMAT, **source}
            tree = from_data(data, MAPPING)
        except TypeError as problem:
            raise ScenarioError([Complaint(MAPPING, 0, "", str(problem))]) from problem
        return _base_of(tree), "scenario", []
    file = str(source)
    tree, complaints = read_tree(file)
    return tree, FilePath(file).stem, complaints


def _base_of(tree: Node) -> Node:
    """Resolve `extends` of a mapping, relative to the current folder."""
    from hallsim.scenario.text import extended

    merged, complaints = extended(tree, MAPPING, [])
    if complaints:
        raise ScenarioError(complaints)
    return merged


def _with_changes(tree: Node, set_: Iterable[str]) -> Node:
    for change in set_:
        path, sign, value = change.partition("=")
        if not sign:
            raise UsageError(f"{SET} {change}: needs path=value, such as stations.counter.servers=9")
        tree = _patched(tree, path.strip(), read_value(value, SET, path.strip()), f"{SET} {path.strip()}")
    return tree


def _patched(tree: Node, path: str, value: Node, where: str) -> Node:
    from hallsim.scenario.declaration import all_keys

    try:
        steps = split_path(path)
        if steps == ("extends",):
            raise ValueError("what a file extends cannot be changed; load the other file, or write one that extends it")
        return patch(tree, steps, value, all_keys())
    except ValueError as problem:
        raise UsageError(f"{where}: {problem}") from problem


def _built(tree: Node, name: str, complaints: Sequence[Complaint] = ()) -> Scenario:
    from hallsim.scenario.build import build

    built = build(tree, name, list(complaints))
    if built.model is None:
        raise ScenarioError(built.errors)
    return Scenario(built.model, built.warnings, tree, built.replay)
