"""Receivers for tests: each records what it got, and can misbehave."""
import socket
import ssl
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harness import Process, await_that, free_port


class Hook:
    """An HTTP receiver: `mode` is ok, fail, hang or cut (a 200 whose body breaks off)."""

    def __init__(self):
        self.mode, self.got, self.seen = "ok", [], 0
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.seen += 1
                mode = hook.mode
                if mode == "hang":
                    time.sleep(30)
                    return
                if mode == "ok":
                    hook.got.append((dict(self.headers), body))
                self.send_response(503 if mode == "fail" else 200)
                self.send_header("Content-Length", "100" if mode == "cut" else "0")
                self.end_headers()
                if mode == "cut":
                    self.wfile.write(b"{")
                    self.close_connection = True

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/hook"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Lines:
    """A TCP receiver of octet-counted syslog messages."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.data = b""
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            with peer:
                while part := peer.recv(65536):
                    self.data += part

    @property
    def port(self):
        return self.socket.getsockname()[1]

    def messages(self):
        rest, found = self.data, []
        while rest:
            size, _, rest = rest.partition(b" ")
            found.append(rest[:int(size)].decode())
            rest = rest[int(size):]
        return found

    def close(self):
        self.socket.close()


def certificate(folder):
    """A self-signed certificate for localhost: (certificate, key)."""
    pair = folder / "tls.crt", folder / "tls.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", pair[1], "-out", pair[0], "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    return pair


class Mail:
    """A real SMTP server that demands STARTTLS, then a login."""

    def __init__(self, folder):
        from aiosmtpd.controller import Controller
        from aiosmtpd.smtp import AuthResult
        self.certificate, key = certificate(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self.got = mails = []

        class Keep:
            async def handle_DATA(self, server, session, envelope):
                mails.append((session.ssl is not None, envelope))
                return "250 kept"

        self.port = free_port()
        self.controller = Controller(
            Keep(), hostname="localhost", port=self.port, tls_context=context, require_starttls=True,
            auth_required=True, authenticator=lambda s, e, se, m, data: AuthResult(
                success=(data.login, data.password) == (b"vigie", b"let me in")))
        self.controller.start()

    def close(self):
        self.controller.stop()


class Alertmanager:
    """Debian's Alertmanager."""

    def __init__(self, folder):
        self.port = free_port()
        config = folder / "alertmanager.yml"
        config.write_text("route: {receiver: none}\nreceivers: [{name: none}]\n")
        self.process = Process(
            ["prometheus-alertmanager", f"--config.file={config}", f"--storage.path={folder / 'am'}",
             f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address="], folder / "am.log")
        await_that(lambda: self.alerts() is not None, "alertmanager", 30)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def alerts(self):
        import json
        import urllib.request
        try:
            with urllib.request.urlopen(f"{self.url}/api/v2/alerts", timeout=5) as answer:
                return json.loads(answer.read())
        except OSError:
            return None

    def close(self):
        self.process.kill()
