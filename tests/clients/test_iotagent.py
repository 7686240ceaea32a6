# SPDX-License-Identifier: Apache-2.0
"""iotagent-node-lib, the library under FIWARE's IoT Agents: provision and measure."""

import json

import pytest

from client import CORE, name
from program import free_port


@pytest.mark.parametrize("context", [CORE, [CORE]], ids=["string", "array"])
def test_provision_and_measure(api, node, context):
    """A device is provisioned and reports twice; its entity is in the agent's tenant, under
    the names of the agent's @context, and nowhere else."""
    tenant = name("agents")
    said = node("iotagent.js", TENANT=tenant, AGENT_PORT=str(free_port()),
                CONTEXT=json.dumps(context))
    assert said["provisioned"][0] == 201, said
    assert said["removed"][0] == 204, said
    id_ = "urn:ngsi-ld:WeatherObserved:probe001"
    there = api.with_(**{"NGSILD-Tenant": tenant})
    entity = there.get(f"entities/{id_}?format=simplified",
                       headers={"Accept": "application/ld+json"}).ok().json
    entity = there.get(f"entities/{id_}?format=simplified", headers={
        "Link": f'<{CORE}>; rel="http://www.w3.org/ns/json-ld#context"'}).ok().json
    assert entity["type"] == "WeatherObserved"
    assert entity["temperature"] == 22 and entity["state"] == "ok"
    assert entity["refDevice"] == "urn:ngsi-ld:Device:1"
    assert entity["location"] == {"type": "Point", "coordinates": [5.37, 43.29]}
    assert api.get(f"entities/{id_}").status == 404
