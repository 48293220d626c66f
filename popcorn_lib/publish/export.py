"""From a notebook that has run to one HTML file, through nbconvert and a template of ours."""

from pathlib import Path

from bs4 import BeautifulSoup
from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter
from traitlets.config import Config

from popcorn_lib.publish import PublishError, ink, markdown
from popcorn_lib.publish.audit import audit
from popcorn_lib.publish.lesson import name, title
from popcorn_lib.publish.outputs import SHOWN, settle
from popcorn_lib.publish.reveal import reveal
from popcorn_lib.publish.sheets import HIDDEN, stacks

TEMPLATES = Path(__file__).parent / "templates"
KINDS = {"slides": "slides.html.j2", "pages": "page.html.j2"}


class LessonExporter(HTMLExporter):
    """nbconvert's HTML exporter with the lessons' Markdown and the template's filters."""

    def default_filters(self):
        """nbconvert's filters, and those that the templates use beside them."""
        yield from super().default_filters()
        yield "stacks", stacks
        yield "contents", contents
        yield "formula", lambda tex: markdown.formula(tex.strip("$ \n"), "block")

    @pass_context
    def markdown2html(self, context, source):
        """A Markdown cell as HTML; what cannot be typeset is blamed on its cell."""
        cell = context["cell"]
        folder = context["resources"]["metadata"]["path"]
        try:
            return markdown.to_html(source, cell.get("attachments", {}), folder)
        except PublishError as error:
            raise PublishError(f"{name(cell)}: {error}") from error


def to_html(notebook, kind, path, theme="system"):
    """The whole file as text; `path` is the lesson's own, for its name and for its pictures.

    theme: "light" or "dark", or "system" for what the reader's system prefers.
    """
    settle(notebook)
    exporter = LessonExporter(
        config=_config(),
        template_name="popcorn",
        template_file=KINDS[kind],
        extra_template_basedirs=[str(TEMPLATES)],
    )
    html, _ = exporter.from_notebook_node(notebook, _resources(notebook, kind, path, theme))
    audit(html, notebook)
    return html


def _config():
    tags = Config()
    tags.TagRemovePreprocessor.remove_input_tags = {"hide-input"}
    tags.TagRemovePreprocessor.remove_all_outputs_tags = {"hide-output"}
    tags.TagRemovePreprocessor.remove_cell_tags = HIDDEN - {"hide-slide"}
    tags.NbConvertBase.display_data_priority = list(SHOWN)
    return tags


def _resources(notebook, kind, path, theme):
    return {
        "metadata": {"name": path.stem, "path": str(path.resolve().parent)},
        "lesson_title": title(notebook, path.stem),
        "ink": ink.stylesheet(theme),
        "reveal": reveal() if kind == "slides" else {},
    }


def contents(html):
    """The page with an id at each heading, and its headings as (level, id, words)."""
    soup = BeautifulSoup(html, "html.parser")
    seen, rows = {}, []
    for heading in soup.find_all(["h2", "h3"]):
        words = " ".join(heading.get_text().split())
        anchor = words.replace(" ", "-")  # as JupyterLab makes them, so that links keep working
        seen[anchor] = seen.get(anchor, 0) + 1
        heading["id"] = anchor if seen[anchor] == 1 else f"{anchor}-{seen[anchor]}"
        rows.append((int(heading.name[1]), heading["id"], words))
    return {"html": str(soup), "rows": rows}
