#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles sql/NNNN_name.sql into C: embed_sql.py OUT.c FILE.sql...

Refuses gaps in the numbers and files that lie in the directory but are not listed.
"""
import hashlib
import pathlib
import re
import sys


def rows_of(data):
    """The bytes as decimal numbers, with the final NUL; string literals are too short."""
    numbers = [str(b) for b in data] + ["0"]
    return [", ".join(numbers[i : i + 20]) for i in range(0, len(numbers), 20)]


def main():
    out = pathlib.Path(sys.argv[1])
    files = sorted((pathlib.Path(arg) for arg in sys.argv[2:]), key=lambda f: f.name)
    listed = {f.name for f in files}
    for directory in {f.parent for f in files}:
        forgotten = {f.name for f in directory.glob("*.sql")} - listed
        if forgotten:
            sys.exit(f"not listed in src/store/meson.build: {', '.join(sorted(forgotten))}")
    lines = ["/* Generated from sql/ by scripts/embed_sql.py. */", "#include <store/migrate.h>"]
    table = []
    for number, file in enumerate(files, 1):
        if not re.fullmatch(rf"{number:04}_[a-z0-9_]+\.sql", file.name):
            sys.exit(f"{file.name}: expected {number:04}_<name>.sql (lower case, no gaps)")
        text = file.read_bytes()
        if b"\0" in text:
            sys.exit(f"{file.name}: contains a NUL byte")
        lines.append(f"static const char sql_{number}[] = {{")
        lines += [f"\t{row}," for row in rows_of(text)]
        lines.append("};")
        checksum = hashlib.sha256(text).hexdigest()
        table.append(f'\t{{{number}, "{file.stem}", "{checksum}", sql_{number}}},')
    lines += ["const struct migration migrations[] = {", *table, "\t{0, 0, 0, 0},", "};", ""]
    out.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
