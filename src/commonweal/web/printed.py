"""The files of `schema/`: printed from the code, compared in CI, read by people and their tools."""

import importlib
import pkgutil
from pathlib import Path
from typing import Final

from graphql import lexicographic_sort_schema, print_schema

import commonweal
from commonweal import access
from commonweal.kernel.errors import ERRORS
from commonweal.kernel.lifecycle import LIFECYCLES
from commonweal.kernel.limits import LIMITS
from commonweal.kernel.retention import RETENTION

from .printed_roles import printed_roles
from .schema import build

FOLDER: Final = Path("schema")


def printed() -> dict[str, str]:
    """File name -> content, as the code has it now."""
    sdl = print_schema(lexicographic_sort_schema(build().graphql_schema)) + "\n"
    return {
        "commonweal.graphql": sdl,
        **printed_roles(sdl),
        "permissions.md": permissions(),
        "lifecycles.md": lifecycles(),
        "errors.md": errors(),
        "limits.md": limits(),
        "retention.md": retention(),
    }


def outdated(folder: Path) -> list[str]:
    """The files that differ from what the code says."""
    return [
        name
        for name, text in printed().items()
        if not (folder / name).exists() or (folder / name).read_text(encoding="utf-8") != text
    ]


def lifecycles() -> str:
    import_everything()
    parts = ["# What may become of what"]
    for noun, lifecycle in sorted(LIFECYCLES.items()):
        parts += [f"\n## {noun}\n", f"```mermaid\n{lifecycle.diagram().strip()}\n```"]
    return "\n".join(parts) + "\n"


def limits() -> str:
    import_everything()
    rows = [
        f"| {name} | {limit.value:,} {limit.unit} | {limit.why} |"
        for name, limit in sorted(LIMITS.items())
    ]
    return "\n".join(["| limit | at most | why |", "| --- | ---: | --- |", *rows]) + "\n"


def retention() -> str:
    import_everything()
    head = ["| what | kept for | from | why |", "| --- | --- | --- | --- |"]
    rows = []
    for (what, since), row in sorted(RETENTION.items()):
        lasting = "as long as the service stands" if row.days is None else f"{row.days:,} days"
        rows.append(f"| {what} | {lasting} | {since} | {row.why} |")
    return "\n".join([*head, *rows]) + "\n"


def import_everything() -> None:
    """Whichever command prints: every room's errors, limits and so on."""
    for module in pkgutil.walk_packages(commonweal.__path__, "commonweal."):
        importlib.import_module(module.name)


def errors() -> str:
    import_everything()
    rows = [
        f"| `{code}` | {error.says.replace('|', '/')} | {', '.join(error.fact_names)} |"
        for code, error in sorted(ERRORS.items())
        if error.__module__.startswith("commonweal.")
    ]
    head = ["# Refusals, and what to do about them", "", "| code | says | facts |", "|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n"


def permissions() -> str:
    """The tables as Markdown, for schema/permissions.md."""
    parts = ["# Who may do what", "", "| Operation | who | a token's scope |", "|---|---|---|"]
    parts += [
        f"| `{name}` | {rule} | {access.SCOPES.get(name, '')} |"
        for name, rule in sorted(access.OPERATIONS.items())
    ]
    tables = {"Rows of this kind exist for": access.KINDS, "Private field": access.FIELDS}
    for title, rules in tables.items():
        parts += ["", f"| {title} | who |", "|---|---|"]
        parts += [f"| `{name}` | {rule} |" for name, rule in sorted(rules.items())]
    return "\n".join([*parts, ""])
