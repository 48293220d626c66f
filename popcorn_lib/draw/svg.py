"""Small helpers to write SVG as text: quick, escaped, without a drawing library."""

from html import escape as _escape


def escape(value):
    """Text that is safe inside an element and inside a quoted attribute."""
    return _escape(str(value), quote=True)


def element(name, content="", **attributes):
    """One element: `element("text", escape(word), x=3, class_="label")`.

    content: markup, already escaped.  attributes: values are escaped, None leaves one out; an
    underscore at the end falls away, any other becomes a hyphen.
    """
    pairs = ((key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    inside = "".join(f' {key}="{_plain(value)}"' for key, value in pairs if value is not None)
    return f"<{name}{inside}>{content}</{name}>" if content else f"<{name}{inside}/>"


def text(x, y, words, class_="", **attributes):
    """A line of text; the words are escaped."""
    return element("text", escape(words), x=x, y=y, class_=class_ or None, **attributes)


def document(width, height, body, style, title, description):
    """A whole SVG document with a name and a description for readers who do not see it."""
    style = f"<style>{style}</style>" if style else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="popcorn popcorn-svg" role="img" '
        f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}" '
        f'aria-label="{escape(title)}">{style}'
        f"<desc>{escape(description)}</desc>{body}</svg>"
    )


def _plain(value):
    return f"{value:.4g}" if isinstance(value, float) else escape(value)
