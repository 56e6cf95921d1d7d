"""Imports run one way, each library has its place, and the command line starts without the heavy ones."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "hallsim"

LAYERS = (
    ("errors", "linking"),
    ("units", "jit", "files", "arrays"),
    ("draws",),
    ("parts",),
    ("model",),
    ("compiling", "day_types"),
    ("compiled",),
    ("rows",),
    ("engines", "besides", "numbering"),
    ("horizon",),
    ("visits", "theory", "stats"),
    ("replay",),
    ("scenario",),
    ("ticket_machine", "logs"),
    ("kpis", "trace"),
    ("experiment",),
    ("calibrate",),
    ("charts", "grading"),
    ("report",),
    ("cli",),
    ("__main__",),
)
"""A module imports from layers above its own in this table, and from its own family."""
LAYER = {name: i for i, names in enumerate(LAYERS) for name in names}

HOME_OF_LIBRARY = {
    "jinja2": ("report",),
    "ruamel": ("scenario",),
    "plotly": ("charts", "report"),
    "typer": ("cli",),
    "rich": ("cli",),
    "simpy": ("engines.reference",),
    "numba": ("jit", "linking", "draws", "engines"),
    "pyarrow": (
        *("visits", "numbering", "logs", "calibrate"),
        *("experiment.folder", "experiment.pieces", "experiment.bench", "experiment.listing", "experiment.sweeps"),
    ),
    "python_calamine": ("logs",),
    "distributed": ("experiment.places",),
    "filelock": ("experiment.folder",),
}
HEAVY = (
    *("distributed", "filelock", "jinja2", "numba", "numpy", "pandas", "plotly", "pyarrow", "ruamel", "scipy", "simpy"),
    "xlsxwriter",
)


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Yield every module of the package as its dotted name below `hallsim`, with its syntax tree."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        yield name, ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module, typing_too: bool = False) -> set[str]:
    """Return the dotted names that a module imports anywhere, without those for type checkers only."""
    names: set[str] = set()

    def visit(node: ast.AST) -> None:
        if not typing_too and isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for child in node.orelse:
                visit(child)
            return
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(tree)
    return names


def below_hallsim(name: str) -> str | None:
    """Return `parts.distributions` for `hallsim.parts.distributions`, None for names of other packages."""
    head, _, rest = name.partition(".")
    if head != "hallsim" or rest == "__version__":
        return None
    return rest


def inside(module: str, home: str) -> bool:
    """Tell whether a module is a given one or lies inside it."""
    return module == home or module.startswith(home + ".")


def test_every_module_has_its_layer() -> None:
    assert {name.partition(".")[0] for name, _ in modules()} - {""} <= set(LAYER)


def test_imports_run_one_way() -> None:
    wrong = []
    for module, tree in modules():
        family = module.partition(".")[0]
        if not family:  # the package itself imports its public names on demand
            continue
        for name in imported(tree):
            target = below_hallsim(name)
            if target is None:
                continue
            target_family = target.partition(".")[0]
            if target_family != family and LAYER.get(target_family, -1) >= LAYER.get(family, 99):
                wrong.append(f"{module} imports {target}")
    assert wrong == []


def test_no_function_hides_behind_a_submodule_of_its_name() -> None:
    # importing a submodule sets its name in the package, over whatever the package has defined there
    hidden = []
    for path in sorted(PACKAGE.rglob("__init__.py")):
        if path.parent == PACKAGE:  # hallsim itself makes such modules callable, see below
            continue
        submodules = {p.stem for p in path.parent.iterdir()} - {"__init__"}
        tree = ast.parse(path.read_text(encoding="utf-8"))
        defined = {n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)}
        hidden += [f"{path.parent.name}.{name}" for name in sorted(submodules & defined)]
    assert hidden == []


def test_the_two_engines_never_import_each_other() -> None:
    wrong = []
    for module, tree in modules():
        for mine, other in (("reference", "kernel"), ("kernel", "reference")):
            if inside(module, f"engines.{mine}"):
                names = {below_hallsim(name) or "" for name in imported(tree, typing_too=True)}
                wrong += [f"{module} imports {name}" for name in names if inside(name, f"engines.{other}")]
    assert wrong == []


@pytest.mark.parametrize("library", HOME_OF_LIBRARY)
def test_a_library_is_imported_only_at_its_home(library: str) -> None:
    users = {m for m, tree in modules() if any(inside(name, library) for name in imported(tree))}
    assert {m for m in users if not any(inside(m, home) for home in HOME_OF_LIBRARY[library])} == set()


def test_engines_do_not_know_pandas() -> None:
    lower = ("errors", "units", "jit", "files", "draws", "parts", "model", "compiled", "engines")
    users = {m for m, tree in modules() if any(inside(name, "pandas") for name in imported(tree))}
    assert {m for m in users if m.partition(".")[0] in lower} == set()


@pytest.mark.parametrize(
    "statement",
    [
        "import hallsim; dir(hallsim); hallsim.__version__",
        "import hallsim.cli",
        "from hallsim.cli import exit_code; exit_code(['--help'])",
        "from hallsim.cli import exit_code; exit_code(['run', '--help'])",
        "from hallsim.cli import exit_code; exit_code(['--version'])",
    ],
)
def test_starting_up_imports_nothing_heavy(statement: str) -> None:
    script = f"import sys\n{statement}\nprint('imported:', *[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].strip() == "imported:"


@pytest.mark.parametrize("first", ["import hallsim.visits, hallsim.trace", "hs.visits, hs.trace", "hs.load, hs.run"])
def test_public_functions_win_over_modules_of_the_same_name(first: str) -> None:
    script = f"import hallsim as hs\n{first}\nfrom hallsim.visits import build\nfrom hallsim import trace, visits\n"
    script += "print(callable(hs.visits), callable(hs.trace), callable(visits), callable(trace))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True"] * 4


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    import hallsim

    with pytest.raises(AttributeError, match="module 'hallsim' has no attribute 'relaod'"):
        _ = hallsim.relaod
