"""A picture with controls: `explore_grid(make, kernels=[2, 3, 4], topology=["ring", "full"])`.

With a kernel running, ipywidgets ask `make` for the picture of every setting.  Without one (an
export, a page), the twin shows pictures made in advance, and the reader still chooses among them.
The first of them is there for everybody, and so are the words of all.  What a control does, one
line does too: `.at(kernels=3)`.  Each grid keeps its settings to itself, so copies in one notebook
do not disturb each other.
"""

from itertools import product
from math import prod

from popcorn_lib.draw import svg
from popcorn_lib.draw.live import box, has_kernel
from popcorn_lib.draw.notice import notice
from popcorn_lib.draw.packed import packed
from popcorn_lib.draw.picture import asset, call, page_sheet
from popcorn_lib.errors import UsageError, choose

MOST = 24  # pictures in the twin
BUTTONS = 5, 64  # so many values, with so many letters, are shown side by side


def explore_grid(make, *, labels=None, twin=None, **choices):
    """A picture of every setting, to explore with controls.

    make: a function of the settings that returns a Picture or a Stepper.
    labels: {setting: what its control is called, with its unit}; its name if left out.
    twin: {setting: values} of the pictures made in advance, others stay at their first value; at
    most 24 are chosen evenly if None.
    choices: for each setting its possible values, the first is shown first; numbers are put in
    order, whichever is first.
    Raises ValueError for a setting without values, or a label or a twin of something else.
    """
    return Grid(make, choices, labels, twin)


class Grid:
    """Settings and the pictures that they give; a notebook shows it, `at` is its one-line call."""

    about = ""  # HTML below the picture, for who builds on this

    def __init__(self, make, choices, labels=None, twin=None):
        for name, values in choices.items():
            if not list(values):
                raise UsageError(f"the setting {name!r} has no values to choose from")
        self.make, self.choices = make, {name: list(v) for name, v in choices.items()}
        for name in [*(labels or ()), *(twin or ())]:
            choose("setting", name, self.choices)
        self.labels = {name: name.replace("_", " ") for name in choices} | (labels or {})
        self.rows = few(self.choices) if twin is None else self._places(twin)
        self._made = {}

    def _places(self, twin):
        """{name: places} of the values that a twin names."""
        return {
            name: [self._place(name, value) for value in twin.get(name, values[:1])]
            for name, values in self.choices.items()
        }

    def _place(self, name, value):
        known = self.choices[choose("setting", name, self.choices)]
        return known.index(choose(name, value, known))

    def at(self, **settings):
        """The picture of these settings; those left out have their first value."""
        places = dict.fromkeys(self.choices, 0)
        places |= {name: self._place(name, value) for name, value in settings.items()}
        return self.picture(tuple(places.values()))

    def picture(self, places):
        """The picture at these places of the choices; made once."""
        if places not in self._made:
            self._made[places] = self.make(**self.values(places))
        return self._made[places]

    def values(self, places):
        """{setting: value} at these places."""
        pairs = zip(self.choices.items(), places, strict=True)
        return {name: values[place] for (name, values), place in pairs}

    def said(self, places):
        """What is shown at these places, in words."""
        picture = still(self.picture(places))
        return f"{picture.title}. {picture.description}"

    def __str__(self):
        return str(self.at())

    def __repr__(self):
        settings = ", ".join(f"{name}: {values}" for name, values in self.choices.items())
        return f"<{type(self).__name__} of {settings}>"

    # ---- without a kernel -----------------------------------------------------------------------

    def _repr_html_(self):
        """The twin: the first picture and all words, and native controls where scripts run."""
        every = list(product(*(self._in_order(name, row) for name, row in self.rows.items())))
        pages = packed(self.page(places) for places in every)
        script = call("controls.js", page_sheet(), self._settings(self.rows), pages)
        style = f"<style>{asset('controls.css')}</style>"
        at = tuple(row[0] for row in self.rows.values())
        first, words = still(self.picture(at)).image(), svg.escape(self.said(at))
        return (
            f'<div class="popcorn popcorn-grid">{first}<p>{words}</p>{self._all_said(every)}'
            f"{self._fixed()}{self.about}{style}{script}</div>"
        )

    def page(self, places):
        """The picture as HTML, with a title above it if it draws none."""
        picture = self.picture(places)
        drawn = getattr(picture, "draws_title", False)
        caption = "" if drawn else f"<p><strong>{svg.escape(picture.title)}</strong></p>"
        return caption + picture._repr_html_()

    def _settings(self, rows):
        """[label, values in words, control, which is shown first] of every setting."""
        settings = []
        for name, places in rows.items():
            shown = self._in_order(name, places)
            values = [in_words(self.choices[name][place]) for place in shown]
            first = shown.index(places[0])
            settings.append([self.labels[name], values, self.control(name), first])
        return settings

    def _all_said(self, every):
        items = (
            f"<li><b>{svg.escape(self._named(places))}</b><br>{svg.escape(self.said(places))}</li>"
            for places in every
        )
        return (
            f"<details><summary>All pictures in words</summary><ul>{''.join(items)}</ul></details>"
        )

    def _named(self, places):
        pairs = zip(self.rows.items(), self.values(places).items(), strict=True)
        return ", ".join(
            f"{self.labels[name]}: {in_words(value)}"
            for (name, row), (_, value) in pairs
            if len(row) > 1
        )

    def _fixed(self):
        """What can be changed only where a kernel runs."""
        names = [n for n, places in self.rows.items() if len(places) < len(self.choices[n])]
        if not names:
            return ""
        said = ", ".join(self.labels[name] for name in names)
        return f"<p><small>More values with a kernel running: {svg.escape(said)}.</small></p>"

    # ---- the controls ---------------------------------------------------------------------------

    def control(self, name):
        """The control of a setting: a "slider" for numbers, "buttons" or a "list"."""
        values = self.choices[name]
        if len(values) > 2 and are_numbers(values):
            return "slider"
        most, letters = BUTTONS
        words = "".join(map(in_words, values))
        return "buttons" if len(values) <= most and len(words) <= letters else "list"

    def _in_order(self, name, places):
        """Places of a setting's values as its control shows them: numbers by size."""
        values = self.choices[name]
        return sorted(places, key=values.__getitem__) if are_numbers(values) else places

    # ---- with a kernel --------------------------------------------------------------------------

    def _repr_mimebundle_(self, include=None, exclude=None):
        bundle = {"text/plain": str(self), "text/html": self._repr_html_()}
        view = self.widget() if has_kernel() else None
        return bundle if view is None else bundle | view._repr_mimebundle_()

    def widget(self):
        """The controls as ipywidgets; a new set at every call."""
        every = {name: range(len(values)) for name, values in self.choices.items()}
        return box(self._settings(every), self._answer, self.about)

    def _answer(self, shown):
        """(HTML, words) of what the controls show; an error of `make` in words, or it were lost."""
        pairs = zip(self.choices.items(), shown, strict=True)
        places = tuple(self._in_order(n, range(len(values)))[at] for (n, values), at in pairs)
        try:
            return self.page(places), self.said(places)
        except Exception as error:
            picture = notice(f"No picture: {type(error).__name__}", error)
            return picture._repr_html_(), str(picture)


def still(shown):
    """The one picture that stands for what `make` returned."""
    return getattr(shown, "picture", shown)


def are_numbers(values):
    """Whether all are, truth values not among them."""
    return all(type(value) in (int, float) for value in values)


def in_words(value):
    """A value as its control shows it, long numbers in groups of three digits."""
    return f"{value:,}" if type(value) is int else str(value)


def few(choices, most=MOST):
    """{name: places} of the values in the twin: all, or evenly fewer until they are few enough."""
    rows = {name: list(range(len(values))) for name, values in choices.items()}
    while prod(map(len, rows.values())) > most:
        name = max(rows, key=lambda name: len(rows[name]))
        count, last = len(rows[name]) - 1, len(choices[name]) - 1
        rows[name] = [round(i * last / max(count - 1, 1)) for i in range(count)]
    return rows
