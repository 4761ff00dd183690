"""Real records of other systems through `vigie check event`: what is checked in
beside this file are facts about them, not the records."""
import gzip
import json
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from harness import VIGIE

FACTS = json.loads((Path(__file__).parent / "formats_facts.json").read_text())
ZEEK = ["dce_rpc", "dpd", "ftp", "kerberos", "known_certs", "known_hosts", "known_services",
        "modbus", "notice", "ntlm", "rdp", "smb_files", "smb_mapping", "snmp", "software", "ssh",
        "weird"]


def check(raw, form):
    """What check event says of each record, and its last line."""
    run = subprocess.run([VIGIE, "check", "event", "--format", form, "--json"], input=raw,
                         capture_output=True, check=False)
    lines = run.stdout.decode().splitlines()
    said = [json.loads(line) for line in lines if line.startswith("{")]
    rejected = sum(s["verdict"].startswith("rejected:") for s in said)
    counted = sum(s["verdict"] == "counted" for s in said)
    assert lines[-1] == f"{counted} accepted, {rejected} rejected"
    assert run.returncode == (1 if rejected else 0)
    return said


def facts(said):
    """Counts by field of what was said of one file."""
    events = [s["event"] for s in said if "event" in s]
    return {
        "verdicts": Counter(s["verdict"] for s in said),
        "categories": Counter(e["category"] for e in events),
        "severities": Counter(str(e["severity"]) for e in events),
        "techniques": Counter(t for e in events for t in e.get("technique", [])),
        "source_countries": Counter(e["source_country"] for e in events if "source_country" in e),
        "sensors": len({e["sensor"] for e in events}),
        "indicators": Counter(i["type"] for e in events for i in e.get("indicators", [])),
        "observables": len({i["value"] for e in events for i in e.get("indicators", [])}),
        "first": min((e["time"] for e in events), default=None),
        "last": max((e["time"] for e in events), default=None),
        "trimmed": sum(s.get("trimmed", 0) for s in said),
    }


def expect(name, said):
    got = json.loads(json.dumps(facts(said)))
    assert got == FACTS[name], name


def read(path):
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


@pytest.mark.parametrize("name", ["first-org-conf-2015", "honeypot-2018", "wrccdc-2017",
                                  "wrccdc-2018"])
@pytest.mark.parametrize("form", ["suricata-eve", "auto"])
def test_eve_alerts_decode_to_known_facts(data, name, form):
    raw = read(data / "eve" / f"{name}.alerts-only.json.gz")
    said = check(raw, form)
    expect(f"eve/{name}", said)
    alerts = json.loads(raw)
    fields = [s["event"]["fields"] for s in said]
    for member, field in (("src_ip", "source.ip"), ("dest_port", "destination.port")):
        assert [f.get(field) for f in fields] == [a.get(member) for a in alerts]
    assert [f["rule.id"] for f in fields] == [a["alert"]["signature_id"] for a in alerts]
    # One object a line, as it would be published, is the same.
    lines = "\n".join(json.dumps(a) for a in alerts).encode()
    assert [s["event"] for s in check(lines, form)] == [s["event"] for s in said]


def test_zeek_logs_and_their_tsv_twins_are_equal_events(data):
    for name in ZEEK:
        twins = []
        for kind in ("json", "log"):
            said = check(read(data / "zeek" / f"{name}.{kind}.gz"), "zeek")
            for s in said:
                del s["line"]
            twins.append(said)
        assert twins[0] == twins[1], name
        expect(f"zeek/{name}", twins[0])


def test_cowrie_acts_count_and_their_passwords_are_nowhere(data):
    raw = read(data / "cowrie" / "cowrie_2018-05-06_2018-07-02.ndjson.gz")
    said = check(raw, "cowrie")
    expect("cowrie", said)
    records = [json.loads(line) for line in raw.splitlines()]
    assert len(said) == len(records)
    for record, one in zip(records, said):
        if "event" not in one:
            continue
        event = one["event"]
        assert event["fields"]["event.action"] == record["eventid"]
        assert event["fields"].get("source.ip") == record.get("src_ip")
        typed = record.get("password") or record.get("input")
        if typed and typed != record.get("username"):
            kept = [str(v) for v in event["fields"].values()]
            assert typed not in kept + [i["value"] for i in event.get("indicators", [])]


def test_wazuh_samples_with_one_id_are_three_events(data):
    said = check(read(data / "wazuh" / "wazuh_doc_samples.ndjson"), "wazuh")
    expect("wazuh", said)
    assert len({s["event"]["id"] for s in said}) == 3


def test_a_few_whole_events_are_as_written_down(data):
    for one in FACTS["whole"]:
        said = check(read(data / one["file"]), one["format"])
        assert said[one["record"]]["event"] == one["event"], one["file"]


def windows_events(data):
    raw = read(data / "sigma" / "regression_events.ndjson.gz")
    return raw, [json.loads(line)["Event"] for line in raw.splitlines()]


def test_windows_events_are_of_no_format_that_is_read_and_each_says_so(data):
    raw, events = windows_events(data)
    said = check(raw, "auto")
    assert [s["verdict"] for s in said] == ["rejected:missing"] * len(events) and len(events) == 238


def test_a_sigma_rule_finds_in_windows_events_what_a_second_reader_finds(data, tmp_path):
    """The events' own fields travel in `fields`, under the names that Sigma gives them."""
    _, events = windows_events(data)
    time = lambda e: e["System"]["TimeCreated"]["#attributes"]["SystemTime"]  # noqa: E731
    events.sort(key=time)
    rule, lines, wanted = tmp_path / "rule.yml", [], 0
    rule.write_text(r"""title: A program is run
id: 7a1c9c1e-4a0b-4c57-8a51-0d6a2f6b1a11
logsource: {product: windows}
detection:
    selection:
        Image|endswith: '.exe'
        CommandLine|contains|all: ['\', ' ']
    filter:
        IntegrityLevel: High
    condition: selection and not filter
---
title: It is run
name: it-is-run
correlation:
    type: event_count
    rules: [7a1c9c1e-4a0b-4c57-8a51-0d6a2f6b1a11]
    group-by: [n]
    timespan: 1m
    condition: {gte: 1}
""")
    for n, event in enumerate(events):
        own = {k: v for k, v in (event.get("EventData") or {}).items()
               if isinstance(v, (str, int)) and k[0] != "#" and len(str(v)) <= 1024}
        image, line = str(own.get("Image", "")).lower(), str(own.get("CommandLine", ""))
        wanted += (image.endswith(".exe") and "\\" in line and " " in line
                   and own.get("IntegrityLevel") != "High")
        lines.append(json.dumps({
            "id": f"w{n}", "partner": "MA", "sensor": "sysmon", "category": "intrusion-attempts",
            "time": time(event),
            "fields": {**dict(list(own.items())[:62]), "n": n}}))
    (tmp_path / "events.ndjson").write_text("\n".join(lines))
    done = subprocess.run([VIGIE, "backtest", "--rules", rule, tmp_path / "events.ndjson"],
                          capture_output=True, text=True, check=True)
    assert wanted > 10 and len(done.stdout.splitlines()) == wanted, done.stdout[-500:] + done.stderr
