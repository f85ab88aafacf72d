"""tap-intercom, Singer's (and Meltano's) extractor. It pins 2.12 itself, and knows no other host than
Intercom's."""
import contextlib
import io
import json
import logging

import singer
from tap_intercom.client import IntercomClient
from tap_intercom.discover import discover
from tap_intercom.sync import sync

from check import CALLER_KEY, WORKER_URL, check, expect_each, known, reset

logging.disable(logging.CRITICAL)
connect = IntercomClient.__init__


def connected(self, *arguments, **options):
    connect(self, *arguments, **options)
    self.base_url = WORKER_URL


IntercomClient.__init__ = connected


def records(name):
    """The records that a sync of one stream writes."""
    catalog = discover().to_dict()
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if entry["breadcrumb"] in ((), []):
                entry["metadata"]["selected"] = stream["tap_stream_id"] == name
    config = {"access_token": CALLER_KEY, "start_date": "2000-01-01T00:00:00Z", "user_agent": "tap-intercom (test)"}
    with contextlib.redirect_stdout(io.StringIO()) as written:
        sync(config, {}, singer.Catalog.from_dict(catalog))
    messages = [json.loads(line) for line in written.getvalue().splitlines()]
    return [message["record"] for message in messages if message["type"] == "RECORD" and message["stream"] == name]


reset()

for stream, count in (
    ("contacts", known["contacts"]), ("companies", known["companies"]), ("conversations", known["conversations"]),
    ("conversation_parts", 1), ("tags", 12), ("segments", 1), ("company_segments", 1), ("teams", 1),
    ("contact_attributes", 5), ("company_attributes", 3), ("admins", 5),
):
    @check(f"the stream {stream}: every record once")
    def _():
        found = records(stream)
        expect_each([record.get("id") or record["full_name"] for record in found], count)
