#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# layers.sh must see each kind of breach, with its place, and nothing else.
set -eu
tools=$(cd "$(dirname "$0")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/include/base" "$tree/include/http" "$tree/src/base" "$tree/src/core" \
	"$tree/src/api" "$tree/src/store" "$tree/src/odd"

cat > "$tree/include/base/a.h" <<'END'
#include <stdio.h>
#include <base/b.h>
#include "c.h"
END
cat > "$tree/src/base/a.c" <<'END'
#include "a_priv.h"
#include <core/x.h>
#include <jansson.h>
END
cat > "$tree/src/core/x.c" <<'END'
#include <base/a.h>
#include <jansson.h>
#  include	<store/y.h>
#include "../base/a_priv.h"
static const char no_sql[] = "DELETE /entities/{id}";
static const char sql[] = "SELECT doc FROM entity";
END
cat > "$tree/src/store/y.c" <<'END'
#include <core/x.h>
#include <libpq-fe.h>
#include <core/x_priv.h>
static const char sql[] = "SELECT doc FROM entity";
END
cat > "$tree/src/api/z.c" <<'END'
#include <http/message.h>
#include <http/server.h>
#include <microhttpd.h>
#include <libpq-fe.h>
END
cat > "$tree/src/main.c" <<'END'
#include <api/z.h>
#include <http/server.h>
END
echo '#include <stdio.h>' > "$tree/src/odd/o.c"

cat > "$tree/expected" <<'END'
include/base/a.h:3: a public header may not include "c.h"
src/api/z.c:2: api speaks http's message types only: <http/server.h>
src/api/z.c:3: api may not use microhttpd
src/api/z.c:4: api may not use libpq
src/base/a.c:2: base may not include core: <core/x.h>
src/base/a.c:3: base may not use jansson
src/core/x.c:3: core may not include store: <store/y.h>
src/core/x.c:4: quotes are for a file beside this one: "../base/a_priv.h"
src/core/x.c:6: SQL outside store
src/odd/o.c:1: no layer is called odd
src/store/y.c:3: <core/x_priv.h> is private to its directory
END
if "$tools/layers.sh" "$tree" > "$tree/found"; then
	echo "layers.sh did not fail" >&2
	exit 1
fi
diff -u "$tree/expected" "$tree/found"
