"""What all explorers share: settings that a caller can change, a program, its source.

An explorer is a grid of settings whose picture is that of a run.  The run of a setting is computed
once, and every view of it is a picture of the same run.  What cannot be, or does not end, answers
in words in the picture's place.
"""

import inspect

from popcorn_lib.draw import svg
from popcorn_lib.draw.controls import Grid
from popcorn_lib.draw.notice import notice
from popcorn_lib.errors import UsageError, choose

LABELS = {
    "latency_us": "link latency (µs)",
    "migration_us": "migration (µs)",
    "parallel": "parallel share",
    "seed": "seed (another schedule)",
    "ring_slots": "ring (slots)",
    "page_size": "page (bytes)",
}


class Explorer(Grid):
    """Settings, their runs, and the views of a run.

    views: {name: function of an Outcome that returns a picture}, the first is shown first.
    given: the caller's settings; a `twin` among them comes before the explorer's own.
    """

    def __init__(self, choices, views, twin, programs, given):
        own = given.get("twin", {})
        settings = {name: value for name, value in given.items() if name != "twin"}
        choices = settled({**choices, "view": list(views)}, settings)
        labels = {name: label for name, label in LABELS.items() if name in choices}
        super().__init__(self._show, choices, labels, within(twin, choices) | own)
        self.views, self.programs, self._outcomes = views, programs, {}

    def _show(self, view, **settings):
        outcome = self.outcome(settings)
        if isinstance(outcome, UsageError):
            return notice("This cannot be", outcome)
        if isinstance(outcome, Exception):
            return notice(f"It ended with a {type(outcome).__name__}", outcome)
        return self.views[view](outcome)

    def outcome(self, settings):
        """The Outcome of settings without a view, or the error that stands in its place."""
        key = tuple(settings.items())
        if key not in self._outcomes:
            try:
                self._outcomes[key] = self.computed(**settings)
            except Exception as error:  # a control has nowhere to raise it; `run` raises it
                self._outcomes[key] = error
        return self._outcomes[key]

    def chosen(self, settings):
        """All settings but the view, those left out at their first value; checked."""
        places = {name: self._place(name, value) for name, value in settings.items()}
        chosen = {name: self.choices[name][places.get(name, 0)] for name in self.choices}
        del chosen["view"]
        return chosen

    def said(self, places):
        """The picture in words, and before them what happened in full."""
        settings = self.values(places)
        del settings["view"]
        detail = getattr(self.outcome(settings), "detail", "")
        return f"{detail} {super().said(places)}".strip()

    # ---- the program ----------------------------------------------------------------------------

    @property
    def source(self):
        """The source of the programs, with the functions of the same file that they name."""
        return "\n\n".join(source_of(self.programs))

    @property
    def about(self):
        """The programs below the picture, folded."""
        names = ", ".join(program.__name__ for program in self.programs)
        return (
            f"<details><summary>The program: {svg.escape(names)}</summary>"
            f'<pre style="margin:6px 0;overflow:auto"><code>{svg.escape(self.source)}</code></pre>'
            "</details>"
        )


def settled(choices, given):
    """The choices with what the caller gives in their place; one value instead of several is fixed.

    Raises UsageError for an unknown setting, and for an unknown name where the choices are names.
    """
    for name, value in given.items():
        known, values = choices[choose("setting", name, choices)], several(value)
        if all(isinstance(one, str) for one in known):
            values = [choose(name, one, known) for one in values]
        choices = choices | {name: values}
    return choices


def several(value):
    """The values that a caller gives for a setting: those of a list, or the only one."""
    return list(value) if isinstance(value, list | tuple | range) else [value]


def within(twin, choices):
    """What of a twin's values is among the choices, the first choice at the front."""
    found = {}
    for name, values in twin.items():
        if name in choices:
            first = choices[name][0]
            found[name] = [first, *(v for v in values if v in choices[name] and v != first)]
    return found


def source_of(functions):
    """The sources of functions and of those in their modules that they name, each once."""
    found, todo = {}, list(functions)
    while todo:
        function = todo.pop(0)
        if function not in found:
            found[function] = _source(function)
            names = function.__code__.co_names
            near = filter(inspect.isfunction, map(function.__globals__.get, names))
            todo += [one for one in near if one.__module__ == function.__module__]
    return list(found.values())


def _source(function):
    try:
        return inspect.getsource(function).rstrip()
    except (OSError, TypeError):
        return f"# the source of {function.__name__} is not at hand"
