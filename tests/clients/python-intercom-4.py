"""python-intercom 4 and 5, which Intercom generates (by Fern) from its description of API 2.x. They pin
no version unless told to."""
import asyncio
import inspect
import time

import httpx
import intercom
from intercom import AsyncIntercom, Intercom, MultipleFilterSearchRequest, SingleFilterSearchRequest
from intercom.core.api_error import ApiError

from check import API_VERSION, CALLER_KEY, SEARCH_DELAY, WORKER_URL, cannot, check, expect, expect_each, known, now, rejection, reset, upto

headers = {"Intercom-Version": API_VERSION} if API_VERSION else None
takes_headers = "headers" in inspect.signature(Intercom.__init__).parameters


def connected(kind, http, base_url=WORKER_URL):
    if takes_headers:
        return kind(token=CALLER_KEY, base_url=base_url, headers=headers)
    return kind(token=CALLER_KEY, base_url=base_url, httpx_client=http(headers=headers or {}, timeout=60, follow_redirects=True))


client = connected(Intercom, httpx.Client)
V5 = hasattr(intercom, "CreateOrUpdateCompanyRequest")
JOHN, LEAD, COLLECTOR = known["john"], known["lead"], known["collector"]
made = {}


def call(method, **arguments):
    """Calls a method with those of the arguments that this version of it has."""
    parameters = inspect.signature(method).parameters
    return method(**{name: value for name, value in arguments.items() if name in parameters})


def equal(field, value):
    return SingleFilterSearchRequest(field=field, operator="=", value=value)


def large_page():
    """Search by pages larger than any result here: the SDK sends no cursor, and repeats the first page."""
    return intercom.StartingAfterPaging(per_page=150)


reset()


@check("admins: identify, list, find")
def _():
    expect(client.admins.identify().type == "admin")
    expect(len(client.admins.list().admins) == 5)
    admin_id = int(known["admin"]) if V5 else known["admin"]
    expect(str(client.admins.find(admin_id=admin_id).id) == known["admin"])


@check("admins.away")
def _():
    admin_id = int(known["otherAdmin"]) if V5 else known["otherAdmin"]
    expect(client.admins.away(admin_id=admin_id, away_mode_enabled=True, away_mode_reassign=False).away_mode_enabled is True)


@check("admins.list_all_activity_logs")
def _():
    client.admins.list_all_activity_logs(created_at_after=str(now(86_400)), created_at_before=str(now()))


@check("contacts.list: a page, and everybody once")
def _():
    items = list(client.contacts.list(per_page=50).items or [])
    expect(len(items) == 50 and {item.role for item in items} <= {"user", "lead"}, items[:1])
    expect_each([contact.id for contact in upto(client.contacts.list(per_page=150))], known["contacts"])


@check("contacts.find: a user, a lead")
def _():
    user = client.contacts.find(contact_id=JOHN)
    expect(user.external_id == known["johnUserId"] and user.role == "user", user)
    expect(client.contacts.find(contact_id=LEAD).role == "lead")


@check("contacts.create: a user")
def _():
    user = client.contacts.create(request={"external_id": "fern-1", "role": "user", "email": "fern@example.com", "custom_attributes": {"plan": "pro"}})
    expect(user.role == "user" and user.external_id == "fern-1" and user.email == "fern@example.com", user)
    made["user"] = user.id


@check("contacts.update")
def _():
    user = client.contacts.update(contact_id=made["user"], name="G", phone="+353871234567", custom_attributes={"plan": "basic"})
    expect(user.name == "G" and user.role == "user", user)


time.sleep(SEARCH_DELAY)


@check("contacts.search: one filter, two filters")
def _():
    leads = upto(client.contacts.search(query=equal("role", "lead"), pagination=large_page()))
    expect_each([lead.id for lead in leads], 50)
    expect({lead.role for lead in leads} == {"lead"})
    both = MultipleFilterSearchRequest(operator="AND", value=[equal("email", known["twinsEmail"]), equal("role", "user")])
    expect(len(upto(client.contacts.search(query=both))) == 2)


@cannot("contacts.search over several pages", "the SDK sends no cursor, and repeats the first page forever: ask for pages of 150")
def _():
    pages = client.contacts.search(query=equal("role", "user"), pagination=intercom.StartingAfterPaging(per_page=5))
    ids = [contact.id for _, contact in zip(range(12), pages)]
    expect(len(set(ids)) == 5, f"{len(set(ids))} people in 12")


if hasattr(client.contacts, "show_contact_by_external_id"):
    @check("contacts.show_contact_by_external_id")
    def _():
        expect(client.contacts.show_contact_by_external_id(external_id=known["johnUserId"]).id == JOHN)


@check("contacts: tags, segments and subscriptions of one")
def _():
    expect(len(client.contacts.list_attached_tags(contact_id=COLLECTOR).data) == 12)
    client.contacts.list_attached_segments(contact_id=COLLECTOR)
    client.contacts.list_attached_subscriptions(contact_id=COLLECTOR)


@check("contacts.attach_subscription, detach_subscription")
def _():
    subscription = client.subscription_types.list().data[0].id
    call(client.contacts.attach_subscription, contact_id=JOHN, id=subscription, subscription_id=subscription, consent_type="opt_in")
    call(client.contacts.detach_subscription, contact_id=JOHN, id=subscription, subscription_id=subscription)


@check("contacts.archive, unarchive, merge_lead_in_user")
def _():
    expect(client.contacts.archive(contact_id=made["user"]).archived is True)
    expect(client.contacts.unarchive(contact_id=made["user"]).archived is False)
    merged = call(client.contacts.merge_lead_in_user, lead_id=LEAD, from_=LEAD, contact_id=made["user"], into=made["user"])
    expect(merged.role == "user", merged)


if hasattr(client.contacts, "block_contact"):
    @check("contacts.block_contact")
    def _():
        client.contacts.block_contact(contact_id=known["otherTwin"])


@check("companies.create_or_update, retrieve, find, update")
def _():
    body = {"company_id": "fern-co", "name": "Fern", "monthly_spend": 5}
    company = client.companies.create_or_update(request=intercom.CreateOrUpdateCompanyRequest(**body)) if V5 else client.companies.create_or_update(**body)
    expect(company.company_id == "fern-co", company)
    made["company"] = company.id
    expect(client.companies.retrieve(company_id="fern-co").company_id == "fern-co")
    expect(client.companies.retrieve(name="Fern").company_id == "fern-co")
    expect(client.companies.find(company_id=company.id).id == company.id)
    changed = client.companies.update(company_id=company.id, request=intercom.UpdateCompanyRequestBody(name="Fern 2")) if V5 else client.companies.update(company_id=company.id)
    expect(changed.id == company.id, changed)


@check("companies.list and scroll: every company once")
def _():
    expect_each([company.id for company in upto(client.companies.list(per_page=50))], known["companies"])
    expect_each([company.id for company in upto(client.companies.scroll())], known["companies"])


@check("companies: attach, list and detach a contact")
def _():
    company = made["company"]
    expect(call(client.companies.attach_contact, contact_id=JOHN, company_id=company, id=company).id == company)
    expect([contact.id for contact in client.companies.list_attached_contacts(company_id=company).data] == [JOHN])
    expect(client.companies.detach_contact(contact_id=JOHN, company_id=company).id == company)


@cannot("contacts.list_attached_companies", "the SDK reads the key `companies`, and Intercom answers with `data`: the list is empty")
def _():
    expect(upto(client.contacts.list_attached_companies(contact_id=COLLECTOR, per_page=5)) == [])


@check("companies: segments of one, delete")
def _():
    client.companies.list_attached_segments(company_id=known["company"])
    expect(client.companies.delete(company_id=made["company"]).deleted is True)


@check("conversations.list: all of them, find, search")
def _():
    expect_each([conversation.id for conversation in upto(client.conversations.list(per_page=20))], known["conversations"])
    found = client.conversations.find(conversation_id="1001")
    expect(found.id == "1001" and found.source and found.contacts, found)
    expect(upto(client.conversations.search(query=equal("open", "true"), pagination=large_page())))


@check("conversations.create, reply as an admin and as a user")
def _():
    message = client.conversations.create(from_={"type": "user", "id": JOHN}, body="Hello")
    expect(message.type == "user_message" and message.conversation_id, message)
    reply = {"message_type": "comment", "body": "R"}
    for sender in ({"type": "admin", "admin_id": known["admin"]}, {"type": "user", "intercom_user_id": JOHN}):
        expect(client.conversations.reply(conversation_id="1001", request={**reply, **sender}).id == "1001")


@check("conversations.manage: assign, snooze, close, open")
def _():
    admin = {"admin_id": known["admin"]}
    for body in (
        {"message_type": "assignment", "type": "admin", "assignee_id": known["otherAdmin"], **admin},
        {"message_type": "snoozed", "snoozed_until": 4102444800, **admin},
        {"message_type": "close", "type": "admin", **admin},
        {"message_type": "open", **admin},
    ):
        expect(client.conversations.manage(conversation_id="1001", request=body).id == "1001", body)


@check("conversations.update")
def _():
    changed = client.conversations.update(conversation_id="1001", read=True, custom_attributes={"issue_type": "Billing"})
    expect(changed.read is True, changed)


@check("conversations.attach_contact_as_admin")
def _():
    client.conversations.attach_contact_as_admin(conversation_id="1001", admin_id=known["admin"], customer={"intercom_user_id": COLLECTOR})


@check("tags: create, find, list, put on and take off contacts and conversations, delete")
def _():
    tag = client.tags.create(request={"name": "fern-tag"}).id
    expect(client.tags.find(tag_id=tag).id == tag)
    expect(tag in [each.id for each in client.tags.list().data])
    expect(call(client.tags.tag_contact, contact_id=JOHN, tag_id=tag, id=tag).id == tag)
    expect(client.tags.untag_contact(contact_id=JOHN, tag_id=tag).id == tag)
    expect(call(client.tags.tag_conversation, conversation_id="1001", tag_id=tag, id=tag, admin_id=known["admin"]).id == tag)
    expect(client.tags.untag_conversation(conversation_id="1001", tag_id=tag, admin_id=known["admin"]).id == tag)
    client.tags.delete(tag_id=tag)


@check("tags.create with users, with companies")
def _():
    expect(client.tags.create(request={"name": "fern-many", "users": [{"id": JOHN}, {"id": COLLECTOR}]}).name == "fern-many")
    expect(client.tags.create(request={"name": "fern-companies", "companies": [{"company_id": "company-1"}]}).name == "fern-companies")


@check("segments.list, find")
def _():
    segments = client.segments.list(include_count=True).segments
    expect(client.segments.find(segment_id=segments[0].id).id == segments[0].id)


@check("notes.create, find, list")
def _():
    note = client.notes.create(contact_id=JOHN, body="<p>N</p>", admin_id=known["admin"])
    expect(str(client.notes.find(note_id=int(note.id) if V5 else str(note.id)).id) == str(note.id))
    expect(str(note.id) in [str(each.id) for each in upto(client.notes.list(contact_id=JOHN))])


@check("messages.create: an e-mail, in-app")
def _():
    ends = {"from": {"type": "admin", "id": int(known["admin"])}, "to": {"type": "user", "id": JOHN}, "body": "B"}
    mail = client.messages.create(request={"message_type": "email", "subject": "S", "template": "plain", **ends})
    expect(mail.id and mail.message_type == "email", mail)
    expect(client.messages.create(request={"message_type": "inapp", **ends}).message_type == "inapp")


events = getattr(client, "events", None) or client.data_events


@check("events.create, list, the summary")
def _():
    events.create(request={"event_name": "fern-event", "created_at": now(), "user_id": known["johnUserId"], "id": JOHN, "metadata": {"a": 1}})
    expect("fern-event" in [event.event_name for event in events.list(type="user", user_id=known["johnUserId"]).events])
    events.list(type="user", user_id=known["johnUserId"], summary=True)


@check("events.summaries")
def _():
    events.summaries(user_id=known["johnUserId"], event_summaries={"event_name": "fern-event", "count": 1, "first": now(), "last": now()})


@check("data_attributes.list, create, update")
def _():
    expect(len(client.data_attributes.list(model="contact").data) > 5)
    body = {"name": "fern_attribute", "model": "contact", "data_type": "string"}
    attribute = client.data_attributes.create(request=body) if V5 else client.data_attributes.create(**body)
    change = {"description": "D"}
    changed = client.data_attributes.update(data_attribute_id=attribute.id, request=change) if V5 else client.data_attributes.update(data_attribute_id=str(attribute.id), **change)
    expect(changed.description == "D", changed)


@check("visitors.find, update, merge_to_contact")
def _():
    visitor = client.visitors.find(user_id=known["visitorUserId"])
    expect(client.visitors.update(request={"user_id": visitor.user_id, "name": "V"}).name == "V")
    user = client.visitors.merge_to_contact(type="user", user={"user_id": "fern-v", "email": "fern-v@example.com"}, visitor={"user_id": visitor.user_id})
    expect(user.role == "user", user)


@check("teams.list, subscription_types.list")
def _():
    expect(client.teams.list().teams)
    client.subscription_types.list()


@check("articles: create, find, list, delete")
def _():
    body = {"title": "Paying", "author_id": int(known["admin"]), "body": "By card"}
    article = client.articles.create(request=body) if "request" in inspect.signature(client.articles.create).parameters else client.articles.create(**body)
    article_id = int(article.id) if V5 else str(article.id)
    expect(client.articles.find(article_id=article_id).title == "Paying")
    expect(str(article.id) in [str(each.id) for each in upto(client.articles.list())])
    client.articles.delete(article_id=article_id)


@check("help_center: collections")
def _():
    expect(upto(getattr(client, "help_centers", None) and client.help_centers.collections.list() or client.help_center.collections.list()))


@check("ticket_types.list, tickets.search")
def _():
    client.ticket_types.list()
    upto(client.tickets.search(query=equal("open", "true"), pagination=large_page()))


@check("errors: 404 and 409 with Intercom's error list")
def _():
    missing = rejection(lambda: client.contacts.find(contact_id=known["nobody"]), ApiError)
    expect(missing.status_code == 404, f"{missing.status_code} {missing.body}")
    taken = rejection(lambda: client.contacts.create(request={"external_id": known["johnUserId"], "role": "user"}), ApiError)
    expect(taken.status_code == 409, f"{taken.status_code} {taken.body}")


@check("contacts.delete")
def _():
    expect(client.contacts.delete(contact_id=made["user"]).deleted is True)


@check("AsyncIntercom: three lists of everybody at once")
def _():
    async def everybody(connection):
        return [contact.id async for contact in await connection.contacts.list(per_page=150)]

    async def three():
        connection = connected(AsyncIntercom, httpx.AsyncClient)
        return await asyncio.gather(*(everybody(connection) for _ in range(3)))

    for ids in asyncio.run(three()):
        expect_each(ids, known["contacts"] - 5)


@check("a base URL that ends in a slash")
def _():
    expect(connected(Intercom, httpx.Client, f"{WORKER_URL}/").admins.identify().id)
