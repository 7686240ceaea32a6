# SPDX-License-Identifier: Apache-2.0
"""Random requests to one tenant, and what must come of them.

A World is what one connection may change: the same few ids in every tenant.  Whatever a
tenant is given bears its mark: values, a type, an attribute, a scope, a language."""

import json

TYPE = "Shared"
PLACE = {"type": "Point", "coordinates": [5.4, 43.3]}


class World:
    def __init__(self, number, tenants, rng):
        self.ids = [f"urn:ngsi-ld:Shared:{number}-{i}" for i in range(5)]
        self.tenants = tenants
        self.rng = rng
        self.stored = {tenant: {} for tenant in tenants}
        self.written = 0

    # what is sent

    def value(self, tenant):
        self.written += 1
        return f"{tenant.mark}-{self.written}"

    def attributes(self, tenant):
        names = self.rng.sample(["p", "r", "s", tenant.attribute], 2)
        return {name: self.value(tenant) for name in names}

    def entity(self, tenant, id_):
        entity = {"id": id_, "type": [TYPE, tenant.type], "scope": f"/{tenant.mark}",
                  **self.attributes(tenant)}
        if self.rng.random() < 0.3:
            entity["location"] = PLACE
        return entity

    def _some(self):
        return self.rng.sample(self.ids, self.rng.randrange(1, 4))

    # writes: what to send, the status that it must have, and the new state if it has

    def create(self, tenant, id_, stored):
        entity = self.entity(tenant, id_)
        if id_ not in stored:
            stored[id_] = entity
            return "POST", "entities", entity, 201
        return "POST", "entities", entity, 409

    def replace(self, tenant, id_, stored):
        entity = self.entity(tenant, id_)
        if id_ in stored:
            stored[id_] = entity
        return "PUT", f"entities/{id_}", entity, 204 if id_ in stored else 404

    def change(self, tenant, id_, stored):
        """Merge, append, update: all three set attributes that are there."""
        new = self.attributes(tenant)
        method, path = self.rng.choice(
            [("PATCH", f"entities/{id_}"), ("POST", f"entities/{id_}/attrs")])
        if id_ in stored:
            stored[id_].update(new)
        return method, path, new, 204 if id_ in stored else 404

    def partial(self, tenant, id_, stored):
        name = self.rng.choice(["p", tenant.attribute])
        there = name in stored.get(id_, {})
        value = self.value(tenant)
        if there:
            stored[id_][name] = value
        method = self.rng.choice(["PUT", "PATCH"])
        return (method, f"entities/{id_}/attrs/{name}", {"type": "Property", "value": value},
                204 if there else 404)

    def delete_attribute(self, tenant, id_, stored):
        name = self.rng.choice(["r", tenant.attribute])
        there = stored.get(id_, {}).pop(name, None) is not None
        return "DELETE", f"entities/{id_}/attrs/{name}", None, 204 if there else 404

    def delete(self, tenant, id_, stored):
        there = stored.pop(id_, None) is not None
        return "DELETE", f"entities/{id_}", None, 204 if there else 404

    def purge(self, tenant, id_, stored):
        """Only what the tenant has goes; whether anything did makes no difference."""
        some = self._some()
        for one in some:
            stored.pop(one, None)
        return "DELETE", f"entities?type={tenant.type}&id={','.join(some)}", None, (204, 404)

    def batch_create(self, tenant, id_, stored):
        batch = [self.entity(tenant, one) for one in self._some()]
        old = [one for one in batch if one["id"] in stored]
        for one in batch:
            stored.setdefault(one["id"], one)
        return "POST", "entityOperations/create", batch, 207 if old else 201

    def batch_upsert(self, tenant, id_, stored):
        batch = [self.entity(tenant, one) for one in self._some()]
        new = [one for one in batch if one["id"] not in stored]
        stored.update((one["id"], one) for one in batch)
        return "POST", "entityOperations/upsert", batch, 201 if new else 204

    def batch_change(self, tenant, id_, stored):
        some = self._some()
        there = [one for one in some if one in stored]
        batch = [{"id": one, **self.attributes(tenant)} for one in some]
        for one in batch:
            if one["id"] in stored:
                stored[one["id"]].update(one)
        return ("POST", "entityOperations/merge", batch, 204 if there == some else 207)

    def batch_delete(self, tenant, id_, stored):
        some = self._some()
        there = [one for one in some if stored.pop(one, None) is not None]
        return "POST", "entityOperations/delete", some, 204 if there == some else 207

    # reads

    def retrieve(self, tenant, id_, stored):
        return "GET", f"entities/{id_}?format=simplified", None, 200 if id_ in stored else 404

    def query_ids(self, tenant, id_, stored):
        return "GET", f"entities?id={','.join(self.ids)}&local=true&limit=100", None, 200

    def query(self, tenant, id_, stored):
        """Pages and filters that other connections' entities pass, too."""
        rng = self.rng
        more = rng.choice([
            "", "&count=true", f"&offset={rng.randrange(40)}", "&q=p", f'&q=p~="^{rng.choice(MARKS)}"',
            f'&q=p=="{rng.choice(MARKS)}-{rng.randrange(99)}"', "&attrs=r", "&pick=id,p",
            f"&scopeQ=/{rng.choice(MARKS)}", "&idPattern=.*-1$", "&orderBy=p",
            "&georel=near;maxDistance==9&geometry=Point&coordinates=%5B5.4,43.3%5D",
            "&format=concise", "&options=sysAttrs"]).replace('"', "%22")
        return "GET", f"entities?type={TYPE}&limit=5{more}", None, 200

    def query_post(self, tenant, id_, stored):
        body = {"type": "Query", "entities": [{"type": TYPE}],
                "q": f'r~="{self.rng.choice(MARKS)}"'}
        return "POST", "entityOperations/query?limit=5", body, 200

    def discover(self, tenant, id_, stored):
        path = self.rng.choice(["types", "types?details=true", f"types/{TYPE}", "attributes",
                                "attributes?details=true", "attributes/p"])
        return "GET", path, None, (200, 404)

    WRITES = (create, replace, change, change, partial, delete_attribute, delete, purge,
              batch_create, batch_upsert, batch_upsert, batch_change, batch_delete)
    READS = (retrieve,) * 12 + (query_ids,) * 4 + (query, query_post, discover)

    def request(self, tenant):
        """One request: (tenant, operation, method, target, body text, statuses)."""
        rng = self.rng
        make = rng.choice(self.WRITES if rng.random() < 0.3 else self.READS)
        method, target, body, status = make(
            self, tenant, rng.choice(self.ids), self.stored[tenant])
        text = "" if body is None else json.dumps(body)
        return (tenant, make.__name__, method, target, text,
                status if isinstance(status, tuple) else (status,))


class Tenant:
    """A name, and what only this tenant's data has in it."""

    def __init__(self, name, mark):
        self.name = name
        self.mark = mark
        self.type = f"Own{mark}"
        self.attribute = f"own{mark}"
        self.header = f"NGSILD-Tenant: {name}\r\n" if name else ""

    def strangers(self):
        """What no answer to this tenant may have in it."""
        return [mark.encode() for mark in MARKS if mark != self.mark]


MARKS = ("kestrel", "marmot", "porpoise")
TENANTS = [Tenant("", MARKS[0]), Tenant("north", MARKS[1]), Tenant("south", MARKS[2])]
