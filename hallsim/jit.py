"""Compile kernels with numba, with a disk cache that cannot go stale.

numba keys its disk cache on the calling file alone, so an edit to an imported rule file would
silently return old results. The cache folder is therefore named by a hash of every source file of the
package and of the versions that matter. Import `njit` from here and never from numba.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parent


def _sources_hash() -> str:
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(path.relative_to(PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    switches = [os.environ.get(k, "") for k in ("NUMBA_BOUNDSCHECK", "NUMBA_DISABLE_JIT", "NUMBA_CPU_NAME")]
    # numba keeps the kernels of every place a package lies in apart, so their folder may as well
    digest.update(repr((sys.version, str(PACKAGE), switches)).encode())
    return digest.hexdigest()[:16]


def cache_root() -> Path:
    """Return the folder of everything hallsim keeps for next time: HALLSIM_CACHE, or the platform's."""
    chosen = os.environ.get("HALLSIM_CACHE")
    if chosen:
        return Path(chosen)
    if os.name == "nt":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return base / "hallsim"


def cache_folder() -> Path:
    """Return the folder of compiled kernels for exactly these sources; it may not exist yet."""
    return cache_root() / f"kernels-{_sources_hash()}"


def _usable_cache() -> str:
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return str(folder)
    except OSError:
        return ""


CACHE = _usable_cache()
WAS_COLD = not CACHE or not any(Path(CACHE).rglob("*.nbi"))
if CACHE:
    os.environ["NUMBA_CACHE_DIR"] = CACHE

# While it loads, numba must not find scipy: it would import its linear algebra, 0.2 s of every start, to see
# whether there is a BLAS. That decides on nothing but how np.correlate multiplies; np.dot looks for itself.
_HIDE_SCIPY = "scipy" not in sys.modules and "numba" not in sys.modules
if _HIDE_SCIPY:
    sys.modules["scipy"] = None  # type: ignore[assignment]
try:
    import numba  # the cache folder must be set before numba is imported
    import numba.core.config
    import numba.np.arraymath
finally:
    if _HIDE_SCIPY:
        del sys.modules["scipy"]

if CACHE:
    numba.core.config.CACHE_DIR = CACHE  # numba may have been imported by somebody else before us

JIT_DISABLED = bool(numba.core.config.DISABLE_JIT)

LINKED = numba.__version__.startswith(("0.68.",))
"""Whether routines are linked as `linking` does it, which leans on the inner parts of these versions of numba. With
others they are compiled one by one: a cold start takes twice as long, and nothing else changes."""

# every option is spelled out: what is left open, numba lets a function inherit from its first caller
_OF_THE_ENGINE = {"nogil": True, "error_model": "numpy", "_nrt": False}


def njit(function: Callable[..., Any]) -> Any:
    """Compile a function that Python calls; released GIL, cached on disk."""
    return numba.njit(cache=bool(CACHE), nogil=True, error_model="numpy", forceinline=False, _nrt=True)(function)


def entrance(function: Callable[..., Any]) -> Any:
    """Compile a function that Python calls and that allocates nothing.

    Without numba's reference counts: counting the forty arrays of a workspace at every call costs fifty
    times what the kernel itself does.
    """
    if JIT_DISABLED:
        return function
    return numba.njit(cache=bool(CACHE), **_OF_THE_ENGINE, forceinline=False)(function)


def for_c(signature: str, function: Callable[..., Any]) -> Any:
    """Compile a function that is called by its address and that allocates nothing, together with its routines."""
    options = {"error_model": "numpy", "forceinline": True, "_nrt": False}
    if LINKED:
        from hallsim.linking import Whole  # which needs numba loaded as above

        options["pipeline_class"] = Whole
    return numba.cfunc(signature, cache=bool(CACHE), **options)(function)


def routine(function: Callable[..., Any]) -> Any:
    """Compile a function that compiled code calls and that allocates nothing."""
    return _part(function, forceinline=False)


def inline(function: Callable[..., Any]) -> Any:
    """Compile a small function that is always inlined into its caller and allocates nothing."""
    return _part(function, forceinline=True)


def _part(function: Callable[..., Any], forceinline: bool) -> Any:
    if JIT_DISABLED:
        return function
    options = {**_OF_THE_ENGINE, "forceinline": forceinline}
    if not LINKED:
        return numba.njit(cache=bool(CACHE) and not forceinline, **options)(function)
    from hallsim.linking import Routine  # which needs numba loaded as above

    return Routine(function, bool(CACHE), options)


if JIT_DISABLED:

    def out_of_line() -> None:
        """Keep the function it is called in from being inlined."""

else:
    from numba.extending import intrinsic as _intrinsic

    @_intrinsic
    def out_of_line(typingctx):  # type: ignore[no-untyped-def]
        """Keep the function it is called in from being inlined: rare code must not bloat the hot loop."""

        def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
            builder.function.attributes.add("noinline")
            return context.get_dummy_value()

        return numba.types.none(), codegen
