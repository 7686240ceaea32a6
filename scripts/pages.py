#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the pages of web/ and writes them into a C array (src/web/assets.h).

	pages.py ROOT OUT.c OUT.d

The libraries that package-lock.json names are fetched once, by npm, into ROOT/.cache; from
then on no network is needed.  What is compiled in is named by its hash."""

import fcntl
import gzip
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}


def modules(root, source):
    """The directory node_modules for this lock file, fetched where it is not there."""
    lock = (source / "package-lock.json").read_bytes()
    cache = root / ".cache" / f"npm-{hashlib.sha256(lock).hexdigest()[:16]}"
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / "lock", "w", encoding="ascii") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        if not (cache / "complete").exists():
            for name in ("package.json", "package-lock.json", ".npmrc"):
                shutil.copy(source / name, cache)
            run(["npm", "ci", "--prefer-offline"], cache)
            (cache / "complete").touch()
    return cache / "node_modules"


def run(command, directory, **more):
    done = subprocess.run(command, cwd=directory, stdin=subprocess.DEVNULL, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n"
                 + done.stdout.decode(errors="replace"))


def escape(byte):
    char = chr(byte)
    return char if 32 <= byte < 127 and char not in '\\"?' else f"\\{byte:03o}"


ESCAPED = [escape(byte) for byte in range(256)]


def literal(data):
    lines = (data[i:i + 64] for i in range(0, len(data), 64))
    return "\n".join('\t\t"%s"' % "".join(map(ESCAPED.__getitem__, line)) for line in lines)


def embed(out, files):
    with open(out, "w", encoding="ascii") as c:
        c.write('/* Made by scripts/pages.py. */\n#include "assets.h"\n\n')
        c.write('#pragma GCC diagnostic ignored "-Woverlength-strings"\n\n')
        c.write("const struct asset assets[] = {\n")
        for file in files:
            text = file.read_bytes()
            packed = gzip.compress(text, 9, mtime=0)
            etag = hashlib.sha256(text).hexdigest()[:32]
            c.write(f'\t{{"{file.name}", "{TYPES[file.suffix]}", "\\"{etag}\\"",\n'
                    f"{literal(text)},\n{literal(packed)},\n"
                    f"\t\t{len(text)}, {len(packed)}}},\n")
        c.write("\t{0},\n};\n")


def main(root, out, depfile):
    root = pathlib.Path(root)
    source = root / "web"
    found = modules(root, source)
    with tempfile.TemporaryDirectory(prefix="calanque-pages-") as made:
        run(["node", source / "build.mjs", found, made], source)
        files = sorted(pathlib.Path(made).iterdir(), key=lambda f: (f.suffix != ".html", f.name))
        embed(out, files)
    inputs = [pathlib.Path(__file__).resolve()]
    inputs += sorted(p for p in source.rglob("*") if p.is_file())
    with open(depfile, "w", encoding="utf-8") as d:
        d.write(f"{out}: " + " ".join(str(p).replace(" ", "\\ ") for p in inputs) + "\n")


if __name__ == "__main__":
    os.umask(0o022)
    main(*sys.argv[1:])
