"""Popcorn's CPU namespace: the CPUs of all kernels, as if one kernel had them.

In Popcorn a process sees its own kernel's CPUs until it attaches to the namespace, which joins the
masks of all kernels, each moved up by how many CPUs those before it have.  Here every process is
attached from the start, and the union is known at boot: CPUs are numbered through the kernels in
the machine's order, a thread may run on all of them, and setting its affinity to one of another
kernel migrates it (`threads/affinity.py`).  So CLONE_NEWCPU attaches to what one has already.

Source.  Popcorn Linux, kernel/cpu_namespace.c.
"""

from popcorn_lib.mechanisms.namespaces.tables import Tables


class CpuSpace(Tables):
    """The part of the namespaces mechanism that numbers CPUs."""

    def cpus(self):
        """The CPUs of this kernel, by their numbers in the machine."""
        return tuple(self.kernel["threads"].cpus_of(self.kernel.name))
