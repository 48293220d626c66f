"""The calls on descriptors that already exist: each goes to its file."""

from popcorn_lib.mechanisms.sockets.tables import Tables


class Calls(Tables):
    """The part of the sockets mechanism that threads call."""

    def sys_read(self, tid, fd, size):
        self.call(tid, fd, "read", size)

    def sys_write(self, tid, fd, data):
        self.call(tid, fd, "write", data)

    def sys_send(self, tid, fd, data, flags):
        self.call(tid, fd, "send", data, flags)

    def sys_recv(self, tid, fd, size, flags):
        self.call(tid, fd, "recv", size, flags)

    def sys_sendto(self, tid, fd, data, flags, address):
        self.call(tid, fd, "sendto", data, flags, address)

    def sys_recvfrom(self, tid, fd, size, flags):
        self.call(tid, fd, "recvfrom", size, flags)

    def sys_bind(self, tid, fd, address):
        self.call(tid, fd, "bind", address)

    def sys_listen(self, tid, fd, backlog):
        self.call(tid, fd, "listen", backlog)

    def sys_accept(self, tid, fd):
        self.call(tid, fd, "accept")

    def sys_connect(self, tid, fd, address):
        self.call(tid, fd, "connect", address)

    def sys_shutdown(self, tid, fd, how):
        self.call(tid, fd, "shutdown", how)

    def sys_getsockname(self, tid, fd):
        self.call(tid, fd, "getsockname")

    def sys_getpeername(self, tid, fd):
        self.call(tid, fd, "getpeername")

    def sys_setsockopt(self, tid, fd, level, name, value):
        self.call(tid, fd, "setsockopt", level, name, value)
