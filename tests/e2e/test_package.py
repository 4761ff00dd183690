"""The Debian package: what is in it, that it says what the binary does, and that it runs."""
import gzip
import os
import re
import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest
from harness import TOP, VIGIE, Process, await_that, free_port

BUILD = Path(VIGIE).resolve().parent
UNITS = ["vigie.service", "vigie@.service"]
EXPOSURE = 20  # of systemd-analyze security, in tenths


def run(*words, **more):
    return subprocess.run([str(w) for w in words], text=True, capture_output=True, check=False, **more)


@pytest.fixture(scope="module")
def deb(tmp_path_factory):
    if not (BUILD / "CPackConfig.cmake").exists():
        pytest.fail(f"{BUILD} is no build folder: VIGIE_BIN must be in one")
    made = run("cmake", "--build", BUILD, "--target", "pages")
    assert made.returncode == 0, made.stdout + made.stderr
    out = tmp_path_factory.mktemp("deb")
    done = run("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", out)
    assert done.returncode == 0, done.stdout + done.stderr
    [found] = out.glob("*.deb")
    return found


@pytest.fixture(scope="module")
def root(deb, tmp_path_factory):
    """The package, unpacked: what a machine has after it was installed."""
    folder = tmp_path_factory.mktemp("root")
    assert run("dpkg-deb", "-x", deb, folder).returncode == 0
    return folder


def test_it_holds_all_that_it_should_and_nothing_writable_by_others(deb, root):
    have = {str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()}
    rules = {f"usr/share/vigie/{p.relative_to(TOP)}" for p in (TOP / "rules").rglob("*")
             if p.is_file() and "__pycache__" not in p.parts}
    assert have == rules | {
        "usr/bin/vigie", "usr/share/vigie/vocabulary.bin", "usr/share/vigie/vocabulary.LICENSE",
        "usr/lib/systemd/system/vigie.service", "usr/lib/systemd/system/vigie@.service",
        "usr/lib/systemd/system/vigie.socket", "usr/lib/sysusers.d/vigie.conf",
        "usr/lib/tmpfiles.d/vigie.conf", "usr/share/man/man1/vigie.1.gz",
        "usr/share/man/man5/vigie.yaml.5.gz", "usr/share/bash-completion/completions/vigie",
        "usr/share/zsh/vendor-completions/_vigie", "usr/share/doc/vigie/changelog.gz",
        "usr/share/doc/vigie/changelog.Debian.gz", "usr/share/doc/vigie/copyright",
        "usr/share/doc/vigie/examples/vigie.yaml", "usr/share/lintian/overrides/vigie"}
    listed = run("dpkg-deb", "-c", deb).stdout.splitlines()
    assert all(line.split()[1] == "root/root" and line[8] != "w" for line in listed if line[0] != "l")


def test_it_depends_on_each_library_that_the_binary_was_linked_with(deb):
    depends = run("dpkg-deb", "-f", deb, "Depends").stdout
    for needed in re.findall(r"\[lib(\w+?)[-.\d]*so", run("readelf", "-d", VIGIE).stdout):
        word = {"c": "libc6", "cjson": "libcjson1", "m": "libc6", "gcc_s": "libgcc-s1",
                "brotlienc": "libbrotli1", "pcre2-": "libpcre2", "z": "zlib1g"}.get(needed, needed)
        assert word in depends, (needed, depends)


def test_lintian_has_nothing_to_say(deb):
    said = run("lintian", "--allow-root", "--fail-on", "error,warning", deb)
    assert said.returncode == 0, said.stdout


@pytest.mark.parametrize("page", ["man1/vigie.1.gz", "man5/vigie.yaml.5.gz"])
def test_a_page_renders_without_a_warning(root, page):
    path = root / "usr/share/man" / page
    said = run("man", "--warnings", "-l", path, env={**os.environ, "MANWIDTH": "200", "LC_ALL": "C.UTF-8"})
    assert said.returncode == 0 and said.stderr == "", said.stderr[:400]
    lint = run("groff", "-man", "-Tutf8", "-ww", "-z", "-k", input=gzip.open(path, "rt").read())
    assert lint.stderr == "", lint.stderr[:400]


def test_the_pages_have_every_command_and_every_option(root):
    def shown(page):
        return run("man", "-l", root / "usr/share/man" / page,
                   env={**os.environ, "MANWIDTH": "400", "LC_ALL": "C.UTF-8"}).stdout

    commands, options = shown("man1/vigie.1.gz"), shown("man5/vigie.yaml.5.gz")
    names = re.findall(r"^  vigie ([\w-]+)", run(VIGIE, "help").stdout, re.M)
    assert len(set(names)) > 12 and all(re.search(rf"^   vigie {name}\b", commands, re.M) for name in names)
    rows = re.findall(r"^\| `([\w.]+)` \|", run(VIGIE, "help", "config").stdout, re.M)
    assert len(rows) > 100
    assert [row for row in rows if not re.search(rf"^ +{re.escape(row)}$", options, re.M)] == []


def completed(root, *words):
    """What bash offers for the last of these words."""
    script = root / "usr/share/bash-completion/completions/vigie"
    line = " ".join(f"'{w}'" for w in ("vigie", *words))
    done = run("bash", "-c", f"""compopt() {{ :; }}; . {script}
COMP_WORDS=({line}); COMP_CWORD={len(words)}; _vigie; printf '%s\\n' "${{COMPREPLY[@]}}\"""")
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return done.stdout.split()


def test_bash_completes_commands_options_and_settings(root):
    assert completed(root, "ser") == ["serve"]
    assert {"--role", "--config", "--init"} <= set(completed(root, "serve", "--"))
    assert completed(root, "serve", "--role", "in") == ["ingest"]
    assert completed(root, "token", "ro") == ["rotate"]
    assert completed(root, "token", "add", "MA", "--role", "an") == ["analyst"]
    assert completed(root, "serve", "--set", "redis.addr") == ["redis.address="]
    assert "--format" in completed(root, "check", "event", "--f")
    assert "event" in completed(root, "check", "")


def test_zsh_completes_too(root):
    folder = root / "usr/share/zsh/vendor-completions"
    done = run("zsh", "-f", "-c", f"""zmodload zsh/zpty
zpty z 'zsh -f -i'
zpty -w z 'PS1=; fpath=({folder} $fpath); autoload -U compinit; compinit -D -u'
zpty -w z 'vigie() {{ print -r -- "GOT $*" }}; print READY'
while zpty -r z line; do [[ $line = READY* ]] && break; done
zpty -w z $'vigie serv\t--ini\t--set redis.addr\tX'
while zpty -r z line; do print -r -- "$line"; [[ $line = *'GOT serve'* ]] && break; done
zpty -d z""", timeout=120)
    assert "GOT serve --init --set redis.address=X" in done.stdout, done.stdout + done.stderr


def test_the_units_are_ones_that_systemd_takes(root, tmp_path):
    paths = []
    for name in (*UNITS, "vigie.socket"):  # it looks for the program
        text = (root / "usr/lib/systemd/system" / name).read_text()
        paths.append(tmp_path / name.replace("@.", "@ingest."))
        paths[-1].write_text(text.replace("/usr/bin/vigie", str(root / "usr/bin/vigie")))
    said = run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *paths)
    assert said.returncode == 0 and said.stderr == "", said.stderr


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_exposes_little(root, name):
    said = run("systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE}",
               "--no-pager", root / "usr/lib/systemd/system" / name)
    assert said.returncode == 0, said.stdout[-300:]
    level = re.search(r"exposure level for \S+: ([\d.]+)", said.stdout).group(1)
    assert float(level) * 10 <= EXPOSURE


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_told_and_watched(root, name):
    text = (root / "usr/lib/systemd/system" / name).read_text()
    assert "\nType=notify\n" in text and re.search(r"^WatchdogSec=\d", text, re.M)
    words = re.search(r"^ExecStart=(.*)$", text, re.M).group(1).split()
    assert words[0] == "/usr/bin/vigie" and "log.format=journal" in words
    for setting in (w for w in words if "=" in w):
        assert f"`{setting.split('=')[0]}`" in run(VIGIE, "help", "config").stdout


def test_the_example_of_the_package_is_good(root, tmp_path):
    example = (root / "usr/share/doc/vigie/examples/vigie.yaml").read_text()
    config = tmp_path / "vigie.yaml"
    config.write_text(example.replace("/usr/share/vigie", str(root / "usr/share/vigie")))
    (tmp_path / "hash.key").write_bytes(os.urandom(16))
    (tmp_path / "tokens").touch(mode=0o640)
    done = run(root / "usr/bin/vigie", "check", "-c", config)
    assert done.returncode == 0 and "good: 2 partners" in done.stdout, done.stderr


def test_the_installed_binary_tells_the_demos_story(root, tmp_path):
    done = run(TOP / "dev" / "demo", "--once", timeout=300, env={
        **os.environ, "TMPDIR": str(tmp_path), "VIGIE_BIN": str(root / "usr/bin/vigie"),
        "VIGIE_RULES": str(root / "usr/share/vigie/rules")})
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "Silent Heron" in done.stdout and "MA -> IL -> AE" in done.stdout


class Manager:
    """What systemd is to a service: a socket that hears its state."""

    def __init__(self, folder):
        self.path = str(folder / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(60)

    def hears(self):
        return self.socket.recv(4096).decode()


def test_it_tells_its_manager_that_it_is_ready_lives_and_stops(world, tmp_path):
    w = world()
    manager = Manager(tmp_path)
    vigie = Process([VIGIE, "serve", "-c", str(w.config)], tmp_path / "vigie.log",
                    {"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "2000000"})
    try:
        assert manager.hears() == "READY=1", vigie.tail()
        assert [manager.hears() for _ in range(3)] == ["WATCHDOG=1"] * 3
        vigie.child.terminate()
        said = manager.hears()
        while said == "WATCHDOG=1":
            said = manager.hears()
        assert said == "STOPPING=1"
        assert vigie.stop() == 0
    finally:
        vigie.kill()


def test_it_answers_on_the_socket_that_systemd_opened(world, tmp_path):
    w = world()
    port = free_port()
    vigie = Process(["systemd-socket-activate", "-l", f"127.0.0.1:{port}", VIGIE, "serve", "-c",
                     str(w.config), "--set", "http.address=systemd", "--set", "log.format=json"],
                    tmp_path / "vigie.log")

    def answer():
        try:  # the first one starts it
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=60) as got:
                return got.status
        except OSError:
            return None

    try:
        assert await_that(answer, f"an answer\n{vigie.tail()}") == 200
        assert '"event":"http_listening","address":"systemd"' in vigie.text(), vigie.tail()
        assert vigie.stop() == 0
    finally:
        vigie.kill()


def test_there_is_no_folder_that_the_package_would_have_to_clean(root):
    assert not (root / "etc").exists() and not (root / "var").exists()
    for script in ("postinst", "prerm", "postrm"):
        assert run("sh", "-n", TOP / "packaging" / script).returncode == 0
