"""What holds for every file of the repository."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[1]
MOST_LINES = 500

# Assembled here, so that this file holds none of them either.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("anaconda", "org"),
        ("crates", "io"),
        ("rubygems", "org"),
        ("nuget", "org"),
        ("jfrog", "io"),
    )
]
INDEX_OPTIONS = ["--" + option for option in ("index" + "-url", "extra-index" + "-url", "find-links", "trusted-host")]
MACHINE_PATHS = re.compile("(?:^|[\\s\"'(=:])/(?:" + "|".join(("home", "Users", "root", "work", "mnt")) + ")/\\w")


@cache
def files() -> tuple[Path, ...]:
    """Every file that is tracked, or would be; all of them where there is no git."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return tuple(path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file())


def texts() -> list[tuple[str, str]]:
    return [(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8", errors="replace")) for path in files()]


def test_no_file_names_a_package_registry() -> None:
    found = [(name, host) for name, text in texts() for host in REGISTRIES if host in text.lower()]
    assert found == []


@pytest.mark.parametrize("name", ["requirements.txt", ".ci/requirements.txt"])
def test_requirements_are_pinned_by_hash_and_name_no_index(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert [option for option in INDEX_OPTIONS if option in text] == []
    entries = re.split(r"\n(?=[A-Za-z0-9])", text)
    pinned = [entry for entry in entries if re.match(r"[A-Za-z0-9._-]+==", entry)]
    assert len(pinned) > 50
    assert [entry.splitlines()[0] for entry in pinned if "--hash=sha256:" not in entry] == []


def test_no_module_is_long() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in (ROOT / "reconciler").rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }
    assert long == {}


def test_no_file_names_a_path_of_some_machine() -> None:
    found = [(name, line) for name, text in texts() for line in text.splitlines() if MACHINE_PATHS.search(line)]
    assert found == []


def markdown() -> list[Path]:
    return [path for path in sorted(files()) if path.suffix == ".md"]


def links(page: Path) -> list[str]:
    """Targets of the links of a page, those in code left out."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [
        target for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target and target[:7] != "mailto:"
    ]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_of_pages_resolve() -> None:
    broken = []
    for page in markdown():
        for target in links(page):
            path, _, anchor = unquote(target).partition("#")
            aim = (page.parent / path).resolve() if path else page
            if not aim.exists() or (anchor and aim.suffix == ".md" and anchor not in anchors(aim)):
                broken.append((str(page.relative_to(ROOT)), target))
    assert broken == []


def test_every_page_of_the_documentation_is_in_its_index() -> None:
    index = ROOT / "docs/README.md"
    listed = {(index.parent / target.partition("#")[0]).resolve() for target in links(index)}
    pages = {path for path in markdown() if path.is_relative_to(ROOT / "docs")}
    fragments = {path for path in pages if path.parent == ROOT / "docs/changelog" and path.name != "README.md"}
    assert pages - fragments - {index} <= listed


def test_schemas_that_editors_are_pointed_at_exist() -> None:
    pointed = {}
    others = (ROOT / "reconciler.yaml", ROOT / "docs/demo/cloud.yaml")
    for path in (*sorted((ROOT / "manifests").rglob("*.yaml")), *others):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        schema = first.removeprefix("# yaml-language-server: $schema=")
        pointed[str(path.relative_to(ROOT))] = schema != first and (path.parent / schema).is_file()
    assert [name for name, right in pointed.items() if not right] == []


def test_actions_are_pinned_by_commit() -> None:
    used = [line for name, text in texts() if name.startswith(".github/") for line in re.findall(r"uses: .+", text)]
    assert used
    assert [line for line in used if not re.fullmatch(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*", line)] == []


CODES = (
    re.compile(r'Severity\.\w+,\s*"([a-z-]+)"'),
    re.compile(r'(?:problem|_at_table)\(\s*link,\s*(?:table,\s*)?"([a-z-]+)"'),
    re.compile(r'^\s+\(?"((?:environment|no)-[a-z-]+)",', re.MULTILINE),
    re.compile(r'\("(environment-[a-z-]+)"'),
)


def test_every_code_that_a_plan_can_say_is_on_the_page_of_codes() -> None:
    folders = ("resources", "live", "plan", "clients", "cli")
    sources = [path.read_text("utf-8") for folder in folders for path in (ROOT / "reconciler" / folder).glob("*.py")]
    said = {code for source in sources for pattern in CODES for code in pattern.findall(source)}
    page = set(re.findall(r"^\| `([a-z-]+)` \|", (ROOT / "docs" / "diagnostics.md").read_text("utf-8"), re.MULTILINE))
    assert said == page


# What a reviewer would have to find in every pull request: who may use it, by the beginning of the module's path.
DANGERS = {
    r"shell=True|os\.system|os\.popen|\bpty\b": (),
    r"(?<![\w.])(?:eval|exec|compile)\(|__import__\(": (),
    r"\bpickle\b|\bmarshal\b|\bshelve\b": (),
    r"yaml\.(?:load|full_load|unsafe_load|load_all)\(|yaml\.(?:Loader|UnsafeLoader|FullLoader)": (),
    r"verify=False|CERT_NONE|check_hostname = False|_create_unverified_context": (),
    r"allow_redirects=True|RedirectPolicy|follow_redirects": (),
    r"xml\.etree|xml\.dom|xml\.sax\.(?!saxutils)|lxml": (),
    r"extractall\(|\.extract\(": (),
    r"^\s*(?:import|from) requests\b": ("clients/",),
    r"(?:import|from) (?:httpx|urllib\.request|http\.client|socket)\b": (
        "clients/",
        "simulator/",
        "cli/session.py",
        "cli/locking.py",
    ),
    r"\bsubprocess\b": ("cli/commit.py", "cli/policy.py"),
}


@pytest.mark.parametrize("danger", DANGERS)
def test_what_is_dangerous_stands_where_it_was_reviewed(danger: str) -> None:
    package = ROOT / "reconciler"
    found = [
        (name, line.strip())
        for path in package.rglob("*.py")
        if not (name := path.relative_to(package).as_posix()).startswith(DANGERS[danger])
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(danger, line) and not line.lstrip().startswith(("#", '"""'))
    ]
    assert found == []


def test_each_exception_from_a_rule_of_security_says_why() -> None:
    silent = re.compile(r"# noqa: [A-Z0-9, ]*S\d+[^-]*$")
    lines = [(name, line) for name, text in texts() if name.startswith("reconciler/") for line in text.splitlines()]
    assert [(name, line) for name, line in lines if silent.search(line)] == []


def test_ci_asks_for_advisories_of_all_that_is_installed() -> None:
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    for name in ("requirements.txt", ".ci/requirements.txt"):
        assert re.search(rf"pip-audit --require-hashes .*--requirement {re.escape(name)}$", workflow, re.MULTILINE)


def test_the_threats_of_the_security_page_name_tests_that_exist() -> None:
    page = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    rows = [line for line in page.partition("## What could be tried")[2].splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 8
    assert [row for row in rows if "](tests/" not in row] == []
