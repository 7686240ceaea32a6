/* SPDX-License-Identifier: Apache-2.0 */
/* Mappings to begin with: what the profile of a type knows of a file's columns. */
#include "import_priv.h"

#include "checks_priv.h"

#include <base/err.h>
#include <core/entity.h>
#include <core/profile.h>
#include <table/mapping.h>

#include <ctype.h>
#include <string.h>

#define FOLDED 100

/* Letters and digits alone, small: "Taux de remplissage" and taux_de_remplissage. */
static const char *fold(const char *s, size_t len, char out[FOLDED])
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 1 < FOLDED; i++)
		if (isalnum((unsigned char)s[i]))
			out[n++] = (char)tolower((unsigned char)s[i]);
	out[n] = '\0';
	return out;
}

static bool is_called(
	const struct profile_attr *attr, const char *column, struct arena *a)
{
	const struct jn *labels = jn_get(attr->source, "x-label");
	char text[FOLDED];

	if (strcmp(fold(attr->name, attr->len, text), column) == 0)
		return true;
	jn_each (it, labels) {
		size_t len = 0;
		const char *label = jn_span(it, a, &len);

		if (label != NULL && strcmp(fold(label, len, text), column) == 0)
			return true;
	}
	return false;
}

static bool is_object(const struct profile_attr *attr)
{
	return attr->schemas_len > 0 &&
		jn_str_is(jn_get(schema_source(attr->schemas[0]), "type"), "object");
}

struct looking {
	const struct profile *profile;
	struct arena *arena;
};

static bool find_attribute(void *self, const char *column, struct known_attribute *out)
{
	const struct looking *l = self;
	char text[FOLDED];

	(void)fold(column, strlen(column), text);
	for (size_t i = 0; *text != '\0' && i < l->profile->attrs_len; i++) {
		const struct profile_attr *attr = &l->profile->attrs[i];
		bool property =
			attr->kinds == 0 || (attr->kinds & (1U << KIND_PROPERTY)) != 0;

		/* a cell is no address with street and town */
		if (!is_called(attr, text, l->arena) || is_object(attr))
			continue;
		*out = (struct known_attribute){.name = attr->name,
			.unit = attr->units_len > 0 ? attr->units[0] : NULL,
			.fraction = attr->fraction,
			.relationship = !property &&
				(attr->kinds & (1U << KIND_RELATIONSHIP)) != 0};
		return true;
	}
	return false;
}

int import_propose(struct call *call, bool geojson, const char *type, struct strbuf *out)
{
	struct req *req = call->req;
	struct looking l = {.arena = &req->arena};
	struct mapping_hints hints = {.type = type, .self = &l};

	if (req->body_len == 0)
		return err_set(&req->err, ERR_BAD_REQUEST_DATA,
			"the body is empty; send the file as it is, with curl: "
			"--data-binary "
			"@file.csv");
	if (type != NULL)
		l.profile =
			profiles_by_name(call->app->checks->profiles, type, strlen(type));
	if (l.profile != NULL)
		hints.attribute = find_attribute;
	return mapping_propose(
		&hints, geojson, req->body, req->body_len, &req->arena, out, &req->err);
}
