#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The include rules of ARCHITECTURE.md: which layer may include which, and which libraries.
# Prints file:line for every breach and then fails.  Usage: layers.sh [ROOT]
#
# A layer may always include itself.  The files right in src/ are the layer main, which
# knows all and starts the libraries that want it; tests are free.
set -eu
cd "${1:-$(dirname "$0")/../..}"

find src include -name '*.[ch]' | sort | xargs awk '
function rule(layer, layers, libraries)
{
	rules[layer] = " " layer " " layers " "
	uses[layer] = " " libraries " "
}

BEGIN {
	# layer, layers below that it may include, libraries that it may use
	rule("base", "", "")
	rule("core", "base", "jansson pcre2 geos")
	rule("store", "base core", "jansson libpq")
	rule("table", "base core", "zlib icu")
	rule("net", "base", "jansson curl mosquitto")
	rule("notify", "base core store net", "jansson")
	rule("federate", "base core store net", "jansson")
	rule("http", "base", "jansson microhttpd zlib")
	rule("api", "base core store table notify federate http", "jansson")
	rule("web", "base http", "")
	rule("ops", "base http store", "")
	rule("demo", "base net", "jansson")
	rule("main", "base core store table net notify federate http api web ops demo", "curl")
	library["jansson.h"] = "jansson"
	library["libpq-fe.h"] = library["libpq-events.h"] = library["libpq/libpq-fs.h"] = "libpq"
	library["postgresql/libpq-fe.h"] = "libpq"
	library["curl/curl.h"] = library["curl/multi.h"] = "curl"
	library["mosquitto.h"] = library["mqtt_protocol.h"] = "mosquitto"
	library["microhttpd.h"] = "microhttpd"
	library["pcre2.h"] = "pcre2"
	library["geos_c.h"] = "geos"
	library["zlib.h"] = "zlib"
	library["unicode/ucal.h"] = library["unicode/ustring.h"] = "icu"
}

function breach(what)
{
	printf "%s:%d: %s\n", FILENAME, FNR, what
	failed = 1
}

FNR == 1 {
	depth = split(FILENAME, part, "/")
	layer = depth > 2 ? part[2] : "main"
	if (!(layer in rules))
		breach("no layer is called " layer)
}

/^[ \t]*#[ \t]*include[ \t]*</ {
	name = $0
	sub(/^[^<]*</, "", name)
	sub(/>.*/, "", name)
	split(name, part, "/")
	if (name in library) {
		if (index(uses[layer], " " library[name] " ") == 0)
			breach(layer " may not use " library[name])
	} else if ((part[1] in rules) && part[1] != name) {
		if (index(rules[layer], " " part[1] " ") == 0)
			breach(layer " may not include " part[1] ": <" name ">")
		else if (layer == "api" && name == "http/server.h")
			breach("api speaks http\047s message types only: <" name ">")
		else if (name ~ /_priv\.h$/)
			breach("<" name "> is private to its directory")
	}
	next
}

# Quotes name a file beside this one.
/^[ \t]*#[ \t]*include[ \t]*"/ {
	name = $0
	sub(/^[^"]*"/, "", name)
	sub(/".*/, "", name)
	if (FILENAME ~ /^include\//)
		breach("a public header may not include \"" name "\"")
	else if (name ~ /\//)
		breach("quotes are for a file beside this one: \"" name "\"")
}

# SQL lives in store only.
layer != "store" && /"[ \t]*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|CREATE|ALTER|DROP) [a-zA-Z_0-9".*(]/ {
	breach("SQL outside store")
}

END {
	exit failed
}
'
