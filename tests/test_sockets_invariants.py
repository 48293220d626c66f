"""Can each invariant of sockets fail? A defect is planted for each, and it says what is wrong."""

from socket_scenarios import connected

from popcorn_lib import Machine, explore
from popcorn_lib.mechanisms.sockets import Sockets
from popcorn_lib.variants.defects.sockets import PortsPerKernel, QueueStaysBehind
from popcorn_lib.variants.programs import one_port_for_two, sent_meanwhile


def wrong(program, sockets, *args):
    machine = Machine.multikernel(2, page_size=64).replace(sockets=sockets)
    violation = explore(program, machine, args).violation
    assert violation.kind == "invariant", violation
    return violation.message


def test_is_a_connection_noticed_that_is_on_two_kernels():
    class KeptToo(Sockets):
        def hand_over(self, ref, file, message):
            super().hand_over(ref, file, message)
            self.files[ref] = file

    assert "on two kernels: k0/file" in wrong(sent_meanwhile, KeptToo, "k1")


def test_is_it_noticed_that_an_end_has_lost_what_it_sent():
    def main(sys):
        one, _ = yield from connected(sys)
        yield sys.send(one, b"ab")
        yield sys.migrate("k1")
        yield sys.send(one, b"c")

    assert "has lost what it sent" in wrong(main, QueueStaysBehind)


def test_is_it_noticed_that_an_end_has_more_than_was_sent():
    class CountsTwice(Sockets):
        def _arrived(self, ref, file, message):
            super()._arrived(ref, file, message)
            file.rcv_nxt += len(message.data)

    assert "bytes, but" in wrong(sent_meanwhile, CountsTwice, "k1")


def test_is_a_descriptor_noticed_that_means_a_closed_file():
    class NamesForEver(Sockets):
        def on_file_count(self, source, message):
            super().on_file_count(source, message._replace(name=None))

    def main(sys):
        one, other = yield from connected(sys)
        copy = yield sys.dup(one)
        yield sys.migrate("k1")
        yield sys.send(one, b"x")
        yield sys.close(one)
        yield sys.dup(other)
        yield sys.close(copy)

    assert "here and" in wrong(main, NamesForEver)


def test_is_a_port_noticed_that_two_have():
    assert "port 80 belongs to" in wrong(one_port_for_two, PortsPerKernel, "k1")
