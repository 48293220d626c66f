"""The files of /proc as text, from what the kernels have told.

What the model does not have is left out, or 0: kernels keep no clock, so no CPU has been busy; a
thread that waits is not told from one that runs; programs have no name.  It has no limit of memory
either: each CPU counts for 1 GiB.
"""

from mmap import PROT_EXEC, PROT_READ, PROT_WRITE

MEMORY, KB = 1 << 30, 1 << 10
NAME = "program"
STATES = {"R": "running", "T": "stopped", "Z": "zombie"}


# ---- of the machine -----------------------------------------------------------------------------


def folder(parts):
    """/proc: the processes, each once."""
    return tuple(str(pid) for pid in sorted({pid for part in parts for pid in part}))


def cpuinfo(parts):
    return "".join(f"processor : {cpu}\n\n" for part in parts for cpu in part)


def meminfo(parts):
    total = sum(cpus for cpus, _ in parts) * MEMORY
    used = sum(used for _, used in parts)
    lines = {"MemTotal": total, "MemFree": total - used, "MemAvailable": total - used}
    return "".join(f"{name + ':':15} {size // KB:8} kB\n" for name, size in lines.items())


def stat(parts):
    cpus = ["cpu ", *(f"cpu{cpu}" for part in parts for cpu in part)]
    return "".join(f"{cpu}{' 0' * 10}\n" for cpu in cpus)


FILES = {"": folder, "cpuinfo": cpuinfo, "meminfo": meminfo, "stat": stat}


# ---- of a process -------------------------------------------------------------------------------


def _state(entry, stopped):
    return "Z" if entry.zombie else "T" if stopped else "R"


def status_of(entry, tids, stopped, areas):
    state = _state(entry, stopped)
    lines = {
        "Name": NAME,
        "State": f"{state} ({STATES[state]})",
        "Tgid": entry.pid,
        "Pid": entry.pid,
        "PPid": entry.parent,
        "Uid": "\t".join([str(entry.uid)] * 4),
        "Threads": len(tids),
    }
    return "".join(f"{name}:\t{value}\n" for name, value in lines.items())


def stat_of(entry, tids, stopped, areas):
    """The first twenty fields, up to how many threads there are."""
    family = f"{entry.parent} {entry.group} {entry.session}"
    zeros = " ".join(["0"] * 11)
    return f"{entry.pid} ({NAME}) {_state(entry, stopped)} {family} 0 -1 {zeros} {len(tids)}\n"


def task_of(entry, tids, stopped, areas):
    return tuple(map(str, sorted(tids)))


def maps_of(entry, tids, stopped, areas):
    return "".join(_area(area) for area in areas)


def _area(area):
    bits = (("r", PROT_READ), ("w", PROT_WRITE), ("x", PROT_EXEC))
    rights = "".join(letter if area.prot & bit else "-" for letter, bit in bits)
    private = area.offset == area.start  # the process's own memory is not counted from its start
    kind, offset = ("p", 0) if private else ("s", area.offset)
    return f"{area.start:08x}-{area.end:08x} {rights}{kind} {offset:08x} 00:00 0\n"


def folder_of(entry, tids, stopped, areas):
    return tuple(sorted(name for name in OF_PROCESS if name))


OF_PROCESS = {"": folder_of, "maps": maps_of, "stat": stat_of, "status": status_of, "task": task_of}
