"""A picture with controls: `explore_grid(make, kernels=[2, 3, 4], topology=["ring", "full"])`.

With a kernel running, ipywidgets ask `make` for the picture of every setting.  Without one (an
export, a page), the twin shows pictures made in advance, and the reader still chooses among them.
The first of them is there for everybody.  What a control does, one line does too: `.at(kernels=3)`.
Each grid keeps its settings to itself, so copies in one notebook do not disturb each other.
"""

from itertools import product
from math import prod

from popcorn_lib.draw import svg
from popcorn_lib.draw.picture import asset, call, page_sheet

MOST = 24  # pictures in the twin


def explore_grid(make, **choices):
    """A picture of every setting, to explore with controls.

    make: a function of the settings that returns a Picture or a Stepper.
    choices: for each setting its possible values, the first is shown first.
    Raises ValueError for a setting without values.
    """
    return Grid(make, choices)


class Grid:
    """Settings and the pictures that they give; a notebook shows it, `at` is its one-line call."""

    def __init__(self, make, choices):
        for name, values in choices.items():
            if not list(values):
                raise ValueError(f"the setting {name!r} has no values to choose from")
        self.make, self.choices = make, {name: list(v) for name, v in choices.items()}
        self._made = {}

    def at(self, **settings):
        """The picture of these settings; those left out have their first value."""
        for name, value in settings.items():
            known = self.choices.get(name)
            if known is None:
                names = ", ".join(map(repr, self.choices))
                raise ValueError(f"unknown setting {name!r}; known: {names}")
            if value not in known:
                raise ValueError(f"unknown {name} {value!r}; known: {known}")
        places = [self.choices[n].index(settings.get(n, v[0])) for n, v in self.choices.items()]
        return self._picture(tuple(places))

    def _picture(self, places):
        if places not in self._made:
            pairs = zip(self.choices.items(), places, strict=True)
            self._made[places] = self.make(
                **{name: values[place] for (name, values), place in pairs}
            )
        return self._made[places]

    def __str__(self):
        return str(self.at())

    def __repr__(self):
        return (
            f"<Grid of {', '.join(f'{name}: {values}' for name, values in self.choices.items())}>"
        )

    def _repr_html_(self):
        """The twin: the pictures made in advance, and native controls where scripts run."""
        rows = few(self.choices)
        first = still(self._picture((0,) * len(rows)))
        frames = [self._frame(places) for places in product(*rows.values())]
        names = [[n, [str(self.choices[n][place]) for place in rows[n]]] for n in rows]
        script = call("controls.js", page_sheet(), names, frames)
        style = f"<style>{asset('controls.css')}</style>"
        return f'<div class="popcorn popcorn-grid">{first.image()}{style}{script}</div>'

    def _frame(self, places):
        picture = still(self._picture(places))
        return [picture.bare(), f"{picture.title}. {picture.description}"]

    def _repr_mimebundle_(self, include=None, exclude=None):
        bundle = {"text/plain": str(self), "text/html": self._repr_html_()}
        view = self.widget() if _live() else None
        return bundle if view is None else bundle | view._repr_mimebundle_()

    def widget(self):
        """The controls as ipywidgets; a new set at every call."""
        import ipywidgets

        sliders = [
            ipywidgets.SelectionSlider(
                options=[(str(value), place) for place, value in enumerate(values)],
                description=name,
                continuous_update=False,
                style={"description_width": "initial"},
            )
            for name, values in self.choices.items()
        ]
        output = ipywidgets.Output()

        def show(_=None):
            picture = self._picture(tuple(slider.value for slider in sliders))
            html = _caption(picture) + picture._repr_html_()
            data = {"text/html": html, "text/plain": str(picture)}
            output.outputs = ({"output_type": "display_data", "data": data, "metadata": {}},)

        for slider in sliders:
            slider.observe(show, "value")
        show()
        return ipywidgets.VBox([ipywidgets.HBox(sliders), output])


def _caption(picture):
    """The title, for a picture that does not draw it itself."""
    drawn = getattr(picture, "draws_title", False)
    return "" if drawn else f"<p>{svg.escape(picture.title)}</p>"


def still(shown):
    """The one picture that stands for what `make` returned."""
    return getattr(shown, "picture", shown)


def few(choices, most=MOST):
    """{name: places} of the values in the twin: all, or evenly fewer until they are few enough."""
    rows = {name: list(range(len(values))) for name, values in choices.items()}
    while prod(map(len, rows.values())) > most:
        name = max(rows, key=lambda name: len(rows[name]))
        count, last = len(rows[name]) - 1, len(choices[name]) - 1
        rows[name] = [round(i * last / max(count - 1, 1)) for i in range(count)]
    return rows


def _live():
    """Whether a notebook's kernel runs us and ipywidgets are there."""
    try:
        import ipywidgets  # noqa: F401
        from IPython import get_ipython
    except ImportError:
        return False
    return getattr(get_ipython(), "kernel", None) is not None
