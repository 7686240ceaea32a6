# SPDX-License-Identifier: Apache-2.0
"""A Postman collection of the request shapes that tutorials use, run by newman."""

from conftest import HERE, INSTALLED, run


def test_collection(broker):
    """Every request of the collection, with its assertions (in the collection itself)."""
    said = run([str(INSTALLED / "node_modules/.bin/newman"), "run",
                str(HERE / "collection.json"), "--env-var", f"broker={broker}", "--color",
                "off", "--reporter-cli-no-success-assertions"])
    assert "assertions" in said
