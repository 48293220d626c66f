"""Ports: one number is one service for the whole machine, whichever kernel one asks.

A port belongs to a kernel: the upper ones, from which a socket that names none gets one, in equal
shares to all, so that nobody is asked; all others to the machine's first kernel.  Binding,
listening and freeing are one request and one answer; a close returns when the port is free.

Source.  Linux, net/ipv4/inet_connection_sock.c; ip_local_port_range is 32768 to 60999.
"""

import errno

from popcorn_lib.mechanisms.sockets.tables import Binding, Tables, Tcp
from popcorn_lib.messages import PORT_REQUEST, PORT_RESPONSE
from popcorn_lib.syscalls import Failure

EPHEMERAL = range(32768, 61000)
ANY, LOOP = "0.0.0.0", "127.0.0.1"


class Ports(Tables):
    """The part of the sockets mechanism that knows who has which port."""

    # ---- whose port, which namespace, which address ---------------------------------------------

    def net_of(self, tid):
        """The number of the network namespace of a thread."""
        return self.kernel["namespaces"].net_of(tid)

    def gate(self, net):
        """The kernel where what comes from outside comes in, and that keeps the lower ports."""
        return self.kernel.boot.kernels[0]

    def port_home(self, net, port):
        """The kernel that keeps a port."""
        kernels = self.kernel.boot.kernels
        share = len(EPHEMERAL) // len(kernels)
        place = (port - EPHEMERAL.start) // share
        return kernels[place] if 0 <= place < len(kernels) else self.gate(net)

    def is_here(self, host):
        """Whether an address is one of the machine's own."""
        return host in (ANY, self.kernel.boot.address) or host.startswith("127.")

    def fresh_port(self, net, protocol, but=None):
        """The lowest free port of this kernel's own share, or None; not the one in `but`."""
        share = len(EPHEMERAL) // len(self.kernel.boot.kernels)
        start = EPHEMERAL.start + share * self.kernel.boot.kernels.index(self.kernel.name)
        for port in range(start, start + share):  # nobody is to be connected to himself: `but`
            if port != but and (net, protocol, port) not in self.ports:
                return port
        return None

    # ---- the socket's kernel --------------------------------------------------------------------

    def protocol(self, file):
        return "tcp" if isinstance(file, Tcp) else "udp"

    def bind(self, ref, file, waiter, address):
        """The call bind, for both protocols."""
        if waiter.asked:
            return self._bound(file, waiter, address)
        host, port = address
        if file.local is not None or any(each.asked for each in file.waiters):
            return Failure(errno.EINVAL)
        if not self.is_here(host):
            return Failure(errno.EADDRNOTAVAIL)
        if not port:
            return self.autobind(ref, file, host) or 0
        waiter.asked = True
        binding = Binding(ref, host, file.reuse, False)
        self.ask_port("bind", file, port, binding)
        return None

    def _bound(self, file, waiter, address):
        if waiter.answer is None:
            return None
        if waiter.answer:
            return Failure(waiter.answer)
        file.local, file.bound = address, True
        return 0

    def autobind(self, ref, file, host, but=None):
        """Take a free port of this kernel, without asking; a Failure if there is none."""
        protocol = self.protocol(file)
        port = self.fresh_port(file.net, protocol, but)
        if port is None:
            return Failure(errno.EADDRINUSE)
        self.ports[file.net, protocol, port] = [Binding(ref, host, file.reuse, False)]
        file.local, file.bound = (host, port), True
        return None

    def ask_port(self, call, file, port, binding):
        # DOC: port 1, the port's kernel is asked
        key = (file.net, self.protocol(file), port)
        self.kernel.send(self.port_home(file.net, port), PORT_REQUEST(call, key, binding))
        # DOC: end

    def free_port(self, ref, file):
        """Give the port back; the answer deletes the file."""
        host, port = file.local
        self.ask_port("free", file, port, Binding(ref, host, file.reuse, False))

    def on_port_response(self, source, message):
        call, ref, number = message
        if call == "free":
            return self.freed(ref)
        file = self.files[ref]
        waiter = next(each for each in file.waiters if each.asked and each.answer is None)
        waiter.answer = number
        self.changed(ref)

    def freed(self, ref):
        """The port is free: the closes have happened."""
        self.tell_closers(self.files[ref])
        self.remove(ref)

    # ---- the port's kernel ----------------------------------------------------------------------

    def on_port_request(self, source, message):
        # DOC: port 2, one decision after the other
        call, key, binding = message
        if call == "forget":
            self.flows.pop(key[-1], None)
            return
        number = getattr(self, "_port_" + call)(key, binding)
        self.kernel.send(source, PORT_RESPONSE(call, binding.file, number))
        # DOC: end

    def _others(self, key, binding):
        """The bindings of other sockets that mean the same address."""
        for other in self.ports.get(key, ()):
            same = other.host == binding.host or ANY in (other.host, binding.host)
            if same and other.file != binding.file:
                yield other

    def _port_bind(self, key, binding):
        for other in self._others(key, binding):
            if other.listening or not (other.reuse and binding.reuse):
                return errno.EADDRINUSE
        self.ports.setdefault(key, []).append(binding)
        return 0

    def _port_listen(self, key, binding):
        if any(other.listening for other in self._others(key, binding)):
            return errno.EADDRINUSE
        self._port_free(key, binding)
        self.ports.setdefault(key, []).append(binding._replace(listening=True))
        return 0

    def _port_free(self, key, binding):
        left = [other for other in self.ports[key] if other.file != binding.file]
        self.ports[key] = left
        if not left:
            del self.ports[key]
        return 0

    def at_port(self, net, protocol, address, listening=False):
        """The Ref of the socket that gets what comes for an address; None if there is none."""
        host, port = address
        found = [
            b for b in self.ports.get((net, protocol, port), ())
            if b.host in (host, ANY) and (b.listening or not listening)
        ]  # fmt: skip
        found.sort(key=lambda b: b.host == ANY)
        return found[0].file if found else None
