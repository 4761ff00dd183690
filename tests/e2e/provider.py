"""A small OpenID Connect provider: keys that are published, and tokens signed with them."""
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

ISSUER, AUDIENCE = "https://id.example/realms/coalition", "vigie"


class Provider:
    """It signs with `key`; `rotate()` has it sign with another and publish that alone."""

    def __init__(self):
        self.asked, self.up = 0, True
        self.rotate(RSAKey.generate_key(2048, {"kid": "first", "use": "sig"}))
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                provider.asked += 1
                body = json.dumps({"keys": [provider.key.as_dict(private=False)]}).encode()
                self.send_response(200 if provider.up else 503)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/certs"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def rotate(self, key=None):
        self.key = key or ECKey.generate_key("P-256", {"kid": "second", "use": "sig"})
        self.alg = "RS256" if isinstance(self.key, RSAKey) else "ES256"

    def token(self, key=None, alg=None, **claims):
        """Of amal of MA, for an hour, but for what `claims` say."""
        key, now = key or self.key, int(time.time())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "amal", "iat": now, "exp": now + 3600,
                  "vigie_viewer": "MA", "vigie_role": ["offline", "analyst"], **claims}
        alg = alg or self.alg
        return jwt.encode({"alg": alg, "kid": key.kid or self.key.kid}, claims, key, algorithms=[alg])

    def close(self):
        self.server.shutdown()
        self.server.server_close()
