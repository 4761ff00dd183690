"""A real browser, driven by browser.mjs over a pipe; pages are known by name."""
import json
import subprocess
from pathlib import Path

from harness import TOP


class Browser:
    def __init__(self, log):
        modules = subprocess.run([TOP / "web" / "build", "modules"], check=True, text=True,
                                 capture_output=True).stdout.strip()
        self.log = open(log, "wb")
        self.node = subprocess.Popen(["node", Path(__file__).with_name("browser.mjs"), modules],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=self.log, text=True)

    def ask(self, op, page, **more):
        self.node.stdin.write(json.dumps({"op": op, "page": page, **more}) + "\n")
        self.node.stdin.flush()
        line = self.node.stdout.readline()
        assert line, "the browser ended: " + Path(self.log.name).read_text()
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def close(self):
        self.node.stdin.close()
        try:
            self.node.wait(30)
        except subprocess.TimeoutExpired:
            self.node.kill()
        self.log.close()


class Page:
    """One signed-in page in a profile of its own."""

    def __init__(self, browser, name, url, token, lang="en", theme="dark", size=(1280, 800),
                 place="", motion=False):
        self.browser, self.name = browser, name
        browser.ask("open", name, url=f"{url}/?lang={lang}#/{place}", width=size[0],
                    height=size[1], theme=theme, locale="en-GB", motion=motion)
        self.wait("document.querySelector('#token')")
        if token:
            self.sign_in(token)

    def sign_in(self, token):
        self.browser.ask("fill", self.name, at="#token", text=token)
        self.browser.ask("press", self.name, key="Enter")
        self.wait("document.querySelector('#main')")

    def wait(self, script, ms=10000):
        self.browser.ask("wait", self.name, script=script, ms=ms)

    def run(self, script):
        return self.browser.ask("run", self.name, script=script)

    def go(self, place):
        self.run(f"location.hash = {json.dumps('#/' + place)}")

    def text(self):
        return self.run("document.body.innerText")

    def ask(self, op, **more):
        return self.browser.ask(op, self.name, **more)

    def close(self):
        self.ask("close")
