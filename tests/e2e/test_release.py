"""What is released: one version, a bill of materials that is valid, the same bytes twice."""
import hashlib
import json
import os
import re
import subprocess

from harness import TOP, VIGIE
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document


def run(*words, **more):
    return subprocess.run([str(w) for w in words], text=True, capture_output=True, check=True, **more)


def sbom(tmp_path):
    file = tmp_path / "vigie.spdx.json"
    file.write_text(run(TOP / "dev" / "sbom", "--bin", VIGIE).stdout)
    return file


def test_the_version_is_said_once():
    version = re.search(r"^project\(vigie VERSION ([\d.]+) ", (TOP / "CMakeLists.txt").read_text(), re.M)[1]
    assert run(VIGIE, "--version").stdout == f"vigie {version}\n"
    released = re.findall(r"^## (\S+)", (TOP / "CHANGELOG.md").read_text(), re.M)
    assert version in released and released.index(version) <= 1
    assert re.search(rf"^## {re.escape(version)} \(\d{{4}}-\d\d-\d\d\)$",
                     (TOP / "CHANGELOG.md").read_text(), re.M)
    assert f"\"{version}\"" not in (TOP / "main.c").read_text()


def test_the_bill_of_materials_is_valid(tmp_path):
    document = parse_file(str(sbom(tmp_path)))
    assert [str(m) for m in validate_full_spdx_document(document)] == []
    assert document.creation_info.spdx_version == "SPDX-2.3"


def test_the_bill_of_materials_names_all_that_the_binary_is_of(tmp_path):
    bill = json.loads(sbom(tmp_path).read_text())
    by_name = {p["name"]: p for p in bill["packages"]}
    digest = hashlib.sha256(open(VIGIE, "rb").read()).hexdigest()
    assert by_name["vigie"]["checksums"] == [{"algorithm": "SHA256", "checksumValue": digest}]
    shown = run("ldd", VIGIE).stdout
    needed = re.findall(r"\(NEEDED\).*\[(.*?)\]", run("readelf", "-d", VIGIE).stdout)
    linked = [r for r in bill["relationships"] if r["relationshipType"] == "DYNAMIC_LINK"]
    owners = {re.match(r"[a-z0-9.+-]+", run("dpkg", "-S", "*/" + os.path.basename(os.path.realpath(
        re.search(rf"{re.escape(name)} => (\S+)", shown)[1]))).stdout)[0]
        for name in needed if f"{name} =>" in shown}
    assert len(needed) > 10 and {"librdkafka1", "libc6"} <= owners <= set(by_name)
    assert len(linked) == len(owners)
    assert "pymispgalaxies" in by_name
    locked = json.loads((TOP / "web" / "package-lock.json").read_text())["packages"]
    for path, one in locked.items():
        name = path.rpartition("node_modules/")[2]
        if name and not one.get("dev") and not one.get("optional"):
            assert by_name[name]["versionInfo"] == one["version"]


def test_the_bill_of_materials_is_the_same_twice(tmp_path):
    first = sbom(tmp_path).read_bytes()
    assert sbom(tmp_path).read_bytes() == first


def test_the_package_is_the_same_bytes_twice(tmp_path):
    """Of one build; dev/release compares two."""
    build = os.path.dirname(os.path.realpath(VIGIE))
    run("cmake", "--build", build, "--target", "pages")
    sums = set()
    for name in ("a", "b-longer"):
        run("cpack", "--config", f"{build}/CPackConfig.cmake", "-B", tmp_path / name,
            env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"})
        [deb] = (tmp_path / name).glob("*.deb")
        sums.add(hashlib.sha256(deb.read_bytes()).hexdigest())
    assert len(sums) == 1
