"""JSON:API as the rules of its standard see it, and what stands where."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.columns import Column, key
from dashboard.formats import FORMATS
from dashboard.formats.base import Layout, Place, Related
from dashboard.formats.jsonapi import member_names
from tests.formats.conftest import MADE, frame_of

ALLOWED = re.compile(
    r"[a-zA-Z0-9\u0080-\U0010ffff]([-_ a-zA-Z0-9\u0080-\U0010ffff]*[a-zA-Z0-9\u0080-\U0010ffff])?"
)
MAKER = Column("makers", "rows", "Makers", columns=(Column("name", "text", "Name"),))
ITEMS = Column(
    "items",
    "rows",
    "Items",
    columns=(Column("sku", "text", "SKU"), Column("product.name", "text", "Name"), MAKER),
)
RELATED = {"customer": Related("customers", ("id",)), "items": Related("order_items", ("sku",))}


def resources(file):
    found = json.loads(file.data, object_pairs_hook=unique)
    for resource in found:
        assert_follows_the_standard(resource)
    return found


def unique(pairs):
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def assert_follows_the_standard(resource):
    """What JSON:API 1.1 says of resource objects, in our words."""
    assert {"type", "id"} <= resource.keys() <= {"type", "id", "attributes", "relationships"}
    assert isinstance(resource["id"], str)
    fields = [*resource.get("attributes", {}), *resource.get("relationships", {})]
    assert len({*fields, "type", "id"}) == len(fields) + 2
    assert all(ALLOWED.fullmatch(name) for name in [*fields, resource["type"]])
    for relationship in resource.get("relationships", {}).values():
        linkage = relationship["data"]
        for identifier in linkage if isinstance(linkage, list) else [linkage] if linkage else []:
            assert {"type", "id"} <= identifier.keys() <= {"type", "id", "meta"}
            assert isinstance(identifier["id"], str)
            assert ALLOWED.fullmatch(identifier["type"])
            assert isinstance(identifier.get("meta", {}), dict)


def test_a_row_is_a_resource_object_on_a_line_of_one_array(render, frame_of):
    columns = (Column("id", "integer", "ID"), Column("total", "decimal", "Total"))
    parts = [frame_of(columns, [(1, "2.50"), (2, None)]), frame_of(columns, [(1, "3")])]
    file = render("jsonapi", columns, *parts)
    assert file.data.decode() == (
        '[\n{"type":"orders","id":"1","attributes":{"total":"2.50"}},\n'
        '{"type":"orders","id":"2","attributes":{"total":null}},\n'
        '{"type":"orders","id":"1","attributes":{"total":"3"}}\n]\n'
    )
    assert render("jsonapi", columns, frame_of(columns, [])).data == b"[]\n"


def test_a_key_of_several_columns_is_joined_and_its_columns_stay(render):
    columns = (Column("order", "integer", "Order"), Column("line", "text", "Line"))
    frame = frame_of(columns, [(7, "a")])
    frame = frame.with_columns(frame["order"].alias(key(0)), frame["line"].alias(key(1)))
    (resource,) = resources(render("jsonapi", columns, frame, key=("order", "line")))
    assert resource == {"type": "orders", "id": "7-a", "attributes": {"order": 7, "line": "a"}}


def test_a_key_alone_is_a_resource_without_attributes(render):
    columns = (Column("id", "integer", "ID"),)
    assert resources(render("jsonapi", columns, frame_of(columns, [(1,)]))) == [{"type": "orders", "id": "1"}]


def test_a_frame_without_keys_is_refused():
    columns = (Column("a", "integer", "A"),)
    with pytest.raises(ValueError, match="without the keys of its rows"):
        FORMATS["jsonapi"].fragment(
            frame_of(columns, [(1,)]).drop(key(0)),
            Layout(columns, "Orders", MADE, resource="orders"),
            Place(),
        )


def test_a_relation_with_its_key_is_a_relationship_and_the_rest_is_meta(render):
    columns = (
        Column("customer.email", "text", "Email"),
        Column("customer.id", "integer", "ID"),
        Column("note", "text", "Note"),
        Column("customer.country.name", "text", "Country"),
        ITEMS,
    )
    items = [{"sku": "a b", "product.name": "Apple", "makers": [{"name": "m"}]}]
    rows = [("x", 3, "n", "Peru", items), (None, None, None, None, [])]
    one, two = resources(render("jsonapi", columns, frame_of(columns, rows), related=RELATED))
    assert one["attributes"] == {"note": "n"}
    assert one["relationships"] == {
        "customer": {
            "data": {"type": "customers", "id": "3", "meta": {"email": "x", "country": {"name": "Peru"}}}
        },
        "items": {
            "data": [
                {
                    "type": "order_items",
                    "id": "a b",
                    "meta": {"product": {"name": "Apple"}, "makers": [{"name": "m"}]},
                }
            ]
        },
    }
    assert two["relationships"] == {"customer": {"data": None}, "items": {"data": []}}


def test_a_key_alone_of_a_relation_has_no_meta(render):
    columns = (Column("customer.id", "uuid", "ID"),)
    (resource,) = resources(render("jsonapi", columns, frame_of(columns, [("f-1",)]), related=RELATED))
    assert resource == {
        "type": "orders",
        "id": "1",
        "relationships": {"customer": {"data": {"type": "customers", "id": "f-1"}}},
    }


def test_a_relation_without_its_key_is_an_attribute(render):
    columns = (Column("customer.email", "text", "Email"), ITEMS)
    frame = frame_of(columns, [("x", [{"sku": "a", "product.name": "b", "makers": []}])])
    related = {**RELATED, "items": Related("order_items", ("id",))}
    (resource,) = resources(render("jsonapi", columns, frame, related=related))
    assert resource["attributes"] == {
        "customer": {"email": "x"},
        "items": [{"sku": "a", "product": {"name": "b"}, "makers": []}],
    }
    assert "relationships" not in resource


def test_a_key_that_does_not_fit_its_type_is_an_id_as_text(render):
    columns = (Column("customer.id", "integer", "ID"), Column("customer.email", "text", "Email"))
    frame = frame_of(columns, [(None, "x")], {"customer.id": ["C-1"]})
    (resource,) = resources(render("jsonapi", columns, frame, related=RELATED))
    assert resource["relationships"]["customer"]["data"] == {
        "type": "customers",
        "id": "C-1",
        "meta": {"email": "x"},
    }


def test_a_renamed_column_of_a_relation_is_an_attribute_of_that_name(render):
    columns = (
        Column("customer.id", "integer", "No.", alias="No."),
        Column("customer.email", "text", "Mail", alias="Mail"),
        Column("customer.name", "text", "Name"),
    )
    (resource,) = resources(render("jsonapi", columns, frame_of(columns, [(3, "x", "Ann")]), related=RELATED))
    assert resource["attributes"] == {"No": 3, "Mail": "x"}
    assert resource["relationships"]["customer"]["data"]["meta"] == {"name": "Ann"}


def test_names_that_the_standard_keeps_for_itself_are_others(render):
    names = ["id", "type", "links", "relationships", "attribute_id", "customer", "customer.id"]
    columns = tuple(Column(name, "integer", name) for name in names)
    file = render("jsonapi", columns, frame_of(columns, [range(7)]), key=("number",), related=RELATED)
    (resource,) = resources(file)
    assert resource["attributes"] == {
        "attribute_id_2": 0,
        "attribute_type": 1,
        "attribute_links": 2,
        "attribute_relationships": 3,
        "attribute_id": 4,
        "attribute_customer": 5,
    }
    assert resource["relationships"] == {"customer": {"data": {"type": "customers", "id": "6"}}}


def test_types_are_names_too(render):
    columns = (Column("a", "integer", "A"),)
    (resource,) = resources(render("jsonapi", columns, frame_of(columns, [(1,)]), resource="order.details"))
    assert resource["type"] == "order_details"


@given(st.lists(st.text("ab_-. €\0@id", max_size=5), unique=True, max_size=8))
def test_any_names_give_different_ones_that_the_standard_allows(names):
    found = member_names(names, ("id", "type"))
    assert len(set(found)) == len(names)
    assert not {"id", "type"} & set(found)
    for name, given_name in zip(found, names, strict=True):
        assert ALLOWED.fullmatch(name)
        if ALLOWED.fullmatch(given_name) and given_name not in ("id", "type"):
            assert name == given_name


def test_dry_data_have_no_id_and_no_blanks(render):
    columns = (Column("note", "text", "Note"), Column("customer.email", "text", "Email"), MAKER)
    frame = frame_of(columns, [("n", None, []), (None, None, [{"name": None}])])
    found = json.loads(render("jsonapi", columns, frame, dry=True, related=RELATED).data)
    assert found == [
        {"type": "orders", "attributes": {"note": "n"}},
        {"type": "orders", "attributes": {"makers": [{}]}},
    ]


def test_big_numbers_can_be_text_and_odd_values_are_counted(render):
    columns = (Column("n", "integer", "N"),)
    frame = frame_of(columns, [(2**53,), (None,)], {"n": [None, "\ufffe"]})
    file = render("jsonapi", columns, frame, big_numbers="string")
    assert [one["attributes"]["n"] for one in resources(file)] == [str(2**53), "\ufffe"]
    assert file.warnings == {"odd_values": 1}
