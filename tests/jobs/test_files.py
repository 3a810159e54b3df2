"""The files of an export: several outputs, packed ones, other formats of the same rows, and the manifest."""

import base64
import gzip
import hashlib
import io
import json
import sqlite3
import zipfile
from contextlib import closing

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import update

from dashboard import lifecycle, planning
from dashboard.database import db
from dashboard.extensions import storage
from dashboard.formats import packaging
from dashboard.models import Export
from dashboard.planning import Output
from dashboard.storage import read_chunks
from tests.jobs.test_pipeline import ask, content, fresh, rows_of


@pytest.fixture
def database(shop):
    """The shop's database, to be changed; it is put back after the test."""
    path = shop.parent / "shop.sqlite"
    before = path.read_bytes()
    with closing(sqlite3.connect(path)) as connection:
        yield connection
    path.write_bytes(before)


def data_of(file):
    return b"".join(read_chunks(storage, file.key))


def file_of(export, kind, number=0):
    return [file for file in fresh(export).files if file.kind == kind][number]


def test_several_outputs_come_from_one_reading(user, work):
    export = ask(user, outputs=(Output("json"), Output("csv"), Output("xlsx")))
    work()
    files = [file for file in fresh(export).files if file.kind == "data"]
    assert [(file.format, file.output) for file in files] == [("json", 0), ("csv", 1), ("xlsx", 2)]
    assert fresh(export).result_key == files[0].key, "the first output stands for the export"
    numbers = [row[1] for row in rows_of(data_of(files[1]))[1:]]
    assert [one["number"] for one in json.loads(data_of(files[0]))] == numbers
    assert {file.rows for file in files} == {len(numbers)} == {fresh(export).total_count}


def test_two_files_of_one_kind_have_names_of_their_own(user, work):
    export = ask(
        user, outputs=(Output("json"), Output("jsonapi"), Output("csv", {}, "zip"), Output("xml", {}, "zip"))
    )
    work()
    names = [file.name for file in fresh(export).files if file.kind == "data"]
    stem = "Orders, all of them"
    assert names == [f"{stem}.json", f"{stem} JSON API.json", f"{stem}.zip", f"{stem} XML.zip"]


def test_the_same_format_twice_is_refused_at_its_output(user):
    with pytest.raises(planning.Invalid) as refused:
        ask(user, outputs=(Output("csv"), Output("csv", {"delimiter": "tab"})))
    assert refused.value.errors == {"outputs.1": "CSV was asked for twice."}


def test_gzip_holds_the_very_bytes_of_the_plain_file(user, work):
    plain, packed = ask(user), ask(user, packaging="gzip")
    work()
    assert gzip.decompress(content(packed)) == content(plain)
    file = file_of(packed, "data")
    assert (file.name, file.media_type) == ("Orders, all of them.csv.gz", "application/gzip")
    again = ask(user, packaging="gzip")
    work()
    assert content(again) == content(packed), "no clock and no name of the moment is in it"


def test_a_zip_splits_on_parts_and_every_member_is_a_whole_file(user, work, monkeypatch):
    plain, packed = ask(user), ask(user, packaging="zip")
    work()
    first = rows_of(content(plain))
    part_rows = fresh(plain).parts[0].rows
    monkeypatch.setattr(packaging, "MEMBER_ROWS", part_rows + 1)
    split = ask(user, packaging="zip", format="json")
    work()
    with zipfile.ZipFile(io.BytesIO(content(packed))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["Orders, all of them.csv"]
        assert archive.read("Orders, all of them.csv") == content(plain)
    with zipfile.ZipFile(io.BytesIO(content(split))) as archive:
        assert archive.namelist() == [f"Orders, all of them-part{n}.json" for n in (1, 2, 3)]
        found = [one["number"] for name in archive.namelist() for one in json.loads(archive.read(name))]
    assert found == [row[1] for row in first[1:]]


def test_only_text_is_packed(user):
    with pytest.raises(planning.Invalid) as refused:
        ask(user, format="xlsx", packaging="gzip")
    assert "cannot be packed" in refused.value.errors["packaging"]
    with pytest.raises(planning.Invalid) as refused:
        ask(user, packaging="rar")
    assert "Packaging is one of none, gzip, zip" in refused.value.errors["packaging"]


def test_columns_carry_the_names_they_were_given(user, work):
    renames = {"customer.email": "Contact", "total": " Sum "}
    export = ask(user, outputs=(Output("csv"), Output("json")), renames=renames)
    work()
    assert rows_of(content(export))[0][3:] == ["Contact", "Sum"]
    assert list(json.loads(data_of(file_of(export, "data", 1)))[0]) == [
        "id",
        "number",
        "status",
        "Contact",
        "Sum",
    ]


@pytest.mark.parametrize(
    ("renames", "error"),
    [
        ({"total": "x" * 201}, "Enter a heading of up to 200 characters, without line breaks."),
        ({"total": "a\nb"}, "Enter a heading of up to 200 characters, without line breaks."),
        ({"total": "number"}, "Two columns are called “number”."),
    ],
)
def test_a_heading_that_cannot_be_is_refused_at_its_field(user, renames, error):
    with pytest.raises(planning.Invalid) as refused:
        ask(user, renames=renames)
    assert refused.value.errors == {"renames.total": error}


def test_a_heading_for_a_field_that_was_not_chosen_is_refused(user):
    with pytest.raises(planning.Invalid) as refused:
        ask(user, renames={"nothing": "x"})
    assert list(refused.value.errors) == ["renames.nothing"]


def test_dry_data_has_no_ids_no_timestamps_and_no_blanks(user, work):
    export = ask(user, fields=(), format="json", dry=True)
    work()
    objects = json.loads(content(export))
    names = {name for one in objects for name in one}
    assert {"number", "status", "total"} <= names
    assert not {"id", "customer_id", "created_at", "updated_at"} & names
    assert not [one for one in objects if None in one.values() or "" in one.values()]


def test_dry_data_of_nothing_but_ids_is_refused(user):
    with pytest.raises(planning.Invalid) as refused:
        ask(user, fields=("id", "customer.id"), dry=True)
    assert "no id and no timestamp" in refused.value.errors["fields"]


def test_another_format_is_made_of_the_same_rows_without_the_source(user, work, database):
    export = ask(user)
    work()
    database.execute("update orders set status = 'changed later'")
    database.commit()
    another = lifecycle.also_as(user, fresh(export), Output("json"))
    work()
    made = fresh(another)
    assert made.status == "completed", made.error_message
    assert [one["status"] for one in json.loads(content(made))] == [
        row[2] for row in rows_of(content(export))[1:]
    ]
    assert (made.rows_of_id, made.snapshot_at) == (export.id, fresh(export).snapshot_at)
    assert (made.name, made.total_count) == (export.name, fresh(export).total_count)


def test_a_button_pressed_twice_makes_one(user, work):
    export = ask(user)
    work()
    first = lifecycle.also_as(user, fresh(export), Output("json"), "also:1:json")
    assert lifecycle.also_as(user, fresh(export), Output("json"), "also:1:json").id == first.id
    assert lifecycle.also_as(user, fresh(export), Output("json"), "also:2:json").id != first.id


def test_rows_that_are_gone_make_no_other_format(user, stranger, work):
    export = ask(user)
    work()
    with pytest.raises(lifecycle.Refused):
        lifecycle.also_as(stranger, fresh(export), Output("json"))
    with pytest.raises(planning.Invalid):
        lifecycle.also_as(user, fresh(export), Output("doc"))
    late = lifecycle.also_as(user, fresh(export), Output("json"))
    db.session.execute(update(Export).where(Export.id == export.id).values(cleaned_at=export.created_at))
    db.session.commit()
    assert not lifecycle.can_be_also(fresh(export))
    with pytest.raises(lifecycle.Refused, match="not kept any more"):
        lifecycle.also_as(user, fresh(export), Output("xml"))
    work()
    assert (fresh(late).status, fresh(late).error_code) == ("failed", "rows_gone")


def test_the_manifest_says_what_every_file_holds(user, work):
    export = ask(user, outputs=(Output("csv"), Output("json", {}, "gzip")), sort=("-total",))
    work()
    made = fresh(export)
    content = json.loads(data_of(file_of(export, "manifest")))
    assert content["export"]["id"] == made.uuid
    assert content["resource"] == "orders"
    assert [one["field"] for one in content["columns"]] == [
        "id",
        "number",
        "status",
        "customer.email",
        "total",
    ]
    assert content["sort"] == ["-total"]
    count = made.total_count
    assert content["rows"] == {
        "moment": made.snapshot_at.isoformat(), "moments": 1,
        "matched": count, "written": count, "failed": 0, "kept_out": 0,
    }  # fmt: skip
    assert sum(part["rows"] for part in content["parts"]) == count
    assert [part["sha256"] for part in content["parts"]] == [part.sha256 for part in made.parts]
    for entry, file in zip(content["files"], [f for f in made.files if f.kind == "data"], strict=True):
        assert entry["sha256"] == hashlib.sha256(data_of(file)).hexdigest()
        assert (entry["name"], entry["rows"], entry["size"]) == (file.name, count, file.size)


def test_the_signature_holds_for_the_manifest_and_for_nothing_else(user, work):
    export = ask(user)
    work()
    manifest = json.loads(data_of(file_of(export, "manifest")))
    signature = manifest.pop("signature")
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(signature["public_key"]))

    def verify():
        signed = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        key.verify(base64.b64decode(signature["value"]), signed)

    verify()
    manifest["rows"]["matched"] += 1
    with pytest.raises(InvalidSignature):
        verify()


def test_the_command_tells_a_genuine_file_from_others(app, user, work, tmp_path):
    export = ask(user)
    work()
    manifest, file = tmp_path / "manifest.json", tmp_path / "orders.csv"
    manifest.write_bytes(data_of(file_of(export, "manifest")))
    file.write_bytes(content(export))

    def run():
        return app.test_cli_runner().invoke(args=["verify", str(manifest), str(file)])

    good = run()
    assert good.exit_code == 0
    assert good.output == (
        f"Genuine: Orders, all of them.csv, {fresh(export).total_count} rows, {file.stat().st_size} bytes.\n"
    )
    file.write_bytes(content(export) + b"\n")
    changed = run()
    assert changed.exit_code == 1
    assert "not one of this export" in changed.output
    file.write_bytes(content(export))
    manifest.write_text(manifest.read_text().replace('"matched": ', '"matched": 1'))
    assert "changed after it was signed" in run().output
    manifest.write_text("{}")
    assert "not a manifest" in run().output


def test_a_manifest_of_another_key_is_refused(app, user, work, tmp_path):
    export = ask(user)
    work()
    manifest = json.loads(data_of(file_of(export, "manifest")))
    manifest["signature"]["public_key"] = base64.b64encode(bytes(32)).decode()
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "file").write_bytes(content(export))
    result = app.test_cli_runner().invoke(
        args=["verify", str(tmp_path / "manifest.json"), str(tmp_path / "file")]
    )
    assert "signed by another centre" in result.output


@pytest.fixture
def touched(database):
    """Ids of the orders that have a formula for a status."""
    database.execute("update orders set status = '=cmd()' where id % 100 < 3")
    database.commit()
    return [key for (key,) in database.execute("select id from orders where status = '=cmd()' order by id")]


def test_what_the_guard_changed_is_listed_beside_the_file(user, work, touched):
    export = ask(user)
    work()
    file = file_of(export, "sanitized")
    rows = rows_of(data_of(file))
    assert rows[0] == ["key", "column", "rule", "before", "after"]
    assert [row[0] for row in rows[1:]] == [str(key) for key in touched]
    assert {tuple(row[1:]) for row in rows[1:]} == {("status", "head", '"=cmd()"', '"\'=cmd()"')}
    assert file.rows == len(touched) == fresh(export).warnings["guarded_cells"]
    assert file.name == "Orders, all of them sanitized.csv"


def test_rows_that_are_kept_out_are_in_the_other_file_whole(user, work, touched):
    export = ask(user, options={"guard": "split"})
    work()
    made, data, kept = fresh(export), file_of(export, "data"), file_of(export, "sanitized")
    assert made.status == "completed", made.error_message
    rows, others = rows_of(data_of(data)), rows_of(data_of(kept))
    assert rows[0] == others[0]
    assert {int(row[0]) for row in others[1:]} == set(touched)
    assert not set(touched) & {int(row[0]) for row in rows[1:]}
    assert (data.rows, data.kept_out, kept.rows) == (len(rows) - 1, len(touched), len(touched))
    assert data.rows + data.kept_out == made.total_count
    manifest = json.loads(data_of(file_of(export, "manifest")))
    assert manifest["rows"]["kept_out"] == len(touched)


def test_nothing_to_tell_makes_no_list(user, work):
    export = ask(user)
    work()
    assert [file.kind for file in fresh(export).files] == ["data", "manifest"]
