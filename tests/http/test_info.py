# SPDX-License-Identifier: Apache-2.0
"""Source identity: GET /info/sourceIdentity, 5.15, 5.2.40, 6.33."""

import re
import time
from datetime import datetime, timezone

from client import CORE, link, name
from test_types import create

PATH = "info/sourceIdentity"
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 7230
DURATION = re.compile(r"P(\d+D)?T(\d+H)?(\d+M)?\d+S")


def test_members(api):
    """All members of Table 5.2.40-1, each of its form."""
    answer = api.get(PATH).ok()
    assert answer.type == "application/json" and answer.context
    said = answer.json
    assert set(said) == {
        "id",
        "type",
        "contextSourceAlias",
        "contextSourceUptime",
        "contextSourceTimeAt",
    }
    assert said["type"] == "ContextSourceIdentity" and said["id"].startswith("urn:")
    assert TOKEN.fullmatch(said["contextSourceAlias"])
    assert DURATION.fullmatch(said["contextSourceUptime"])
    at = datetime.fromisoformat(said["contextSourceTimeAt"].replace("Z", "+00:00"))
    assert abs((datetime.now(timezone.utc) - at).total_seconds()) < 5


def test_context(api):
    """As ld+json the @context is inside; GeoJSON it is not."""
    ld = {"Accept": "application/ld+json", "Link": link(CORE)}
    answer = api.get(PATH, headers=ld).ok()
    assert answer.json["@context"] == CORE and answer.context is None
    api.get(PATH, headers={"Accept": "application/geo+json"}).ok(406)


def test_each_tenant_has_its_own(api):
    """The alias identifies a tenant within the source (5.2.40), a token whatever its name."""
    tenant = name("Tenant") + ":x"
    mine = api.with_(NGSILD_Tenant=tenant)
    mine.get(PATH).problem(404, "NonexistentTenant")
    create(mine, "T")
    ours, theirs = api.get(PATH).ok().json, mine.get(PATH).ok().json
    assert theirs["contextSourceAlias"] != ours["contextSourceAlias"]
    assert theirs["id"] != ours["id"]
    assert TOKEN.fullmatch(theirs["contextSourceAlias"])
    assert theirs["contextSourceAlias"].startswith(ours["contextSourceAlias"] + "~")


def test_the_alias_outlives_the_program(new_broker):
    """Peers know us by it: it is kept with the data; the uptime begins anew."""
    broker = new_broker().start()
    before = broker.api.get(PATH).ok().json
    time.sleep(2.1)
    older = broker.api.get(PATH).ok().json
    assert older["contextSourceAlias"] == before["contextSourceAlias"]
    assert re.fullmatch("PT([2-9]|[1-5][0-9])S", older["contextSourceUptime"])
    broker.stop()
    broker.start()
    after = broker.api.get(PATH).ok().json
    assert after["contextSourceAlias"] == before["contextSourceAlias"]
    assert after["id"] == before["id"]
    other = new_broker(fresh=True).start().api.get(PATH).ok().json
    assert other["contextSourceAlias"] != before["contextSourceAlias"]


def test_parameters_and_methods(api):
    """It takes none (6.3.20), and can only be read."""
    api.get(PATH, details="true").problem(400, "InvalidRequest", "details")
    assert "GET" in api.post(PATH, {}).ok(405).headers["Allow"]
