"""sources.toml and reflection: what becomes of a database, and what is said when something is wrong."""

import pickle
import sqlite3
import textwrap

import pytest

from dashboard.sources import CatalogError, UnknownField, Unreachable, load

SHOP = """
    CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT UNIQUE, secret TEXT);
    CREATE TABLE orders (
        id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers(id), "created.at" DATETIME,
        total NUMERIC(10,2), parent_id INTEGER REFERENCES orders, payer_email TEXT REFERENCES customers(email),
        wrong TEXT REFERENCES customers(id), loose TEXT REFERENCES customers(secret)
    );
    CREATE TABLE "Order Notes" (order_id INTEGER, place INTEGER, body STRING, PRIMARY KEY (order_id, place));
    CREATE TABLE log (line TEXT);
    CREATE VIEW recent AS SELECT * FROM orders;
    CREATE VIRTUAL TABLE words USING fts5(body);
"""


NOTES = """
    [sources.shop]
    url = "SHOP"
    [resources.orders]
    labels.de = "Bestellungen"
    [resources.orders.relations.notes]
    resource = "order_notes"
    on = { id = "order_id" }
    many = true
    label = "Remarks"
    labels = { de = "Bemerkungen" }
    [resources.orders.relations.customer]
    label = "Buyer"
    labels = { de = "Käufer" }
    [resources.customers]
    [resources.order_notes]
    table = "Order Notes"
    [resources.order_notes.relations.order]
    resource = "orders"
    on = { order_id = "id" }
"""


@pytest.fixture
def shop(tmp_path):
    with sqlite3.connect(tmp_path / "shop.sqlite") as connection:
        connection.executescript(SHOP)
    return tmp_path / "shop.sqlite"


@pytest.fixture
def catalog_file(tmp_path, shop):
    def write(text):
        path = tmp_path / "sources.toml"
        path.write_text(textwrap.dedent(text).replace("SHOP", f"sqlite:///{shop}"))
        return str(path)

    return write


def test_a_url_alone_gives_every_table_with_a_primary_key(shop):
    catalog = load(f"sqlite:///{shop}")
    assert list(catalog.resources) == ["order_notes", "customers", "orders"]
    assert catalog.resources["order_notes"].label == "Order notes"
    assert {one.name: one.type for one in catalog.resources["orders"].fields} == {
        "id": "integer",
        "customer_id": "integer",
        "created.at": "datetime",
        "total": "decimal",
        "parent_id": "integer",
        "payer_email": "text",
        "wrong": "text",
        "loose": "text",
    }


def test_foreign_keys_become_relations_where_a_join_finds_one_row(shop):
    orders = load(f"sqlite:///{shop}").resources["orders"]
    to_one = {one.name: (one.resource, one.on) for one in orders.relations if not one.many}
    assert to_one == {
        "customer": ("customers", (("customer_id", "id"),)),
        "parent": ("orders", (("parent_id", "id"),)),
        "payer_email": ("customers", (("payer_email", "email"),)),
    }
    many = {one.name: one.on for one in load(f"sqlite:///{shop}").resources["customers"].relations}
    assert many == {"orders": (("id", "customer_id"),), "orders_2": (("email", "payer_email"),)} or many == {
        "orders": (("email", "payer_email"),),
        "orders_2": (("id", "customer_id"),),
    }


def test_paths_follow_relations_three_levels_and_no_further(shop):
    catalog = load(f"sqlite:///{shop}")
    assert catalog.field("orders", "parent.parent.parent.id").type == "integer"
    assert catalog.field("orders", "parent.created.at").type == "datetime"
    for path in (
        "parent.parent.parent.parent.id",
        "nope",
        "customer",
        "customer.",
        "customer.nope",
        "orders.id",
        "",
    ):
        with pytest.raises(UnknownField) as refusal:
            catalog.field("orders", path)
        assert str(refusal.value) == path


def test_a_form_gets_own_fields_then_those_one_relation_away(shop):
    catalog = load(f"sqlite:///{shop}")
    names = [one.name for one in catalog.choices("orders")]
    assert names[0] == "id"
    assert "customer.email" in names
    assert "parent.customer.email" not in names
    assert set(catalog.types("orders")) == set(names)


def test_columns_come_in_the_asked_order_with_labels(shop):
    catalog = load(f"sqlite:///{shop}")
    columns = catalog.columns("orders", ["total", "customer.email", "parent.id"])
    assert [(one.name, one.label) for one in columns] == [
        ("total", "Total"),
        ("customer.email", "Customer email"),
        ("parent.id", "Parent ID"),
    ]
    assert len(catalog.columns("orders")) == 8
    with pytest.raises(ValueError, match="“total” was asked for twice"):
        catalog.columns("orders", ["total", "id", "total"])


def names(columns):
    """Each column's name; of related rows a pair with the names of their columns."""
    return [(one.name, names(one.columns)) if one.type == "rows" else one.name for one in columns]


OWN = ["id", "customer_id", "created.at", "total", "parent_id", "payer_email", "wrong", "loose"]
LINES = ["order_id", "place", "body"]


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["*"], OWN),
        (["customer.*", "id"], ["customer.id", "customer.email", "customer.secret", "id"]),
        (["notes"], [("notes", LINES)]),
        (["notes.*", "total"], [("notes", LINES), "total"]),
        (["notes.body", "total", "notes.place"], [("notes", ["body", "place"]), "total"]),
        (["total", "notes.body", "notes", "notes.*"], ["total", ("notes", ["body", "order_id", "place"])]),
        (["id", "customer.email", "customer.*", "customer.email.x"], None),
        (["customer.email", "customer.*"], ["customer.email", "customer.id", "customer.secret"]),
        (
            ["*", "total", "*"],
            ["id", "customer_id", "created.at", "total", "parent_id", "payer_email", "wrong", "loose"],
        ),
        (["notes.order.total"], [("notes", ["order.total"])]),
        (["customer.orders.total"], [("customer.orders", ["total"])]),
        (["customer.orders.notes.body"], [("customer.orders", [("notes", ["body"])])]),
        (["customer.orders.notes"], [("customer.orders", [("notes", LINES)])]),
        (["notes.created.at"], None),
        (["notes.order.created.at"], [("notes", ["order.created.at"])]),
        (["orders.notes.order.customer.email"], None),
        (["customer.orders.notes.order.total"], None),
        (["customer.orders.customer.orders.*"], None),
        (["notes.nope"], None),
        (["nope.*"], None),
        (["customer"], None),
        (["notes."], None),
        (["*.id"], None),
        (["notes.*.body"], None),
        ([""], None),
    ],
)
def test_paths_become_columns_and_those_of_related_rows_one(catalog_file, paths, expected):
    catalog = load(catalog_file(NOTES))
    if expected is None:
        with pytest.raises(UnknownField) as refusal:
            catalog.columns("orders", paths)
        assert str(refusal.value) == paths[-1]
    else:
        assert names(catalog.columns("orders", paths)) == expected


@pytest.mark.parametrize("path", ["total", "customer.email", "notes.body", "customer.orders.notes.body"])
def test_a_field_asked_for_twice_by_its_name_is_refused(catalog_file, path):
    catalog = load(catalog_file(NOTES))
    with pytest.raises(ValueError, match=f"“{path}” was asked for twice"):
        catalog.columns("orders", [path, "id", path])


def test_the_resources_that_columns_lead_into_are_known(catalog_file):
    catalog = load(catalog_file(NOTES))

    def reached(*paths):
        return [one.name for one in catalog.reached("orders", catalog.columns("orders", paths))]

    assert reached("*") == []
    assert reached("id", "customer.email") == ["customers"]
    assert reached("notes.body") == ["order_notes"]
    assert reached("customer.orders.notes.body") == ["customers", "order_notes", "orders"]
    assert reached("notes.order.total") == ["order_notes", "orders"]


def test_related_rows_are_called_by_their_relation_in_the_language(catalog_file):
    catalog = load(catalog_file(NOTES))

    def labels(path, language):
        (column,) = catalog.columns("orders", [path], language)
        return [column.label, *(one.label for one in column.columns)]

    assert labels("notes.order.total", "en") == ["Remarks", "Order total"]
    assert labels("notes.order.total", "de") == ["Bemerkungen", "Order Total"]
    assert labels("customer.orders.id", "en") == ["Buyer orders", "ID"]
    assert labels("customer.orders.id", "de") == ["Käufer Bestellungen", "ID"]
    assert labels("customer.email", "fr") == ["Buyer email"]
    assert labels("customer.email", "de") == ["Käufer Email"]


def test_a_form_gets_the_related_rows_with_what_may_be_asked_of_them(catalog_file):
    catalog = load(catalog_file(NOTES))
    related = {one.name: one for one in catalog.related("orders", "de")}
    assert set(related) == {"notes", "orders"}
    assert related["notes"].label == "Bemerkungen"
    assert names(related["notes"].columns) == LINES, "and not the way back to the order"
    assert "customer.email" in names(related["orders"].columns)
    assert "parent.id" not in names(related["orders"].columns)
    for rows in related.values():
        asked = [f"{rows.name}.{one.name}" for one in rows.columns]
        assert catalog.columns("orders", asked, "de") == (rows,)


def test_a_catalog_can_be_pickled_and_holds_no_connection(shop):
    catalog = pickle.loads(pickle.dumps(load(f"sqlite:///{shop}")))
    catalog.source("orders").check()


def test_a_file_names_describes_and_restricts(catalog_file, shop):
    catalog = load(
        catalog_file(
            """
            [sources.shop]
            url = "${WHERE}"

            [resources.purchases]
            table = "orders"
            label = "Purchases"
            labels = { de = "Käufe" }
            roles = ["support"]
            only = ["total", "id"]

            [resources.purchases.fields.total]
            label = "Sum"
            percent = true
            labels.de = "Summe"
            scale = 3
            personal = true

            [resources.people]
            table = "customers"
            """
        ),
        {"WHERE": f"sqlite:///{shop}"},
    )
    purchases = catalog.resources["purchases"]
    assert (purchases.label, purchases.labels, purchases.roles) == (
        "Purchases",
        {"de": "Käufe"},
        ("support",),
    )
    assert [one.name for one in purchases.fields] == ["total", "id"]
    assert purchases.key == ("id",)
    (column,) = catalog.columns("purchases", ["total"], "de")
    assert (column.label, column.scale, column.personal, column.percent) == ("Summe", 3, True, True)
    assert names(catalog.columns("people", ["purchases.id"])) == [("purchases", ["id"])], (
        "by the catalog's name"
    )
    assert catalog.columns("people", ["purchases"], "de")[0].label == "Käufe"
    assert catalog.field("purchases", "customer.email").type == "text", "hidden columns still join"
    with pytest.raises(UnknownField):
        catalog.field("purchases", "customer_id")


def test_a_file_without_resources_offers_every_table(catalog_file):
    assert len(load(catalog_file('[sources.shop]\nurl = "SHOP"\n')).resources) == 3


def test_a_relation_can_be_declared(catalog_file):
    text = """
        [sources.shop]
        url = "SHOP"
        [resources.order_notes]
        table = "Order Notes"
        [resources.order_notes.relations.order]
        resource = "orders"
        on = { order_id = "id" }
        [resources.orders]
        """
    assert load(catalog_file(text)).field("order_notes", "order.total").type == "decimal"


HEAD = '[sources.shop]\nurl = "SHOP"\n'


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("[sources.shop\n", 1, "Expected"),
        (HEAD + "[resources.orders]\nlabel = \n", 4, "Invalid value"),
        ("x = 1\n", 1, "“x” is not known here, use one of sources, resources"),
        ("", 1, "there is no [sources.NAME] with a url"),
        ("[sources.shop]\n", 1, "source “shop” has no url"),
        ('[sources.shop]\nurl = "${NOPE}"\n', 2, "the environment variable NOPE is not set"),
        ('[sources.shop]\nurl = "nonsense"\n', 2, "this is not a database URL"),
        ('[sources.shop]\nurl = "sqlite:///nope.sqlite"\n', 2, "there is no database file nope.sqlite"),
        ('[sources.shop]\nurl = "nosuch://host/x"\n', 2, "there is no driver for nosuch:// databases"),
        (HEAD + "[resources.ordrs]\n", 3, "there is no table “ordrs” with a primary key in source “shop”"),
        (HEAD + '[resources.x]\nlabel = "X"\ntable = "recent"\n', 5, "there is no table “recent”"),
        (HEAD + "[resources.orders]\nlable = 1\n", 4, "“lable” is not known here"),
        (HEAD + "[resources.orders]\nlabel = 1\n", 4, "“label” is text in quotes"),
        (HEAD + "[resources.orders]\nroles = [1]\n", 4, "“roles” is a list of texts"),
        (HEAD + '[resources.orders]\nsource = "x"\n', 4, "there is no source “x”"),
        (HEAD + '[resources.orders]\n\nonly = ["id", "x"]\n', 5, "table “orders” has no column “x”"),
        (HEAD + '[resources.orders]\n[resources.orders.fields.x]\nlabel = "X"\n', 4, "has no column “x”"),
        (HEAD + "[resources.orders]\nfields.x.label = 'X'\n", 4, "has no column “x”"),
        (HEAD + '[resources.orders.fields.total]\n# a comment\ntype = "money"\n', 5, "“money” is not a type"),
        (HEAD + "[resources.orders.fields.total]\nscale = -1\n", 4, "the scale is a number of digits"),
        (HEAD + "[resources.orders.fields.total]\npersonal = 1\n", 4, "“personal” is true or false"),
        (HEAD + "[resources.Orders]\n", 3, "“Orders” is not a resource's name"),
        (HEAD + '[resources.orders.relations.c]\nresource = "x"\n', 4, "needs a resource of the same source"),
        (HEAD + '[resources.orders.relations.c]\nlabel = "X"\n', 3, "needs a resource of the same source"),
        (HEAD + "[resources.orders.relations.customer]\nlabel = 5\n", 4, "“label” is text in quotes"),
        (HEAD + '[resources.orders.relations."a.b"]\nresource = "orders"\n', 3, "is not a relation's name"),
        (
            HEAD + '[resources.orders]\n[resources.orders.relations.p]\nresource = "orders"\n',
            4,
            "needs the columns",
        ),
        (
            HEAD
            + '[resources.orders.relations.total]\nresource = "orders"\nmany = true\non = { id = "total" }\n',
            3,
            "“total” is a column of table “orders”",
        ),
        (HEAD + "[resources.orders]\nstrict = 1\n", 4, "“strict” is true or false"),
        (HEAD + "[resources.orders.fields.wrong]\npercent = true\n", 4, "only a number can be a percentage"),
        (
            HEAD + '[resources.orders.fields.total]\ntype = "text"\npercent = true\n',
            5,
            "only a number can be a percentage",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(catalog_file, text, line, sentence):
    with pytest.raises(CatalogError) as refusal:
        load(catalog_file(text), {})
    message = str(refusal.value)
    assert message.startswith(f"sources.toml, line {line}: ")
    assert sentence in message
    assert "\n" not in message


def test_a_missing_database_file_is_refused_and_not_made(tmp_path):
    with pytest.raises(CatalogError, match="there is no database file"):
        load(f"sqlite:///{tmp_path / 'nope.sqlite'}")
    assert not (tmp_path / "nope.sqlite").exists()


def test_a_missing_catalog_file_is_refused(tmp_path):
    with pytest.raises(CatalogError, match="cannot be read"):
        load(str(tmp_path / "nope.toml"))


@pytest.mark.parametrize(
    "url", ["postgresql://anna:s3cret@127.0.0.1:1/shop", "postgresql+psycopg://anna:s3cret@127.0.0.1:1/shop"]
)
def test_an_unreachable_database_is_said_without_its_password(url):
    with pytest.raises(Unreachable) as refusal:
        load(url)
    assert (
        str(refusal.value) == "the database postgresql://127.0.0.1/shop of source “database” does not answer"
    )
