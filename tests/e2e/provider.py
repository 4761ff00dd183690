"""A small OpenID Connect provider: keys that are published, tokens signed with them, and people
who say yes at once."""
import base64
import hashlib
import json
import secrets
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

ISSUER, AUDIENCE = "https://id.example/realms/coalition", "vigie"


class Provider:
    """It signs with `key`; `rotate()` has it sign with another and publish that alone. Its own
    address is the issuer where `is_issuer`; tokens last `lasts_s`, and codes are good once."""

    def __init__(self, is_issuer=False):
        self.asked, self.up, self.lasts_s, self.renewed, self.codes = 0, True, 3600, 0, {}
        self.rotate(RSAKey.generate_key(2048, {"kid": "first", "use": "sig"}))
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                path, _, query = self.path.partition("?")
                if path == "/authorize":
                    self.send_response(302)
                    self.send_header("Location", provider.authorize(dict(urllib.parse.parse_qsl(query))))
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                elif path == "/.well-known/openid-configuration":
                    self.say(200, {"issuer": provider.issuer, "jwks_uri": provider.url,
                                   "authorization_endpoint": provider.base + "/authorize",
                                   "token_endpoint": provider.base + "/token"})
                else:
                    provider.asked += 1
                    self.say(200 if provider.up else 503, {"keys": [provider.key.as_dict(private=False)]})

            def do_POST(self):
                sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self.say(*provider.redeem(dict(urllib.parse.parse_qsl(sent))))

            def say(self, status, doc):
                body = json.dumps(doc).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Access-Control-Allow-Origin", "*")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.url = self.base + "/certs"
        self.issuer = self.base if is_issuer else ISSUER
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def authorize(self, asked):
        """Where the browser goes next: amal has said yes."""
        assert (asked["response_type"], asked["client_id"], asked["code_challenge_method"]) == ("code", AUDIENCE, "S256")
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        return asked["redirect_uri"] + "?" + urllib.parse.urlencode({"code": code, "state": asked["state"]})

    def redeem(self, sent):
        """(status, document) of the token endpoint."""
        asked = self.codes.pop(sent.get("code") or sent.get("refresh_token"), None)
        if asked is None or sent["client_id"] != AUDIENCE:
            return 400, {"error": "invalid_grant"}
        if sent["grant_type"] == "refresh_token":
            self.renewed += 1
        else:
            hashed = hashlib.sha256(sent["code_verifier"].encode()).digest()
            proof = base64.urlsafe_b64encode(hashed).decode().rstrip("=")
            if (proof, sent["redirect_uri"]) != (asked["code_challenge"], asked["redirect_uri"]):
                return 400, {"error": "invalid_grant", "error_description": "no proof"}
        again = secrets.token_urlsafe()
        self.codes[again] = asked
        exp = int(time.time()) + self.lasts_s
        return 200, {"token_type": "Bearer", "expires_in": self.lasts_s, "refresh_token": again,
                     "access_token": self.token(aud=self.access_for, exp=exp),
                     "id_token": self.token(exp=exp, nonce=asked["nonce"])}

    access_for = AUDIENCE

    def rotate(self, key=None):
        self.key = key or ECKey.generate_key("P-256", {"kid": "second", "use": "sig"})
        self.alg = "RS256" if isinstance(self.key, RSAKey) else "ES256"

    def token(self, key=None, alg=None, **claims):
        """Of amal of MA, for an hour, but for what `claims` say."""
        key, now = key or self.key, int(time.time())
        claims = {"iss": self.issuer, "aud": AUDIENCE, "sub": "amal", "iat": now, "exp": now + 3600,
                  "vigie_viewer": "MA", "vigie_role": ["offline", "analyst"], **claims}
        alg = alg or self.alg
        return jwt.encode({"alg": alg, "kid": key.kid or self.key.kid}, claims, key, algorithms=[alg])

    def close(self):
        self.server.shutdown()
        self.server.server_close()
