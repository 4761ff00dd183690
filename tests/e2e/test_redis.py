"""Redis as it must be run: rights for what vigie does and no more, a socket, a copy that counts."""
import random
import re
import shutil
import subprocess
import time

import pytest
import redis as redis_client
from campaigns import ACTOR_RULE, INDICATOR_RULE
from events import assert_equal_counts, make_event, many
from harness import TOP, VIGIE, Process, await_that, free_port

REDIS = TOP / "docker" / "redis"
# Words of the sources that are names of Redis commands and mean something else there.
OTHERS = {"auth", "config", "role", "readonly"}
PASSWORD, BACKUP = "correct horse", "battery staple"


def commands():
    return {word.split("|")[0] for word in (REDIS / "commands").read_text().split()}


def run(*words, **more):
    return subprocess.run([str(w) for w in words], text=True, capture_output=True, check=False,
                          timeout=300, **more)


@pytest.fixture
def guarded(world, tmp_path):
    """A World whose vigie is the user vigie of docker/redis, over a Unix socket."""
    socket = tmp_path / "redis.sock"
    w = world(rules=[ACTOR_RULE, INDICATOR_RULE], partitions=2,
              options={"redis.address": f"unix:{socket}", "redis.user": "vigie",
                       "redis.password_file": "redis.password"})
    for name, text in (("redis.password", PASSWORD), ("backup.password", BACKUP)):
        (w.folder / name).write_text(text + "\n")
        (w.folder / name).chmod(0o600)
    made = run(REDIS / "acl", w.folder / "redis.password", w.folder / "backup.password")
    assert made.returncode == 0, made.stderr
    # The test itself looks on as the default user, which is off where it counts.
    rules = re.sub(r"^user default .*$", "user default on nopass ~* &* +@all", made.stdout, flags=re.M)
    (w.folder / "users.acl").write_text(rules)
    w.redis.stop()
    w.redis.start("--aclfile", str(w.folder / "users.acl"), "--unixsocket", str(socket))
    w.socket = socket
    return w


def publish(w, n=600, seed="redis"):
    w.publish([(p, e) for p in w.partners
               for e in many(f"{seed}-{p}", n // 5, int(time.time() * 1000) - 3_600_000, 3_000_000)])


def test_the_rights_are_those_of_the_commands_in_the_sources(world):
    w = world()
    known = set(run("redis-cli", "-p", w.redis.port, "command", "list").stdout.split())
    text = "".join(p.read_text() for folder in ("aggregate", "alert", "api", "cmd", "notify", "verify")
                   for p in (TOP / folder).glob("*.c"))
    words = re.findall(r'"([A-Z]{3,20})[ "]', text) + re.findall(r"redis\.p?call\('([A-Z]+)'", text)
    assert {word.lower() for word in words} & known - OTHERS == commands()


def test_the_story_is_told_with_no_more_rights_than_it_needs(guarded):
    w = guarded
    w.serve()
    publish(w)
    w.await_counted()
    assert_equal_counts(w)
    w.verify()
    admin = w.redis.client()
    assert admin.execute_command("ACL", "LOG") == []
    assert "vigie" in {client["user"] for client in admin.client_list()}
    with pytest.raises(redis_client.RedisError):
        redis_client.Redis(unix_socket_path=str(w.socket), username="vigie",
                           password=PASSWORD).execute_command("FLUSHALL")
    with pytest.raises(redis_client.RedisError):
        redis_client.Redis(unix_socket_path=str(w.socket), username="vigie",
                           password=PASSWORD).get("another:key")


def test_the_password_of_redis_is_changed_as_the_runbook_says(guarded):
    """docs/operations.md, "Keys and passwords": nothing stands still meanwhile, and nothing is lost."""
    w, new, admin = guarded, "another-password-of-vigie", guarded.redis.client()
    old = w.serve()
    publish(w, 200, "first")
    w.await_counted()
    admin.execute_command("ACL", "SETUSER", "vigie", f">{new}")
    (w.folder / "redis.password").write_text(new + "\n")
    publish(w, 200, "second")  # counted by who still says the old one
    w.await_counted()
    assert old.stop() == 0
    vigie = w.serve()
    admin.execute_command("ACL", "SETUSER", "vigie", f"<{PASSWORD}")
    publish(w, 200, "third")
    w.await_counted()
    with pytest.raises(redis_client.AuthenticationError):
        redis_client.Redis(unix_socket_path=str(w.socket), username="vigie",
                           password=PASSWORD).ping()
    assert vigie.alive() and "WRONGPASS" not in vigie.text()
    assert_equal_counts(w)
    w.verify()


def test_a_missing_right_is_said_and_not_guessed(guarded):
    w = guarded
    w.redis.client().execute_command("ACL", "SETUSER", "vigie", "-evalsha")
    vigie = w.serve(http=False)
    publish(w, 50)
    await_that(lambda: "NOPERM" in vigie.text() or not vigie.alive(), lambda: vigie.tail())
    assert "evalsha" in vigie.text().lower()


def test_a_copy_is_restored_and_counting_goes_on_from_it(guarded, tmp_path):
    w = guarded
    first = w.serve()
    publish(w)
    w.await_counted()
    copy = tmp_path / "vigie.rdb"
    made = run(REDIS / "backup", copy, "-s", w.socket, "--user", "backup",
               env={"REDISCLI_AUTH": BACKUP, "PATH": "/usr/bin:/bin"})
    assert made.returncode == 0 and copy.exists(), made.stderr
    rng = random.Random(7)
    w.publish([("MA", make_event(rng, 10_000 + i, int(time.time() * 1000)))
               for i in range(50)])  # counted, and not in the copy
    w.await_counted()
    assert first.stop() == 0
    w.redis.stop()
    shutil.rmtree(w.redis.folder / "appendonlydir")
    for leftover in w.redis.folder.iterdir():
        leftover.unlink()
    restored = run(REDIS / "restore", copy, w.redis.folder)
    assert restored.returncode == 0, restored.stderr
    again = run(REDIS / "restore", copy, w.redis.folder)
    assert again.returncode == 1 and "not empty" in again.stderr
    w.redis.start("--aclfile", str(w.folder / "users.acl"), "--unixsocket", str(w.socket))
    w.serve()
    w.await_counted()
    assert_equal_counts(w)
    w.verify()


def test_the_file_of_settings_is_one_that_redis_takes(tmp_path):
    text = (REDIS / "redis.conf").read_text()
    assert {"appendonly yes", "maxmemory-policy noeviction", "port 0"} <= set(text.splitlines())
    (tmp_path / "users.acl").write_text(run(REDIS / "acl", REDIS / "acl", REDIS / "backup").stdout)
    text = text.replace("/run/redis", str(tmp_path)).replace("/etc/redis", str(tmp_path))
    (tmp_path / "redis.conf").write_text(text + f"dir {tmp_path}\n")
    child = subprocess.Popen(["redis-server", tmp_path / "redis.conf"], stdout=subprocess.DEVNULL)
    try:
        def refused():
            said = run("redis-cli", "-s", tmp_path / "redis.sock", "ping").stdout
            return "NOAUTH" in said or "NOPERM" in said
        await_that(refused, "a Redis that lets nobody in without a password")
    finally:
        child.terminate()
        child.wait(30)


@pytest.fixture
def secured(tmp_path):
    """(configuration, port) of a Redis that speaks TLS alone, and of another's authority."""
    for name in ("ca", "other"):
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
            "-addext", "subjectAltName=DNS:localhost", "-keyout", tmp_path / f"{name}.key", "-out",
            tmp_path / f"{name}.crt")
    port = free_port()
    child = Process(["redis-server", "--port", "0", "--tls-port", str(port), "--bind", "127.0.0.1",
                     "--tls-cert-file", str(tmp_path / "ca.crt"), "--tls-key-file", str(tmp_path / "ca.key"),
                     "--tls-auth-clients", "no", "--tls-ca-cert-file", str(tmp_path / "ca.crt"),
                     "--save", "", "--dir", str(tmp_path), "--maxmemory-policy", "noeviction"],
                    tmp_path / "redis.log")
    try:
        await_that(lambda: "Ready to accept" in child.text(), child.tail)
        (tmp_path / "hash.key").write_bytes(b"0123456789abcdef")
        config = tmp_path / "vigie.yaml"
        config.write_text("partners: [{id: MA, country: MA, slot: 0}]\n"
                          "kafka: {brokers: '127.0.0.1:1'}\nhash_key_file: hash.key\n"
                          f"redis: {{address: '127.0.0.1:{port}', tls: true, ca_file: ca.crt}}\n")
        yield config
    finally:
        child.kill()


def test_tls_is_spoken_where_hiredis_has_it_and_refused_in_words_elsewhere(secured):
    words = ["repair", "-c", secured, "--topic", "alerts.ma", "--partition", "0"]
    said = run(VIGIE, *words)
    assert said.returncode == 2
    if "built without" in said.stderr:  # Debian 12's hiredis; dev/trixie tries the other
        assert "Debian 13" in said.stderr
        return
    assert "nothing is stored" in said.stderr, said.stderr  # so it was asked, over TLS
    other = run(VIGIE, *words, "--set", "redis.ca_file=other.crt")
    assert other.returncode == 1 and "certificate" in other.stderr, other.stderr
    none = run(VIGIE, *words, "--set", "redis.ca_file=")
    assert none.returncode == 2 and "redis.ca_file" in none.stderr
