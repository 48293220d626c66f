"""Do the explorers of names, of System V IPC and of connections show what they promise?"""

import pytest

from popcorn_lib import explorers
from popcorn_lib.draw.boards import BOARDS
from popcorn_lib.draw.controls import still
from popcorn_lib.draw.story import Story
from popcorn_lib.errors import Deadlock
from popcorn_lib.variants.defects import DEFECTS

BOARD = {"names": "namespaces", "ipc": "ipc", "sockets": "streams"}
MECHANISM = {"names": "namespaces", "ipc": "ipc", "sockets": "sockets"}


def value(explorer, **settings):
    return explorer.run(**settings).value


@pytest.mark.parametrize("name", BOARD)
def test_does_the_stepper_open_with_the_board_and_can_every_defect_be_chosen(name):
    explorer = getattr(explorers, name)()
    assert explorer.at(view="step by step").board == BOARD[name]
    known = {f"defect: {one.name}" for one in DEFECTS if one.mechanism == MECHANISM[name]}
    assert known and known <= set(explorer.choices["variant"])


# ---- names ---------------------------------------------------------------------------------------


def test_whom_does_the_first_process_of_a_namespace_take_along_and_who_is_renamed():
    explorer = explorers.names()
    ends = {new: value(explorer, new=new) for new in explorer.choices["new"]}
    assert ends == {
        "PID and host name": {"/proc": (4, 1), "host": ("box", "popcorn")},
        "PID": {"/proc": (4, 1), "host": ("box", "box")},
        "host name": {"/proc": (4, 3), "host": ("box", "popcorn")},
        "nothing": {"/proc": (4, 3), "host": ("box", "box")},
    }


@pytest.mark.parametrize("setting", ["tour", "children", "latency_us", "topology", "kernels"])
def test_does_no_place_and_no_latency_change_what_a_process_sees(setting):
    explorer = explorers.names()
    for choice in explorer.choices[setting]:
        children = len(choice.split()) if setting == "children" else 2
        seen = value(explorer, **{setting: choice})
        assert seen == {"/proc": (2 + children, 1), "host": ("box", "popcorn")}, choice


@pytest.mark.parametrize(
    ("variant", "seen"),
    [
        ("defect: namespaces stay behind", {"/proc": (4, 3), "host": ("box", "box")}),
        ("defect: init ends first", {"/proc": (4, 3), "host": ("box", "popcorn")}),
        ("defect: shadows are listed", {"/proc": (7, 1), "host": ("box", "popcorn")}),
    ],
)
def test_does_the_explorer_of_names_tell_each_defect(variant, seen):
    assert value(explorers.names(), variant=variant) == seen


# ---- System V IPC --------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "left"), [("queue", 0), ("semaphore", 1), ("segment", 3)])
@pytest.mark.parametrize("asks", ["main first", "all at once"])
def test_do_all_meet_at_one_object_whoever_asks_first(kind, left, asks):
    explorer = explorers.ipc(kind=kind, asks=asks, threads=3, kernels=3)
    for placement in explorer.choices["placement"]:
        run = explorer.run(placement=placement)
        assert run.value == {"objects": 1, "left": left} and run.residue() == {}


def test_do_two_kernels_that_ask_at_once_make_two_objects():
    explorer = explorers.ipc(variant="defect: two kernels create one key", threads=2, kernels=2)
    assert value(explorer, kind="segment") == {"objects": 1, "left": 2}
    assert value(explorer, kind="segment", asks="all at once") == {"objects": 2, "left": 1}
    for kind in ("queue", "semaphore"):
        assert value(explorer, kind=kind)["objects"] == 1
        with pytest.raises(Deadlock):
            explorer.run(kind=kind, asks="all at once")


def test_does_the_picture_of_objects_show_who_waits():
    for kind in ("queue", "semaphore"):
        shown = explorers.ipc(kind=kind).at(view="objects")
        assert "k0:4 on k0 (" in shown.description and "waiting" in shown.description


# ---- connections ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["stream", "datagrams"])
@pytest.mark.parametrize("setting", ["tour", "sender", "pieces", "rival", "latency_us"])
def test_does_a_thread_read_every_letter_wherever_it_goes(kind, setting):
    explorer = explorers.sockets(kind=kind)
    for choice in explorer.choices[setting]:
        pieces = choice if setting == "pieces" else 4
        seen = value(explorer, **{setting: choice})
        whole = bytes(range(ord("a"), ord("a") + pieces))
        if kind == "stream" or "packets" not in str(choice):
            assert seen == {"read": whole, "have the port": 1}, choice
        else:  # nobody makes good what happens to datagrams
            assert set(seen["read"]) <= set(whole)


def test_does_a_bad_wire_cost_a_stream_time_and_datagrams_letters():
    stream, datagrams = (explorers.sockets(kind=kind) for kind in ("stream", "datagrams"))
    lost = "outside, packets are lost"
    good, bad = (stream.run(sender=sender) for sender in ("outside", lost))
    assert good.value == bad.value and bad.seconds > good.seconds
    assert len(value(datagrams, sender=lost)["read"]) < 4
    assert len(value(datagrams, sender="outside, packets come twice")["read"]) > 4


@pytest.mark.parametrize("variant", ["hand-over", "delegated", "static"])
def test_what_does_each_way_of_sharing_sockets_keep(variant):
    explorer = explorers.sockets(variant=variant)
    assert value(explorer)["read"] == b"abcd"
    kept = b"a" if variant == "static" else b"abcd"
    assert value(explorer, kind="datagrams")["read"] == kept
    kinds = set(explorer.run().messages.kind)
    assert ("SOCKET_STATE" in kinds) == (variant == "hand-over")


def test_is_delegation_cheaper_for_a_few_letters_and_dearer_for_many():
    explorer = explorers.sockets(tour="k1", sender="k2")

    def messages(variant, pieces):
        return len(explorer.run(variant=variant, pieces=pieces).messages)

    for pieces, sign in ((4, 1), (12, -1)):
        assert (messages("hand-over", pieces) - messages("delegated", pieces)) * sign > 0


def test_does_the_explorer_of_connections_tell_each_defect():
    explorer = explorers.sockets()
    assert value(explorer, variant="defect: the queue does not travel")["read"] != b"abcd"
    with pytest.raises(Deadlock):
        explorer.run(variant="defect: late segments are dropped")
    twice = {"variant": "defect: ports per kernel", "rival": "k1"}
    assert value(explorer, **twice)["have the port"] == 2
    with pytest.raises(Deadlock):
        explorer.run(sender="k2", **twice)


def test_is_a_connection_shown_while_it_moves_with_bytes_in_its_queue():
    shown = explorers.sockets().at(view="connections")
    assert "held by k1 → k2, sent 0, acknowledged 0, unread 1" in shown.description
    assert "decides about it" in explorers.sockets().at(view="ports").description


def test_what_if_a_program_of_ones_own_wants_a_host_outside():
    explorer = explorers.sockets(program=waits, sender=["outside", "k0"])
    assert value(explorer) == b"a"
    with pytest.raises(Deadlock):
        explorer.run(sender="k0")


def waits(sys, sender):
    """Wait for a letter of the explorer's own host."""
    fd = yield sys.socket(2, 1)
    yield sys.bind(fd, ("0.0.0.0", 80))
    yield sys.listen(fd, 1)
    fd, _ = yield sys.accept(fd)
    return (yield sys.recv(fd, 1))


def test_is_a_socket_of_datagrams_on_its_way_no_connection():
    explorer = explorers.sockets(kind="datagrams", variant="static")
    story = Story(explorer.run().trace)
    assert any(message.kind == "SOCKET_STATE" for message in story.messages)
    assert not BOARDS["streams"].used(story)


# ---- titles --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "settings"), [("names", {}), ("ipc", {}), ("sockets", {"pieces": 12})]
)
def test_has_every_picture_that_draws_its_title_room_for_it(name, settings):
    explorer, seen = getattr(explorers, name)(**settings), 0
    for view in explorer.choices["view"]:
        picture = still(explorer.at(view=view))
        if getattr(picture, "draws_title", False):
            letter = 8.2 if "font-size:15px" in picture.svg else 7.5  # as Chromium has it
            assert picture.width > letter * len(picture.title), view
            seen += 1
    assert seen >= 2
