"""The board of namespaces: the tree of PID namespaces, who is in them, and in which others.

Init's kernel knows the namespaces of every process's first thread, and every number; these rows are
what it knows.  Each PID namespace has a row, then its own processes have theirs, then come the
namespaces inside it.  A thread that is in others than its process has a row too, wherever it runs;
while it is on its way between kernels no table has it.  Without namespaces but the first there are
no rows.
"""

from popcorn_lib.draw.boards.board import DEAD, Board, moments
from popcorn_lib.draw.story import thread_name
from popcorn_lib.draw.words import listed
from popcorn_lib.mechanisms.namespaces.tables import FIRST, Names, Tables
from popcorn_lib.mechanisms.threads.tasks import ACTIVE

COLUMNS = ("PID", "UTS", "IPC", "network")
OTHERS = ("uts", "ipc", "net")
EMPTY = ("", "")
FRAME = "M-8-7h16v14h-16zM-6-5v10h12v-10z"
KINDS = {
    "space": (FRAME + "M-4-3h8v2h-8zM-4 1h8v2h-8z", "namespaces", "PID namespace"),
    "over": (FRAME + "M-4-1h8v2h-8z", "namespaces", "PID namespace, its init has ended"),
    "init": ("M-7 0a7 7 0 1 0 14 0a7 7 0 1 0-14 0z", "namespaces", "process, the init in there"),
    "inside": (
        "M-7 0a7 7 0 1 0 14 0a7 7 0 1 0-14 0zM-4.5 0a4.5 4.5 0 1 1 9 0a4.5 4.5 0 1 1-9 0z",
        "namespaces",
        "process or thread",
    ),
    "taken": ("M-6-2h12v4h-12z", "namespaces", "has ended, its number is still taken"),
    "own": ("M0-8l8 8l-8 8l-8-8z", "namespaces", "in another than the first"),
    "first": ("M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z", "line", "in the first of its kind"),
}


class Namespaces(Board):
    """Rows in the order of the tree, a column per kind of namespace."""

    name, title, mechanism, reads = "namespaces", "namespaces", "namespaces", Tables
    kinds = KINDS | DEAD

    def columns(self, story):
        return COLUMNS

    def key(self, story, index):
        """Who there is, the tree of processes knows."""
        both = moments(story)
        return both.key(index, "namespaces"), both.key(index, "threads")

    def table(self, story, index):
        views = self.tables(story, index)
        if not touched(views):
            return ()
        init, processes = self._known(story, index)
        rows = []
        for space in in_tree_order(init.pids):
            if init.pids:
                rows.append((f"PID namespace {space}", (of_space(init, space), *[EMPTY] * 3)))
            for pid in members_of(init, processes, space):
                rows.append((thread_name(pid), of_process(init, processes, pid)))
                rows += list(self._threads_apart(story, index, init, pid))
        if story.kernels[0] in moments(story).dead(index):
            rows = [(head, tuple(map(_of_the_dead, cells))) for head, cells in rows]
        return tuple(rows)

    def _known(self, story, index):
        """What init's kernel knows: (its tables of namespaces, {pid: Process})."""
        init, threads = story.kernels[0], moments(story).tables(index, "threads")
        return self.tables(story, index)[init], getattr(threads[init], "tree", {})

    def _threads_apart(self, story, index, init, pid):
        """The rows of a process's threads that are in others than their process."""
        threads, known = moments(story).tables(index, "threads"), init.first_of(pid)
        for name, namespaces in self.tables(story, index).items():
            for tid, task in threads[name].tasks.items():
                spaces = namespaces.of(tid)
                apart = spaces[:-1] != known[:-1]  # all but the number of its process
                if task.pid == pid != tid and task.status == ACTIVE and apart:
                    cell = "inside", f"thread of {thread_name(pid)}{children(spaces)}"
                    yield thread_name(tid), (cell, *of_others(init, spaces))

    def say(self, story, index):
        rows = self.rows(story, index)
        if not rows:
            return "All processes are in the first namespace of each kind."
        told = []
        for head, ((_, text), *others) in rows:
            own = [f"{what} {cell}" for what, (kind, cell) in zip(COLUMNS[1:], others, strict=True)
                   if kind == "own"]  # fmt: skip
            told.append(f"{head}: {listed([text, *own])}")
        return f"{'; '.join(told)}."


NAMESPACES = Namespaces()


def touched(views):
    """Whether there is any namespace but the first, or the first has been given a name."""
    return any(
        namespaces.spaces or namespaces.members or namespaces.uts or namespaces.pids
        for namespaces in views.values()
    )


def in_tree_order(pids, space=0):
    """PID namespaces from the first one on: each, then those that are in it."""
    yield space
    for number in sorted(pids):
        if pids[number].parent == space:
            yield from in_tree_order(pids, number)


def members_of(init, processes, space):
    """The processes of a PID namespace and of none inside it, in the order of their numbers."""
    inner = {pid for n, each in init.pids.items() if each.parent == space for pid in each.numbers}
    if space:
        numbers = init.pids[space].numbers
        return sorted(set(numbers) - inner, key=numbers.get)
    return sorted({*processes, *init.members} - inner)


def of_space(init, space):
    """The cell of a PID namespace."""
    if not space:
        return "space", "the first"
    each = init.pids[space]
    if not each.init:
        return "space", f"in {each.parent}, nobody yet"
    text = f"in {each.parent}, init {thread_name(each.init)}"
    return ("over", f"{text} has ended") if each.dead else ("space", text)


def of_process(init, processes, pid):
    """The cells of a process: what it is called, then the namespaces of its first thread."""
    spaces, found = init.first_of(pid), processes.get(pid)
    around = [(n, each) for n, each in init.pids.items() if pid in each.numbers]
    around.sort(key=lambda pair: -len(init.chain(pair[0])))
    named = [f"{each.numbers[pid]} in {n}" for n, each in around]
    text = ", ".join([*named, f"{thread_name(pid)} in 0" if named else "in 0"])
    zombie = found is not None and found.status is not None
    if zombie or (found is None and pid not in init.members):
        return ("taken", f"{text}, has ended"), *[EMPTY] * 3
    kind = "init" if any(each.init == pid for _, each in around) else "inside"
    return (kind, text + children(spaces)), *of_others(init, spaces)


def children(spaces):
    """Where the children go, if that is elsewhere."""
    return f", children into {spaces.children}" if spaces.children != spaces.pid else ""


def of_others(init, spaces):
    """The cells of the kinds that are no tree; a UTS namespace with the name of the host."""
    cells = []
    for kind in OTHERS:
        number = getattr(spaces, kind)
        named = init.uts[number].names if number in init.uts else Names()
        text = f"{number}: {named.nodename}" if kind == "uts" else str(number)
        cells.append(("own" if number != getattr(FIRST, kind) else "first", text))
    return tuple(cells)


def _of_the_dead(cell):
    return ("dead", cell[1]) if cell[1] else cell
