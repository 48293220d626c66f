"""An SVG that matplotlib wrote, made one of ours: the page's colours and letters, and no ids.

A colour of the palette's light side becomes its custom property; what is drawn once and used again
is written out, so that no two figures on a page can take each other's parts.
"""

import re
from copy import deepcopy
from xml.etree import ElementTree

from popcorn_lib.draw import palette

LINK = "{http://www.w3.org/1999/xlink}href"
FONT = re.compile(r"font-family:[^;]*;? ?")


def colours():
    """{colour on light ground: the name of its custom property}."""
    pairs = {**palette.GROUND, **palette.STATES, **palette.MECHANISMS}
    pairs |= {f"c{number}": pair for number, pair in enumerate(palette.KERNELS)}
    return {light: name for name, (light, _) in pairs.items()}


def adopted(document):
    """What is inside such an SVG document, to be put inside one of ours."""
    root = ElementTree.fromstring(document)
    parts = {element.get("id"): element for element in root.iter() if element.get("id")}
    _clear(root)
    _write_out(root, parts)
    kept = set(re.findall(r"url\(#([^)]+)\)", document))  # clips of what a reader has added
    names = colours()
    for element in root.iter():
        element.tag = element.tag.partition("}")[2]
        element.tail, element.text = None, (element.text or "").strip()
        if element.get("id") not in kept:
            element.attrib.pop("id", None)
        if "d" in element.attrib:
            element.set("d", _shorter(element.get("d")))
        if "style" in element.attrib:
            element.set("style", _ours(element.get("style"), names))
    inside = "".join(ElementTree.tostring(child, encoding="unicode") for child in root)
    return f'<g stroke-linejoin="round">{inside}</g>'


def _clear(root):
    """Without the metadata, and without a style that would hold for the whole page."""
    for parent in root.iter():
        for child in list(parent):
            if child.tag.endswith(("}metadata", "}style")):
                parent.remove(child)


def _write_out(root, parts):
    """Every use of a part becomes a copy of it; the part goes, unless it is to clip others."""
    for parent in root.iter():
        for place, child in enumerate(list(parent)):
            if child.tag.endswith("}use"):
                copy = deepcopy(parts[child.get(LINK)[1:]])
                copy.set("transform", f"translate({child.get('x')} {child.get('y')})")
                copy.set("style", child.get("style", copy.get("style", "")))
                parent[place] = copy
    for parent in root.iter():
        for child in list(parent):
            clips = any(part.tag.endswith("}clipPath") for part in child)
            if child.tag.endswith("}defs") and not clips:
                parent.remove(child)


def _shorter(path):
    """A path with one decimal, and no more white space than it needs."""
    rounded = re.sub(r"-?\d+\.\d+", lambda number: f"{float(number[0]):.1f}", path)
    return re.sub(r"\s*([A-Za-z])\s*", r"\1", rounded).strip()


def _ours(style, names):
    """A style in our letters and in the colours of the page; text has the sheet's ink if black."""
    style = FONT.sub("", style)
    return re.sub(
        r"#[0-9a-f]{6}\b",
        lambda colour: f"var(--p-{names[colour[0]]})" if colour[0] in names else colour[0],
        style,
    )
