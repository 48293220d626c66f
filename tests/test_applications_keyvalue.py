"""A key-value server: are its answers right, on every machine, whoever moves or hangs up?"""

import random
from collections import Counter
from itertools import permutations

import pytest
from application_programs import EVERYWHERE, LIKE, ran

from popcorn_lib import Faults, Machine, explore
from popcorn_lib.applications import keyvalue, keyvalue_table
from popcorn_lib.applications.keyvalue_clients import (
    Seen,
    answers,
    client,
    connected,
    linearizable,
    load,
)
from popcorn_lib.applications.keyvalue_table import change, get_locked, get_versioned, make_table
from popcorn_lib.applications.traffic import Counting
from popcorn_lib.errors import UsageError

HOST = "10.0.0.9"
BOTH = pytest.mark.parametrize("get", [get_locked, get_versioned])


def served(machine, loads, seed=0, **options):
    """What comes of a server with a worker for each load, spread over the kernels, clients too."""
    places = [machine.kernels[number % len(machine.kernels)] for number in range(len(loads))]
    clients = tuple(zip(reversed(places), loads, strict=True))
    return ran(keyvalue.main, machine, places, clients, seed=seed, **options)


def together(value):
    return [one for seen in value.seen for one in seen]


# ---- the key-value server: one client -----------------------------------------------------------


def of_a_dict(requests):
    """What a server would say that is a dict; and its contents in the end."""
    kept, answers = {}, []
    for request in requests:
        match request.split(b" ", 2):
            case [b"SET", key, value]:
                kept[key] = value
                answers.append(b"OK")
            case [b"GET", key]:
                answers.append(b"VALUE " + kept[key] if key in kept else b"NONE")
            case [_, key]:
                answers.append(b"NONE" if kept.pop(key, None) is None else b"OK")
    return answers, tuple(sorted(kept.items()))


@EVERYWHERE
@BOTH
def test_is_it_a_dict_for_one_client_at_a_time(machine, get):
    requests = load(5, 60, keys=9, reads=0.5, deletes=0.2)
    value = served(machine, [requests], get=get, buckets=3)
    assert ([one.answer for one in together(value)], value.contents) == of_a_dict(requests)


@pytest.mark.parametrize("seed", range(6))
def test_is_it_a_dict_if_the_worker_moves_with_its_connection(seed):
    machine, requests = LIKE["4 kernels"], load(seed, 40, keys=5, reads=0.4, deletes=0.2)
    counting = Counting(machine)
    value = served(counting, [requests], seed, route=("k0", "k2", "k2", "k1"), stay=seed + 1)
    assert ([one.answer for one in together(value)], value.contents) == of_a_dict(requests)
    assert any("MIGRAT" in kind for kind, _ in counting.counted), "the worker never moved"


# ---- many clients -------------------------------------------------------------------------------


@EVERYWHERE
@BOTH
def test_does_it_look_to_many_clients_as_if_it_had_one_worker(machine, get):
    loads = [load(number, 40, keys=4, reads=0.6, deletes=0.1) for number in range(5)]
    value = served(machine, loads, get=get, buckets=2)
    assert linearizable(together(value)) is None
    assert sum(value.requests) == 200


@pytest.mark.parametrize("seed", range(1, 9))
def test_does_it_on_other_schedules_and_with_workers_that_move(seed):
    loads = [load(10 * seed + n, 25, keys=3, reads=0.5, deletes=0.1) for n in range(4)]
    route = ("k0", "k1", "k2", "k3") if seed % 2 else ()
    value = served(LIKE["4 kernels"], loads, seed, route=route, stay=seed)
    assert linearizable(together(value)) is None


def test_are_fewer_clients_than_workers_and_more_of_them_served_too():
    for workers, clients in ((3, 1), (1, 4), (2, 5)):
        loads = [("k1", load(number, 9)) for number in range(clients)]
        value = ran(keyvalue.main, LIKE["2 kernels"], ["k0", "k1", "k0"][:workers], loads)
        assert sum(value.requests) == 9 * clients and len(value.seen) == clients


def test_do_pages_stay_where_they_are_read_if_a_reader_writes_nothing():
    pages = {}
    for get in (get_locked, get_versioned):
        counting = Counting(LIKE["4 kernels"])
        served(counting, [load(number, 80, keys=8, reads=1) for number in range(4)], get=get)
        pages[get] = counting.traffic[1]
    assert pages[get_versioned] < pages[get_locked] / 2


def test_what_if_no_worker_waits_for_another(monkeypatch):
    def no_mutex(sys, word):
        return iter(())

    monkeypatch.setattr(keyvalue_table, "mutex_lock", no_mutex)
    monkeypatch.setattr(keyvalue_table, "mutex_unlock", no_mutex)

    def is_wrong(seed):
        loads = [load(10 * seed + n, 40, keys=4, reads=0.3) for n in range(4)]
        try:
            value = served(LIKE["4 kernels"], loads, seed, get=get_locked, buckets=1)
        except Exception:  # half an entry cannot be taken apart
            return True
        return linearizable(together(value)) is not None

    assert any(is_wrong(seed) for seed in range(4))


# ---- every order, in a small table --------------------------------------------------------------


def reads_while_it_changes(sys, get):
    """A thread on another kernel gets a key that is changed meanwhile from a short value to ab."""
    table = yield from make_table(sys, 1, 64)
    yield from change(sys, table, b"k", b"1")
    thread = yield sys.clone(get, table, b"k", on="k1")
    yield from change(sys, table, b"k", b"ab")
    return (yield sys.join(thread))


@BOTH
def test_does_a_reader_get_what_was_there_before_or_after_in_every_order(get):
    found = explore(reads_while_it_changes, Machine.multikernel(2, page_size=64), (get,))
    assert found.complete and {value for value, _ in found.outcomes} == {b"1", b"ab"}


def test_what_if_a_reader_does_not_look_at_the_version_again():
    def get_once(sys, table, key):
        bucket = table.bucket(key)
        return (yield from keyvalue_table.read(sys, bucket))

    machine = Machine.multikernel(2, page_size=64)
    values = {value for value, _ in explore(reads_while_it_changes, machine, (get_once,)).outcomes}
    assert values > {b"k 1\n", b"k ab\n"} and b"k ab" in values, "torn: the old length, new bytes"


# ---- the outside, and clients that behave badly -------------------------------------------------


@pytest.mark.parametrize("wire", [None, Faults(drop=4, duplicate=3, delay=3)])
def test_are_hosts_outside_served_like_threads_within(wire):
    def host(sys):
        asked = load(3, 30, keys=5, reads=0.5, deletes=0.1)
        seen = yield from client(sys, asked)
        assert [one.answer for one in seen] == of_a_dict(asked)[0]

    machine = LIKE["2 kernels"]
    value = ran(keyvalue.main, machine, ["k1"], hosts={HOST: host}, wire=wire, outside=1)
    assert value.requests == (30,)
    assert value.contents == of_a_dict(load(3, 30, keys=5, reads=0.5, deletes=0.1))[1]


def from_outside(says, connections=1, machine=LIKE["2 kernels"]):
    """The table after a host has done what it wants, with workers on both kernels."""
    places = list(machine.kernels)
    return ran(keyvalue.main, machine, places, hosts={HOST: says}, outside=connections)


MALFORMED = (b"", b" ", b"GET", b"GET ", b"GET a b", b"GET a ", b"SET a", b"SET a ", b"SET  b c")
MALFORMED += (b"get a", b"DEL", b"DEL a b", b"\xff\x00", b" GET a", b"SETa b c", b"GET\ta", b"\r")


def test_does_a_malformed_request_get_an_error_and_the_next_its_answer():
    def host(sys):
        fd = yield from connected(sys)
        for line in MALFORMED:
            yield sys.send(fd, line + b"\nSET key " + line.hex().encode() + b"!\n")
            error, well = (yield from answers(sys, fd, 2)).split(b"\n")
            assert error.startswith(b"ERROR not ") and well == b"OK", line
        yield sys.close(fd)

    value = from_outside(host)
    assert value.contents == ((b"key", MALFORMED[-1].hex().encode() + b"!"),)


@pytest.mark.parametrize("length", [keyvalue.LINE, 5 * keyvalue.PIECE, 100_000])
def test_does_a_long_line_get_an_error_and_the_longest_that_may_be_its_answer(length):
    def host(sys):
        fd = yield from connected(sys)
        yield sys.send(fd, b"SET a " + bytes(length - 6).replace(b"\0", b"x") + b"\nGET a\n")
        assert (yield from answers(sys, fd, 2)) == b"ERROR longer than 1000 bytes\nNONE"
        yield sys.send(fd, b"SET a ".ljust(keyvalue.LINE - 1, b"y") + b"\n")
        assert (yield from answers(sys, fd)) == b"OK"
        yield sys.close(fd)

    [(key, value)] = from_outside(host).contents
    assert (key, len(value)) == (b"a", keyvalue.LINE - 1 - 6)


def test_does_it_matter_in_which_pieces_a_request_comes():
    text = b"SET a 1\nSET b two words\nGET a\nGET b\nDEL a\nGET a\n"
    said = b"OK\nOK\nVALUE 1\nVALUE two words\nOK\nNONE"

    def host(sys):
        for seed in range(5):
            rng = random.Random(seed)
            cuts = sorted(rng.sample(range(1, len(text)), seed * 2))
            fd = yield from connected(sys)
            for begin, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
                yield sys.send(fd, text[begin:end])
                yield sys.nanosleep(rng.choice([0, 1e-4]))
            assert (yield from answers(sys, fd, 6)) == said
            yield sys.close(fd)

    assert from_outside(host, 5).contents == ((b"b", b"two words"),)


def test_what_if_a_client_hangs_up_in_the_middle():
    """Its whole lines are done, its half one is not, and whoever comes next is served."""

    def host(sys):
        for number in range(6):
            fd = yield from connected(sys)
            yield sys.send(fd, b"SET whole%d done\nSET half%d no" % (number, number))
            if number % 2:
                yield from answers(sys, fd)
            yield sys.close(fd)
        seen = yield from client(sys, [b"GET whole5", b"GET half5"])
        assert [one.answer for one in seen] == [b"VALUE done", b"NONE"]

    names = [b"whole%d" % number for number in range(6)]
    assert from_outside(host, 7).contents == tuple((name, b"done") for name in names)


def test_what_if_a_client_does_not_wait_for_its_answers():
    def host(sys):
        hasty = yield from connected(sys)
        patient = yield from connected(sys)
        yield sys.send(hasty, b"".join(b"SET key%d v\n" % number for number in range(50)))
        yield sys.close(hasty)
        answer = b"NONE"
        while answer == b"NONE":
            yield sys.send(patient, b"GET key49\n")
            answer = yield from answers(sys, patient)
        yield sys.close(patient)

    assert len(from_outside(host, 2).contents) == 50


def test_what_if_there_is_no_room():
    def host(sys):
        fd = yield from connected(sys)
        said = []
        for number in range(8):
            yield sys.send(fd, b"SET key%d %b\n" % (number, b"v" * 900))
            said.append((yield from answers(sys, fd)))
        assert said == [b"OK"] * 4 + [b"ERROR no room"] * 4
        yield sys.send(fd, b"SET key0 small\nSET key7 now\nGET key3\n")
        assert (yield from answers(sys, fd, 3)) == b"OK\nOK\nVALUE " + b"v" * 900
        yield sys.close(fd)

    value = ran(keyvalue.main, LIKE["1 kernels"], ["k0"], hosts={HOST: host}, outside=1, buckets=1)
    assert [key for key, _ in value.contents] == [b"key0", b"key1", b"key2", b"key3", b"key7"]


# ---- the judge, and the load --------------------------------------------------------------------


def seen(text):
    """Each line: when asked, when heard, request = answer."""
    found = []
    for line in text.strip().splitlines():
        asked, heard, said = line.split(maxsplit=2)
        request, answer = said.encode().split(b" = ")
        found.append(Seen(request, answer, float(asked), float(heard)))
    return found


def test_does_the_judge_refuse_a_value_that_is_old():
    text = "0 1 SET a 1 = OK\n2 3 SET a 2 = OK\n4 5 GET a = VALUE {}"
    assert linearizable(seen(text.format(2))) is None
    assert linearizable(seen(text.format(1))) == b"a"


def test_does_the_judge_refuse_that_two_readers_see_two_orders():
    writes = "0 9 SET a 1 = OK\n0 9 SET a 2 = OK\n"
    one = "1 2 GET a = VALUE 1\n3 4 GET a = VALUE 2\n"
    assert linearizable(seen(writes + one)) is None
    assert linearizable(seen(writes + one + "5 6 GET a = VALUE 1")) == b"a"


def by_brute_force(history):
    """Whether any order of all requests, none before one that ended earlier, gives the answers."""
    for order in permutations(history):
        in_time = all(
            not later.heard < earlier.asked
            for place, earlier in enumerate(order)
            for later in order[place + 1 :]
        )
        requests, said = [one.request for one in order], [one.answer for one in order]
        if in_time and of_a_dict(requests)[0] == said:
            return True
    return False


def test_does_the_judge_say_what_trying_all_orders_says():
    rng, verdicts = random.Random(1), Counter()
    for _ in range(400):
        history = []
        for _ in range(rng.randint(1, 5)):
            request = rng.choice([b"SET a 1", b"SET a 2", b"GET a", b"DEL a"])
            said = {83: [b"OK"], 71: [b"NONE", b"VALUE 1", b"VALUE 2"], 68: [b"OK", b"NONE"]}
            asked = rng.randint(0, 6)
            answer = rng.choice(said[request[0]])
            history.append(Seen(request, answer, asked, asked + rng.randint(1, 4)))
        verdict = linearizable(history) is None
        assert verdict == by_brute_force(history), history
        verdicts[verdict] += 1
    assert min(verdicts.values()) > 50


def test_is_a_load_what_was_asked_for():
    requests = load(1, 4000, keys=10, reads=0.7, deletes=0.1, skew=1)
    assert requests == load(1, 4000, keys=10, reads=0.7, deletes=0.1, skew=1)
    verbs = Counter(request[:3] for request in requests)
    assert abs(verbs[b"GET"] / 4000 - 0.7) < 0.03 and abs(verbs[b"DEL"] / 4000 - 0.1) < 0.02
    keys = Counter(request.split()[1] for request in requests)
    assert 1.7 < keys[b"key0"] / keys[b"key1"] < 2.3
    sets = [request.split(b" ", 2)[2] for request in requests if request[:1] == b"S"]
    assert len(set(sets)) == len(sets)


# ---- wrong use ----------------------------------------------------------------------------------


def test_what_if_a_table_or_a_load_is_wrong():
    for buckets, size in ((0, 64), (1, 24), (1, 63)):
        with pytest.raises(UsageError, match=f"{buckets}, {size}"):
            ran(make_table, LIKE["1 kernels"], buckets, size)
    with pytest.raises(UsageError, match=r"0\.9, 0\.2"):
        load(1, 10, reads=0.9, deletes=0.2)
