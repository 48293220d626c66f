"""What can be read off a learner's source: its length, its holes, the line that raised."""

import ast
import inspect
import io
import linecache
import textwrap
import tokenize
import traceback

LAYOUT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def source_of(learned):
    """Return the source of a function or class, or "" where it cannot be had.

    A lambda has none of its own: it is cut from the statement in which it stands.
    """
    if getattr(learned, "__name__", "") == "<lambda>":
        return ""
    try:
        return textwrap.dedent(inspect.getsource(inspect.unwrap(learned)))
    except (OSError, TypeError, ValueError):
        return ""


def count_lines(source):
    """Return how many lines of a source are code: no blank lines, comments or docstrings.

    Raises:
        SyntaxError: the source is not Python.
    """
    tree, lines = ast.parse(source), set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in LAYOUT:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - _docstring_lines(tree))


def _docstring_lines(tree):
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    texts = [
        node.body[0]
        for node in ast.walk(tree)
        if isinstance(node, owners) and ast.get_docstring(node, clean=False) is not None
    ]
    return {line for text in texts for line in range(text.lineno, text.end_lineno + 1)}


def first_hole(learned):
    """Return the line of the first `...` that stands for code to write, or None.

    One inside square brackets is a type such as `tuple[int, ...]` or an index, and no hole.
    """
    try:
        tree = ast.parse(source_of(learned))
    except SyntaxError:  # the file has changed since
        return None
    types = [node for node in ast.walk(tree) if isinstance(node, ast.Subscript)]
    inside = {id(part) for node in types for part in ast.walk(node.slice)}
    holes = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value is ... and id(node) not in inside
    ]
    return min(holes, default=None)


def raised_at(error, learned):
    """Return the number and text of the learner's line that raised, or None.

    Its causes are searched too, the first one first: a world wraps what a thread raised.
    """
    files = {code.co_filename for code in _codes(learned)}
    chain = [error]
    while chain[-1].__cause__ is not None:
        chain.append(chain[-1].__cause__)
    for error in reversed(chain):
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename in files]
        if frames:
            last = frames[-1]
            return last.lineno, linecache.getline(last.filename, last.lineno).strip()
    return None


def _codes(learned):
    members = vars(learned).values() if isinstance(learned, type) else [learned]
    functions = [inspect.unwrap(member) for member in members if callable(member)]
    return [function.__code__ for function in functions if hasattr(function, "__code__")]
