# SPDX-License-Identifier: Apache-2.0
"""ngsijs, which compares statuses and error types exactly."""

from client import name

ID = "urn:ngsi-ld:Streetlight:prado-1"


def test_life_of_an_entity(node):
    """Every call that the library has for entities, attributes and types; its errors have
    the names that it gives them by their type."""
    said = node("ngsijs.js", TENANT=name("wirecloud"))

    def result(step):
        assert "error" not in said[step], (step, said[step])
        return said[step]

    assert result("create")["location"].endswith(f"/ngsi-ld/v1/entities/{ID}")
    assert said["again"]["error"] == "AlreadyExists"
    assert said["bad"]["error"] == "BadRequest"
    got = result("get")["entity"]
    assert got["powerState"] == "on" and got["refDevice"] == "urn:ngsi-ld:Device:1"
    assert result("query")["count"] == 1
    assert result("query")["results"][0]["createdAt"]
    assert result("near")["count"] == 1
    assert result("many")["results"][0].keys() == {"id", "type", "powerState"}
    assert result("append")["updated"] == ["status"]
    partly = result("noOverwrite")  # names are IRIs there: no @context travels (5.2.18)
    assert [name_.rsplit("/", 1)[1] for name_ in partly["updated"]] == ["lanes"]
    assert [one["attributeName"].rsplit("/", 1)[1] for one in partly["notUpdated"]] == ["status"]
    assert result("update")["updated"] == ["powerState"]
    result("updateOne")
    result("deleteOne")
    after = result("after")["entity"]
    assert after["status"] == "broken" and after["powerState"] == "off"
    assert "lanes" not in after
    assert result("types")["results"]["typeList"] == ["Streetlight"]
    assert result("details")["results"][0]["typeName"] == "Streetlight"
    assert result("type")["type"]["entityCount"] == 1
    result("subscribe")
    result("resubscribe")
    assert result("subscription")["subscription"]["watchedAttributes"] == ["status"]
    assert result("subscriptions")["count"] == 1
    result("unsubscribe")
    result("history")
    values = result("lookBack")["results"][0]["illuminanceLevel"]["values"]
    assert values == [[1, "2026-06-01T08:00:00Z"]]
    result("forget")
    result("delete")
    assert said["gone"]["error"] == "NotFound"
