"""What a mechanism is: a service that the kernels give together, and what its kernel asks of it."""

from popcorn_lib.freeze import freeze, thaw


class Mechanism:
    """A service that the kernels give together; subclass it, or one of ours, to change it.

    `sys_<call>(tid, *args)` serves a request, `on_<kind>(source, message)` handles a message,
    `on_timer(key)` an expired timer.  `state` names the tables and how each starts.
    """

    name = ""
    state = {}  # field -> type of its empty content, for example {"tasks": dict}
    invariants = ()  # functions of {kernel: this mechanism}: nothing, or what is wrong

    def __init__(self, kernel):
        self.kernel = kernel
        for field, kind in self.state.items():
            setattr(self, field, kind())

    def cloned(self, tid, child):
        """A thread here has made another, which starts here: give it what it inherits."""

    def fork(self, tid, child, flags):
        """A thread here makes process `child`, whose home is this kernel: copy what it inherits.

        flags: the CLONE_NEW... of the call.  True if that takes messages; say
        `kernel["threads"].forked(tid)` when it is done.
        """
        return False

    def leave(self, tid):
        """What a thread that leaves this kernel takes along, hashable; None if nothing."""

    def arrive(self, tid, packed):
        """A thread has come with what `leave` gave it on another kernel."""

    def interrupt(self, tid):
        """If the thread waits here, make it go on soon, with its result or with EINTR.

        False if it does not; else what comes of EINTR after a signal: RESTARTS if the handlers
        say so (SA_RESTART), FINAL never, ALWAYS whatever they say.
        """
        return False

    def ended(self, tid):
        """A thread has ended on this kernel."""

    def ending(self, pid):
        """Home: a process has no threads any more, and nobody has been told yet.

        True if something of it must first come to an end elsewhere; say
        `kernel["threads"].bury_if_dead(pid)` when it has.
        """
        return False

    def exited(self, pid):
        """A process is gone, from all kernels; the id of its first thread was the same number."""

    def on_timer(self, key):
        """A timer that this mechanism set has expired."""

    def residue(self):
        """The tables that are not empty."""
        tables = {field: getattr(self, field) for field in self.state}
        return {field: content for field, content in tables.items() if content}

    def describe(self):
        """The state in words, one line per entry."""
        return [f"{field}: {content}" for field, content in self.residue().items()]

    def freeze(self):
        """The state as one hashable value."""
        return tuple([freeze(getattr(self, field)) for field in self.state])

    def thaw(self, frozen):
        """Take over a frozen state."""
        for field, content in zip(self.state, frozen, strict=True):
            setattr(self, field, thaw(content))
        return self

    @classmethod
    def describe_frozen(cls, frozen):
        """The lines of `describe` for a frozen state."""
        return cls(None).thaw(frozen).describe()
