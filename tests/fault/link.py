"""A way through which TCP connections go, that can be cut, stopped without a word, and slowed."""
import selectors
import socket
import threading
import time

PIECE = 65536


class Way:
    """127.0.0.1:port, to another port. It passes; stands (half-open: what is sent is taken, and
    nothing comes, of the connections that there are and of new ones); or drips, a byte a second
    each way. reset() ends every connection."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.to, self.mode, self.taken = None, "pass", 0
        self.pairs, self.dead, self.lock = [], [], threading.Lock()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def start(self, to):
        self.to = to
        self.thread.start()
        return self

    def stand(self):
        """From here on nothing comes through; those that there are now stay dead for ever."""
        with self.lock:
            self.mode = "stand"
            self.dead += self.pairs
            self.pairs = []

    def drip(self):
        with self.lock:
            self.mode = "drip"

    def go_on(self):
        """New connections pass, and those that only dripped."""
        with self.lock:
            self.mode = "pass"

    def reset(self):
        with self.lock:
            pairs, self.pairs, self.dead = self.pairs + self.dead, [], []
        for pair in pairs:
            for end in pair:
                end.close()

    def accept(self):
        try:
            near, _ = self.listener.accept()
        except OSError:
            return
        self.taken += 1
        with self.lock:
            if self.mode == "stand":
                self.dead.append((near,))
                return
        try:
            far = socket.create_connection(("127.0.0.1", self.to), 10)
        except OSError:
            near.close()
            return
        with self.lock:
            self.pairs.append((near, far))

    def pass_on(self, pair, piece):
        """What has come at either end; False once it is over."""
        for here, there in (pair, pair[::-1]):
            here.settimeout(0)
            try:
                data = here.recv(piece)
                if not data:
                    return False
                there.settimeout(10)
                there.sendall(data)
            except BlockingIOError:
                continue
            except OSError:
                return False
        return True

    def run(self):
        dripped = 0.0
        while not self.over.is_set():
            with selectors.DefaultSelector() as ready:
                with self.lock:
                    pairs, mode = list(self.pairs), self.mode
                ready.register(self.listener, selectors.EVENT_READ)
                if mode == "pass":
                    for end in (end for pair in pairs for end in pair):
                        ready.register(end, selectors.EVENT_READ)
                found = {key.fileobj for key, _ in ready.select(0.05)}
            if self.listener in found:
                self.accept()
            slow = mode == "drip" and time.monotonic() - dripped >= 1
            for pair in pairs if slow else [p for p in pairs if found & set(p)]:
                if not self.pass_on(pair, 1 if mode == "drip" else PIECE):
                    self.end(pair)
            if slow:
                dripped = time.monotonic()

    def end(self, pair):
        with self.lock:
            if pair in self.pairs:
                self.pairs.remove(pair)
        for end in pair:
            end.close()

    def close(self):
        self.over.set()
        self.thread.join()
        self.reset()
        self.listener.close()
