"""The key of a point in the cache: a digest of whatever its answer can depend on.

The idea.  That is the measure's code with all that it names (functions and classes of the same
project, values around it), the point's values, and the version and source of popcorn_lib.  Code
counts as what Python has compiled, so that comments do not matter, but Python's version does; of
other packages the version counts.  What a function imports inside, files and clocks are not seen.
"""

import dis
import enum
import functools
import hashlib
import inspect
import sys
import sysconfig
import types
from pathlib import Path

import networkx

from popcorn_lib import data
from popcorn_lib.errors import UsageError

ROOT = Path(__file__).resolve().parent.parent
ABOVE = {"draw", "explorers", "learn", "lessons", "publish"}  # no answer depends on these
PLAIN = (type(None), bool, int, float, complex, str, bytes, type(...), range)


@functools.cache
def library():
    """A digest of the source of popcorn_lib and of its tables, once for each process."""
    files = [p for p in sorted(ROOT.rglob("*.py")) if p.relative_to(ROOT).parts[0] not in ABOVE]
    digest = hashlib.sha256()
    for path in files + sorted(data.FOLDER.glob("*.csv")):
        digest.update(f"{path.name} {path.stat().st_size}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:32]


class Keys:
    """Called with the values of a point: its key.

    Raises UsageError for something that has no content to compare (an open file, a lock).
    """

    def __init__(self, measure):
        self.head = f"{sys.version_info[:2]} {library()} {described(measure)}"
        self.known = {}  # id of a value -> (the value, what it is): a grid repeats the same ones

    def __call__(self, values):
        said = [f"{name}={self._described(value)}" for name, value in sorted(values.items())]
        return hashlib.sha256("\n".join([self.head, *said]).encode()).hexdigest()[:32]

    def _described(self, value):
        if id(value) not in self.known:
            self.known[id(value)] = value, described(value)
        return self.known[id(value)][1]


def described(value, seen=None):
    """A text that is the same for equal content, here and in another session.

    seen: {id: (number, thing)} of what has been described on the way.
    """
    seen = {} if seen is None else seen
    if type(value) in PLAIN:
        return f"{type(value).__name__} {value!r}"
    if type(value) in (tuple, list):
        inside = ", ".join(described(item, seen) for item in value)
        return f"{type(value).__name__}({inside})"
    if type(value) in (set, frozenset):
        return f"set({', '.join(sorted(described(item, seen) for item in value))})"
    if type(value) is dict:
        pairs = (f"{described(k, seen)}: {described(v, seen)}" for k, v in value.items())
        return f"dict({', '.join(sorted(pairs))})"
    if id(value) in seen:
        return f"again {seen[id(value)][0]}"
    seen[id(value)] = len(seen), value  # kept alive: an id must not be used again
    return next(how(value, seen) for kind, how in _HOW if isinstance(value, kind))


def _module(module, seen):
    """A module of the project by its content, another one by its version."""
    name, file = module.__name__, getattr(module, "__file__", None)
    if (other := _of_others(name)) or not file:
        return f"module {name} {other}"
    return f"module {name} {hashlib.sha256(Path(file).read_bytes()).hexdigest()}"


def _function(function, seen):
    if other := _of_others(function.__module__):
        return f"function {function.__module__}.{function.__qualname__} {other}"
    cells = [_content(cell) for cell in function.__closure__ or ()]
    names = sorted(_global_names(function.__code__) & function.__globals__.keys())
    around = [(name, function.__globals__[name]) for name in names]
    parts = function.__code__, function.__defaults__, function.__kwdefaults__, cells, around
    return f"function {function.__qualname__} " + described(parts, seen)


def _code(code, seen):
    own = code.co_code, code.co_exceptiontable, code.co_names, code.co_varnames, code.co_flags
    return "code " + described((*own, code.co_argcount, code.co_consts), seen)


def _class(kind, seen):
    if other := _of_others(kind.__module__):
        return f"class {kind.__module__}.{kind.__qualname__} {other}"
    own = {name: item for name, item in vars(kind).items() if _is_content(name, item)}
    return f"class {kind.__qualname__} " + described((kind.__bases__, own), seen)


def _graph(graph, seen):
    """Without the views that a graph keeps of itself."""
    nodes, edges = list(graph.nodes.items()), list(graph.edges.items())
    return f"{type(graph).__name__} " + described((graph.graph, nodes, edges), seen)


def _object(thing, seen):
    """Whatever pickle would make it of."""
    try:
        made = thing.__reduce_ex__(4)
    except (TypeError, AttributeError) as error:
        raise UsageError(
            f"the cache needs to know what measure depends on, and cannot look into {thing!r}: "
            f"{error}"
        ) from None
    if isinstance(made, str):
        return f"object {type(thing).__qualname__}.{made}"
    parts = [list(part) if hasattr(part, "__next__") else part for part in made]
    return "object " + described(parts, seen)


_WRAPPED = (staticmethod, classmethod)
_SLOTS = (types.GetSetDescriptorType, types.MemberDescriptorType)
_HOW = [
    (types.ModuleType, _module),
    (types.FunctionType, _function),
    (types.CodeType, _code),
    (enum.Enum, lambda member, seen: f"{described(type(member), seen)}.{member.name}"),
    (type, _class),
    (networkx.Graph, _graph),
    (_WRAPPED, lambda wrapper, seen: "wrapped " + described(wrapper.__func__, seen)),
    (property, lambda it, seen: "property " + described((it.fget, it.fset, it.fdel), seen)),
    (types.BuiltinFunctionType, lambda it, seen: it.__qualname__ + described(it.__self__, seen)),
    (_SLOTS, lambda slot, seen: f"slot {slot.__name__}"),
    (object, _object),
]


def _is_content(name, item):
    """Whether a class's attribute was written, not made by Python."""
    made = (name.startswith("__") and name.endswith("__")) or name == "_abc_impl"
    return not made or isinstance(item, types.FunctionType | staticmethod | classmethod | property)


def _content(cell):
    """What a closed-over variable holds; one that is not filled yet holds nothing."""
    try:
        return (cell.cell_contents,)
    except ValueError:
        return ()


def _global_names(code):
    """The global names that code uses, that of the functions in it too."""
    names = {each.argval for each in dis.get_instructions(code) if each.opname in _GLOBAL}
    return names.union(*map(_global_names, filter(inspect.iscode, code.co_consts)))


_GLOBAL = ("LOAD_GLOBAL", "LOAD_NAME")


@functools.cache
def _of_others(module):
    """What stands for code that is not the project's: a version; "" for the project's own."""
    top = (module or "builtins").partition(".")[0]
    if top in ("__main__", "__mp_main__"):
        return ""
    if top == "popcorn_lib" or top in sys.builtin_module_names or top in sys.stdlib_module_names:
        return "of the library"
    file = getattr(sys.modules.get(top), "__file__", None)
    places = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    if file and any(Path(file).is_relative_to(place) for place in places):
        return f"version {getattr(sys.modules[top], '__version__', '')}"
    return ""
