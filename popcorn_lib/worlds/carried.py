"""What a file needs so that functions, classes and values of this session mean the same in it.

The idea.  What stands in a module is imported.  What does not (it was defined in a notebook, or
inside a function) is written down as its source, and with it whatever its source names: functions,
classes, modules and plain values.  What is none of these cannot be written down, and says so.
"""

import ast
import builtins
import inspect
import json
import linecache
import math
import symtable
import sys
import types
from textwrap import dedent

from popcorn_lib.errors import UsageError

FUTURE = "it cannot stand in a saved test; put the program into a module of its own"


class Carried:
    """The head of a file: `name` and `value` say what to write for an object further down."""

    def __init__(self, reserved=()):
        self.imports, self.parts, self.bare = set(), [], {}
        self.known = dict.fromkeys(reserved, _Reserved)  # name -> what it means in the file

    def head(self):
        """The lines of the file before the place where its objects are used."""
        plain = sorted(line for line in self.imports if line.startswith("import"))
        given = sorted(self.imports - set(plain))
        blank = [""] if plain and given else []
        return [*plain, *blank, *given, *(line for part in self.parts for line in ("", part))]

    def name(self, thing, wanted=None):
        """The name of a function, a class or a module in the file, `wanted` where that is free."""
        wanted = wanted or _plain_name(thing)
        if self.known.get(wanted) is thing or getattr(builtins, wanted, None) is thing:
            return wanted
        if isinstance(thing, types.ModuleType) or _can_be_imported(thing):
            self._take(wanted, thing)
            self.imports.add(_import(thing, wanted))
        elif isinstance(thing, type) and _is_bare(thing):
            self.bare[thing] = self.bare.get(thing) or self._bare(thing, wanted)
            return self.bare[thing]
        else:
            self._source(thing, wanted)
        return wanted

    def value(self, value, what):
        """An expression for a value; `what` says what it is if it cannot be written down."""
        if isinstance(value, types.FunctionType | type):
            return self.name(value)
        if type(value) in (tuple, list, set, frozenset):
            inside = ", ".join(self.value(item, what) for item in value)
            return _BRACKETS[type(value)](inside, len(value))
        if type(value) is dict:
            pairs = ((self.value(k, what), self.value(v, what)) for k, v in value.items())
            return f"{{{', '.join(f'{key}: {item}' for key, item in pairs)}}}"
        if type(value) in (int, float, complex, bool, str, bytes, type(None), type(...)):
            return _literal(value)
        raise UsageError(f"{what} holds {value!r}, a {type(value).__name__}: {FUTURE}")

    def _take(self, name, thing):
        """Let a name mean a thing from here on; UsageError if it means another one."""
        if name in self.known:
            raise UsageError(f"two things are called {name!r}, so {thing!r}: {FUTURE}")
        self.known[name] = thing

    def _bare(self, kind, wanted):
        """A class that only changes attributes of others, made anew: it has no source to find."""
        bases = ", ".join(self.name(base) for base in kind.__bases__)
        while wanted in self.known:
            wanted += "_"
        self._take(wanted, kind)
        own = {k: v for k, v in vars(kind).items() if not k.startswith("__")}
        lines = [f"    {k} = {self.value(v, f'{wanted}.{k}')}" for k, v in own.items()]
        self.parts.append("\n".join(["", f"class {wanted}({bases}):", *(lines or ["    pass"])]))
        return wanted

    def _source(self, thing, wanted):
        """The source of a function or class, and before it whatever it names."""
        text = source_of(thing)
        own = ast.parse(text).body[0].name
        self._take(wanted, thing)
        if own != wanted:
            self.parts.append(f"{wanted} = {self.name(thing, own)}")
            return
        around = names_around(thing)
        for name in global_names(text, wanted):
            if name in around and around[name] is not getattr(builtins, name, _Reserved):
                self._carry(name, around[name], wanted)
        self.parts.append("\n" + text.rstrip())

    def _carry(self, name, thing, user):
        """Something that the source of `user` names."""
        if isinstance(thing, types.FunctionType | type | types.ModuleType):
            said = self.name(thing, name)
            if said != name:
                self._take(name, thing)
                self.parts.append(f"{name} = {said}")
        elif name in self.known and _same(self.known[name], thing):
            return
        else:
            text = self.value(thing, f"{name}, which {user} uses,")
            self._take(name, thing)
            self.parts.append(f"{name} = {text}")


class _Reserved:
    """What the file itself means by a name."""


_BRACKETS = {
    tuple: lambda inside, count: f"({inside},)" if count == 1 else f"({inside})",
    list: lambda inside, count: f"[{inside}]",
    set: lambda inside, count: f"{{{inside}}}" if count else "set()",
    frozenset: lambda inside, count: f"frozenset({{{inside}}})" if count else "frozenset()",
}


def _same(known, thing):
    return type(known) is type(thing) and known == thing


def quoted(text):
    """A text as a literal, in the quotes of this house."""
    return json.dumps(text, ensure_ascii=False) if text.isprintable() else repr(text)


def _literal(value):
    """A number, a text or the like as Python writes it; inf and nan have no literal."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    return repr(value)


def _plain_name(thing):
    name = getattr(thing, "__name__", "")
    if not name.isidentifier():
        raise UsageError(f"{thing!r} has no name of its own: {FUTURE}")
    return name


def _import(thing, name):
    """The statement that gives a module, or what stands in one, a name."""
    own = thing.__name__
    what = own if own == name else f"{own} as {name}"
    if isinstance(thing, types.ModuleType):
        return f"import {what}"
    return f"from {thing.__module__} import {what}"


def _can_be_imported(thing):
    """Whether a fresh Python finds the very same thing in its module."""
    module = sys.modules.get(thing.__module__)
    found = getattr(module, thing.__name__, None)
    return found is thing and getattr(module, "__spec__", None) is not None


# ---- source -------------------------------------------------------------------------------------


def source_of(thing):
    """The source of a function or a class, from the left margin; UsageError if there is none."""
    try:
        found = _class_source(thing) if isinstance(thing, type) else inspect.getsource(thing)
        text = dedent(found)
        [node] = ast.parse(text).body
    except (OSError, TypeError, ValueError, SyntaxError):
        raise UsageError(f"the source of {thing!r} cannot be found: {FUTURE}") from None
    if not isinstance(node, ast.FunctionDef | ast.ClassDef):
        raise UsageError(f"{thing!r} has no definition of its own: {FUTURE}")
    return text


def _is_bare(kind):
    """Whether a class defines no functions, only attributes."""
    plain = not issubclass(kind, tuple) and kind.__module__ != "builtins"
    return plain and not any(isinstance(each, types.FunctionType) for each in vars(kind).values())


def _class_source(kind):
    """The text of a class; a notebook's class is found by its methods or in the latest cell."""
    codes = [f.__code__ for f in vars(kind).values() if isinstance(f, types.FunctionType)]
    homes = {c.co_filename for c in codes if c.co_qualname == f"{kind.__qualname__}.{c.co_name}"}
    for file in homes or reversed(linecache.cache):
        lines = linecache.getlines(file)
        for node in _classes(lines):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            inside = range(first, node.end_lineno + 1)
            here = any(c.co_filename == file and c.co_firstlineno in inside for c in codes)
            if node.name == kind.__name__ and (here or not homes):
                return "".join(lines[first - 1 : node.end_lineno])
    raise OSError(kind)


def _classes(lines):
    try:
        tree = ast.parse("".join(lines))
    except SyntaxError:
        return []
    return [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


def global_names(text, user):
    """The names that a source takes from around it, in order."""
    try:
        tables = [symtable.symtable(text, user, "exec")]
    except SyntaxError as error:
        raise UsageError(f"{user} changes a variable around it ({error}): {FUTURE}") from None
    top, names = tables[0], {}
    for table in tables:  # it grows while we walk
        tables += table.get_children()
        for symbol in table.get_symbols():
            ours = symbol.is_referenced() if table is top else symbol.is_global()
            if ours and symbol.get_name() != user:
                names[symbol.get_name()] = None
    return list(names)


def names_around(thing):
    """{name: value} of what a function or class can see around it."""
    if isinstance(thing, type):
        functions = [each for each in vars(thing).values() if isinstance(each, types.FunctionType)]
        around = dict(vars(sys.modules[thing.__module__]))
    else:
        functions, around = [inspect.unwrap(thing)], {}
    for function in functions:
        around |= function.__globals__
    for function in functions:
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        around |= {name: cell.cell_contents for name, cell in cells if _is_filled(cell)}
    return around


def _is_filled(cell):
    try:
        cell.cell_contents  # noqa: B018  it raises if there is nothing in it
    except ValueError:
        return False
    return True
