"""What the repository's files must not hold, whoever writes them.

The patterns are written so that they do not match their own text here.
"""

import fnmatch
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IGNORED = [".git", *(ROOT / ".gitignore").read_text().replace("/\n", "\n").split("\n")]
CODE = {".py", ".md", ".toml", ".yml", ".yaml", ".mjs", ".js", ".html", ".css", ".sql", ""}

# Which mirror a machine installs from is the machine's affair.
REGISTRY_HOST = re.compile(
    r"pyp[i]\.org|pythonhoste[d]|npmj[s]\.org|deb\.debia[n]\.org|archive\.ubunt[u]|proxy\.golan[g]"
    r"|gh[c]r\.io|docke[r]\.io|hub\.docke[r]|qua[y]\.io|cond[a]\.anaconda",
    re.IGNORECASE,
)
MACHINE_PATH = re.compile(r"(?<![\w./:-])/(wor[k]|far[m]|roo[t]|hom[e]|User[s]|op[t])/\w")
UNFINISHED = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X]|HAC[K])\b")

REQUIREMENT = re.compile(
    r"(?m)^(\S+?)==(\S+)((?: ;[^\\\n]+)?)((?: \\\n    --hash=sha256:\w{64})*)$"
)


def files(folder: Path = ROOT) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if any(fnmatch.fnmatch(path.name, pattern) for pattern in IGNORED):
            continue
        if path.is_dir():
            yield from files(path)
        else:
            yield path


TEXTS = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8", errors="replace")
    for path in files()
}


def matches(pattern: re.Pattern[str], suffixes: set[str] | None = None) -> list[str]:
    return [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1} {match.group()}"
        for name, text in TEXTS.items()
        if suffixes is None or Path(name).suffix in suffixes
        for match in pattern.finditer(text)
    ]


def test_no_registry_host_is_named() -> None:
    assert not matches(REGISTRY_HOST)


def test_no_path_of_some_machine_is_named() -> None:
    assert not matches(MACHINE_PATH)


def test_nothing_is_marked_as_unfinished() -> None:
    assert not matches(UNFINISHED, CODE)


@pytest.mark.parametrize("name", ["constraints.txt", "constraints-dev.txt"])
def test_every_pinned_package_has_hashes_and_no_address(name: str) -> None:
    text = TEXTS[name]

    assert all(match[4] for match in REQUIREMENT.finditer(text))
    assert not REQUIREMENT.sub("", text).strip(), "a line that is no pinned package"


def test_both_constraints_files_name_the_same_versions() -> None:
    run, develop = (
        {match[0] for match in REQUIREMENT.finditer(TEXTS[name])}
        for name in ("constraints.txt", "constraints-dev.txt")
    )

    assert run <= develop


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (REGISTRY_HOST, "https://pyp" + "i.org/simple"),
        (MACHINE_PATH, 'open("' + "/home" + '/someone/file")'),
        (UNFINISHED, "# TO" + "DO: more"),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)
