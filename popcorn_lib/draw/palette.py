"""One palette for every picture: kernels, mechanisms and states, on light and on dark ground.

A colour never speaks alone: a kernel has its name, a kind of message its label, a cause its shape,
a priority its dash.  Still, no two colours of one family may look alike, so they were chosen by a
search that kept every pair apart under normal sight and three colour-vision deficiencies, in both
themes, farther than the Okabe-Ito palette does; the tests measure it again.

A picture names colours by CSS custom properties only, so that the page decides on the theme.
"""

# name -> (on light ground, on dark ground)
MECHANISMS = {
    "messages": ("#8e848e", "#e4e4e4"),
    "threads": ("#2e8ff9", "#6477b4"),
    "memory": ("#c98100", "#e18500"),
    "futex": ("#951eaf", "#ec9bff"),
    "signals": ("#750e00", "#d03f47"),
    "namespaces": ("#536c41", "#74ea69"),
    "sockets": ("#004559", "#3bb5a0"),
}
PARTS = {"ipc": "namespaces"}  # a mechanism that is a part of another to the reader
KERNELS = (  # in the machine's order; a seventh kernel begins again, its name tells it apart
    ("#4563ad", "#9ca6ff"),
    ("#bf7700", "#9d7217"),
    ("#00a396", "#7ffed5"),
    ("#aa1951", "#f87196"),
    ("#2c0698", "#576edf"),
    ("#6b0500", "#e6e100"),
)
STATES = {
    "now": ("#c2410c", "#ff9e64"),  # the event that is shown
    "before": ("#0b6bcb", "#6cb6ff"),  # what led to it
}
GROUND = {
    "ground": ("#ffffff", "#171b21"),
    "ink": ("#1c2128", "#e6e9ed"),  # text
    "quiet": ("#59636e", "#a3adb8"),  # text that waits to be asked
    "line": ("#848d97", "#77818c"),  # marks without a meaning of their own
    "faint": ("#e4e7eb", "#2b323b"),  # rules between things
    "band": ("#fff1e0", "#3a2a1c"),  # behind the event that is shown
}


def mechanism_class(name):
    """The class of a mechanism's marks; one that we do not know looks like messages."""
    name = PARTS.get(name, name)
    return name if name in MECHANISMS else "messages"


def kernel_class(index):
    """The class of what belongs to the kernel at this place of the machine's order."""
    return f"c{index % len(KERNELS)}"


def light():
    """The custom properties for a picture that stands alone, always on white."""
    return f".popcorn{{{_properties(0)}}}" + _families()


def themed():
    """The same for pictures in a page: they take the theme of JupyterLab, of the page's ground,
    which the script writes into data-ground, or else of the reader's system.
    """
    dark = _properties(1)
    return (
        f"div.popcorn{{{_properties(0)}}}"
        f'div.popcorn[data-ground="dark"],[data-jp-theme-light="false"] div.popcorn{{{dark}}}'
        "@media (prefers-color-scheme:dark){"
        f"div.popcorn:not([data-ground],[data-jp-theme-light] *){{{dark}}}}}"
        "@media print{div.popcorn.popcorn.popcorn{" + _properties(0) + "}}"
    ) + _families()


def _properties(theme):
    pairs = {**MECHANISMS, **STATES, **GROUND}
    pairs |= {f"c{number}": pair for number, pair in enumerate(KERNELS)}
    return "".join(f"--p-{name}:{pair[theme]};" for name, pair in pairs.items())


def _families():
    """What has the class of a mechanism or of a kernel finds its colour in --c."""
    names = [*MECHANISMS, *(f"c{number}" for number in range(len(KERNELS)))]
    return "".join(f".popcorn .{name}{{--c:var(--p-{name})}}" for name in names)
