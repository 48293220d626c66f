"""The command line: `python -m popcorn_lib.publish slides|pages [notebooks...] [--theme dark]`."""

import argparse
import sys
from pathlib import Path

from popcorn_lib.publish import PublishError

_THEMES = ("system", "light", "dark")
_EPILOG = """\
Each lesson runs in a fresh kernel and an empty folder; nothing is written but the files named.
Needs: pip install -e ".[publish]"
"""


def main(arguments=None):
    """Publish what the arguments ask for; the exit status says whether all of it could be."""
    options = _parser().parse_args(arguments)
    try:
        problems = _build(options)
    except PublishError as error:
        problems = [str(error)]
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    return 1 if problems else 0


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m popcorn_lib.publish",
        description="Turn lessons into single HTML files that need no network.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("kind", choices=("slides", "pages"), help="decks, or pages to read")
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: notebooks/*.ipynb")
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="default: build/slides or /pages")
    parser.add_argument("--theme", choices=_THEMES, default="system", help="default: the reader's")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="lessons at a time (2)")
    return parser


def _build(options):
    """Import what the extra installs only now, so that a missing package has a clear message."""
    paths = _lessons(options.notebooks)
    try:
        from popcorn_lib.publish.build import build
    except ModuleNotFoundError as missing:
        raise PublishError(
            f'{missing.name.partition(".")[0]} is not installed: pip install -e ".[publish]"'
        ) from missing
    folder = options.to or Path("build", options.kind)
    print(f"{options.kind}: {len(paths)} lesson(s), each in a fresh kernel, to {folder}")
    return build(options.kind, paths, folder, max(1, options.jobs), theme=options.theme)


def _lessons(given):
    paths = given or sorted(Path("notebooks").glob("*.ipynb"))
    if not paths:
        raise PublishError("no notebooks/*.ipynb here: name the notebooks to publish")
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        raise PublishError(f"no such notebook: {', '.join(missing)}")
    return paths


if __name__ == "__main__":
    sys.exit(main())
