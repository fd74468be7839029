"""Each role's part of the schema: whole in itself, nothing added, nothing that can never be."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    lexicographic_sort_schema,
    print_schema,
    validate_schema,
)

from commonweal.access import FIELDS, KINDS, OPERATIONS, Anyone, Either, Rule
from commonweal.web.printed_roles import ROLES, part_of, printed_roles
from tests.asking import schema


@cache
def whole() -> str:
    return print_schema(lexicographic_sort_schema(schema().graphql_schema))


@cache
def sdl_of(role: str) -> str:
    return printed_roles(whole())[f"roles/{role}.graphql"]


def everything(schema: GraphQLSchema) -> Iterator[str]:
    """A line for each type, value, member, interface, field and argument, with its type."""
    for name, type_ in schema.type_map.items():
        yield f"{type(type_).__name__} {name}"
        yield from (f"{name} is {each.name}" for each in getattr(type_, "interfaces", ()))
        if isinstance(type_, GraphQLEnumType):
            yield from (f"{name}.{value}" for value in type_.values)
        if isinstance(type_, GraphQLUnionType):
            yield from (f"{name} may be {each.name}" for each in type_.types)
        for field_name, field in getattr(type_, "fields", {}).items():
            yield f"{name}.{field_name}: {field.type}"
            for argument_name, argument in getattr(field, "args", {}).items():
                yield f"{name}.{field_name}({argument_name}: {argument.type})"


@pytest.mark.parametrize("role", ROLES)
def test_a_role_s_schema_is_whole_in_itself_and_a_part_of_the_service_s(role: str) -> None:
    made = build_schema(sdl_of(role))

    assert validate_schema(made) == []
    assert {*everything(made)} <= {*everything(build_schema(whole()))}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_s_operations_and_private_fields_are_those_whose_rule_may_hold(role: str) -> None:
    made = build_schema(sdl_of(role))
    there = {
        f"{name}.{field}"
        for name, type_ in made.type_map.items()
        for field in getattr(type_, "fields", {})
    }
    mutations = {name for name in OPERATIONS if name.startswith("Mutation.")}
    allowed = {name for name in mutations if ROLES[role](OPERATIONS[name])}

    assert there & mutations == allowed
    assert not [name for name in there & FIELDS.keys() if not ROLES[role](FIELDS[name])]
    kinds = made.type_map.keys() & KINDS.keys()
    assert not [kind for kind in kinds if not ROLES[role](KINDS[kind])]


def test_a_stranger_s_schema_knows_of_no_proposal_and_of_no_officer_s_mutation() -> None:
    assert "type Proposal " in sdl_of("officer")
    assert "publishListing" in sdl_of("officer")
    for role in ("stranger", "resident"):
        assert "type Proposal " not in sdl_of(role)
        assert "proposals(" not in sdl_of(role)
        assert "publishListing" not in sdl_of(role)
        assert "type Query" in sdl_of(role)


def test_who_may_do_everything_has_the_whole_schema() -> None:
    assert print_schema(build_schema(part_of(whole(), lambda _: True))) == whole()


def test_with_an_interface_go_its_kinds_the_lists_of_them_and_what_only_they_lead_to() -> None:
    made = build_schema(part_of(whole(), lambda rule: rule != KINDS["Listing"]))
    gone = {"Listing", "AssetListing", "SearchConnection", "SearchEdge", "Opening", "ListingOrder"}

    assert gone <= build_schema(whole()).type_map.keys()
    assert not gone & made.type_map.keys()
    assert made.query_type
    assert not {"listing", "search"} & made.query_type.fields.keys()
    assert "Asset" in made.type_map
    assert validate_schema(made) == []


def test_a_rule_that_no_role_knows_is_a_defect_wherever_it_stands() -> None:
    @dataclass(frozen=True)
    class Weather(Rule):
        pass

    for holds in ROLES.values():
        for rule in (Weather(), Either(Anyone(), Weather())):
            with pytest.raises(TypeError, match="Weather"):
                holds(rule)
