"""What the Python scripts of this folder share: as check.mjs does for the others."""
import json
import os
import time
import urllib.request

WORKER_URL = os.environ["WORKER_URL"]
SANDBOX_URL = os.environ["SANDBOX_URL"]
CALLER_KEY = os.environ["CALLER_KEY"]
API_VERSION = os.environ["API_VERSION"]

#: What the sandbox has with every seed: docs/sandbox.md.
with open(os.path.join(os.path.dirname(__file__), "known.json")) as file:
    known = json.load(file)

#: Search finds what was written two seconds late, as Intercom's does.
SEARCH_DELAY = 2.5


def check(name):
    """Reports whether the decorated function returns: the client got what it asked for."""
    return _reporter("got", name, None)


def cannot(name, reason):
    """Reports what the client cannot get, and why. The function must prove it."""
    return _reporter("cannot", name, reason)


def _reporter(outcome, name, reason):
    def run(work):
        line = {"check": name, "outcome": outcome, "reason": reason}
        try:
            work()
        except Exception as error:
            line["outcome"], line["reason"] = "failed", _brief(f"{type(error).__name__}: {_body_of(error)}")
        print(json.dumps(line), flush=True)
        return work
    return run


def expect(condition, seen=""):
    """Raises unless the condition holds; `seen` says what was there instead."""
    if not condition:
        raise AssertionError(_brief(seen))


def expect_each(ids, least):
    """Expects each id once, and at least `least` of them."""
    expect(len(set(ids)) == len(ids) >= least, f"{len(ids)} ids, of which {len(set(ids))} differ")


def upto(items, most=2000):
    """The items of an iterator, which must end."""
    result = []
    for item in items:
        result.append(item)
        expect(len(result) <= most, f"no end after {most} items")
    return result


def rejection(work, kind=Exception):
    """The error that `work` raises."""
    try:
        result = work()
    except kind as error:
        return error
    raise AssertionError(_brief(f"it was answered: {result}"))


def reset():
    body = json.dumps({"contacts": known["contacts"], "limit_per_10s": 100_000}).encode()
    request = urllib.request.Request(f"{SANDBOX_URL}/_sandbox/reset", body, {"content-type": "application/json"}, method="POST")
    urllib.request.urlopen(request).read()


def now(seconds_ago=0):
    return int(time.time()) - seconds_ago


def _body_of(error):
    # The SDK puts all headers of the response before its body.
    return f"{error.status_code} {error.body}" if hasattr(error, "status_code") else error


def _brief(value):
    return " ".join(str(value).split())[:300]
