"""Functions that become parts of larger ones: linked into their callers, optimised and translated there and only there.

numba gives every function that compiled code calls all that a function for Python needs: two wrappers, an
optimisation of its own together with everything that it calls, and machine code. Of the hundred and fifty routines of
the engine, each a part of a few larger functions, hardly one is ever called by Python; leaving that out halves a
cold start, and the larger functions are optimised once, as a whole, from code that nobody has touched before.

A `Routine` is numba's dispatcher with another compiler, whose steps end at the code for the optimiser (LLVM).
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numba
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import LoweringPass, register_pass
from numba.core.registry import CPUDispatcher
from numba.core.typed_passes import AnnotateTypes, InlineOverloads, NativeLowering, NopythonRewrites
from numba.core.untyped_passes import (
    FindLiterallyCalls,
    InlineClosureLikes,
    InlineInlinables,
    LiteralUnroll,
    MakeFunctionToJitFunction,
    RewriteDynamicRaises,
    WithLifting,
)

_LEFT_OUT = (
    AnnotateTypes,  # a listing that nobody reads and that takes long to spell
    NopythonRewrites,  # expressions of whole arrays
    InlineOverloads,
    FindLiterallyCalls,
    InlineClosureLikes,
    InlineInlinables,
    LiteralUnroll,
    MakeFunctionToJitFunction,
    RewriteDynamicRaises,
    WithLifting,
)
"""Steps of numba for what routines do not contain: closures, contexts, errors, whole arrays, values as types."""


class _Code(JITCodeLibrary):  # type: ignore[misc]
    """The code of a routine and of all routines that it calls, as it was written: not optimised, not translated."""

    def _optimize_functions(self, ll_module: Any) -> None:
        ll_module.data_layout = self._codegen._data_layout

    def finalize(self) -> None:
        for library in dict.fromkeys(self._linking_libraries):
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._finalized = True


@register_pass(mutates_CFG=False, analysis_only=False)
class _MakeKnown(LoweringPass):  # type: ignore[misc]
    """Tell callers of the code; numba itself does this only after it has been translated."""

    _name = "make_known"

    def __init__(self) -> None:
        LoweringPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        lowered = state["cr"]
        state["cr"] = lowered._replace(cfunc=lowered.fndesc)  # what callers look it up by
        state.targetctx.insert_user_function(lowered.fndesc, lowered.fndesc, [state.library])
        return True


class _Compiler(CompilerBase):  # type: ignore[misc]
    """numba's steps up to the code for the optimiser, without those that find nothing to do."""

    def define_pipelines(self) -> list[Any]:
        state = self.state
        state.flags.no_compile = True
        state.flags.no_cpython_wrapper = True
        state.flags.no_cfunc_wrapper = True
        state.library = _Code(state.targetctx.codegen(), state.func_id.func_qualname)
        steps = DefaultPassBuilder.define_nopython_pipeline(state)
        steps.add_pass_after(_MakeKnown, NativeLowering)
        steps.passes = [step for step in steps.passes if step[0] not in _LEFT_OUT]
        steps.finalize()
        return [steps]


class _Whole(JITCodeLibrary):  # type: ignore[misc]
    """The code of a far function with all its routines, of which the world knows one address and nothing else.

    So the optimiser may change how routines are called, and learns that they never fail: numba lets each return whether
    there was an error, and every caller ask.
    """

    def _optimize_final_module(self) -> None:
        for function in self._final_module.functions:
            if not function.is_declaration and not function.name.startswith("cfunc."):
                function.linkage = "internal"
        super()._optimize_final_module()


class Whole(CompilerBase):  # type: ignore[misc]
    """numba's compiler, with the library above."""

    def define_pipelines(self) -> list[Any]:
        state = self.state
        state.library = _Whole(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return [DefaultPassBuilder.define_nopython_pipeline(state)]


class Routine(CPUDispatcher):  # type: ignore[misc]
    """A function for compiled code; Python (a test) that calls it gets an ordinary one, compiled for that.

    Parameters
    ----------
    function : callable
    cache : bool
        Whether the ordinary one is kept on disk.
    options : dict
        Of `numba.njit`.
    """

    def __init__(self, function: Any, cache: bool, options: dict[str, Any]) -> None:
        super().__init__(function, targetoptions={"nopython": True, **options}, pipeline_class=_Compiler)
        self._ordinary = {"cache": cache, **options}

    def add_overload(self, cres: Any) -> None:
        self.overloads[tuple(cres.signature.args)] = cres

    @cached_property
    def for_python(self) -> Any:
        """The ordinary function."""
        return numba.njit(**self._ordinary)(self.py_func)

    def _compile_for_args(self, *args: Any, **kws: Any) -> Any:
        return self.for_python
