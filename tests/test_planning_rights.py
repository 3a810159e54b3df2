"""A resource kept to a role stays so when it is reached through a relation of another one."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from dashboard import planning
from dashboard.criteria import Comparison
from dashboard.database import db
from dashboard.extensions import catalog
from dashboard.models import User
from tests.jobs.test_pipeline import ask, fresh


@pytest.fixture
def kept(app, monkeypatch):
    customers = catalog.resources["customers"]
    monkeypatch.setitem(catalog.resources, "customers", replace(customers, roles=("support",)))


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    "asked",
    [
        {"fields": ("number", "customer.email")},
        {"fields": ("number",), "where": Comparison("customer.country", "eq", "DE")},
        {"fields": ("number",), "sort": ("-customer.name",)},
        {"resource": "line_items", "fields": ("quantity", "order.customer.email")},
    ],
)
def test_staff_reach_no_resource_that_is_kept_to_others(user, superuser, asked):
    with pytest.raises(planning.Invalid) as refused:
        ask(user, **asked)
    assert refused.value.errors == {
        "fields": "You cannot export fields of Customers, nor filter or sort by them."
    }
    assert ask(superuser, **asked).id


@pytest.mark.usefixtures("kept")
def test_staff_still_export_what_does_not_need_it(user):
    assert ask(user, fields=("number", "customer_id", "line_items.quantity")).id


def test_rights_that_were_taken_away_are_noticed_when_the_export_is_made(user, work, request):
    export = ask(user)
    request.getfixturevalue("kept")
    work()
    assert (fresh(export).status, fresh(export).error_code) == ("failed", "forbidden")
    db.session.execute(update(User).where(User.id == user.id).values(roles=["support"]))
    db.session.commit()
    allowed = ask(db.session.get(User, user.id, populate_existing=True))
    work()
    assert fresh(allowed).status == "completed"
