"""What holds after each event of a trace: predicates and invariants, judged state by state.

A predicate is a function of {kernel: its tables} that is true or false.  An invariant says nothing
as long as it holds, and else what is wrong.  The state after an event is the latest of every
kernel; a kernel that has done nothing yet is as it booted.
"""

from popcorn_lib.errors import UsageError
from popcorn_lib.exports import event_words
from popcorn_lib.kernel import Kernel

WORDS = "what"  # the column that says the event


class View(dict):
    """The tables of one kernel, to be read: `view["threads"].tasks` or `view.threads.tasks`."""

    __getattr__ = dict.__getitem__


def truth_table(trace, named=None, invariants=()):
    """The DataFrame of `Trace.predicates`."""
    import pandas

    asked = columns(trace.machine, named or {}, invariants)
    rows = {}
    for event, views in states(trace):
        where = f" at event {event.index}"
        said = {
            name: bool(judged(judge, views, name=name, where=where))
            for name, judge in asked.items()
        }
        rows[event.index] = {WORDS: f"{event.kernel}: {event_words(event)}"} | said
    frame = pandas.DataFrame.from_dict(rows, orient="index", columns=[WORDS, *asked])
    return frame.astype(dict.fromkeys(asked, bool)).rename_axis("event")


def columns(machine, named, invariants):
    """{name: function of {kernel: its tables} that is true or false}."""
    if not isinstance(named, dict) or not all(map(callable, named.values())):
        raise UsageError(f"predicates must be {{name: function}}, not {named!r}")
    found = {}
    pairs = [(each, kind.name) for kind in machine.mechanisms for each in kind.invariants]
    pairs += [(each, None) for each in invariants]
    for invariant, mechanism in pairs:
        found[_free(name_of(invariant), found)] = _holds(invariant, mechanism)
    for name in named:
        if name in found or name == WORDS:
            raise UsageError(f"there is a column {name!r} already; call the predicate differently")
    return found | named


def states(trace):
    """(event, {kernel: its tables after the event}) for each event, in order."""
    machine, kernels = trace.machine, trace.machine.boot()
    views = {}
    for name, kernel in kernels.items():
        empty = {part: mechanism.freeze() for part, mechanism in kernel.mechanisms.items()}
        views[name] = look(machine, kernel.boot, empty)
    for event in trace.events:
        views = views | {event.kernel: look(machine, kernels[event.kernel].boot, event.state)}
        yield event, views


def look(machine, boot, frozen):
    """The View of a kernel whose mechanisms are in these states; they see one another."""
    kernel = Kernel(boot, machine.mechanisms)
    kernel.mechanisms = View(
        (kind.name, kind(kernel).thaw(frozen[kind.name])) for kind in machine.mechanisms
    )
    return kernel.mechanisms


def name_of(function):
    """What to call a predicate or an invariant."""
    return getattr(function, "__name__", str(function))


def _free(name, taken):
    """The name, with a number behind it if it is taken, as that of two lambdas is."""
    names = [name, *(f"{name} {number}" for number in range(2, len(taken) + 3))]
    return next(each for each in names if each not in taken)


def _holds(invariant, mechanism=None):
    """An invariant as a predicate: true as long as it says nothing."""

    def judge(views):
        if mechanism:
            views = {kernel: view[mechanism] for kernel, view in views.items()}
        return not invariant(views)

    return judge


def judged(function, *given, name=None, where=""):
    """What a predicate or an invariant says; UsageError, which names it, if it cannot judge."""
    try:
        return function(*given)
    except Exception as error:
        text = f"{name or name_of(function)} raised {type(error).__name__}{where}: {error}"
        raise UsageError(f"{text}; it must be able to judge every state") from error
