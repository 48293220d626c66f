"""Independent checks of whole runs: the rule of the house, the invariants, the counting."""

from collections import Counter

from popcorn_lib.kernel import Kernel


class Steps:
    """Every step that kernels make while it listens: state before, input, effects, state after."""

    def __init__(self, monkeypatch):
        self.steps, self.listening = [], True
        for cause in ("request", "message", "timer"):
            monkeypatch.setattr(Kernel, cause, self._spied(cause, getattr(Kernel, cause)))

    def _spied(self, cause, method):
        def step(kernel, *given):
            before = frozen(kernel)
            effects = method(kernel, *given)
            after = frozen(kernel)
            if self.listening:
                self.steps.append((kernel.name, before, cause, given, list(effects), after))
            return effects

        return step

    def again(self, machine):
        """Make every step again, on a kernel thawed from the state before; how many differ?"""
        self.listening = False
        kernels = machine.boot()
        differ = 0
        for name, before, cause, given, effects, after in self.steps:
            kernel = kernels[name]
            for mechanism, state in before.items():
                kernel.mechanisms[mechanism].thaw(state)
            again = list(getattr(kernel, cause)(*given))
            differ += again != effects or frozen(kernel) != after
        return differ


def frozen(kernel):
    return {name: mechanism.freeze() for name, mechanism in kernel.mechanisms.items()}


def check_invariants(run):
    """Every mechanism's invariant in every moment of a run; returns what is wrong, at once."""
    machine = run.machine
    views = {name: kernel.mechanisms for name, kernel in machine.boot().items()}
    for event in run.trace.events:
        for name, state in event.state.items():
            views[event.kernel][name].thaw(state)
        for kind in machine.mechanisms:
            for invariant in kind.invariants:
                wrong = invariant({name: view[kind.name] for name, view in views.items()})
                if wrong:
                    return f"event {event.index}: {wrong}"
    return None


def counted(run, mechanism="threads"):
    """How many messages of each kind a run has sent."""
    return Counter(m.kind for m in run.trace.messages if m.mechanism == mechanism)
