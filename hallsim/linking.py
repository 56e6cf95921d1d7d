"""Functions that become parts of larger ones: linked into their callers, optimised and translated there and only there.

numba gives every function that compiled code calls all that a function for Python needs: two wrappers, an
optimisation of its own together with everything that it calls, and machine code. Of the hundred and fifty routines of
the engine, each a part of a few larger functions, hardly one is ever called by Python; leaving that out halves a
cold start, and the larger functions are optimised once, as a whole, from code that nobody has touched before.

A `Routine` is numba's dispatcher with another compiler, whose steps end at the code for the optimiser (LLVM).
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

import numba
from llvmlite import ir
from numba.core import types
from numba.core.codegen import CPUCodeLibrary, JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import LoweringPass, PassManager, _pass_registry, register_pass
from numba.core.registry import CPUDispatcher
from numba.core.typed_passes import NativeLowering, NoPythonBackend, NopythonTypeInference, PreLowerStripPhis
from numba.core.typing import Context
from numba.core.untyped_passes import FixupArgs, GenericRewrites, ReconstructSSA, TranslateByteCode


class _Remembering(Context):  # type: ignore[misc]
    """numba's knowledge of types, remembering what a built-in function makes of arguments.

    numba tries all that is known of an operator anew wherever it occurs: a fifth of the time before the optimiser.
    """

    _MEMORIES: ClassVar[dict[str, dict[Any, Any]]] = {}

    def __init__(self, known: Context, flags: Any) -> None:
        self.__dict__ = known.__dict__
        self._memory = self._MEMORIES.setdefault(str(flags.values()), {})  # flags go on to what is compiled on the way

    def resolve_function_type(self, func: Any, args: Any, kws: Any) -> Any:
        if not isinstance(func, types.Function) or kws:
            return super().resolve_function_type(func, args, kws)
        if (func, args) not in self._memory:
            signature = super().resolve_function_type(func, args, kws)
            self._memory[func, args] = signature, func.get_impl_key(signature)
        signature, func._impl_keys[signature.args] = self._memory[func, args]  # type: ignore[attr-defined]
        return signature


class _Steps(PassManager):  # type: ignore[misc]
    """Some of numba's steps in turn, without the events, times and checks around them."""

    def __init__(self, *steps: Any) -> None:
        super().__init__("routine")
        for step in steps:
            self.add_pass(step, step.__name__)
        self.finalize()

    def run(self, state: Any) -> None:
        for step, _ in self.passes:
            _pass_registry.get(step).pass_inst.run_pass(state)


class _Code(JITCodeLibrary):  # type: ignore[misc]
    """The code of a routine alone, as it was written: not optimised, not translated, not linked to what it calls."""

    def _optimize_functions(self, ll_module: Any) -> None:
        ll_module.data_layout = self._codegen._data_layout

    def finalize(self) -> None:
        self._finalized = True

    def alone(self) -> Any:
        """Return its code without that of routines that it calls."""
        return super()._get_module_for_linking()

    def _get_module_for_linking(self) -> Any:
        """Return it with that, for callers that numba compiles as usual."""
        whole = self.alone().clone()
        for library in _called_by(self):
            module = library.alone() if isinstance(library, _Code) else library._get_module_for_linking()
            whole.link_in(module, preserve=True)
        return whole


def _called_by(caller: CPUCodeLibrary) -> list[CPUCodeLibrary]:
    """Return what a function calls, and what that calls, each once."""
    libraries = dict.fromkeys(caller._linking_libraries)
    waiting = list(libraries)
    while waiting:
        library = waiting.pop()
        if isinstance(library, _Code):
            further = [called for called in library._linking_libraries if called not in libraries]
            libraries |= dict.fromkeys(further)
            waiting += further
    return list(libraries)


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
    """numba's steps up to the code for the optimiser, without those that find nothing to do.

    These are for closures, contexts, errors, whole arrays, values as types, constant conditions, and for counting
    references.
    """

    def define_pipelines(self) -> list[Any]:
        state = self.state
        state.typingctx = _Remembering(state.typingctx, state.flags)
        state.flags.no_compile = True
        state.flags.no_cpython_wrapper = True
        state.flags.no_cfunc_wrapper = True
        state.library = _Code(state.targetctx.codegen(), state.func_id.func_qualname)
        untyped = (TranslateByteCode, FixupArgs, GenericRewrites, ReconstructSSA)
        typed = (NopythonTypeInference, PreLowerStripPhis, NativeLowering, _MakeKnown, NoPythonBackend)
        return [_Steps(*untyped, *typed)]


class _Whole(JITCodeLibrary):  # type: ignore[misc]
    """The code of a far function with all its routines, of which the world knows one address and nothing else.

    So the optimiser may change how routines are called, and learns that they never fail: numba lets each return whether
    there was an error, and every caller ask.
    """

    def finalize(self) -> None:
        """Link every routine once, however many call it."""
        libraries = _called_by(self)
        for library in libraries:
            if isinstance(library, _Code):
                self._final_module.link_in(library.alone(), preserve=True)
        self._linking_libraries = [library for library in libraries if not isinstance(library, _Code)]
        super().finalize()

    def add_ir_module(self, ir_module: Any) -> None:
        """Let the entry be made part of what C calls, from which numba keeps it apart."""
        for block in (block for function in ir_module.functions for block in function.blocks):
            for instruction in block.instructions:
                if isinstance(instruction, ir.CallInstr):
                    instruction.attributes.discard("noinline")
        super().add_ir_module(ir_module)

    def _optimize_final_module(self) -> None:
        for function in self._final_module.functions:
            if not function.is_declaration and not function.name.startswith("cfunc."):
                function.linkage = "internal"
        # numba optimises twice, the first time to find counts of references: there are none
        passes, builder = self._codegen._module_pass_manager()
        passes.run(self._final_module, builder)


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
