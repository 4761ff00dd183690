"""The link: a country that was cut off, connections that say nothing, a byte a second."""
import socket
import threading
import time

import pytest
from cluster import Cluster
from frame import HOUR_MS, undisturbed
from harness import await_that
from link import Way


@pytest.fixture(scope="module")
def far(tmp_path_factory):
    """(a broker, the way to it): who comes by the way is told to stay on it."""
    way = Way()
    one = Cluster(tmp_path_factory.mktemp("far") / "run", via={1: way.port})
    way.start(one.port[1])
    yield one, way
    one.close()
    way.close()


def over(way, **more):
    """Options of a vigie that comes by the way; the test itself goes straight."""
    return {"kafka.brokers": f"127.0.0.1:{way.port}", **more}


@pytest.mark.short
def test_an_hour_of_a_country_that_was_cut_off_is_counted_where_it_belongs(world):
    """Its sensors store and forward: the records come an hour late, by their own times too."""
    w = world()
    w.serve()
    whole = w.records()
    times = sorted(e["time"] for _, e, *_ in whole)
    cut, back = times[len(times) // 4], times[len(times) // 2]  # an hour of the four
    kept = [r for r in whole if r[0] == "MA" and cut <= r[1]["time"] < back]
    assert len(kept) > 50
    with w.fault("a country's link cut for an hour of event time, and back"):
        w.publish([r for r in whole if r not in kept])
        w.await_counted()
        before = w.account()["MA"]["counted"]
        w.publish([(p, e, stamp + HOUR_MS, n) for p, e, stamp, n in kept])
        w.await_counted()
        book = w.account()["MA"]
        assert book["counted"] + book.get("duplicate", 0) + book.get("relayed", 0) > before
    undisturbed(w)


@pytest.mark.parametrize("silent", ["stand", "drip"])
def test_brokers_that_no_longer_answer_are_left_and_found_again(world, far, silent):
    """Half-open: the peer is gone, and nobody says so. And: a byte a second, each way."""
    broker, way = far
    w = world(brokers=broker.brokers, options=over(way))
    vigie = w.serve()
    feed = w.feed(4, 0, 0.5)
    await_that(w.stored, "work to disturb")
    what = {"stand": "half-open connections to the brokers",
            "drip": "brokers at a byte a second"}[silent]
    with w.fault(what):
        getattr(way, silent)()
        feed.end()
        w.publish(w.records(0.5, 1))
        # Kafka is away: what is known is served, and not called complete.
        await_that(lambda: w.stored() < sum(w.ends().values()), "a lag")
        time.sleep(2)
        assert w.status("/livez") == 200 and vigie.alive()
        way.go_on()
    undisturbed(w)


def trickle(port, begun, ended, stop, headers):
    """A client that sends a byte a second, and keeps what it is answered."""
    with socket.create_connection(("127.0.0.1", port), 10) as s:
        s.settimeout(1)
        begun.set()
        for byte in headers:
            try:
                s.send(bytes([byte]))
                if s.recv(4096) == b"":
                    break
            except TimeoutError:
                pass
            except OSError:
                break
            if stop.is_set():
                return
        ended.append(time.monotonic())


@pytest.mark.short
def test_clients_at_a_byte_a_second_are_cut_and_hold_nobody_up(world):
    w = world()
    w.serve()
    feed, stop, ended = w.feed(6), threading.Event(), []
    request = b"GET /v1/alerts HTTP/1.1\r\nHost: x\r\nX-Slow: " + b"a" * 600
    with w.fault("40 HTTP clients that send a byte a second"):
        begun = [threading.Event() for _ in range(40)]
        clients = [threading.Thread(target=trickle, daemon=True,
                                    args=(w.http_port, b, ended, stop, request)) for b in begun]
        for client in clients:
            client.start()
        assert all(b.wait(30) for b in begun)
        # Whoever asks as one should has an answer at once.
        for _ in range(20):
            asked = time.monotonic()
            assert w.status("/v1/alerts", "MA") == 200
            assert time.monotonic() - asked < 5
        await_that(lambda: len(ended) == len(clients), "every one of them cut off", 120, 0.5)
        stop.set()
        feed.end()
    undisturbed(w)
