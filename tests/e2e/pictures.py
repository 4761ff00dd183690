"""The pictures of the README, made anew: in tests/e2e, `python -m pytest pictures.py`. They go
to the build's folder `wall`; look at them before they replace those in docs/."""
import pytest
from harness import await_that
from test_wall import SHOTS, browser, crossing, event, page, shown, story  # noqa: F401

NAMES = {"MA": "Atlas Jackal", "IL": "Salt Viper", "AE": "Dune Lynx", "US": "Harbor Fox", "BH": "Pearl Diver"}


def told():
    """The quiet hour of the tests under better names, the one before it, and two campaigns more."""
    for partner, doc in story():
        if isinstance(doc, dict) and not doc["id"].endswith("evil"):
            if doc.get("actor", "").startswith("Crew"):
                doc["actor"] = NAMES[partner]
            yield partner, doc
    yield from crossing("Night Owl", [("US", 1500), ("IL", 700), ("BH", 200)], source_country="BR")
    yield from crossing("Amber Mantis", [("AE", 2600), ("BH", 1900), ("MA", 1300), ("US", 600)], source_country="VN")
    for n, partner in enumerate(NAMES):
        for k in range(3):
            yield event(partner, f"before{k}", 5400 + n * 60, source_country="CN", technique=["T1110", "T1595", "T1204"][k],
                        count=100 + 37 * ((n + k) % 5), **({"actor": NAMES[partner]} if k == 0 else {}))


@pytest.fixture(scope="module")
def coalition(tmp_path_factory, brokers):
    yield from shown(tmp_path_factory.mktemp("pictures"), brokers, told())


def test_pictures(coalition, page):  # noqa: F811
    SHOTS.mkdir(parents=True, exist_ok=True)
    amal = ("coalition", "--role", "analyst", "--name", "amal")
    await_that(lambda: coalition.request("/v1/silences", amal)[0] == 200, "the token is in force")
    one = page(amal, size=(1600, 900))
    one.wait("document.querySelectorAll('.partners li[data-state=current]').length === 5", 30000)
    one.wait("document.querySelectorAll('.campaign').length === 3 && document.querySelector('.uplot')")
    one.run("new Promise(done => setTimeout(done, 1500))")
    one.ask("shot", file=str(SHOTS / "readme-wall.png"))
    one.run("[...document.querySelectorAll('.campaign')].find(c => c.innerText.includes('Amber Mantis')).click()")
    one.wait("document.querySelectorAll('.timeline li').length === 4")
    for name, size in {"campaign": (1280, 800), "campaign-phone": (390, 844)}.items():
        one.ask("size", width=size[0], height=size[1])
        one.run("new Promise(done => setTimeout(done, 500))")
        one.ask("shot", file=str(SHOTS / f"readme-{name}.png"))
        assert one.run("document.documentElement.scrollWidth - innerWidth") <= 0
