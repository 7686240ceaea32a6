#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes text files into a C array, for what the program carries with it.

	embed.py OUT.c HEADER STRUCT ARRAY FILE...

HEADER declares the struct: name, text and length, in this order.  The array ends with an
empty element."""

import os
import sys


def literal(text):
    escape = {ord("\\"): "\\\\", ord('"'): '\\"', ord("\n"): "\\n", ord("\t"): "\\t"}
    out = []
    for line in text.splitlines(keepends=True):
        body = "".join(
            escape.get(b) or (chr(b) if 32 <= b < 127 and b != ord("?") else "\\%03o" % b)
            for b in line
        )
        out.append('\t\t"%s"' % body)
    return "\n".join(out) or '\t\t""'


def main(out, header, struct, array, *files):
    with open(out, "w", encoding="ascii") as c:
        c.write("/* Made by scripts/embed.py. */\n#include %s\n\n" % header)
        c.write('#pragma GCC diagnostic ignored "-Woverlength-strings"\n\n')
        c.write("const struct %s %s[] = {\n" % (struct, array))
        for name in files:
            with open(name, "rb") as f:
                text = f.read()
            c.write('\t{"%s",\n%s,\n\t\t%d},\n'
                    % (os.path.basename(name), literal(text), len(text)))
        c.write("\t{0},\n};\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
