"""A TCP proxy before Redis that can cut, delay, or point somewhere else."""
import socket
import threading
import time

from harness import free_port


class Proxy:
    """Forwards connections to `target`, a port; what it does to them may change while it runs.

    cut(marker, when, byte): the next request that holds `marker` is not forwarded ("before"), is
    forwarded and its answer kept back ("after"), or is cut behind its first `byte` bytes
    ("request") or its answer's ("answer"). Each ends the connection on both sides.
    """

    def __init__(self, target):
        self.target, self.port, self.delay = target, free_port(), 0.0
        self.mute = False  # answers are thrown away
        self.plan, self.done, self.lock, self.pairs = None, 0, threading.Lock(), []
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.ending = False
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def cut(self, marker, when, byte=0):
        with self.lock:
            self.plan = (marker, when, byte)

    def idle(self):
        """True when what cut() planned has happened."""
        with self.lock:
            return self.plan is None

    def aim(self, target):
        """New connections go there; those that stand are ended."""
        self.target = target
        self.drop()

    def drop(self):
        with self.lock:
            pairs, self.pairs = self.pairs, []
        for pair in pairs:
            end(*pair)

    def close(self):
        self.ending = True
        self.listener.close()
        self.drop()

    def accept(self):
        while not self.ending:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target), 5)
            except OSError:
                client.close()
                continue
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                one.settimeout(None)
            link = {"answer": None}
            with self.lock:
                self.pairs.append((client, server))
            for pump in (self.requests, self.answers):
                threading.Thread(target=pump, args=(client, server, link), daemon=True).start()

    def planned(self, data):
        """What is to be done to this request, once."""
        with self.lock:
            if self.plan is None or self.plan[0] not in data:
                return None
            plan, self.plan = self.plan, None
            self.done += 1
            return plan

    def requests(self, client, server, link):
        try:
            while data := client.recv(1 << 20):
                plan = self.planned(data)
                if plan and plan[1] == "before":
                    break
                if plan and plan[1] == "request":
                    server.sendall(data[:plan[2]])
                    break
                if plan:
                    link["answer"] = plan[2] if plan[1] == "answer" else 0
                server.sendall(data)
        except OSError:
            pass
        end(client, server)

    def answers(self, client, server, link):
        try:
            while data := server.recv(1 << 20):
                if self.delay:
                    time.sleep(self.delay)
                if self.mute:
                    continue
                if link["answer"] is not None:
                    client.sendall(data[:link["answer"]])
                    break
                client.sendall(data)
        except OSError:
            pass
        end(client, server)


def end(*sockets):
    for one in sockets:
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        one.close()
