"""Other systems' formats on real Kafka: counted once a record, masked where kept."""
import json
import time


def with_formats(w, **formats):
    """Set each partner's format in the configuration, as JSON that the file is."""
    doc = json.loads(w.config.read_text())
    for entry in doc["partners"]:
        entry["format"] = formats.get(entry["id"], "canonical")
    w.config.write_text(json.dumps(doc, indent=1))
    return w


def now_text(zone="+0000"):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000000", time.gmtime()) + zone


def eve(kind="alert", severity=2):
    return {"timestamp": now_text(), "event_type": kind, "src_ip": "203.0.113.9",
            "src_port": 4444, "dest_ip": "10.0.0.2", "dest_port": 22, "proto": "TCP",
            "host": "ids-1", "alert": {"signature_id": 9000001, "signature": "TEST scan",
                                       "category": "Network scan", "severity": severity}}


def cowrie(password, **more):
    return {"eventid": "cowrie.login.failed", "timestamp": now_text("Z"), "sensor": "pot-1",
            "src_ip": "203.0.113.7", "username": "root", "password": password,
            "message": f"login attempt [root/{password}] failed", **more}


def test_equal_lines_are_two_events_and_no_line_is_counted_twice(world):
    w = with_formats(world(partners=["MA", "IL"], partitions=2), MA="suricata-eve", IL="auto")
    first = w.serve()
    alert = eve()
    w.publish([("MA", alert, None, 0), ("MA", alert, None, 0), ("MA", alert, None, 1),
               ("MA", eve("flow")), ("IL", alert), ("IL", cowrie("hunter2"))])
    w.await_counted()
    book = w.account()
    assert (book["MA"]["received"], book["MA"]["counted"], book["MA"]["not_alert"]) == (4, 3, 1)
    assert book["IL"]["counted"] == 2
    first.kill()
    w.serve()
    w.publish([("MA", alert, None, 0)])
    w.await_counted()
    book = w.account()["MA"]
    assert (book["received"], book["counted"], book.get("duplicate", 0)) == (5, 4, 0)
    assert w.verify().returncode == 0


def test_no_credential_reaches_the_dead_letters_or_the_log(world):
    w = with_formats(world(partners=["MA", "IL"], partitions=1), MA="cowrie", IL="zeek")
    process = w.serve()
    cut = json.dumps(cowrie("hunter2"))
    ftp = b"#path\tftp\n#fields\tts\tuser\tpassword\n#types\ttime\tstring\tstring\n"
    w.publish([("MA", cowrie("hunter2", timestamp="soon")),
               ("MA", cut[:cut.index("hunter2") + 5].encode()),
               ("MA", cowrie("hunter2", timestamp=now_text("Z"), sensor="s" * 65)),
               ("IL", ftp + b"soon\tu\thunter2"),
               ("IL", b"1\tu\thunter2\tx\ty")])
    w.await_counted()
    assert sum(n for name, n in w.account()["MA"].items() if name.startswith("rejected:")) == 3
    kept = [d for p in ("MA", "IL") for d in w.read_topic(w.dead_topic(p))]
    assert len(kept) == 5
    for letter in kept:
        assert b"hunt" not in letter[3]
        assert letter[4]["vigie-masked"] == b"yes"
        assert b"hunt" not in letter[4]["vigie-detail"]
    assert "hunter2" not in process.text()
    assert w.verify().returncode == 0
