"""Where reveal.js comes from: a Python package that carries it, found without importing it."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from popcorn_lib.publish import PublishError

_PACKAGE = "sphinx_revealjs"
_FILES = {"css": "dist/reveal.css", "js": "dist/reveal.js", "notes": "plugin/notes/notes.js"}


@cache
def reveal():
    """The style, the script and the speaker's window of reveal.js, ready to stand in a page."""
    spec = find_spec(_PACKAGE)
    if spec is None:
        raise PublishError("reveal.js is not installed: " + 'pip install -e ".[publish]"')
    folder = Path(spec.origin).parent / "_static" / "revealjs"
    missing = [path for path in _FILES.values() if not (folder / path).is_file()]
    if missing:
        raise PublishError(f"this {_PACKAGE} carries no {', '.join(missing)}")
    texts = {kind: (folder / path).read_text("utf-8") for kind, path in _FILES.items()}
    return {kind: text if kind == "css" else inline(text) for kind, text in texts.items()}


def inline(script):
    """A script that can stand between script tags: inside it, nothing may look like HTML.

    `\\x3c` means `<` in JavaScript's strings, templates and regular expressions alike, the only
    places where these sequences occur.
    """
    return script.replace("</script", "\\x3c/script").replace("<!--", "\\x3c!--")
