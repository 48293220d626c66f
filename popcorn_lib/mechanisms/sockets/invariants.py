"""What must hold of all kernels' files together; `explore` checks it in every state."""


def one_holder(kernels):
    """An open file is on one kernel at most."""
    held = [ref for sockets in kernels.values() for ref in sockets.files]
    twice = sorted(str(ref) for ref in set(held) if held.count(ref) > 1)
    return f"on two kernels: {', '.join(twice)}" if twice else None


def nothing_lost(kernels):
    """An end keeps what it has sent until it is acknowledged, and no end has more than was sent."""
    files = {ref: file for sockets in kernels.values() for ref, file in sockets.files.items()}
    for ref, file in files.items():
        if not hasattr(file, "snd_una") or file.snd_una == 0:
            continue
        if file.snd_nxt - file.snd_una > len(file.unsent) + (file.fin is not None):
            return f"{ref} has lost what it sent: {file.snd_nxt} is next, {file.snd_una} known"
        peer = files.get(file.peer)
        if peer and peer.peer == ref and peer.rcv_nxt > file.snd_nxt:
            return f"{file.peer} has {peer.rcv_nxt} bytes, but {ref} has sent {file.snd_nxt}"
    return None


def named_right(kernels):
    """A descriptor by which a kernel finds a file without asking names it at home too."""
    tables = {pid: table for sockets in kernels.values() for pid, table in sockets.tables.items()}
    for sockets in kernels.values():
        for ref, file in sockets.files.items():
            for pid, fd in file.names:
                if pid in tables and tables[pid].get(fd, ref) != ref:
                    return f"descriptor {fd} means {ref} here and {tables[pid][fd]} at home"
    return None


def each_port_once(kernels):
    """Two sockets have one port only if their addresses differ, or both reuse it."""
    bindings = [
        (key, binding)
        for sockets in kernels.values()
        for key, bound in sockets.ports.items()
        for binding in bound
    ]
    for place, (key, one) in enumerate(bindings):
        for other_key, other in bindings[:place]:
            same = one.host == other.host or "0.0.0.0" in (one.host, other.host)
            shared = one.reuse and other.reuse and not (one.listening and other.listening)
            if key == other_key and same and not shared:
                return f"port {key[-1]} belongs to {other.file} and {one.file}"
    return None


INVARIANTS = (one_holder, nothing_lost, named_right, each_port_once)
