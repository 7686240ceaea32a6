# SPDX-License-Identifier: Apache-2.0
"""docker/grafana: every panel of every dashboard, asked of a broker with the demo city as
Grafana would ask, by the role that it has (docs/en/dashboards.md)."""

import csv
import datetime
import io
import itertools
import json
import os
import pathlib
import re
import subprocess

import pytest

from program import Program, path

GRAFANA = pathlib.Path(__file__).resolve().parents[2] / "docker/grafana"
FILES = sorted((GRAFANA / "dashboards").glob("*.json"))
NUMBERS = {"bigint", "integer", "numeric", "double precision"}
TIMES = {"timestamp with time zone", "date"}
# What need not be in the demo city at any hour: nobody rides at midnight.
MAY_BE_EMPTY = re.compile("^(Silent|Out of order|What rises|Containers above|Mean speed)")
ONE_YEAR = datetime.timedelta(days=365)


def boards():
    return [json.loads(file.read_text()) for file in FILES]


def panels():
    return [pytest.param(board, panel, id=f"{board['uid']}-{panel['title']}")
            for board in boards() for panel in board["panels"]]


@pytest.fixture(scope="module")
def ask():
    """ask(sql) on the demo city of the last two days: types by column name, and the rows."""
    program = Program().start()
    try:
        subprocess.run([path(), "demo", "--base", program.base, "--days", "2"], check=True,
                       capture_output=True, timeout=300)
        for _ in range(2):  # where it ran already, too
            subprocess.run([GRAFANA / "reader.sh"], check=True, timeout=60, env={
                **os.environ, "PGHOST": program.data + "/run", "POSTGRES_USER": "calanque",
                "POSTGRES_DB": "calanque", "GRAFANA_DB_PASSWORD": "it's a secret"})
        database = program.database.replace("user=calanque", "user=grafana")

        def run(sql, refused=None):
            done = subprocess.run(
                ["psql", "-Xq", "--csv", "-P", "null=null", "-v", "ON_ERROR_STOP=1", database],
                input=f"{sql}\n\\gdesc\n\\echo ====\n{sql};\n", capture_output=True,
                text=True, timeout=60, check=False)
            if refused:
                assert done.returncode != 0 and re.search(refused, done.stderr), done
                return None
            assert done.returncode == 0, (done.stderr, sql)
            types, _, rows = done.stdout.partition("====\n")
            return (dict(list(csv.reader(io.StringIO(types)))[1:]),
                    list(csv.DictReader(io.StringIO(rows))))

        yield run
    finally:
        program.stop()
        program.check_log()
        program.remove()


# ---- what Grafana's PostgreSQL data source makes of a query ----


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def seconds(interval):
    number, unit = re.fullmatch(r"'?(\d+)([smhd])'?", interval.strip()).groups()
    return int(number) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[unit]


def expand(sql, variables, since, until, interval="10m"):
    """Variables first, as the browser does; then macros, as the server does."""
    sql = sql.replace("$__interval_ms", str(seconds(interval) * 1000))
    sql = sql.replace("$__interval", interval)
    for name, value in variables.items():
        # Variables of several values are quoted, others are not.
        text = ",".join(map(quoted, value)) if isinstance(value, list) \
            else value.replace("'", "''")
        sql = re.sub(rf"\$(?:{name}\b|\{{{name}\}})", lambda _, text=text: text, sql)
    start, end = (quoted(t.strftime("%Y-%m-%dT%H:%M:%SZ")) for t in (since, until))
    sql = re.sub(r"\$__timeFrom\(\)", start, sql)
    sql = re.sub(r"\$__timeTo\(\)", end, sql)
    sql = re.sub(r"\$__timeFilter\(([^()]+)\)", rf"\1 BETWEEN {start} AND {end}", sql)

    def group(match):
        column, step = match.group(2).rsplit(",", 1)
        n = seconds(step)
        alias = ' AS "time"' if match.group(1) else ""
        return f"floor(extract(epoch from {column.strip()})/{n})*{n}{alias}"

    sql = re.sub(r"\$__timeGroup(Alias)?\(([^()]+)\)", group, sql)
    assert "$" not in sql, sql
    return sql


def variables_of(board, ask):
    """All of every variable, as a dashboard that was just opened has it."""
    found = {}
    for variable in board["templating"]["list"]:
        if variable["type"] == "textbox":
            found[variable["name"]] = variable["query"]
            continue
        assert variable["multi"] and variable["includeAll"], variable["name"]
        _, rows = ask(expand(variable["query"], found, *last(days=2)))
        found[variable["name"]] = [row["__value"] for row in rows]
        assert len(rows) > 3
    return found


def last(**ago):
    now = datetime.datetime.now(datetime.timezone.utc)
    return now - datetime.timedelta(**ago), now


# ---- what a panel expects ----


def check_series(types, rows, panel):
    assert list(types) == ["time", "metric", "value"], panel["title"]
    assert types["time"] in NUMBERS and types["metric"] == "text"
    assert types["value"] in NUMBERS
    assert len({row["time"] for row in rows}) > 10  # a line, no dot
    assert all(row["value"] != "null" for row in rows)
    points = [(row["metric"], row["time"]) for row in rows]
    assert len(points) == len(set(points))


def check_stat(types, rows, panel):
    assert len(types) == 1 and set(types.values()) <= NUMBERS, types
    assert len(rows) == 1, panel["title"]
    assert list(rows[0].values()) != ["null"] or MAY_BE_EMPTY.match(panel["title"])


def check_map(types, rows, panel):
    layer = panel["options"]["layers"][0]
    for name in (layer["location"]["longitude"], layer["location"]["latitude"],
                 layer["config"]["style"]["color"]["field"]):
        assert types[name] == "double precision", name
    assert len(rows) > 3
    for row in rows:
        assert -180 <= float(row["longitude"]) <= 180 and -90 <= float(row["latitude"]) <= 90


def check_bars(types, rows, panel):
    assert [t in NUMBERS for t in types.values()] == [False, True], panel["title"]
    assert len({next(iter(row.values())) for row in rows}) == len(rows)


def check_table(types, rows, panel):
    assert len(types) > 1
    for override in panel["fieldConfig"]["overrides"]:
        assert override["matcher"]["id"] == "byName"
        assert override["matcher"]["options"] in types, panel["title"]
    # Units of all columns are those of the numbers only.
    assert "unit" not in panel["fieldConfig"]["defaults"] or NUMBERS & set(types.values())


CHECKS = {"timeseries": check_series, "stat": check_stat, "geomap": check_map,
          "barchart": check_bars, "table": check_table}


@pytest.mark.parametrize("board, panel", panels())
def test_panel(ask, board, panel):
    """The query answers, with the columns that the panel draws."""
    target, = panel["targets"]
    assert target["format"] == ("time_series" if panel["type"] == "timeseries" else "table")
    values = variables_of(board, ask)
    types, rows = ask(expand(target["rawSql"], values, *last(days=2)))
    CHECKS[panel["type"]](types, rows, panel)
    assert rows or MAY_BE_EMPTY.match(panel["title"]), panel["title"]


@pytest.mark.parametrize("board", boards(), ids=lambda board: board["uid"])
def test_nothing_there(ask, board):
    """A tenant without data, or a time without: empty panels and no errors."""
    now = datetime.datetime.now(datetime.timezone.utc)
    for panel in board["panels"]:
        sql = panel["targets"][0]["rawSql"]
        for tenant, until in (("nobody's", now), ("", now - ONE_YEAR)):
            values = {"tenant": tenant, "commune": [""]}
            _, rows = ask(expand(sql, values, until - ONE_YEAR, until, "1d"))
            assert tenant == "" or len(rows) <= (panel["type"] == "stat") + 7, panel["title"]


def test_reader(ask):
    """The role of docker/grafana/reader.sh reads the views, and that is all."""
    ask("SELECT count(*) FROM calanque_v1.entity")
    ask("SELECT count(*) FROM calanque.entity", refused="permission denied")
    ask("CREATE TABLE mine (a int)", refused="read-only transaction|permission denied")
    ask("DELETE FROM calanque_v1.entity", refused="read-only|permission|cannot delete")


def test_boards():
    """One of the city, one of each subject; what Grafana wants of a dashboard."""
    assert [file.stem for file in FILES] == ["heat", "lighting", "noise", "overview", "traffic",
                                             "waste", "water"]
    for file, board in zip(FILES, boards()):
        assert board["uid"] == "calanque-" + file.stem
        ids = [panel["id"] for panel in board["panels"]]
        assert len(ids) == len(set(ids)) and board["tags"] == ["calanque"]
        for panel in board["panels"]:
            for of in (panel, panel["targets"][0]):
                assert of["datasource"] == {"type": "postgres", "uid": "calanque"}


def test_panels_do_not_overlap():
    for board in boards():
        boxes = [panel["gridPos"] for panel in board["panels"]]
        assert all(0 <= b["x"] and b["x"] + b["w"] <= 24 for b in boxes)
        for a, b in itertools.combinations(boxes, 2):
            assert a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"] \
                or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"], board["uid"]


def test_data_source():
    """The one that is provisioned is the one that the panels name."""
    text = (GRAFANA / "provisioning/datasources/calanque.yaml").read_text()
    assert re.search(r"^ +uid: calanque$", text, re.M) and "type: postgres" in text
    text = (GRAFANA / "provisioning/dashboards/calanque.yaml").read_text()
    assert "path: /etc/grafana/dashboards" in text
