"""Does the matrix of messages count what was sent, and can it be read without its shade?"""

import re
from xml.etree import ElementTree

import pytest
from test_draw_palette import contrast

from popcorn_lib import Machine, simulate
from popcorn_lib.draw import message_matrix, palette
from popcorn_lib.draw.matrix import DARKEST, in_bytes


def worker(sys, word, rounds):
    for _ in range(rounds):
        yield sys.fetch_add(word, 1)


def main(sys, rounds=5):
    word = yield sys.mmap(4096)
    tids = []
    for kernel in ("k1", "k3"):
        tids.append((yield sys.clone(worker, word, rounds, on=kernel)))
    for tid in tids:
        yield sys.join(tid)


@pytest.fixture(scope="module")
def run():
    return simulate(main, Machine.multikernel(4))


def numbers(picture):
    """The numbers in the cells, row by row; None where a kernel would send to itself."""
    found = re.findall(r'(?:<rect class="cell".*?<text.*?>(.*?)</text>|h14")', picture.svg)
    return [int(number.replace(",", "")) if number else None for number in found]


def test_is_every_message_in_the_cell_of_its_kernels(run):
    expected = []
    for source in run.machine.kernels:
        for destination in run.machine.kernels:
            rows = run.messages.query("source == @source and destination == @destination")
            expected.append(None if source == destination else len(rows))
    assert numbers(message_matrix(run.trace)) == expected
    assert sum(filter(None, expected)) == len(run.messages) > 0


def test_are_a_trace_a_run_and_its_table_the_same(run):
    assert message_matrix(run).svg == message_matrix(run.trace).svg
    few = run.messages[run.messages.source.isin(["k0", "k1"])]
    few = few[few.destination.isin(["k0", "k1"])]
    assert len(numbers(message_matrix(few))) == 4


def test_has_each_mechanism_its_matrix_and_do_they_add_up(run):
    parts = numbers(message_matrix(run, by="mechanism"))
    assert len(parts) == 16 * run.messages.mechanism.nunique() == 32
    sums = [a if a is None else a + b for a, b in zip(parts[:16], parts[16:], strict=True)]
    assert sums == numbers(message_matrix(run))
    svg = message_matrix(run, by="mechanism").svg
    assert all(f">{name}</text>" in svg for name in run.messages.mechanism.unique())


def test_does_it_say_how_many_bytes_each_kernel_sends(run):
    picture = message_matrix(run, what="bytes")
    total = run.messages.bytes.sum()
    assert f"{total:,} bytes" in picture.description
    for (source, destination), bytes in (
        run.messages.groupby(["source", "destination"]).bytes.sum().items()
    ):
        assert f"{source} to {destination} {bytes:,}" in picture.description
        assert in_bytes(bytes) in picture.svg


def test_are_bytes_in_a_unit_that_reads_well():
    shown = [in_bytes(n) for n in (0, 64, 1024, 12_595, 1_023_999, 5 * 2**20)]
    assert shown == ["0 B", "64 B", "1 KiB", "12.3 KiB", "1,000 KiB", "5 MiB"]


def test_does_the_description_change_with_the_messages(run):
    fewer = message_matrix(run.messages[:-1])
    assert message_matrix(run.messages).description != fewer.description


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize("name", [*palette.MECHANISMS, "before"])
def test_can_a_number_be_read_on_the_darkest_shade(name, theme):
    shade = {**palette.MECHANISMS, **palette.STATES}[name][theme]
    ground, ink = palette.GROUND["ground"][theme], palette.GROUND["ink"][theme]
    parts = [(int(shade[n : n + 2], 16), int(ground[n : n + 2], 16)) for n in (1, 3, 5)]
    mixed = "#" + "".join(f"{round(DARKEST * s + (1 - DARKEST) * g):02x}" for s, g in parts)
    assert contrast(ink, mixed) >= 4.5


def test_is_the_largest_number_the_darkest_and_nothing_without_shade(run):
    svg = message_matrix(run).svg
    cells = re.findall(r'fill-opacity="([\d.]+)"/><text.*?>([\d,]+)</text>', svg)
    shades = {int(number): float(shade) for shade, number in cells}
    assert [shades[n] for n in sorted(shades)] == sorted(shades.values())
    assert max(shades.values()) == DARKEST and shades[0] == 0


def test_is_it_well_formed_without_ids_and_without_a_message(run):
    for picture in (message_matrix(run), message_matrix(run, by="mechanism")):
        ElementTree.fromstring(picture.svg)
        assert not re.search(r"\sid=", picture.svg)
    silent = simulate(worker_alone, Machine.multikernel(2))
    assert numbers(message_matrix(silent)) == [None, 0, 0, None]
    assert "0 messages" in message_matrix(silent, by="mechanism").description


def worker_alone(sys):
    yield sys.getpid()


def test_are_unknown_words_named(run):
    with pytest.raises(ValueError, match=r"'letters'.*'messages'"):
        message_matrix(run, what="letters")
    with pytest.raises(ValueError, match=r"'colour'.*'mechanism'"):
        message_matrix(run, by="colour")
