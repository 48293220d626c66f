"""A violation as a pytest file: its program, its machine, its schedule and what must go wrong."""

import re
from textwrap import indent, wrap

import networkx

from popcorn_lib.errors import UsageError
from popcorn_lib.graphs import EDGE, NODE
from popcorn_lib.kernel import readable
from popcorn_lib.machine import MECHANISMS, Machine
from popcorn_lib.worlds.carried import Carried, quoted

HEAD = '''"""A schedule on which something goes wrong, found by `explore` and saved by `save_test`.

It is followed step by step; popcorn_lib.worlds.schedule says what the steps mean.  When the fault
is repaired, set MUST_BE_CLEAN: then the schedule is followed as far as that is possible, and
nothing may be wrong on the way.
"""
'''
COMMENT = 56  # letters of what a step is about
OWN = ("MUST_BE_CLEAN", "MACHINE", "GRAPH", "ARGS", "INVARIANTS", "KIND", "GIST", "SCHEDULE")
TEST = """
def {name}():
    found = follow({call})
    if MUST_BE_CLEAN:
        assert found is None, found
    else:
        assert found is not None, "nothing goes wrong any more: set MUST_BE_CLEAN"
        assert (found.kind, found.gist) == (KIND, GIST)
"""


def written(violation, setting, name=None):
    """The text of the file.  Raises UsageError if something in it cannot be written down."""
    name = test_name(name, violation, setting)
    carried = Carried((*OWN, name, "follow"))
    carried.name(Machine)
    carried.imports.add("from popcorn_lib.worlds.schedule import follow")
    main = carried.name(setting.main)
    machine = machine_lines(carried, setting.machine)
    args = carried.value(setting.args, "args")
    call = f"{main}, MACHINE, SCHEDULE, ARGS"
    if setting.start != setting.machine.kernels[0]:
        call += f", start={quoted(setting.start)}"
    lines = ["MUST_BE_CLEAN = False", *machine, f"ARGS = {args}"]
    if setting.invariants:
        invariants = carried.value(list(setting.invariants), "invariants")
        lines.append(f"INVARIANTS = {invariants}")
        call += ", invariants=INVARIANTS"
    lines += [f"KIND = {quoted(violation.kind)}", f"GIST = {long_text(violation.gist)}"]
    lines += ["SCHEDULE = [", *schedule_lines(violation), "]"]
    test = TEST.format(name=name, call=f"{call}, as_far=MUST_BE_CLEAN")
    text = "\n".join([HEAD, *carried.head(), "", *lines, "", test])
    return checked(text)


def test_name(name, violation, setting):
    """A name that pytest collects."""
    said = name or f"{getattr(setting.main, '__name__', 'program')}_{violation.kind}"
    plain = re.sub(r"\W+", "_", said).strip("_")
    return plain if plain.startswith("test_") else f"test_{plain}"


def schedule_lines(violation):
    """A line per step, with what happens in it; event 0 of the trace is the boot."""
    for step, event in zip(violation.schedule, violation.trace.events[1:], strict=True):
        said = event.name if event.cause in ("message", "timer", "fault") else event.text
        words = "" if said in step else f"  # {' '.join(readable(said).split())}"
        yield f"    ({', '.join(map(quoted, step))}),{words[:COMMENT]}"


def long_text(text):
    """A literal of a text on as many lines as it takes."""
    lines = wrap(text, 84, drop_whitespace=False, replace_whitespace=False, expand_tabs=False) or [
        ""
    ]
    if len(lines) == 1:
        return quoted(text)
    return "(\n" + indent("\n".join(map(quoted, lines)), "    ") + "\n)"


def checked(text):
    """The text, if Python can read it."""
    try:
        compile(text, "saved test", "exec")
    except SyntaxError as error:
        raise UsageError(f"the program cannot stand in a file of its own: {error}") from error
    return text


# ---- the machine --------------------------------------------------------------------------------


def machine_lines(carried, machine):
    """The lines that make the machine."""
    lines = graph_lines(carried, machine)
    own = [kind.name for kind in MECHANISMS]
    for kind in machine.mechanisms:
        if kind not in MECHANISMS:
            name = carried.name(kind)
            how = f"replace({kind.name}={name})" if kind.name in own else f"with_mechanism({name})"
            lines.append(f"MACHINE = MACHINE.{how}")
    return lines


def graph_lines(carried, machine):
    """The kernels and links, in one line if they are of the usual kind."""
    graph, size = machine.graph, f"page_size={machine.page_size}"
    cores = graph.nodes[machine.kernels[0]]["cores"]
    usual = Machine.multikernel(len(graph), cores=cores).graph
    if list(usual) == list(graph) and networkx.utils.graphs_equal(usual, graph):
        more = f"cores={cores}, " if cores > 1 else ""
        return [f"MACHINE = Machine.multikernel({len(graph)}, {more}{size})"]
    carried.name(networkx)
    nodes = [f"    ({name!r}, {unusual(node, NODE)})," for name, node in graph.nodes.items()]
    edges = [f"    ({a!r}, {b!r}, {unusual(edge, EDGE)})," for (a, b), edge in graph.edges.items()]
    lines = ["GRAPH = networkx.Graph()", "GRAPH.add_nodes_from([", *nodes, "])"]
    lines += ["GRAPH.add_edges_from([", *edges, "])"]
    return [*lines, f"MACHINE = Machine.from_graph(GRAPH, {size})"]


def unusual(given, usual):
    """The attributes that are not as `Machine` gives them."""
    return {key: value for key, value in given.items() if usual.get(key) != value}
