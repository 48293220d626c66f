"""What must hold of memory in every moment, over all kernels: functions of {kernel: memory}."""

from popcorn_lib.mechanisms.memory.areas import overlapping


def _is_of_the_past(memory, home, number):
    """Whether what a kernel keeps of a process is of an earlier one with the same number.

    Then news of that one's end is on the way there, and comes before any thread of this one may
    run there: home does not count the kernel yet, or it has not heard of it.
    """
    if memory is home or number in home.objects:
        return False
    there, here = (side.kernel["threads"].groups.get(number) for side in (home, memory))
    counted = there is not None and memory.kernel.name in there.seen
    return not counted or (here is not None and not here.counted)


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


def _wrong(kernels, judge):
    """What `judge(page, rights)` says of the first page with which something is wrong, or None."""
    for page, rights in _copies(kernels).items():
        if judge(page, rights):  # only then is it worth while to ask what is of the past
            home = kernels[page.home]
            past = [n for n in rights if _is_of_the_past(kernels[n], home, page.object)]
            wrong = judge(page, {n: right for n, right in rights.items() if n not in past})
            if wrong:
                return wrong
    return None


def one_writer_or_many_readers(kernels):
    """If a kernel may write a page, no other kernel has a copy of it."""

    def judge(page, rights):
        return f"{page}: {rights}" if "rw" in rights.values() and len(rights) > 1 else None

    return _wrong(kernels, judge)


def copies_are_equal(kernels):
    """All copies of a page that may be read hold the same bytes."""

    def judge(page, rights):
        found = {kernels[name].data(page) for name in rights}
        return f"{page} differs on {', '.join(sorted(rights))}" if len(found) > 1 else None

    return _wrong(kernels, judge)


def home_knows_every_copy(kernels):
    """Whoever has a copy of a page stands in the directory of its home."""

    def judge(page, rights):
        entry = kernels[page.home].directory.get(page)
        strangers = ", ".join(sorted(set(rights) - (entry.owners if entry else {page.home})))
        return f"home does not know that {strangers} has {page}" if strangers else None

    return _wrong(kernels, judge)


def layouts_are_parts_of_homes(kernels):
    """What a kernel believes of a layout is what home has decided, unless that changes now."""
    for name, memory in kernels.items():
        for pid, layout in memory.layouts.items():
            home = kernels[memory.kernel.home_of(pid)]
            asking = any(pid == owner for owner, _, _ in memory.changes.values())
            if pid in home.acks or asking:
                continue
            for area in layout:
                agreed = overlapping(home.layout(pid), area.start, area.end) == (area,)
                if not agreed and not _is_of_the_past(memory, home, pid):
                    return f"{name} believes {area}, home does not"
    return None


INVARIANTS = (
    one_writer_or_many_readers,
    copies_are_equal,
    home_knows_every_copy,
    layouts_are_parts_of_homes,
)
