# SPDX-License-Identifier: Apache-2.0
"""ngsildclient against $BASE in $TENANT.  Prints what it said of each step."""

import json
import os
import urllib.parse

from ngsildclient import Client, Entity

parts = urllib.parse.urlsplit(os.environ["BASE"])
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"


def kiosk(number, level):
    entity = Entity("Kiosk", f"marseille-{number}", ctx=[CORE])
    entity.prop("howBusy", level, unitcode="C62")
    entity.loc(43.29, 5.37)
    entity.rel("refDevice", f"Device:{number}")
    return entity


def error_of(call):
    try:
        return repr(call())
    except Exception as e:  # what the library makes of an answer is the question
        return type(e).__name__


said = {}
client = Client(parts.hostname, parts.port, tenant=os.environ["TENANT"], verbose=False)
said["connected"] = client.is_connected()
said["vendor"] = client.broker.vendor.name
one = kiosk(1, 0.4)
said["create"] = client.create(one)
said["again"] = error_of(lambda: client.create(one))
said["exists"] = client.exists(one)
said["get"] = client.get(one).to_dict()
said["none"] = error_of(lambda: client.get("Kiosk:none"))
said["exists none"] = client.exists("urn:ngsi-ld:Kiosk:none")
one["howBusy"]["value"] = 0.9
said["update"] = client.update(one)
said["upsert"] = client.upsert(kiosk(1, 0.5))
many = [kiosk(i, i / 10) for i in range(1, 8)]
batch = client.batch.create(many)
said["batch create"] = [batch.n_ok, batch.n_err, batch.errors[0]["error"]["type"]]
batch = client.upsert(many)
said["batch upsert"] = [batch.n_ok, batch.n_err]
batch = client.update(many)
said["batch update"] = [batch.n_ok, batch.n_err]
said["count"] = client.count("Kiosk", "howBusy>0.35")
said["query"] = [e.id for e in client.query("Kiosk", "howBusy>0.35", ctx=CORE)]
said["types"] = client.types.list()
said["contexts"] = client.contexts.list()
client.contexts.add({"@context": {"x": "urn:x:"}})
said["after add"] = client.contexts.list()
batch = client.batch.delete(many[:2])
said["batch delete"] = [batch.n_ok, batch.n_err]
said["delete"] = client.delete(many[2])
said["delete again"] = error_of(lambda: client.delete(many[2]))
client.drop("Kiosk")
said["left"] = client.count("Kiosk")
print(json.dumps(said, default=str))
