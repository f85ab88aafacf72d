"""dlt's generic source for REST APIs, set up for Intercom's 2.14 as its documentation does for other APIs."""
from dlt.sources.rest_api import rest_api_resources

from check import CALLER_KEY, WORKER_URL, check, expect_each, known, reset

cursor = {"type": "cursor", "cursor_path": "pages.next.starting_after", "cursor_param": "starting_after"}


def resource(name, path, key, paginator, **endpoint):
    return {"name": name, "endpoint": {"path": path, "data_selector": key, "paginator": paginator, **endpoint}}


def records(*description, **endpoint):
    """All records that a resource yields."""
    config = {
        "client": {"base_url": WORKER_URL, "auth": {"type": "bearer", "token": CALLER_KEY}, "headers": {"Intercom-Version": "2.14"}},
        "resources": [resource(*description, **endpoint)],
    }
    return [record for source in rest_api_resources(config) for record in source]


reset()


@check("contacts, by cursor: everybody once")
def _():
    expect_each([each["id"] for each in records("contacts", "contacts", "data", cursor, params={"per_page": 150})], known["contacts"])


@check("conversations, by cursor: all of them")
def _():
    expect_each([each["id"] for each in records("conversations", "conversations", "conversations", cursor, params={"per_page": 20})], known["conversations"])


@check("companies, by page number: every company once")
def _():
    numbered = {"type": "page_number", "base_page": 1, "page_param": "page", "total_path": "pages.total_pages"}
    expect_each([each["id"] for each in records("companies", "companies", "data", numbered, params={"per_page": 50})], known["companies"])


@check("contacts, by search with a JSON cursor: every lead once")
def _():
    body_cursor = {"type": "cursor", "cursor_path": "pages.next.starting_after", "cursor_body_path": "pagination.starting_after"}
    search = {"query": {"field": "role", "operator": "=", "value": "lead"}, "pagination": {"per_page": 20}}
    expect_each([each["id"] for each in records("leads", "contacts/search", "data", body_cursor, method="POST", json=search)], 60)


@check("tags, segments, admins: one page each")
def _():
    for name, key, count in (("tags", "data", 12), ("segments", "segments", 1), ("admins", "admins", 5)):
        expect_each([each["id"] for each in records(name, name, key, "single_page")], count)
