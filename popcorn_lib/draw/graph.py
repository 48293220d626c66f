"""The machine as a graph: kernels with their ISA and cores, links with their latency.

Every ISA has a shape of its own.  Messages on their way are written on their link, each with a tip
that points where it goes.
"""

from math import atan2, degrees

from popcorn_lib.draw import palette, svg
from popcorn_lib.draw.lanes import short_name
from popcorn_lib.draw.layout import HIGH, WIDE, Layout
from popcorn_lib.draw.picture import Picture
from popcorn_lib.draw.story import duration
from popcorn_lib.draw.words import counted, listed

LINE = 15  # between messages on one link
SHAPES = {  # ISA -> how far its corners are cut; the sign is negative for round corners
    "x86-64": -8,
    "aarch64": 14,
    "phi": -31,
}


def machine_graph(machine, messages=(), title=None):
    """The machine as a picture.

    messages: rows of a trace (`trace.messages`) to show on their way.
    """
    layout = Layout(machine)
    marks = messages_on(layout, messages)
    title = title or f"A machine of {counted(len(machine.kernels), 'kernel')}"
    return Picture(
        layout.width,
        layout.height,
        draw_machine(layout) + marks,
        title,
        lambda: describe(machine, messages),
    )


def describe(machine, messages=()):
    """The machine in words: every kernel, every link, every message on its way."""
    graph = machine.graph
    kernels = [f"{name} ({_kind(graph.nodes[name])})" for name in machine.kernels]
    links = [f"{a} to {b} {_latency(link)}" for a, b, link in graph.edges(data=True)]
    flying = [f"{m.kind} from {m.source} to {m.destination}" for m in messages]
    return (
        f"Kernels: {listed(kernels)}. Links: {listed(links) or 'none'}. "
        f"Messages on their way: {listed(flying) or 'none'}."
    )


def draw_machine(layout):
    """Links below, kernels above; each kernel has an empty line for its threads."""
    graph, latencies = layout.machine.graph, set()
    lines, labels = [], []
    for a, b, link in graph.edges(data=True):
        (x1, y1), (x2, y2) = layout.at[a], layout.at[b]
        lines.append(f'<path class="link" d="M{x1:g} {y1:g}L{x2:g} {y2:g}"/>')
        latencies.add(_latency(link))
        x, y = layout.middle(a, b)
        labels.append(svg.text(f"{x:.1f}", f"{y + 4:.1f}", _latency(link), "quiet mid halo gap"))
    if len(labels) > 3 and len(latencies) == 1:  # the same word on every line helps nobody
        word = f"every link: {latencies.pop()}"
        labels = [svg.text(layout.width / 2, layout.height - 8, word, "quiet mid")]
    ground = f'<rect class="sheet" width="{layout.width:g}" height="{layout.height:g}"/>'
    nodes = (_node(layout, number, name) for number, name in enumerate(layout.machine.kernels))
    return "".join([ground, *lines, *labels, *nodes])


def messages_on(layout, messages, extra=""):
    """Every message as a mark on its link, those that are there together one below the other."""
    taken, marks = {}, []
    for message in messages:
        link = layout.last_hop(message.source, message.destination)
        lines = taken.setdefault(frozenset(link), [])
        free = (n for n, end in enumerate(lines) if end is not None and end <= message.sent_by)
        slot = next(free, len(lines))
        lines[slot : slot + 1] = [message.handled_by]
        marks.append(_message(layout, message, link, slot, extra))
    return "".join(marks)


def _message(layout, message, link, slot, extra):
    """A message on its link: its name, and a tip that points where it goes."""
    x, y = layout.middle(*link)
    y += (slot + 1) // 2 * (LINE if slot % 2 else -LINE)
    (x1, y1), (x2, y2) = (layout.at[name] for name in link)
    turn = degrees(atan2(y2 - y1, x2 - x1))
    name = short_name(message.kind)
    half = 3.7 * len(name)
    left = x2 < x1 - 1  # the tip stands at the end to which the message goes
    tip = x - half - 6 if left else x + half + 6
    kind = palette.mechanism_class(message.mechanism)
    return (
        f'<g class="m {kind}{extra}" data-i="{message.index}">'
        f'<rect class="chip" x="{x - half - 14:.1f}" y="{y - 7.5:.1f}" width="{2 * half + 28:.1f}" '
        f'height="15" rx="7.5"/><path class="tip" transform="translate({tip:.1f} {y:.1f}) '
        f'rotate({turn:.0f})" d="M5 0l-8-4v8z"/><text class="chipped mid" '
        f'x="{x + (5 if left else -5):.1f}" y="{y + 3.5:.1f}">{svg.escape(name)}</text></g>'
    )


def _node(layout, number, name):
    x, y = layout.at[name]
    node = layout.machine.graph.nodes[name]
    shape = outline(node.get("isa", ""))
    return (
        f'<g class="k {palette.kernel_class(number)}" transform="translate({x:g} {y:g})">'
        f'<path class="node" d="{shape}"/>{svg.text(0, -11, name, "name mid")}'
        f'{svg.text(0, 5, _kind(node), "quiet mid")}<text class="threads mid" y="21"></text></g>'
    )


def standing(runs, waits):
    """The threads of a kernel in few words, by name while they fit into its node."""
    words = ", ".join(
        f"{word} {' '.join(names)}" for word, names in (("runs", runs), ("waits", waits)) if names
    )
    return words if len(words) <= 22 else f"{len(runs)} run, {len(waits)} wait"


def outline(isa):
    """The path of a node of this ISA; one that we have no shape for gets a notched side."""
    cut = SHAPES.get(isa)
    x, y = WIDE / 2, HIGH / 2
    if cut is None:
        return f"M{-x:g}{-y:g}H{x:g}V{y:g}H{-x:g}l8-{y:g}z"
    size, arc = abs(cut), f"a{abs(cut)} {abs(cut)} 0 0 1 " if cut < 0 else "l"
    return (
        f"M{size - x:g}{-y:g}H{x - size:g}{arc}{size} {size}V{y - size:g}{arc}{-size} {size}"
        f"H{size - x:g}{arc}{-size} {-size}V{size - y:g}{arc}{size} {-size}z"
    )


def _kind(node):
    return f"{node.get('isa', 'unknown')}, {counted(node.get('cores', 1), 'core')}"


def _latency(link):
    return duration(link.get("latency_s", 0))
