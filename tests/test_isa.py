"""Do the kernels compute the same on every instruction set, and are the counts what really ran?"""

import sys

import pytest
from isa_twins import TWINS

from popcorn_lib import UsageError, isa
from popcorn_lib.isa.emulator import HALT, EmulationError, Emulator, LimitReached
from popcorn_lib.isa.programs import functions, program

EVERY = [(name, level) for name in isa.PROCESSORS for level in isa.LEVELS]


# ---- results and counts -------------------------------------------------------------------------


@pytest.mark.parametrize("name", isa.kernels())
def test_is_the_known_result_what_the_same_in_python_returns(name):
    one = isa.kernels()[name]
    assert one.result == TWINS[name](one.argument)


@pytest.mark.parametrize("name, level", EVERY)
def test_does_every_kernel_return_its_result_and_count_as_the_table_says(name, level):
    for kernel in isa.kernels().values():
        count = isa.recount(kernel.name, name, level)
        assert count.result == kernel.result, kernel.name
        told = isa.counts(kernel.name, name, level).to_dict("records")
        assert told == [count.row()], kernel.name


@pytest.mark.parametrize("name", isa.PROCESSORS)
def test_do_other_arguments_give_what_python_gives_too(name):
    for kernel in isa.kernels().values():
        for argument in (1, 2, 13):
            count = isa.recount(kernel.name, name, argument=argument)
            assert count.result == TWINS[kernel.name](argument), (kernel.name, argument)


@pytest.mark.parametrize("name, level", EVERY)
def test_are_instructions_of_all_kinds_as_many_as_the_emulator_has_translated(name, level):
    machine = Emulator(name, program(name, level))
    for kernel in ("sort", "network"):
        count = isa.recount(kernel, name, level, argument=20)
        machine.call(kernel, 20)
        assert count.instructions == machine.instructions == sum(n for _, n in count.lines)


def test_are_loads_and_stores_not_fewer_than_the_kernel_must_make():
    """Following a pointer reads a value and a pointer at each step, whatever the machine."""
    for name in isa.PROCESSORS:
        long, short = (isa.recount("chase", name, argument=n) for n in (1000, 500))
        assert (
            long.reads - short.reads == 2 * 500 and long.bytes_read - short.bytes_read == 12 * 500
        )


def test_is_a_pair_of_registers_one_store_but_two_accesses():
    """s390x saves registers with one instruction; the accesses tell how many there were."""
    count = isa.recount("sort", "s390x", "O0", argument=1)
    saves = sum(n for line, n in count.lines if line.text.startswith("stmg"))
    assert saves > 0 and count.writes > count.kinds["store"]


def test_is_the_code_as_large_as_the_symbols_say():
    for name, level in EVERY:
        symbols = Emulator(name, program(name, level)).symbols
        for kernel in isa.kernels():
            for function in functions(kernel, name, level):
                address, size = symbols[function.name]
                first, last = function.instructions[0], function.instructions[-1]
                assert first.address == address
                table = 20 if name == "POWER" else 0  # what POWER says to debuggers about it
                assert 0 <= address + size - last.address - last.size <= table
    table = isa.code("crc", "AArch64")
    assert set(table.bytes / table.instructions) == {4.0}


def test_does_the_hottest_part_of_a_loop_run_once_a_round():
    table = isa.recount("crc", "s390x", argument=50).hottest(4)
    assert len(table) == 4 and set(table.times) == {400}
    assert isa.recount("crc", "s390x", argument=50).hottest(1000).times.sum() > 4 * 400


def test_is_the_source_that_of_the_kernel():
    for name in isa.kernels():
        assert f"unsigned long {name}(unsigned long n)" in isa.source(name)


# ---- limits and wrong use -----------------------------------------------------------------------


@pytest.mark.parametrize("name", isa.PROCESSORS)
def test_what_if_a_kernel_takes_too_long(name):
    with pytest.raises(LimitReached, match="1,000 instructions"):
        isa.recount("random", name, limit=1000)
    with pytest.raises(LimitReached, match=r"0\.05 seconds"):
        isa.recount("branches", name, "O0", argument=100_000, seconds=0.05)


@pytest.mark.parametrize("name", isa.PROCESSORS)
def test_what_if_a_program_leaves_its_memory(name):
    machine = Emulator(name, program(name, "O2"))
    with pytest.raises(EmulationError, match=name):
        machine.call("chase", 1, 2)
        machine.run(0x5000)
    assert machine.call("crc", 300) == isa.kernels()["crc"].result  # and it goes on working


def test_can_memory_and_registers_be_read_and_written_by_name():
    for name in isa.PROCESSORS:
        machine = Emulator(name, program(name, "O2"))
        machine.map(0x2000_0FFC, 8)
        machine.put_word(0x2000_0FFC, 0x0102030405060708)
        order = machine.processor.order
        assert machine.read(0x2000_0FFC, 8) == bytes(range(1, 9))[:: 1 if order == "big" else -1]
        assert machine.word(0x2000_0FFC) == 0x0102030405060708
        machine.set(machine.processor.pc, HALT)
        assert machine.get(machine.processor.pc) == HALT
        with pytest.raises(UsageError, match="unknown register 'q9z'"):
            machine.get("q9z")


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("sorts", "s390x"), ["'sorts'", "'sort'", "'crc'"]),
        (("sort", "x86"), ["'x86'", "'x86-64'", "'RISC-V'"]),
        (("sort", "s390x", "O3"), ["'O3'", "'O0'", "'O2'"]),
        (("sort", "s390x", "O2", 2000), ["2000", "1024"]),
        (("sort", "s390x", "O2", 0), ["0", "1024"]),
        (("sort", "s390x", "O2", 1.5), ["1.5", "whole number"]),
    ],
)
def test_is_wrong_use_an_error_that_names_what_is_known(arguments, words):
    with pytest.raises(UsageError) as caught:
        isa.recount(*arguments)
    assert all(word in str(caught.value) for word in words)


def test_are_unknown_names_for_tables_errors_that_list_the_known():
    for read, name, known in (
        (isa.counts, "sorts", "network"),
        (isa.code, "sorts", "network"),
        (isa.types, "quad", "long double"),
        (isa.layouts, "mix", "mixed"),
        (isa.frames, "arm", "AArch64"),
        (isa.source, "sorts", "network"),
    ):
        with pytest.raises(UsageError, match=rf"'{name}'.*'{known}'"):
            read(name)


def test_what_if_a_program_is_for_another_instruction_set_or_has_no_such_function():
    with pytest.raises(UsageError, match="EM_S390"):
        Emulator("x86-64", program("s390x", "O2"))
    machine = Emulator("POWER", program("POWER", "O2"))
    with pytest.raises(UsageError, match=r"'main'.*'sort'"):
        machine.call("main")
    with pytest.raises(UsageError, match="6 arguments"):
        machine.call("sort", *range(6))


@pytest.mark.parametrize("package, module", [("unicorn", "unicorn"), ("pyelftools", "elftools")])
def test_what_if_an_optional_package_is_not_installed(package, module, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, "elftools.elf.elffile", None if module != "unicorn" else sys)
    with pytest.raises(UsageError, match=f"{package}.*pip install unicorn pyelftools"):
        isa.recount("sort", "s390x")
    assert len(isa.counts()) == 120 and len(isa.listing("s390x", "O2")) > 12  # all else works
