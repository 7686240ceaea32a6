# SPDX-License-Identifier: Apache-2.0
"""ngsildclient: application/ld+json on everything, slashes at the end, exact statuses."""

from client import CORE, ERRORS, name


def test_life_of_entities(python):
    """All that it does with entities, batches, types and @contexts; in a tenant that it
    makes itself."""
    said = python("ngsildclient", "ngsildclient_life.py", TENANT=name("pyclient"))
    id_ = "urn:ngsi-ld:Kiosk:marseille-"
    assert said["connected"] is True
    assert said["create"] is said["exists"] is said["update"] is said["upsert"] is True
    assert said["again"] == "NgsiAlreadyExistsError"
    assert said["none"] == said["delete again"] == "NgsiResourceNotFoundError"
    assert said["exists none"] is False
    assert said["get"] == {
        "id": id_ + "1", "type": "Kiosk", "@context": CORE,
        "howBusy": {"type": "Property", "value": 0.4, "unitCode": "C62"},
        "location": {"type": "GeoProperty",
                     "value": {"type": "Point", "coordinates": [5.37, 43.29]}},
        "refDevice": {"type": "Relationship", "object": "urn:ngsi-ld:Device:1"}}
    assert said["batch create"] == [6, 1, ERRORS + "AlreadyExists"]
    assert said["batch upsert"] == said["batch update"] == [7, 0]
    assert said["count"] == 4
    assert sorted(said["query"]) == [f"{id_}{i}" for i in (4, 5, 6, 7)]
    assert said["types"] == ["Kiosk"]
    assert all(isinstance(url, str) for url in said["after add"])
    assert len(said["after add"]) == len(said["contexts"]) + 1
    assert said["batch delete"] == [2, 0] and said["delete"] is True
    assert said["left"] == 0
