"""The page at "/", in a real browser against a real vigie."""
import base64
import gzip
import json
import os
import re
import signal
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from datetime import datetime, timezone
from pathlib import Path

import pytest
from browser import Page
from harness import TOP, VIGIE, World, await_that

WEB = TOP / "web"
SIZE_MOST = 350 * 1024
BASELINE = Path(__file__).with_name("wall_baseline.json")
SHOTS = Path(os.environ.get("VIGIE_BUILD", TOP / "build")) / "wall"
TRIAL = """id: on-trial
title: Two countries, on trial
match: {category: [intrusion-attempts]}
group_by: [actor]
window: 6h
shadow: true
condition: {country: {distinct: 2}}
severity: 5
"""
RULES = [TOP / "rules" / "cross-border-actor.yaml", TOP / "rules" / "cross-border-indicator.yaml"]
SCREENS = {"desk": (1280, 800), "wall": (1920, 1080), "wall-4k": (3840, 2160), "phone": (390, 844)}
PAGES = ["", "campaigns", "explore?by=country&range=1h&view=chart", "explore?by=actor&range=1h&view=table",
         "explore?by=source_country,country&range=1h&view=matrix", "rules", "partners"]
EVIL = "<img src=x onerror=\"window.pwned=1\">'\"><script>window.pwned=1</script>\u202e{{7*7}}"
SOURCES = {"MA": ["CN", "BR", "NL"], "IL": ["RU", "DE"], "AE": ["IN", "RU"], "US": ["CN", "VN", "NG"],
           "BH": ["TR", "RU"]}


def stamp(seconds_ago):
    return datetime.fromtimestamp(time.time() - seconds_ago, timezone.utc).isoformat()


def event(partner, name, seconds_ago, **more):
    return partner, {"id": f"{partner}-{name}", "time": stamp(seconds_ago), "sensor": f"ids-{partner.lower()}",
                     "category": "intrusion-attempts", "severity": 5, "confidence": 80, **more}


def crossing(actor, steps, **more):
    return [event(p, f"{actor}-{n}", ago, actor=actor, technique="T1078", **more)
            for n, (p, ago) in enumerate(steps)]


def story():
    """A quiet hour of five partners, and one actor that crosses three borders."""
    for k, (p, sources) in enumerate(SOURCES.items()):
        for n in range(57):
            yield event(p, f"n{n}", 60 * n + 90, source_country=sources[n % len(sources)],
                        technique=["T1110", "T1595", "T1204"][n % 3], count=1 + (n * n * (k + 2) + 5 * k) % 11 + (20 if n // 6 == 2 * k else 0),
                        **({"actor": f"Crew {p}"} if n % 5 == 0 else {}))
    yield from crossing("Silent Heron", [("MA", 3000), ("IL", 2000), ("AE", 900)], source_country="KP",
                        severity=8)
    yield event("MA", "evil", 100, actor=EVIL[:120], source_country="CN",
                fields={"note": EVIL}, indicators=[{"type": "url", "value": "http://evil.example/<script>"}])
    yield "US", b'{"id": "no event"}'


def shown(folder, brokers, events, **options):
    """A world whose page shows `events`."""
    (folder / "trial.yaml").write_text(TRIAL)
    one = World(folder, brokers, rules=[*RULES, folder / "trial.yaml"], partitions=2,
                options=options)
    one.process = one.serve()
    one.publish(events)
    one.await_counted()
    one.url = f"http://127.0.0.1:{one.http_port}"
    yield one
    one.close()


@pytest.fixture(scope="module")
def coalition(tmp_path_factory, brokers):
    yield from shown(tmp_path_factory.mktemp("wall"), brokers, story(),
                     **{"http.grafana_url": "https://grafana.example/base"})


@pytest.fixture
def page(coalition, browser):
    """make(viewer, ...) -> Page, signed in as the viewer; each closed at the end."""
    made = []

    def make(viewer="coalition", **more):
        made.append(Page(browser, f"page{len(made)}", coalition.url,
                         coalition.token(viewer) if viewer else None, **more))
        return made[-1]

    yield make
    for one in made:
        one.close()


def words():
    return {f.stem: json.loads(f.read_text()) for f in (WEB / "src" / "words").glob("*.json")}


# -- without a browser

def test_every_word_is_there_in_every_language():
    found = words()
    assert set(found) == {"en", "fr", "ar", "he"}
    for lang, said in found.items():
        assert set(said) == set(found["en"]), lang
        for key, text in said.items():
            assert re.findall(r"\{\w+\}", text) == re.findall(r"\{\w+\}", found["en"][key]), (lang, key)
    for source in (WEB / "src").rglob("*.js"):
        for key in re.findall(r"\bt\('([\w.]+)'[,)]", source.read_text()):
            assert key in found["en"], (source.name, key)


def test_all_of_the_page_is_small_kept_for_ever_and_compressed(coalition):
    sent = 0
    for file in (p for p in (WEB / "dist").rglob("*") if p.is_file()):
        path = "/" if file.name == "index.html" else "/" + file.relative_to(WEB / "dist").as_posix()
        wanted = urllib.request.Request(coalition.url + path, headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(wanted, timeout=10) as answer:
            body = answer.read()
            assert answer.headers["Content-Encoding"] == "gzip"
            assert ("immutable" in answer.headers["Cache-Control"]) == (path != "/")
            assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert gzip.decompress(body) == file.read_bytes()
        assert coalition.request(path)[2] == file.read_bytes()
        sent += len(body)
    assert 50 * 1024 < sent <= SIZE_MOST, sent


# -- what it shows

def test_an_event_is_on_the_map_and_its_alert_is_told_within_two_seconds(coalition, page):
    wall = page(motion=True)
    wall.wait("document.querySelector('.count')?.dataset.total > 0")
    before = wall.run("+document.querySelector('.count').dataset.total")
    assert wall.run("document.querySelector('[data-arc=\"CN>MA\"]') !== null")
    coalition.publish(crossing("Night Owl", [("US", 5), ("IL", 4), ("BH", 3)], source_country="AR"))
    sent = time.monotonic()
    wall.wait("document.querySelector('[data-arc=\"AR>BH\"]')"
              f" && +document.querySelector('.count').dataset.total === {before + 3}"
              " && document.querySelector('.campaigns').innerText.includes('Night Owl')"
              " && document.querySelector('.ticker').innerText.includes('Night Owl')", 4000)
    took = time.monotonic() - sent
    assert took < 2, took
    path = wall.run("[...document.querySelectorAll('.campaign')].find(c => c.innerText.includes('Night Owl'))"
                    ".querySelector('.path').innerText.split(/\\s+/).filter(x => x)")
    assert path == ["US", "IL", "BH"]
    assert wall.ask("said") == []


def test_something_is_painted_within_a_second(page):
    """The best of three loads: what else the machine does may delay one of them."""
    took = []
    for _ in range(3):
        wall = page()
        wall.wait("performance.getEntriesByName('first-contentful-paint').length > 0")
        took.append(wall.run("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
    assert min(took) < 1000, took


def test_it_says_that_the_server_is_gone_and_goes_on_by_itself(coalition, page):
    wall = page()
    wall.wait("document.querySelector('.pill.live')")
    count = wall.run("document.querySelector('.count').dataset.total")
    coalition.process.stop()
    wall.wait("document.querySelector('.pill.away') && !document.querySelector('.banner').hidden")
    assert wall.run("document.querySelector('.count').dataset.total") == count
    coalition.process = coalition.serve()
    coalition.publish([event("MA", "after", 1, source_country="PE")])
    wall.wait("document.querySelector('.pill.live') && document.querySelector('[data-arc=\"PE>MA\"]')"
              " && document.querySelector('.banner').hidden", 15000)


def test_a_store_that_is_away_is_stale_not_empty(coalition, page):
    wall = page()
    wall.wait("document.querySelector('.pill.live')")
    os.kill(coalition.redis.process.pid, 19)  # SIGSTOP
    try:
        wall.wait("document.querySelector('.pill.stale') && !document.querySelector('.banner').hidden", 30000)
        assert wall.run("+document.querySelector('.count').dataset.total") > 0
    finally:
        os.kill(coalition.redis.process.pid, 18)
    wall.wait("document.querySelector('.pill.live')", 30000)


def test_no_data_is_not_0(browser, coalition, page):
    explore = page(place="explore?by=country&range=fixed&from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z&view=table")
    explore.wait("document.querySelector('.out:not([aria-busy]) .queries')")
    numbers = explore.run("[...document.querySelectorAll('.out td.n')].map(x => x.innerText)")
    assert "0" not in numbers


def test_each_viewer_sees_its_own(coalition, page):
    coalition.publish([event("MA", "secret", 3, actor="Secret Lantern", tlp="RED", technique="T1003", count=90)])
    own, other = page("MA"), page("IL")
    own.wait("document.querySelector('.actors').innerText.includes('Secret Lantern')")
    other.wait("document.querySelector('.count')?.dataset.total > 0")
    assert "Secret Lantern" not in other.text()
    assert "MA" in own.run("document.querySelector('.who').innerText")
    assert "IL" in other.run("document.querySelector('.who').innerText")
    total = {p: int(p.run("document.querySelector('.count').dataset.total")) for p in (own, other)}
    assert total[own] == total[other] + 90
    other.go("partners")
    other.wait("document.querySelector('details')")
    assert other.run("[...document.querySelectorAll('details')].map(d => d.dataset.key)") == ["sensors-IL"]
    assert other.run("[...document.querySelectorAll('.bookrow')].map(d => d.dataset.partner)") == ["IL"]


def test_a_campaign_tells_how_it_spread_and_who_contributed(page):
    wall = page()
    wall.wait("[...document.querySelectorAll('.campaign')].some(c => c.innerText.includes('Silent Heron'))")
    wall.run("[...document.querySelectorAll('.campaign')].find(c => c.innerText.includes('Silent Heron')).click()")
    wall.wait("document.querySelectorAll('.timeline li').length === 3")
    text = wall.text()
    assert wall.run("[...document.querySelectorAll('.timeline strong')].map(x => x.innerText)") == ["MA", "IL", "AE"]
    assert "vigie backtest --rules rules/cross-border-actor.yaml" in text
    assert wall.run("document.querySelectorAll('.without li[data-holds=\"false\"]').length") == 3
    assert wall.run("document.querySelectorAll('.history li').length") >= 1
    got = wall.ask("download", at="[data-key=evidence]")
    assert json.loads(got["text"])["group"] == {"actor": "Silent Heron"}
    assert json.loads(wall.ask("download", at="[data-key=stix]")["text"])["type"] == "bundle"


def test_an_analyst_says_what_it_is_and_a_reader_is_not_asked(coalition, page):
    token = coalition.tool("token", "add", "coalition", "--role", "analyst", "--name", "amal",
                           "-c", str(coalition.config)).stdout.strip()
    analyst = page(viewer=None)
    await_that(lambda: coalition.request("/v1/silences", Authorization="Bearer " + token)[0] == 200, "the token is in force")
    analyst.sign_in(token)
    reader = page("coalition")
    for one in (analyst, reader):
        one.wait("document.querySelector('.campaign')")
        one.run("[...document.querySelectorAll('.campaign')].find(c => c.innerText.includes('Silent Heron')).click()")
        one.wait("document.querySelector('.timeline')")
        assert one.ask("axe") == []
    assert not reader.run("document.querySelector('.act, [data-key=send]')")
    assert "role reader" in reader.text()
    analyst.run("document.querySelector('[data-key=text]').value = 'seen <b>here</b>'")
    analyst.ask("click", at="[data-key=send]")
    for one in (analyst, reader):
        one.wait("document.querySelector('.said-list')?.innerText.includes('amal')"
                 " && document.querySelector('.said-list .remark').innerText === 'seen <b>here</b>'", 15000)
    analyst.run("[...document.querySelector('[data-key=action]').options].find(o => o.value === 'silence').selected = true")
    analyst.run("document.querySelector('[data-key=action]').dispatchEvent(new Event('change'))")
    analyst.ask("click", at="[data-key=send]")
    for one in (analyst, reader):
        one.wait("document.querySelector('.silences:not([hidden]) li')", 15000)
    assert not reader.run("document.querySelector('.silences button')")
    analyst.ask("click", at=".silences button")
    for one in (analyst, reader):
        one.wait("!document.querySelector('.silences:not([hidden]) li')", 15000)
    assert [s["state"] for s in coalition.get("/v1/silences")["silences"]] == ["ended"]


def test_the_address_is_the_question_and_csv_its_answer(coalition, page):
    place = "explore?measure=reports&by=actor&range=1h&view=table&where=actor%3ASilent%20Heron"
    one = page(place=place)
    one.wait("document.querySelector('.out table')")
    assert one.run("document.querySelector('.out tbody').innerText.replace(/\\s+/g, ' ')").startswith("Silent Heron 3 ")
    one.run("[...document.querySelectorAll('select')].find(s => s.dataset.key === 'measure').value = 'events'")
    one.run("[...document.querySelectorAll('select')].find(s => s.dataset.key === 'measure')"
            ".dispatchEvent(new Event('change'))")
    one.wait("location.hash.includes('measure=events') && location.hash.includes('where=actor')"
             " && document.querySelector('.out table')")
    got = one.ask("download", at=".queries > button")
    head, first = got["text"].split("\r\n")[:2]
    assert (got["name"], head) == ("vigie-actor.csv", "time,actor,value")
    assert ",Silent Heron," in first
    asked = one.run("document.querySelector('code[aria-label=PromQL]').innerText")
    status, _, body = coalition.request("/api/v1/query?" + urllib.parse.urlencode({"query": asked}), "coalition")
    assert (status, json.loads(body)["status"]) == (200, "success"), (asked, body)
    link = urllib.parse.urlsplit(one.run("document.querySelector('a.grafana').href"))
    assert (link.hostname, link.path) == ("grafana.example", "/base/explore")
    assert json.loads(urllib.parse.parse_qs(link.query)["panes"][0])["v"]["queries"][0]["expr"] == asked
    one.run("history.back()")
    one.wait("location.hash.includes('measure=reports') && document.querySelector('.out table')")


def test_a_rule_on_trial_says_what_it_would_have_raised(page):
    one = page(place="rules")
    one.wait("/would have raised \\d+ in 30 days .*MA \\d/.test(document.querySelector('main').innerText)")
    assert "on trial" in one.text()
    one.go("")
    one.wait("document.querySelector('.campaign')")
    assert "on trial" not in one.text()


def test_the_book_adds_up_in_sight(coalition, page):
    one = page(place="partners")
    one.wait("document.querySelectorAll('.bookrow').length === 5")
    assert one.run("[...document.querySelectorAll('.bookrow')].every(r => r.dataset.addsUp === 'true')")
    grown = one.run("[...document.querySelectorAll('.bookrow[data-partner=US] .stack span')]"
                    ".reduce((sum, s) => sum + +s.style.flexGrow, 0)")
    assert grown == coalition.account()["US"]["received"]


def test_a_token_is_in_memory_unless_asked_for(coalition, page):
    one = page()
    one.ask("reload")
    one.wait("document.querySelector('#token')")
    assert one.run("sessionStorage.length + localStorage.length + document.cookie.length") == 0
    one.run("document.querySelector('#keep').click()")
    one.sign_in(coalition.token("MA"))
    one.ask("reload")
    one.wait("document.querySelector('#main')")
    one.ask("click", at="[data-key=out]")
    one.wait("document.querySelector('#token')")
    assert one.run("sessionStorage.length") == 0
    one.ask("fill", at="#token", text="vg_wrong")
    one.ask("press", key="Enter")
    one.wait("document.querySelector('.said').innerText.length > 0")


# -- exercises

DRILL = """title: Spring tide <b>
defaults: {category: intrusion-attempts, actor: Grey Heron, technique: T1078, source_country: BR}
events:
  - {at: 0s, partner: MA, sensor: rabat-1, every: 30s, times: 10}
  - {at: 5m, partner: IL, sensor: haifa-1, tlp: RED}
  - {at: 9m, partner: US, sensor: dc-1, severity: 9}
"""


def real_answers(coalition):
    """What two viewers read of what is real, at fixed times and in every form of total."""
    span = "from=2026-01-01T00:00:00Z&to=" + urllib.parse.quote(stamp(-86400)[:10] + "T00:00:00Z")
    paths = [*(f"/v1/series?by={by}&step=1d&{span}" for by in ("country", "actor", "partner", "sensor", "actor,country")),
             f"/v1/top?by=actor&{span}", f"/v1/matrix?rows=actor&columns=country&{span}", f"/v1/distinct?of=actor&{span}",
             "/v1/alerts", "/v1/campaigns", "/v1/rules", "/v1/silences", "/v1/account", "/api/v1/label/actor/values",
             "/api/v2/alerts", "/taxii2/vigie/collections/"]
    return {(v, p): coalition.request(p, v)[2] for v in ("MA", "coalition") for p in paths}


def test_an_exercise_is_seen_by_choice_alone_and_purged(coalition, page, tmp_path):
    (tmp_path / "drill.yaml").write_text(DRILL)
    words = [VIGIE, "exercise", str(tmp_path / "drill.yaml"), "-c", str(coalition.config), "--speed", "max"]
    real = coalition.redis.client()
    before, keys = real_answers(coalition), set(real.keys("*"))
    player, other = page("MA"), page("MA")
    for one in (player, other):
        one.wait("document.querySelector('.count')?.dataset.total > 0")
    playing = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        player.wait("document.querySelector('[data-key=play]')", 60000)
        await_that(lambda: coalition.get("/v1/exercise").get("state") == "held", "all is played")
        assert coalition.tool(*words[1:], check=False).returncode == 2, "one at a time"
        player.ask("click", at="[data-key=play]")
        player.wait("document.querySelector('.exercise')?.innerText.includes('Spring tide <b>')"
                    " && document.querySelector('.campaign')?.innerText.includes('Grey Heron')"
                    " && document.querySelector('.count').dataset.total === '12'")
        assert player.run("document.querySelectorAll('.campaign').length") == 1
        assert player.run("document.title").startswith("EXERCISE")
        assert player.ask("axe") == []
        player.ask("shot", file=str(SHOTS / "exercise.png"))
        player.run("document.querySelector('.campaign').click()")
        player.wait("document.querySelectorAll('.timeline li').length === 3")
        assert not player.run("document.querySelector('.act')")
        player.go("explore?by=actor&range=1h&view=table")
        player.wait("document.querySelector('.out tbody')?.innerText.includes('Grey Heron')")
        assert "Silent Heron" not in player.text()
        other.wait("document.querySelector('[data-key=play]')")
        assert "Grey Heron" not in other.text()
        assert other.run("document.documentElement.dataset.plays") == "false"
        assert real_answers(coalition) == before
        assert set(real.keys("*")) - keys == {b"vg:{vg}:exercise"}
        playing.send_signal(signal.SIGINT)
        report = playing.communicate(timeout=60)[0]
    finally:
        playing.kill()
    assert playing.returncode == 0, report
    assert "12 records sent" in report and re.search(r"MA +10 +10", report)
    assert re.search(r"cross-border-actor .*Grey Heron.*: MA \+0s IL \+5m US \+9m", report)
    assert "and 10 topics; nothing of it is left" in report
    player.wait("document.documentElement.dataset.plays === 'false' && document.querySelector('.offer')", 15000)
    assert real_answers(coalition) == before and set(real.keys("*")) == keys
    assert real.execute_command("SELECT", 1) and real.execute_command("DBSIZE") == 0


def test_an_exercise_that_was_cut_off_is_purged_by_a_command(coalition, tmp_path):
    (tmp_path / "drill.ndjson").write_text("".join(json.dumps(
        {"at": at, "partner": p, "sensor": "s\u00e9", "category": "fraud"}) + "\n\n" for at, p in (("0s", "MA"), ("9h", "IL"))))
    ran = subprocess.Popen([VIGIE, "exercise", str(tmp_path / "drill.ndjson"), "-c", str(coalition.config)],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    real = coalition.redis.client()
    await_that(lambda: coalition.get("/v1/exercise")["on"] and real.hget("vg:{vg}:exercise", "sent") == b"1", "it is on")
    refused = coalition.tool("exercise", "--purge", "-c", str(coalition.config), check=False)
    assert refused.returncode == 2 and "is being played" in refused.stderr
    ran.kill()
    ran.wait(30)
    real.hset("vg:{vg}:exercise", "beat", 1)  # some time ago
    report = coalition.tool("exercise", "--purge", "-c", str(coalition.config)).stdout
    assert "1 records sent" in report and "nothing of it is left" in report
    assert not real.exists("vg:{vg}:exercise")
    await_that(lambda: coalition.get("/v1/exercise") == {"on": False}, "the API has seen that it is off")
    assert "no exercise is on" in coalition.tool("exercise", "--purge", "-c", str(coalition.config)).stdout


# -- for everybody

def test_text_of_a_partner_is_only_ever_text(page):
    one = page()
    for place in PAGES:
        one.go(place)
        one.wait("document.querySelector('main .panel, main table')")
        assert one.run("window.pwned === undefined && !document.querySelector('img, iframe, main script')")
    one.go("explore?by=actor&range=1h&view=table")
    one.wait("document.querySelector('.out table')?.innerText.includes('<img src=x onerror=')")
    assert "\u202e" not in one.text()
    assert "evil.example" not in one.text()
    assert one.ask("said") == []


@pytest.mark.parametrize("lang", ["en", "fr", "ar", "he"])
def test_each_language_in_its_direction(page, lang):
    one = page(lang=lang, theme="light" if lang in ("fr", "he") else "dark")
    one.wait("document.querySelector('.campaign')")
    assert one.run("document.documentElement.lang") == lang
    is_rtl = lang in ("ar", "he")
    assert one.run("document.documentElement.dir") == ("rtl" if is_rtl else "ltr")
    map_at, list_at = (one.run(f"document.querySelector('{at}').getBoundingClientRect().left")
                       for at in (".worldview", ".campaigns"))
    assert (map_at > list_at) == is_rtl
    said = set(words()[lang].values())
    assert one.run("document.querySelector('nav a[aria-current]').innerText") in said
    for place in PAGES:
        one.go(place)
        one.wait("document.querySelector('main .panel, main table')")
        if lang in ("en", "he"):  # one of each direction and theme
            assert one.ask("axe") == [], place
        assert not re.search(r"\b(page|state|field|span|verdict|stage|link)\.\w+", one.text()), place


def test_every_control_is_reached_by_keyboard(page):
    one = page()
    one.wait("document.querySelector('.campaign')")
    reached = set()
    for _ in range(60):
        one.ask("press", key="Tab")
        reached.add(one.run("document.activeElement.className.split(' ')[0] || document.activeElement.tagName"))
    assert {"skip", "brand", "A", "SELECT", "quiet", "campaign", "ticker"} <= reached
    one.run("document.querySelector('.campaign').focus()")
    one.ask("press", key="Enter")
    one.wait("location.hash.startsWith('#/campaign/')")


def grid_of(text):
    return list(base64.b64decode(text))


def compare(found, name, grid):
    """Mean colours of 24 x 15 places: what moves is text and lines, a few places a little."""
    off = [abs(a - b) for a, b in zip(grid_of(found[name]), grid)]
    far = sum(d > 48 for d in off)
    assert sum(off) / len(off) < 6 and far < len(off) * 0.03, (name, sum(off) / len(off), far)


def test_screens_fit_and_look_as_they_did(coalition, page):
    SHOTS.mkdir(parents=True, exist_ok=True)
    found = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    drawn, writing = {}, os.environ.get("VIGIE_BASELINE") == "write"
    door = page(viewer=None)
    drawn["door"] = door.ask("shot", file=str(SHOTS / "door.png"))
    assert door.ask("axe") == []
    one = page()
    one.wait("document.querySelectorAll('.partners li[data-state=current]').length === 5", 30000)
    for screen, (width, height) in SCREENS.items():
        one.ask("size", width=width, height=height)
        for place in PAGES if screen in ("desk", "phone") else [""]:
            name = f"{re.sub('[^a-z]+', '-', place) or 'wall'}-{screen}"
            one.go(place)
            one.wait("document.querySelector('main .panel, main table')")
            one.wait("!document.querySelector('[aria-busy]')")
            if place == "":
                one.wait("document.querySelector('.campaign') && document.querySelector('.uplot')")
                one.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            drawn[name] = one.ask("shot", file=str(SHOTS / f"{name}.png"))
            assert one.run("document.documentElement.scrollWidth - innerWidth") <= 0, name
    if writing:
        BASELINE.write_text(json.dumps({n: base64.b64encode(bytes(g)).decode() for n, g in drawn.items()},
                                       indent=0) + "\n")
        return
    assert set(found) == set(drawn)
    for name, grid in drawn.items():
        compare(found, name, grid)


def test_a_picture_in_another_theme_or_with_a_hole_is_not_the_same(tmp_path):
    """The comparison itself sees what it is for."""
    found = json.loads(BASELINE.read_text())
    name = "wall-desk"
    same = grid_of(found[name])
    compare(found, name, [min(255, v + 2) for v in same])
    light = [255 - v for v in same]
    hole = [0 if (i // 3) % 24 > 14 else v for i, v in enumerate(same)]
    for other in (light, hole):
        with pytest.raises(AssertionError):
            compare(found, name, other)


FRAMES = """new Promise(done => { let n = 0, first; const tick = now => { first ??= now; n++;
    if (now - first < 1500) requestAnimationFrame(tick); else done((n - 1) * 1000 / (now - first)); };
    requestAnimationFrame(tick); })"""


def flood(coalition, ended):
    """1,000 events a second, of many actors and ways, until `ended`."""
    producer, began, n = coalition.producer(**{"linger.ms": 20}), time.monotonic(), 0
    while not ended.wait(0.01):
        while n < (time.monotonic() - began) * 1000:
            partner = list(SOURCES)[n % 5]
            _, doc = event(partner, f"flood-{n}", 0, actor=f"Flood {n % 37}", source_country=SOURCES["US"][n % 3])
            producer.produce(coalition.topic(partner), json.dumps(doc).encode(), key=doc["sensor"])
            n += 1
        producer.poll(0)
    producer.flush(30)


def test_it_moves_as_smoothly_while_1000_events_a_second_arrive(coalition, page):
    """Frames of the wall against those of a page at rest beside it, in the same seconds: what else
    the machine does slows both. The best of some tries; a wall that is too slow is so in each."""
    wall, rest = page(motion=True), page(viewer=None)
    wall.wait("document.querySelector('.campaign') && document.querySelector('.uplot')")
    before, ended = wall.run("+document.querySelector('.count').dataset.total"), threading.Event()
    source = threading.Thread(target=flood, args=(coalition, ended))
    source.start()
    try:
        wall.wait(f"+document.querySelector('.count').dataset.total > {before} + 2000", 30000)
        tries = []
        while len(tries) < 8 and max(tries, default=0) < 0.8:
            tries.append(wall.run(FRAMES) / rest.run(FRAMES))
        assert max(tries) >= 0.8, tries
        # What the page's thread computes in a 60th of a second: half of it is the bound of 99 of 100.
        spent = sorted(wall.ask("frames", ms=6000))
        mean, p99 = sum(spent) / len(spent), spent[len(spent) * 99 // 100]
        print(f"main thread: mean {mean:.2f} ms, p99 {p99:.2f} ms, most {spent[-1]:.2f} ms of 16.67 ms, {len(spent)} times")
        assert len(spent) >= 100 and mean < 4 and p99 < 1000 / 60, spent
    finally:
        ended.set()
        source.join()
    coalition.await_counted()


def test_the_door_is_open_only_while_the_server_serves(coalition):
    """The page itself needs no token; what it shows does."""
    assert coalition.request("/")[0] == 200
    assert coalition.request("/v1/series")[0] == 401
    await_that(lambda: coalition.request("/readyz")[0] == 200, "ready again")
