"""The legend of the space-time diagram: what its shapes, lines and colours stand for.

Only what the trace contains is explained, in one or two short lines.
"""

from popcorn_lib.draw import palette, svg

CAUSES = {  # cause -> word, in the order of the legend
    "boot": "start",
    "request": "call",
    "message": "message handled",
    "timer": "timer",
    "wire": "packet",
    "fault": "fault",
}
SMALL = {
    "boot": "m0-4h8v8h-8z",
    "request": "m0 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
    "message": "m4-5l5 5l-5 5l-5-5z",
    "timer": "m-1 4h10l-5-9z",
    "wire": "m2.5-6h3v3h3l-4.5 4.5l-4.5-4.5h3zm-3 9.5h9v2h-9z",
    "fault": "m-.5-3l1.5-1.5l3 3l3-3l1.5 1.5l-3 3l3 3l-1.5 1.5l-3-3l-3 3l-1.5-1.5l3-3z",
}


def legend(story, width):
    """The legend as a group, at the top of a drawing of this width."""
    marks, colours = _marks(story), _colours(story)
    return f'<g class="legend">{_line(marks, 14, width)}{_line(colours, 30, width)}</g>'


def _marks(story):
    causes = {event.cause for event in story.events}
    items = [
        (f'<path class="tip ink" d="M0 0{SMALL[cause]}"/>', word)
        for cause, word in CAUSES.items()
        if cause in causes
    ]
    if story.stays:
        items.append(('<path class="run ink" d="M2 0h5"/>', "thread runs"))
        items.append(('<path class="wait ink" d="M-2 0h12"/>', "thread waits"))
    return items


def _colours(story):
    used = {event.mechanism for event in story.events}
    used |= {message.mechanism for message in story.messages}
    used |= {palette.PARTS[name] for name in used if name in palette.PARTS}
    items = [
        (f'<path class="tip {name}" d="M-1-4h9v9h-9z"/>', name)
        for name in palette.MECHANISMS
        if name in used
    ]
    if any(message.priority == "high" for message in story.messages):
        items.append(('<path class="wire high ink" d="M-6 0h16"/>', "high priority"))
    return items


def _line(items, y, width):
    """Marks with their words side by side, closer where there is little room."""
    wide = [27 + 5.9 * len(word) for _, word in items]
    squeeze = min(1, (width - 20) / (sum(wide) or 1))
    parts, x = [], 14
    for (mark, word), room in zip(items, wide, strict=True):
        parts.append(f'<g transform="translate({x:.1f} {y})">{mark}')
        parts.append(svg.text(13, 3.5, word, "quiet") + "</g>")
        x += room * squeeze
    return "".join(parts)
