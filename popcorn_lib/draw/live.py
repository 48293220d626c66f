"""The controls of a grid as ipywidgets, where a notebook's kernel runs.

ipywidgets gives the handle of a slider no name and no picture's words a voice, so a few lines of
script (`live.js`), which come with every picture, give what is missing.
"""

from popcorn_lib.draw import svg
from popcorn_lib.draw.picture import asset, call

WIDE = {"description_width": "initial"}


def has_kernel():
    """Whether a notebook's kernel runs us and ipywidgets are there."""
    try:
        import ipywidgets  # noqa: F401
        from IPython import get_ipython
    except ImportError:
        return False
    return getattr(get_ipython(), "kernel", None) is not None


def box(settings, answer, about=""):
    """Controls, the picture, its words and `about`, one below the other.

    settings: (label, values in words, control, which is shown first) of each.  answer: (HTML,
    words) of the places that the controls are at.
    """
    import ipywidgets

    controls = [_control(*setting) for setting in settings]
    for control, (_, values, *_) in zip(controls, settings, strict=True):
        control.layout.display = None if len(values) > 1 else "none"
    output, words = ipywidgets.Output(), ipywidgets.HTML()
    words.add_class("popcorn-said")

    def show(_=None):
        html, said = answer(tuple(control.value for control in controls))
        data = {"text/html": html + _mend(), "text/plain": said}
        output.outputs = ({"output_type": "display_data", "data": data, "metadata": {}},)
        words.value = svg.escape(said)

    for control in controls:
        control.observe(show, "value")
    show()
    row = ipywidgets.HBox(controls)
    row.add_class("popcorn-knobs")
    whole = ipywidgets.VBox([row, output, words, ipywidgets.HTML(about)])
    whole.add_class("popcorn-live")
    return whole


def _control(label, values, kind, first):
    """A slider, buttons or a list; its value is a place among the values."""
    import ipywidgets

    options = [(value, place) for place, value in enumerate(values)]
    given = {"options": options, "value": first, "description": label, "tooltip": label}
    given["style"] = WIDE
    if kind == "slider":
        return ipywidgets.SelectionSlider(continuous_update=False, **given)
    if kind == "buttons":
        return ipywidgets.RadioButtons(orientation="horizontal", **given)
    return ipywidgets.Dropdown(**given)


def _mend():
    """What makes the controls whole; an element of its own, which the script finds again."""
    style = f"<style>{asset('controls.css')}</style>"
    return f"<div>{style}{call('live.js')}</div>"
