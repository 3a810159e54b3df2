"""What people do with an export: request it, cancel it, run it again, take its file away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, insert, literal, select
from sqlalchemy.exc import IntegrityError

from dashboard import criteria, planning, queue
from dashboard.database import db, now
from dashboard.extensions import settings
from dashboard.lifecycle.moves import AlreadyEnded, Refused, Taken, audit, move, tell
from dashboard.lifecycle.rescue import dispatch, dispatch_next, forget_rows
from dashboard.models import ACTIVE, WAITING, Export, File, FilterFile, User
from dashboard.planning import Output, Plan

RESTARTABLE = ("failed", "timed_out", "cancelled")
# What an export of another one's rows shares with it.
ASKED = (
    "name", "resource", "fields", "where", "date_range", "sort", "renames", "dry_data", "language", "headings",
    "timezone", "action_name", "request_path", "filter_file", "row_limit",
)  # fmt: skip
# What doors keep beside what is asked for.
KEPT = (
    "dialect", "as_asked", "public_id", "total_count", "keep_seconds", "notify", "reference", "reference_origin",
    "client_metadata", "scheduled_at", "recurrence",
)  # fmt: skip


def request(
    user: User,
    plan: Plan,
    *,
    name: str,
    action_name: str | None = None,
    request_path: str = "",
    idempotency_key: str | None = None,
    scheduled: bool = False,
    **kept: Any,
) -> Export:
    """Record what somebody asks for, commit, then queue it. The same key again gives the first export.

    `scheduled` exports wait for `scheduled_at`. `kept` is what else the record is to say: columns of KEPT.
    Raises Refused when this person may not, or has too many exports waiting; Taken when its `public_id` is in use.
    """
    if not user.may_request(plan.resource.roles):
        raise Refused("You cannot request exports of this resource.")
    earlier = _with_key(user.id, idempotency_key)
    if earlier:
        return earlier
    _refuse_too_many(user)
    export = Export(
        name=name,
        requested_by_id=user.id,
        action_name=action_name or f"export_{plan.resource.name}",
        request_path=request_path,
        idempotency_key=idempotency_key,
        status="scheduled" if scheduled else "pending",
        deadline_at=now(settings.deadline_seconds),
        **asked(plan),
        **kept_columns(kept),
    )
    first = _insert(export)
    if first is not export:
        return first
    keep_ids(export, plan)
    tell(export.id, export.status, f"Requested by {user.name}", user)
    audit("request", user, export.id, resource=plan.resource.name, guard=guards(plan.outputs))
    db.session.commit()
    dispatch(export.id)
    return export


def _insert(export: Export) -> Export:
    """The export, flushed; or the first one with its key, when the same request comes twice at once."""
    key, person = export.idempotency_key, export.requested_by_id
    db.session.add(export)
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        first = _with_key(person, key)
        if first is not None:
            return first
        if _is_taken(export.public_id):
            raise Taken("There is already an export with this id.") from None
        raise
    return export


def _is_taken(public_id: str | None) -> bool:
    return db.session.scalar(select(Export.id).where(Export.public_id == public_id)) is not None


def kept_columns(values: dict[str, Any]) -> dict[str, Any]:
    if unknown := set(values) - set(KEPT):
        raise TypeError(f"no such columns: {unknown}")
    return {name: value for name, value in values.items() if value is not None}


def keep_ids(export: Export, plan: Plan) -> None:
    if plan.filter_ids:
        ids = list(plan.filter_ids.values)
        kept = FilterFile(export_id=export.id, field=plan.resource.key[0], count=len(ids), ids=ids)
        db.session.add(kept)


def copy_ids(export_id: int, to: int) -> None:
    """Within the database: neither needs them here."""
    kept = (FilterFile.field, FilterFile.count, FilterFile.ids)
    copied = select(literal(to), *kept).where(FilterFile.export_id == export_id)
    db.session.execute(insert(FilterFile).from_select((FilterFile.export_id, *kept), copied))


def _with_key(user_id: int, key: str | None) -> Export | None:
    if not key:
        return None
    found = select(Export).where(Export.requested_by_id == user_id, Export.idempotency_key == key)
    return db.session.scalar(found)


def _refuse_too_many(user: User) -> None:
    if user.is_superuser:
        return
    waiting = select(func.count()).where(Export.requested_by_id == user.id, Export.status.in_(WAITING))
    if (db.session.scalar(waiting) or 0) >= settings.max_waiting:
        raise Refused(
            f"You already have {settings.max_waiting} exports waiting. Wait until one of them has started."
        )


def asked(plan: Plan) -> dict[str, Any]:
    return {
        "resource": plan.resource.name,
        "fields": list(plan.fields),
        "where": criteria.dump(plan.where) if plan.where else None,
        "date_range": plan.date_range,
        "sort": list(plan.sort),
        "format": plan.format,
        "outputs": [_recorded(output) for output in plan.outputs],
        "renames": dict(plan.renames),
        "dry_data": plan.dry,
        "language": plan.language,
        "headings": plan.headings,
        "timezone": plan.timezone,
        "filter_file": plan.filter_ids.name if plan.filter_ids else None,
        "row_limit": plan.row_limit,
    }


def _recorded(output: Output) -> dict[str, Any]:
    recorded = {"format": output.format, "options": dict(output.options), "packaging": output.packaging}
    return recorded | ({"fields": list(output.fields)} if output.fields else {})


def guards(outputs: Iterable[Output]) -> str:
    """How formulas are treated, for the audit: somebody who switched the guard off can be found."""
    return ", ".join(sorted({str(o.options["guard"]) for o in outputs if "guard" in o.options}))


def can_be_also(export: Export) -> bool:
    """Whether the rows of a completed export are still staged, so that another format can be made of them."""
    return export.status == "completed" and export.cleaned_at is None and export.expired_at is None


def also_as(user: User, export: Export, output: Output, idempotency_key: str | None = None) -> Export:
    """Another export of the very same rows in another format, without a look at the source.

    The same key again gives the first one.

    Raises Refused when this person may not or the rows are gone, planning.Invalid for an output that there is not.
    """
    if not user.may("download", export) or not user.may_request(planning.resource_of(export).roles):
        raise Refused("You cannot export these rows.")
    if not can_be_also(export):
        raise Refused("The rows of this export are not kept any more. Duplicate it to read them again.")
    output = planning.check_output(export, output)
    earlier = _with_key(user.id, idempotency_key)
    if earlier:
        return earlier
    _refuse_too_many(user)
    copied = {name: getattr(export, name) for name in ASKED}
    another = Export(
        requested_by_id=user.id,
        rows_of_id=export.id,
        format=output.format,
        outputs=[_recorded(output)],
        idempotency_key=idempotency_key,
        deadline_at=now(settings.deadline_seconds),
        **copied,
    )
    first = _insert(another)
    if first is not another:
        return first
    copy_ids(export.id, another.id)
    tell(another.id, "pending", f"Requested by {user.name}, from the rows of export {export.id}", user)
    audit("request", user, another.id, resource=export.resource, guard=guards([output]), rows_of=export.id)
    db.session.commit()
    dispatch(another.id)
    return another


def cancel(export: Export, by: User, reason: str = "") -> None:
    """Stop an export for good. The worker learns of it at its next commit and throws its work away.

    Raises Refused for anybody but a superuser, AlreadyEnded when it has ended.
    """
    if not by.may("cancel", export):
        raise Refused("Only superusers can cancel an export.")
    running_job = export.lease_owner
    moved = move(
        export.id,
        ACTIVE,
        status="cancelled",
        run_no=Export.run_no + 1,
        lease_owner=None,
        lease_until=None,
        ended_at=now(),
        cancelled_by_id=by.id,
        cancel_reason=reason.strip()[:500] or None,
    )
    if not moved:
        db.session.rollback()
        raise AlreadyEnded("This export has already ended. Nothing was cancelled.")
    tell(export.id, "cancelled", f"Cancelled by {by.name}", by)
    audit("cancel", by, export.id, reason=reason[:500])
    db.session.commit()
    dispatch_next(export.id)
    if running_job:
        queue.stop(running_job.removeprefix("job:"))


def restart(export: Export, by: User) -> None:
    """Make a failed, timed out or cancelled export again from its first row.

    Raises Refused when this person may not, AlreadyEnded when it is completed or still going.
    """
    if not by.may("restart", export):
        raise Refused("You cannot run this export again.")
    moved = move(
        export.id,
        RESTARTABLE,
        status="pending",
        run_no=Export.run_no + 1,
        attempts=0,
        dispatched_at=None,
        started_at=None,
        ended_at=None,
        cleaned_at=None,
        error_code=None,
        error_message=None,
        cancelled_by_id=None,
        cancel_reason=None,
        deadline_at=now(settings.deadline_seconds),
        **forget_rows(),
    )
    if not moved:
        db.session.rollback()
        raise AlreadyEnded("Only an export that failed or was cancelled can run again.")
    tell(export.id, "pending", f"Started again by {by.name}", by)
    audit("restart", by, export.id)
    db.session.commit()
    dispatch(export.id)


def downloaded(file: File, by: User, address: str = "") -> None:
    """Note that somebody takes a file away."""
    tell(file.export_id, "downloaded", f"{file.name} downloaded by {by.name}", by)
    audit("download", by, file.export_id, address, file=file.name, sha256=file.sha256)
    db.session.commit()
