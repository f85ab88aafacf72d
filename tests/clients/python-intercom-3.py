"""python-intercom 3, for API 1.x. Every create() posts to a path that ends in a slash, such as /users/."""
from intercom import errors
from intercom.client import Client

from check import CALLER_KEY, WORKER_URL, cannot, check, expect, expect_each, known, now, rejection, reset, upto


def connected(key=CALLER_KEY, base_url=WORKER_URL):
    client = Client(personal_access_token=key)
    client.base_url = base_url
    return client


client = connected()
JOHN, LEAD, COLLECTOR = known["john"], known["lead"], known["collector"]
made = {}


def ids(items):
    return [item.id for item in upto(items)]


reset()


@check("admins.all, with a base URL that ends in a slash too")
def _():
    expect(len(upto(client.admins.all())) == 5)
    expect(len(upto(connected(base_url=f"{WORKER_URL}/").admins.all())) == 5)


@check("users.create")
def _():
    user = client.users.create(user_id="py-1", email="py@example.com", name="P", signed_up_at=1400000000, custom_attributes={"plan": "pro"}, companies=[{"company_id": "company-1"}])
    expect(user.user_id == "py-1" and user.email == "py@example.com" and user.custom_attributes["plan"] == "pro", user.to_dict())
    made["user"] = user


@check("users.find by id, by user_id; load")
def _():
    for by in ({"id": JOHN}, {"user_id": known["johnUserId"]}):
        user = client.users.find(**by)
        expect(user.id == JOHN and user.user_id == known["johnUserId"], by)
    expect(client.users.load(user).id == JOHN)


@cannot("users.find by email", "from 1.2 on API 1.x answers with a list: find_all(email=) gives it, or DEFAULT_VERSION=1.1 on the Worker")
def _():
    expect(not hasattr(client.users.find(email=known["johnEmail"]), "id"))


@check("users.find_all by email, by tag, sorted")
def _():
    expect(ids(client.users.find_all(email=known["johnEmail"])) == [JOHN])
    expect(ids(client.users.by_tag(known["vipTag"])))
    sorted_users = client.users.find_all(order="asc", sort="created_at", per_page=30)
    expect(len([user for _, user in zip(range(70), sorted_users)]) == 70)


@check("users.all and scroll: every user once")
def _():
    expect_each(ids(client.users.all()), 390)
    expect_each(ids(client.users.scroll()), 390)


@check("users: dates, avatar, location, tags, companies")
def _():
    user = client.users.find(id=COLLECTOR)
    expect(user.created_at.year >= 2010)
    expect(hasattr(user.avatar, "image_url") and hasattr(user.location_data, "city_name"))
    expect(len(user.tags) == 10 and len(user.companies) == 10, f"{len(user.tags)} tags, {len(user.companies)} companies")


@cannot("users.find: more than ten tags and companies of one user, and their names", "API 2.x puts the ids of ten into a contact: companies.all and tags.all have the rest")
def _():
    user = client.users.find(id=COLLECTOR)
    expect(len(user.tags) == 10 and user.tags[0].name is None, user.to_dict())


@check("users.save: a name, a custom attribute, and nothing else")
def _():
    user = client.users.find(user_id=known["johnUserId"])
    user.name = "John D."
    user.custom_attributes["plan"] = "pro"
    client.users.save(user)
    saved = client.users.find(user_id=known["johnUserId"])
    expect(saved.name == "John D." and saved.custom_attributes["plan"] == "pro", saved.to_dict())
    before = client.users.find(id=COLLECTOR)
    count = (len(before.companies), len(before.tags))
    before.name = "X"
    client.users.save(before)
    after = client.users.find(id=COLLECTOR)
    expect((len(after.companies), len(after.tags)) == count, f"{count} became {(len(after.companies), len(after.tags))}")


@check("users: increments a custom attribute")
def _():
    user = client.users.find(user_id=known["johnUserId"])
    seats = user.custom_attributes["seats"] = user.custom_attributes.get("seats") or 0
    user.increment("seats")
    client.users.save(user)
    expect(client.users.find(user_id=known["johnUserId"]).custom_attributes["seats"] == seats + 1)


@check("leads.create, all, find, find_all by email")
def _():
    made["lead"] = client.leads.create(email="py-lead@example.com", name="L")
    expect(made["lead"].user_id, made["lead"].to_dict())
    expect_each(ids(client.leads.all()), 60)
    expect(client.leads.find(id=LEAD).user_id == known["leadUserId"])
    expect(client.leads.find(user_id=known["leadUserId"]).id == LEAD)
    expect(ids(client.leads.find_all(email=known["leadEmail"])) == [LEAD])


@check("leads.save, in the shape of 1.x")
def _():
    lead = client.leads.find(id=LEAD)
    lead.name = "Lead 2"
    saved = client.leads.save(lead)
    expect(client.leads.find(id=LEAD).name == "Lead 2")
    expect(not hasattr(saved, "external_id"), saved.to_dict())


@check("leads.convert, delete")
def _():
    client.leads.convert(client.leads.find(id=LEAD), client.users.find(user_id="twin_one"))
    client.leads.delete(made["lead"])


@check("companies.create, save, find, all, by_tag, users, delete")
def _():
    company = client.companies.create(company_id="py-co", name="Py", monthly_spend=5, plan="Pro", custom_attributes={"a": "b"})
    expect(company.company_id == "py-co", company.to_dict())
    company.name = "Renamed"
    client.companies.save(company)
    for by in ({"id": company.id}, {"company_id": "py-co"}, {"name": "Renamed"}):
        expect(client.companies.find(**by).id == company.id, by)
    expect_each(ids(client.companies.all()), known["companies"])
    expect(ids(client.companies.by_tag(known["vipTag"])))
    expect(ids(client.companies.users(known["company"])))
    client.companies.delete(company)


@check("tags.create, all, tag and untag users and companies")
def _():
    tag = client.tags.create(name="py-tag")
    expect(tag.id in ids(client.tags.all()))
    client.tags.tag(name="py-tag", users=[{"id": JOHN}])
    expect(tag.id in ids(client.users.find(id=JOHN).tags))
    client.tags.untag(name="py-tag", users=[{"id": JOHN}])
    expect(tag.id not in ids(client.users.find(id=JOHN).tags))
    client.tags.tag(name="py-tag", companies=[{"id": known["company"]}])
    client.tags.untag(name="py-tag", companies=[{"id": known["company"]}])


@check("segments.all, find")
def _():
    segments = upto(client.segments.all())
    expect(client.segments.find(id=segments[0].id).id == segments[0].id)


@check("notes.create by email, find_all, find")
def _():
    note = client.notes.create(body="<p>N</p>", email=known["johnEmail"])
    expect(note.id in ids(client.notes.find_all(email=known["johnEmail"])))
    expect(note.id in ids(client.notes.find_all(user_id=known["johnUserId"])))
    expect(client.notes.find(id=note.id).id == note.id)


@check("events.create by email, find_all: every event once")
def _():
    for ago in range(3):
        client.events.create(event_name="py-event", created_at=now(ago), email=known["johnEmail"], metadata={"a": ago})
    events = upto(client.events.find_all(type="user", user_id=known["johnUserId"], per_page=2))
    expect(len([event for event in events if event.event_name == "py-event"]) == 3, f"{len(events)} events")


@check("messages.create: an e-mail, in-app, from a user")
def _():
    admin = {"type": "admin", "id": known["admin"]}
    mail = client.messages.create(**{"message_type": "email", "subject": "Hey", "body": "Hi", "template": "plain", "from": admin, "to": {"type": "user", "id": JOHN}})
    expect(mail.id and mail.message_type == "email", mail)
    client.messages.create(**{"message_type": "inapp", "body": "Hi", "from": admin, "to": {"type": "user", "email": known["johnEmail"]}})
    client.messages.create(**{"from": {"type": "user", "id": JOHN}, "body": "help"})


@check("conversations.find_all: all, of an admin, of a user")
def _():
    expect_each(ids(client.conversations.find_all()), known["conversations"])
    of_admin = upto(client.conversations.find_all(type="admin", id=known["admin"], open=True))
    expect(of_admin and {str(each.assignee.id) for each in of_admin} == {known["admin"]}, f"{len(of_admin)} conversations")
    of_user = upto(client.conversations.find_all(email=known["johnEmail"], type="user"))
    expect(of_user and {each.user.id for each in of_user} == {JOHN}, f"{len(of_user)} conversations")


@check("conversations.find, in the shape of 1.x")
def _():
    conversation = client.conversations.find(id="1001")
    expect(conversation.user.id == JOHN and conversation.conversation_message.body, sorted(conversation.to_dict()))


@check("conversations.reply, assign, close, open")
def _():
    reply = {"id": "1001", "message_type": "comment", "body": "a"}
    expect(client.conversations.reply(type="user", email=known["johnEmail"], **reply).id == "1001")
    expect(client.conversations.reply(type="admin", admin_id=known["admin"], **reply).id == "1001")
    client.conversations.assign(id="1001", admin_id=known["admin"], assignee_id=known["otherAdmin"])
    client.conversations.close(id="1001", admin_id=known["admin"])
    client.conversations.open(id="1001", admin_id=known["admin"])


@cannot("conversations.mark_read", "the library puts to /conversations/{id}/reply, which never took PUT: 405")
def _():
    expect("405" in str(rejection(lambda: client.conversations.mark_read("1001"), errors.IntercomError)))


@check("counts.for_app, users by segment")
def _():
    expect(client.counts.for_app().user)
    expect(client.counts.for_type(type="user", count="segment").user)


for kind, count in (("conversation", "admin"), ("conversation", None), ("company", "tag"), ("user", "tag")):
    @cannot(f"counts.for_type: {kind} by {count or 'state'}", "API 2.x has no such count: 410 with what to use instead")
    def _():
        rejection(lambda: client.counts.for_type(type=kind, count=count), errors.IntercomError)


@cannot("users.submit_bulk_job", "API 2.x has no bulk jobs: 410 with what to use instead")
def _():
    rejection(lambda: client.users.submit_bulk_job(create_items=[{"user_id": "x"}]), errors.IntercomError)


@check("errors: unknown user, two users of one address, wrong key")
def _():
    rejection(lambda: client.users.find(user_id="nobody"), errors.ResourceNotFound)
    rejection(lambda: client.post("/users", {"email": known["twinsEmail"], "name": "T"}), errors.MultipleMatchingUsersError)
    rejection(lambda: upto(connected(key="wrong").admins.all()), errors.AuthenticationError)


@check("rate_limit_details")
def _():
    client.users.find(id=JOHN)
    expect(client.rate_limit_details.get("limit"), client.rate_limit_details)


@check("users.delete")
def _():
    client.users.delete(made["user"])
