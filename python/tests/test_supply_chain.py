"""What is built from, and with what rights: held to its numbers and reasons.

Licences, sources and who may use what are `deny.toml`'s, which `make policy` checks.
"""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
WHEEL = "python"

# All crates of `Cargo.lock`, for every system and with the tests. 287 when it was set: 233 of them are built on Linux,
# 54 for macOS and Windows alone. Whoever adds one that brings more says here what it brings, and for what.
CEILING = 290


def test_there_is_a_ceiling_for_the_number_of_crates():
    assert len(crates()) <= CEILING, f"{len(crates())} crates: take one away, or raise the ceiling with a reason"
    assert len(crates()) > CEILING - 20, "the ceiling is far off: lower it"


def test_every_crate_is_of_the_registry_with_its_checksum_or_our_own():
    own = {read(manifest)["package"]["name"] for manifest in manifests()}
    for crate in crates():
        if crate["name"] in own:
            assert "source" not in crate, crate
        else:
            assert crate["source"] == "registry+https://github.com/rust-lang/crates.io-index", crate
            assert re.fullmatch(r"[0-9a-f]{64}", crate["checksum"]), crate


def test_no_crate_but_the_wheel_may_have_unsafe_code():
    # What is forbidden cannot be allowed again further down: the compiler holds this once the lints are taken over.
    assert read("Cargo.toml")["workspace"]["lints"]["rust"]["unsafe_code"] == "forbid"
    for manifest in manifests():
        lints = read(manifest)["lints"]
        if manifest == f"{WHEEL}/Cargo.toml":
            assert lints["rust"]["unsafe_code"] == "deny"
        else:
            assert lints == {"workspace": True}, manifest


def test_the_wheel_has_unsafe_code_in_one_place_that_says_why():
    lines = [line.strip() for file in (ROOT / WHEEL / "src").rglob("*.rs") for line in read_lines(file)]
    assert len([line for line in lines if re.search(r"\bunsafe\b", line)]) == 1
    allowed = [line for line in lines if "unsafe_code" in line]
    assert len(allowed) == 1
    assert re.fullmatch(r'#\[expect\(unsafe_code, reason = ".+"\)\]', allowed[0])


def test_the_wheel_has_every_other_lint_of_the_workspace():
    ours, theirs = read("Cargo.toml")["workspace"]["lints"], read(f"{WHEEL}/Cargo.toml")["lints"]
    # It stands outside of the platform: Python is what it asks; and nothing of it is fuzzed.
    left_out = {("clippy", "disallowed_methods"), ("rust", "unexpected_cfgs")}
    for kind, lints in ours.items():
        for name, level in lints.items():
            if (kind, name) not in left_out and name != "unsafe_code":
                assert theirs[kind].get(name) == level, name


def test_nothing_of_ours_runs_while_it_is_built():
    assert [path for manifest in manifests() if (path := ROOT / manifest).with_name("build.rs").exists()] == []
    assert [manifest for manifest in manifests() if "build" in read(manifest)["package"]] == []


def test_every_dependency_has_its_reason_beside_it():
    part = (ROOT / "Cargo.toml").read_text(encoding="utf-8").split("[workspace.dependencies]\n")[1].split("\n[")[0]
    lines = [line for line in part.splitlines() if line and not line.startswith("carto-")]
    assert len(lines) > 30
    assert [line for line in lines if not re.search(r" # \S", line)] == []


def test_every_crate_takes_its_dependencies_from_there():
    for manifest in manifests():
        whole = read(manifest)
        tables = [whole, *whole.get("target", {}).values()]
        kinds = ("dependencies", "dev-dependencies", "build-dependencies")
        for name, wanted in [one for table in tables for kind in kinds for one in table.get(kind, {}).items()]:
            assert wanted.get("workspace") is True, f"{manifest}: {name}"


def test_only_one_crate_of_ours_names_the_sender_and_only_the_wheel_names_python():
    bans = {ban["crate"]: ban for ban in read("deny.toml")["bans"]["deny"]}
    assert bans["reqwest"]["wrappers"] == ["carto-auth"]
    assert bans["pyo3"]["wrappers"] == ["carto-auth-python"]
    assert [name for name, ban in bans.items() if not ban.get("reason")] == []


def test_the_package_of_python_needs_no_other():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "dependencies" not in project["project"]
    assert project["tool"]["maturin"]["locked"] is True


# The machinery.


def crates():
    return read("Cargo.lock")["package"]


def manifests():
    """The manifest of each crate of the workspace."""
    found = []
    for member in read("Cargo.toml")["workspace"]["members"]:
        found += [path.relative_to(ROOT).as_posix() for path in ROOT.glob(f"{member}/Cargo.toml")]
    return sorted(found)


def read(path):
    return tomllib.loads((ROOT / path).read_text(encoding="utf-8"))


def read_lines(file):
    return file.read_text(encoding="utf-8").splitlines()
