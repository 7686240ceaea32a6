/* SPDX-License-Identifier: Apache-2.0 */
/* Repairs that are certain, and findings as JSON. */
#include "lint_priv.h"

#include <base/iri.h>
#include <base/strbuf.h>

#include <string.h>

/* The node becomes what `value` is, where it stands. */
static void become(struct jn *node, const struct jn *value)
{
	struct jn old = *node;

	*node = *value;
	node->key = old.key;
	node->key_len = old.key_len;
	node->next = old.next;
}

static void set_kind(struct jn *instance, const char *kind, struct arena *a)
{
	struct jn *value = instance_value(instance);
	enum kind to = KINDS;

	for (int k = 0; k < KINDS; k++)
		if (strcmp(kind_type[k], kind) == 0)
			to = (enum kind)k;
	if (value == NULL || to == KINDS)
		return;
	value->key = kind_member[to];
	value->key_len = (uint32_t)strlen(kind_member[to]);
	jn_set(instance, "type", jn_string(a, kind));
}

/* Of an attribute, or of a member in a value; false where an attribute of that name is
 * there already. */
static bool set_key(const struct jn *doc, struct jn *node, const char *key)
{
	if (is_attribute(node) && jn_get(doc, key) != NULL)
		return false;
	node->key = key;
	node->key_len = (uint32_t)strlen(key);
	return true;
}

static bool mend(struct jn *doc, const struct finding *f, struct arena *a)
{
	struct jn *node = (struct jn *)f->fix.node;

	switch (f->fix.kind) {
	case FIX_VALUE:
		become(node, f->fix.value);
		return true;
	case FIX_UNIT:
		jn_set(node, "unitCode", jn_string(a, f->fix.text));
		if (f->fix.value != NULL && instance_value(node) != NULL)
			become(instance_value(node), f->fix.value);
		return true;
	case FIX_KIND:
		set_kind(node, f->fix.text, a);
		return true;
	case FIX_RENAME:
		return set_key(doc, node, f->fix.text);
	default:
		return false;
	}
}

size_t lint_mend(struct jn *doc, const struct findings *findings, struct arena *a)
{
	size_t n = 0;

	for (const struct finding *f = findings->first; f != NULL; f = f->next)
		n += mend(doc, f, a);
	return n;
}

/* Headers hold printable ASCII: the rest as \u escapes. */
static void write_ascii(struct strbuf *sb, const char *s, size_t len)
{
	auto_strbuf quoted = {0};
	size_t i = 0;

	jn_write_string(&quoted, s, len);
	while (i < quoted.len) {
		unsigned code = 0;
		size_t n = utf8_next(quoted.data + i, quoted.len - i, &code);

		if (n == 0)
			break;
		if (code < 127)
			strbuf_addc(sb, (char)code);
		else if (code < 0x10000)
			strbuf_addf(sb, "\\u%04x", code);
		else
			strbuf_addf(sb, "\\u%04x\\u%04x", 0xD7C0 + (code >> 10),
				0xDC00 + (code & 0x3FF));
		i += n;
	}
}

static void write_member(struct strbuf *sb, const char *key, const char *text, bool ascii)
{
	if (*text == '\0')
		return;
	strbuf_addf(sb, ",\"%s\":", key);
	if (ascii)
		write_ascii(sb, text, strlen(text));
	else
		jn_write_string(sb, text, strlen(text));
}

void finding_write(struct strbuf *sb, const struct finding *f, bool ascii)
{
	static const char *const levels[] = {"hint", "warning", "error"};

	strbuf_addf(sb, "{\"code\":\"%s\",\"level\":\"%s\"", lint_names[f->code],
		levels[lint_level_of(f->code)]);
	write_member(sb, "type", f->type, ascii);
	write_member(sb, "attribute", f->attribute, ascii);
	write_member(sb, "at", f->pointer, ascii);
	write_member(sb, "seen", f->seen, ascii);
	write_member(sb, "why", f->why, ascii);
	write_member(sb, "mend", f->mend, ascii);
	strbuf_addc(sb, '}');
}

void findings_write(struct strbuf *sb, const struct findings *findings, bool ascii)
{
	strbuf_addc(sb, '[');
	for (const struct finding *f = findings->first; f != NULL; f = f->next) {
		finding_write(sb, f, ascii);
		if (f->next != NULL)
			strbuf_addc(sb, ',');
	}
	strbuf_addc(sb, ']');
}
