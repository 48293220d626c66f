"""The lessons' Markdown as HTML that needs nothing else.

Pictures are taken into the page, links to other lessons lead to their exports, and formulas
become MathML, which browsers typeset by themselves: no script, no fonts, and readers that read
aloud know it.
"""

from html import escape

from latex2mathml.converter import convert
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from popcorn_lib.publish import PublishError


class _Renderer(IPythonRenderer):
    """nbconvert's renderer, with MathML for formulas and `.html` for `.ipynb`."""

    def inline_math(self, body):
        return formula(body)

    def block_math(self, body):
        return formula(body, "block")

    def latex_environment(self, name, body):
        return formula(rf"\begin{{{name}}}{body}\end{{{name}}}", "block")

    def link(self, text, url, title=None):
        return super().link(text, exported(url), title)

    def block_mermaidjs(self, code):
        raise PublishError("Mermaid draws with a script from the network; draw with the library")


def to_html(source, attachments, folder):
    """Markdown to HTML; pictures are looked for in the cell's attachments and in `folder`."""
    renderer = _Renderer(
        escape=False,
        embed_images=True,
        exclude_anchor_links=True,
        attachments=attachments,
        path=str(folder),
    )
    return MarkdownWithMath(renderer=renderer).render(source)


def formula(tex, display="inline"):
    """A formula as MathML, with its source as the words for who cannot see it."""
    tex = tex.strip()
    try:
        mathml = convert(tex, display=display)
    except Exception as error:  # the converter has a dozen kinds, and gives up by IndexError too
        raise PublishError(f"cannot typeset the formula {tex!r}: {error!r}") from error
    if "\\" in mathml:  # a command it does not know goes through as it is
        raise PublishError(f"cannot typeset the formula {tex!r}: it has an unknown command")
    return mathml.replace("<math ", f'<math alttext="{escape(tex)}" ', 1)


def exported(url):
    """Where a link leads after the export: from one lesson to the next one's file."""
    path, mark, part = url.partition("#")
    if "://" in path or not path.endswith(".ipynb"):
        return url
    return path.removesuffix(".ipynb").rpartition("/")[2] + ".html" + mark + part
