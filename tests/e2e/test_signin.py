"""People sign in on the page at the coalition's OpenID Connect provider, in a real browser."""
import json

import pytest
from browser import Page
from harness import TOP, World, await_that
from provider import AUDIENCE, Provider

PENDING = "sessionStorage.length + localStorage.length + document.cookie.length"


@pytest.fixture(scope="module")
def provider():
    made = Provider(is_issuer=True)
    yield made
    made.close()


@pytest.fixture(scope="module")
def coalition(tmp_path_factory, brokers, provider):
    one = World(tmp_path_factory.mktemp("signin"), brokers, partners=["MA", "IL"], partitions=1, options={
        "oidc.issuer": provider.issuer, "oidc.audience": AUDIENCE, "oidc.keys_url": provider.url})
    one.serve()
    await_that(lambda: one.request("/v1/me", Authorization="Bearer " + provider.token())[0] == 200, "the keys are read")
    one.url = f"http://127.0.0.1:{one.http_port}"
    yield one
    one.close()


@pytest.fixture
def door(coalition, browser):
    """make(...) -> Page at the door; each closed at the end."""
    made = []

    def make(**more):
        made.append(Page(browser, f"page{len(made)}", coalition.url, None, **more))
        return made[-1]

    yield make
    for one in made:
        one.close()


def sign_in(one):
    one.wait("document.querySelector('[data-key=oidc]')")
    one.ask("click", at="[data-key=oidc]")
    one.wait("document.querySelector('#main')", 30000)


def words(lang):
    return json.loads((TOP / "web" / "src" / "words" / f"{lang}.json").read_text())


def test_the_page_may_ask_the_issuer_and_nobody_else(coalition, provider):
    policy = coalition.request("/")[1]["Content-Security-Policy"]
    assert f"connect-src 'self' {provider.issuer};" in policy
    assert json.loads(coalition.request("/v1/sign-in")[2]) == {"issuer": provider.issuer, "client_id": AUDIENCE}


@pytest.mark.parametrize("lang", ["en", "fr", "ar", "he"])
def test_amal_signs_in_at_the_provider(coalition, provider, door, lang):
    one = door(lang=lang, place="partners", theme="light" if lang in ("fr", "ar") else "dark")
    one.wait("document.querySelector('[data-key=oidc]')")
    where = provider.issuer.removeprefix("http://")
    assert one.run("document.querySelector('[data-key=oidc]').innerText") == words(lang)["signInAt"].format(where=where)
    assert one.ask("axe") == []
    sign_in(one)
    # Nothing of it is left in the address or in the tab, and it is the place that was asked for.
    assert one.run("location.search + location.hash") == f"?lang={lang}#/partners"
    assert one.run(PENDING) == 0
    one.wait("document.querySelector('.who').innerText.includes('MA')")
    assert one.run("document.documentElement.lang") == lang
    assert one.ask("said") == []
    one.ask("reload")
    one.wait("document.querySelector('#token')")


def test_kept_in_the_tab_when_asked_for(coalition, door):
    one = door()
    one.run("document.querySelector('#keep').click()")
    sign_in(one)
    one.ask("reload")
    one.wait("document.querySelector('#main')")
    one.ask("click", at="[data-key=out]")
    one.wait("document.querySelector('#token')")
    assert one.run(PENDING) == 0


def test_an_identity_token_does_where_the_access_token_is_for_others(coalition, provider, door):
    provider.access_for = "others"
    try:
        sign_in(door())
    finally:
        provider.access_for = AUDIENCE


def test_a_token_is_renewed_before_it_is_over(coalition, provider, door):
    provider.lasts_s, before = 31, provider.renewed
    try:
        one = door()
        sign_in(one)
        await_that(lambda: provider.renewed > before, "a renewal", 60, 0.2)
        assert one.run("document.querySelector('#main') !== null")
    finally:
        provider.lasts_s = 3600


def test_a_way_back_that_nobody_went_is_refused(coalition, door):
    one = door()
    for forged in ("?code=x&state=y", "?error=access_denied&state=y"):
        one.run(f"location.assign('/{forged}')")
        one.wait(f"document.querySelector('.said')?.innerText === {json.dumps(words('en')['signInFailed'].format(why='state'))}")
        assert one.run("location.search") == "" and not one.run("document.querySelector('#main')")
