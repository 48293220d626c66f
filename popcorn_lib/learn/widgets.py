"""The same items with controls, where ipywidgets is there.

A box belongs to one item and holds its own controls; nothing here is shared or global, so that two
copies of an item never drive each other.  Each box also carries the item's HTML, which is what a
page shows that knows no widgets.
"""

from popcorn_lib.learn import texts
from popcorn_lib.learn.choice import LETTERS
from popcorn_lib.learn.view import words

WIDE, FULL = {"description_width": "initial"}, {"width": "auto"}


def prediction(item):
    """Return a box with a field, or with one button per choice, to store a prediction."""
    widgets = _ipywidgets()
    if widgets is None:
        return item
    if item.choices:
        control = widgets.RadioButtons(options=item.choices, value=None, layout=FULL)
    else:
        control = widgets.Text(description=texts.FIELD_PREDICTION, style=WIDE)
    return _box(widgets, item, control, lambda: control.value)


def quiz(item):
    """Return a box with one check box per choice, or radio buttons where one choice holds."""
    widgets = _ipywidgets()
    if widgets is None:
        return item
    if not item.several:
        control = widgets.RadioButtons(options=item.choices, value=None, layout=FULL)
        return _box(widgets, item, control, lambda: control.value)
    ticks = [
        widgets.Checkbox(description=choice, indent=False, layout=FULL) for choice in item.choices
    ]
    control = widgets.VBox(ticks)
    return _box(widgets, item, control, lambda: _ticked(ticks))


def order(item):
    """Return a box with a field for the names in order."""
    widgets = _ipywidgets()
    if widgets is None:
        return item
    control = widgets.Text(description=texts.FIELD_ORDER, style=WIDE)
    return _box(widgets, item, control, lambda: control.value or None)


def _ipywidgets():
    try:
        import ipywidgets
    except ImportError:
        return None
    return ipywidgets


def _ticked(ticks):
    letters = [letter for letter, tick in zip(LETTERS, ticks, strict=False) if tick.value]
    return letters or None


def _box(widgets, item, control, read):
    asked, answer = widgets.HTML(words(item.asked).html()), widgets.HTML()
    button = widgets.Button(description=texts.BUTTON[item.kind])

    def click(_):
        answer.value = item.answer(read())._repr_html_()

    button.on_click(click)

    class Box(widgets.VBox):
        """The controls; as HTML the item itself."""

        def _repr_mimebundle_(self, **options):
            bundle = super()._repr_mimebundle_(**options)
            return {**bundle, "text/plain": repr(item), "text/html": item._repr_html_()}

    return Box([asked, control, button, answer])
