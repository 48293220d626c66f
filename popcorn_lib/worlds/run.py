"""What a simulation gives back."""

from popcorn_lib.worlds.bill import Paid, joules


class Run:
    """One run of a program: its outcome, its time, its messages and its trace.

    value: what main returned (None if the process ended otherwise); status: its wait status, as
    `os.WIFEXITED` and its kin decode it, None if `max_seconds` or a fault cut the run.
    seconds: virtual time.
    """

    def __init__(self, world):
        self.machine = world.machine
        self.value, self.status = world.outcome or (None, None)
        self.seconds = world.now / 1e9
        self._recorder, self._kernels, self._rings = world.recorder, world.kernels, world.rings
        self._stays = {name: cores.stays for name, cores in world.cores.items()}
        self._paid = Paid(world) if world.recorder else None

    @property
    def trace(self):
        """Every event of the run."""
        return self._kept().trace

    @property
    def messages(self):
        """A pandas DataFrame with one row per message, in the order of sending."""
        return self.trace.messages_frame()

    @property
    def rings(self):
        """A pandas DataFrame of the receive windows, one row per change.

        Columns: time_s, kernel, used (slots), waiting (messages that found no slot).
        """
        import pandas

        self._kept()
        return pandas.DataFrame(self._rings, columns=["time_s", "kernel", "used", "waiting"])

    @property
    def cores(self):
        """A pandas DataFrame of who had which core when, one row per stay of a thread on a core.

        Columns: from_s, until_s, kernel, core (of the kernel), tid; in the order of from_s.  A core
        is held during the thread's calls, and until a call blocks; handlers of messages need none.
        """
        import pandas

        self._kept()
        rows = [
            (since / 1e9, until / 1e9, kernel, core, tid)
            for kernel, stays in self._stays.items()
            for since, until, core, tid in stays
        ]
        frame = pandas.DataFrame(rows, columns=["from_s", "until_s", "kernel", "core", "tid"])
        return frame.sort_values("from_s", kind="stable", ignore_index=True)

    @property
    def bill(self):
        """A pandas DataFrame of what the run was charged for, one row per constant.

        Columns: constant (of `Costs` or of a link, "cycles" of `compute`, or a wait for a line or a
        lock), count, each_s (the mean of one), seconds (of all kernels and threads together).
        What happens at the same time is charged twice, what waits for a core or a handler is not:
        the sum is not run.seconds.
        """
        return self._paid.bill(self._kept().trace)

    @property
    def joules(self):
        """A pandas DataFrame of the energy by kernel: idle_j of its watts while nothing runs, for
        the whole run, and busy_j in addition, by the share of its cores that a thread holds.

        Raises UsageError for a kernel whose idle_w or busy_w the machine does not tell.
        """
        return joules(self)

    def residue(self):
        """What is left in any kernel's tables: {} after every process has exited."""
        left = {name: kernel.residue() for name, kernel in self._kernels.items()}
        return {name: tables for name, tables in left.items() if tables}

    def _kept(self):
        if self._recorder is None:
            raise RuntimeError("this run kept no trace; run simulate(..., trace=True)")
        return self._recorder

    def __repr__(self):
        return f"<Run: value {self.value!r}, status {self.status}, {self.seconds:.6f} s>"
