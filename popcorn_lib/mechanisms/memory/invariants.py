"""What must hold of memory in every moment, over all kernels: functions of {kernel: memory}."""

from popcorn_lib.mechanisms.memory.areas import overlapping


def _copies(kernels):
    """{page: {kernel: rights}} of the copies that a thread could use."""
    copies = {}
    for name, memory in kernels.items():
        for page in (*memory.frames, *memory.directory):
            home = kernels[page.home]
            held = memory.is_changing(page.object, page.index * memory.kernel.boot.page_size)
            rights = memory.rights(page)
            if rights and not held and home.is_backed(page):
                copies.setdefault(page, {})[name] = rights
                if home.rights(page):
                    copies[page][page.home] = home.rights(page)
    return copies


def one_writer_or_many_readers(kernels):
    """If a kernel may write a page, no other kernel has a copy of it."""
    for page, rights in _copies(kernels).items():
        if "rw" in rights.values() and len(rights) > 1:
            return f"{page}: {rights}"
    return None


def copies_are_equal(kernels):
    """All copies of a page that may be read hold the same bytes."""
    for page, rights in _copies(kernels).items():
        found = {kernels[name].data(page) for name in rights}
        if len(found) > 1:
            return f"{page} differs on {', '.join(sorted(rights))}"
    return None


def home_knows_every_copy(kernels):
    """Whoever has a copy of a page stands in the directory of its home."""
    for page, rights in _copies(kernels).items():
        entry = kernels[page.home].directory.get(page)
        strangers = set(rights) - (entry.owners if entry else {page.home})
        if strangers:
            return f"home does not know that {', '.join(sorted(strangers))} has {page}"
    return None


def layouts_are_parts_of_homes(kernels):
    """What a kernel believes of a layout is what home has decided, unless that changes now."""
    homes = {
        pid: memory
        for memory in kernels.values()
        for pid in memory.layouts
        if memory.kernel.home_of(pid) == memory.kernel.name
    }
    for name, memory in kernels.items():
        for pid, layout in memory.layouts.items():
            home = homes.get(pid)
            asking = any(pid == owner for owner, _, _ in memory.changes.values())
            if home is None or pid in home.acks or asking:
                continue
            for area in layout:
                if overlapping(home.layout(pid), area.start, area.end) != (area,):
                    return f"{name} believes {area}, home does not"
    return None


INVARIANTS = (
    one_writer_or_many_readers,
    copies_are_equal,
    home_knows_every_copy,
    layouts_are_parts_of_homes,
)
