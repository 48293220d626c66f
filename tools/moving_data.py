"""Make data/moving/ again: compile our program for each instruction set, read its DWARF, record.

`make data` calls it; it needs Debian's cross compilers, pyelftools and Unicorn.
"""

import csv
import json
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from itertools import permutations
from time import perf_counter

import networkx

from popcorn_lib.isa.moving import rules, stackmap, tours
from popcorn_lib.isa.moving.dwarf import Program, named
from popcorn_lib.isa.moving.isas import ISAS
from popcorn_lib.isa.moving.levels import LEVELS, UNNAMED
from popcorn_lib.isa.moving.meaning import results
from popcorn_lib.isa.moving.move import move
from popcorn_lib.isa.moving.run import run
from popcorn_lib.isa.moving.stackmap import HERE
from popcorn_lib.isa.moving.state import fresh

FLAGS = (
    "-g -std=c11 -ffreestanding -nostdlib -static -fno-pie -no-pie "
    "-fomit-frame-pointer -fno-stack-protector -ffp-contract=off "
    "-fno-asynchronous-unwind-tables -fno-unwind-tables "
    "-ffunction-sections -fdata-sections -fno-reorder-blocks-and-partition "
    "-Wl,-T,queens.ld -Wl,--build-id=none -Wl,-n -Wl,--no-warn-rwx-segments"
)
OWN_FLAGS = {"x86-64": ["-fcf-protection=none"], "RISC-V": ["-msmall-data-limit=0"]}
CALL = re.compile(r"\s(?:call|bl|jal|brasl)\s+.*?([0-9a-f]+) <(\w+)>$")
# A little of everything: deep and shallow stacks, every instruction set, both orders of bytes.
STOPS = [
    (5, "AArch64"),
    (7, "s390x"),
    (11, "RISC-V"),
    (13, "x86-64"),
    (17, "s390x"),
    (19, "AArch64"),
]
DEPTHS = 1, 2, 2, 26  # migration points from one measurement to the next, deeper each time
AT = 30  # migration points before a move that leaves something out: two queens and more are back


def main():
    """Everything, in the order in which one needs the other."""
    maps = {level: {} for level in LEVELS}
    homes = []
    for level in LEVELS:
        for name, isa in ISAS.items():
            compiled(isa, level)
            program = opened(isa, level)
            maps[level][name] = program.plain()
            homes += located(program, level)
    write_json("maps.json", maps["O0"])
    stackmap.stack_map.cache_clear()
    write_json("tour.json", recorded(compilers()))
    tours.record.cache_clear()
    write_json("tour.json", tours.record() | {"failures": failures()})
    write_csv("homes.csv", homes)
    write_csv("attempts.csv", attempts(maps))
    write_csv("costs.csv", costs())


# ---- compilers ----------------------------------------------------------------------------------


def compiled(isa, level):
    """Compile the program for an instruction set at a level of optimisation."""
    compiler = isa.processor.compiler
    if not shutil.which(compiler):
        sys.exit(f"{compiler} is missing; on Debian: apt install {isa.processor.package}")
    own = OWN_FLAGS.get(isa.name, [])
    command = [
        compiler,
        *FLAGS.split(),
        f"-ffile-prefix-map={HERE}=.",  # no path of this machine in what is kept
        *own,
        f"-{level}",
        "queens.c",
        "-o",
        f"{isa.name}-{level}.elf",
    ]
    subprocess.run(command, cwd=HERE, check=True)
    (HERE / command[-1]).chmod(0o644)


def compilers():
    """{instruction set: what its compiler says of itself}."""
    commands = {name: [isa.processor.compiler, "--version"] for name, isa in ISAS.items()}
    return {name: _said(command).splitlines()[0] for name, command in commands.items()}


def opened(isa, level):
    """The compiled program with its debugging information."""
    path = HERE / f"{isa.name}-{level}.elf"
    listing = _said([f"{isa.processor.triple}-objdump", "-d", "--no-show-raw-insn", str(path)])
    return Program(isa.name, path.read_bytes(), calls(listing))


def calls(listing):
    """(function, callee, return address) of each call under which the program may be stopped."""
    found, function, callee = [], None, None
    for line in listing.splitlines():
        if head := re.match(r"[0-9a-f]+ <(\w+)>:", line):
            function, callee = head[1], None
        elif at := re.match(r"\s*([0-9a-f]+):\s", line):
            if callee:
                found.append((function, callee, int(at[1], 16)))
            call = CALL.search(line)
            callee = call and call[2]
    graph = networkx.DiGraph((caller, callee) for caller, callee, _ in found)
    leading = networkx.ancestors(graph, "migration_point") | {"migration_point"}
    return [call for call in found if call[1] in leading]


def _said(command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


# ---- what DWARF can say -------------------------------------------------------------------------


def located(program, level):
    """Rows of homes.csv: every variable, and every register in use that none explains."""
    for site, (function, _, address) in named(program.calls).items():
        start = {"isa": program.isa.name, "level": level, "site": site}
        used = set(program.frame(address)) & set(program.isa.saved)
        for name, _, die in program.scope(function):
            home = program.home(die, address)
            used -= set(home) if not isinstance(home, str) else set()
            yield start | {"name": name, **_told(home, program.isa)}
        for register in sorted(used):
            where = f"{program.isa.register(register)} is in use"
            yield start | {"name": UNNAMED, "where": where, "movable": "no"}


def _told(home, isa):
    if isinstance(home, str):
        return {"where": home, "movable": "no"}
    offset, register = home
    where = isa.register(register) if offset is None else f"CFA{offset:+d}"
    return {"where": where, "movable": "yes"}


# ---- what happens -------------------------------------------------------------------------------


def recorded(versions):
    """A tour: the thread at each stop as it was before the move, and how it ends."""
    thread, states = fresh(stackmap.stack_map("x86-64")), []
    for points, target in STOPS:
        thread = run(thread, points)
        states.append(thread.plain())
        thread = move(thread, target).state
    end = run(thread)
    final = results(end) | {"migration points": end.points}
    alone = run(fresh(stackmap.stack_map("x86-64")))
    assert final == results(alone) | {"migration points": alone.points}
    made = {"compilers": versions, "flags": FLAGS, "unicorn": version("unicorn")}
    return {"made by": made, "start": "x86-64", "stops": STOPS, "final": final, "states": states}


def failures():
    """What happens without each rule, value and global, for every ordered pair."""
    return [
        failure(source, target, name)
        for name in [*rules.RULES, *rules.variables(stackmap.stack_map("x86-64"))]
        for source, target in permutations(ISAS, 2)
    ]


def failure(source, target, name):
    """There and back, once with everything and once without."""
    end = tours.tour(source, [(AT, target), (AT, source)], name)
    return [name, source, target, end.outcome, end.said]


def attempts(maps):
    """Rows of attempts.csv: a move at each level with what DWARF can say."""
    for level in LEVELS:
        for source, target in permutations(ISAS, 2):
            first, second = (
                stackmap.from_plain(name, maps[level][name], level) for name in (source, target)
            )
            end = tours.tour(first, [(AT, second)])
            pair = {"level": level, "source": source, "target": target}
            yield pair | {"outcome": end.outcome, "said": end.said}


def costs():
    """Rows of costs.csv: what a move takes for stacks of different depths."""
    for source, target in permutations(ISAS, 2):
        thread = fresh(stackmap.stack_map(source))
        for points in DEPTHS:
            thread = run(thread, points)
            moved = move(thread, target)
            yield {
                "source": source,
                "target": target,
                "frames": len(moved.old),
                "values": len(moved.steps),
                "bytes_before": thread.bytes,
                "bytes_after": moved.state.bytes,
                "microseconds": round(1e6 * min(seconds(thread, target) for _ in range(25))),
            }


def seconds(thread, target):
    """How long one move takes."""
    began = perf_counter()
    move(thread, target)
    return perf_counter() - began


# ---- files --------------------------------------------------------------------------------------


def write_json(name, plain):
    """JSON that is small, a line for each entry."""
    lines = ",\n".join(f"{json.dumps(key)}: {_lines(value)}" for key, value in plain.items())
    (HERE / name).write_text("{\n" + lines + "\n}\n", encoding="utf-8")


def _lines(value):
    if isinstance(value, list) and value and isinstance(value[0], list | dict):
        return "[\n" + ",\n".join(map(json.dumps, value)) + "\n]"
    return json.dumps(value)


def write_csv(name, table):
    """A table with its heads."""
    table = list(table)
    with open(HERE / name, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, table[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


if __name__ == "__main__":
    main()
