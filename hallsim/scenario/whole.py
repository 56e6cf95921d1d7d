"""Files that people write beside scenarios: read to their end, with every complaint at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

from hallsim.errors import Complaint, ScenarioError
from hallsim.scenario.tables import Reading
from hallsim.scenario.text import compose, read_text
from hallsim.scenario.tree import MOST_ERRORS, TooManyErrors, in_file_order

T = TypeVar("T")


def read_whole(source: str | os.PathLike[str], kind: str, build: Callable[[Reading], T | None], keys: str = "") -> T:
    """Return what `build` makes of a file.

    Parameters
    ----------
    source
        The file.
    kind
        What such a file is called in messages, such as "sweep".
    build
        Given the file's tree, returns what it means, or None after a complaint.
    keys
        What such a file has at its top, said of a file that has no keys; "": `build` says it.

    Raises
    ------
    ScenarioError
        With every complaint, if anything is wrong.
    """
    file = os.fspath(source)
    root, complaints = compose(read_text(file, kind=kind), file)
    if keys and not isinstance(root.value, dict):
        message = f"a {kind if kind.endswith('file') else f'{kind} file'} has keys such as {keys}"
        raise ScenarioError([Complaint(file, root.line if root.value is not None else 0, "", message)])
    ctx = Reading(root, list(complaints))
    found = None
    try:
        found = build(ctx)
    except TooManyErrors:
        ctx.found.append(Complaint(file, 0, "", f"has more than {MOST_ERRORS} errors; these are the first"))
    if ctx.errors or found is None:
        raise ScenarioError(in_file_order(ctx.errors))
    return found
