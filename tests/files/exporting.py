"""Asks for exports and takes their files, for tests of files."""

import hashlib
from dataclasses import dataclass

from dashboard import lifecycle, planning
from dashboard.database import db
from dashboard.extensions import storage
from dashboard.models import Export
from dashboard.storage import read_chunks


@dataclass(frozen=True)
class Made:
    """A completed export and the bytes of its file."""

    export: Export
    data: bytes

    @property
    def warnings(self):
        return self.export.warnings


def fresh(export):
    return db.session.get(Export, export.id, populate_existing=True)


def ask(person, resource, **wanted):
    plan = planning.plan(person, resource, **wanted)
    return lifecycle.request(person, plan, name=f"All {resource}"[:200])


def file_of(export):
    """The file of an export that must be completed by now, and be what its record says."""
    export = fresh(export)
    assert export.status == "completed", f"{export.resource}: {export.error_message}"
    data = b"".join(read_chunks(storage, export.result_key))
    assert (len(data), hashlib.sha256(data).hexdigest()) == (export.result_size, export.result_sha256)
    assert export.total_count == export.collected_count == export.files[0].rows
    return Made(export, data)
