/* SPDX-License-Identifier: Apache-2.0 */
/* What GET shows: the stored text with short names, and what the broker knows. */
#include "subscription_priv.h"

#include <base/clock.h>
#include <base/strbuf.h>
#include <core/context.h>

#include <inttypes.h>
#include <string.h>

/* What a subscription without one means (5.2.12). */
#define DEFAULT_TRIGGER                                                                  \
	",\"notificationTrigger\":[\"attributeCreated\",\"attributeUpdated\"]"

static void put_name(struct strbuf *sb, const char *name, size_t len)
{
	char last = sb->data[sb->len - 1];

	if (last != '{')
		strbuf_addc(sb, ',');
	jn_write_string(sb, name, len);
	strbuf_addc(sb, ':');
}

static void put_text(struct strbuf *sb, const char *name, const char *text)
{
	put_name(sb, name, strlen(name));
	jn_write_string(sb, text, strlen(text));
}

static void put_time(struct strbuf *sb, const char *name, int64_t at)
{
	char text[CLOCK_TEXT];

	if (at != 0)
		put_text(sb, name, clock_format(at, text));
}

static void put_number(struct strbuf *sb, const char *name, int64_t n)
{
	put_name(sb, name, strlen(name));
	strbuf_addf(sb, "%" PRId64, n);
}

/* 5.2.14.2; nothing of it before the first notification. */
static void put_notification(struct strbuf *sb, const struct jn *notification,
	const struct subscription_output *out, const struct subscription_view *view)
{
	strbuf_addc(sb, '{');
	jn_each (it, notification) {
		put_name(sb, it->key, it->key_len);
		jn_write(sb, it);
	}
	if (out->times_sent > 0 || out->times_failed > 0 || out->last_notification != 0) {
		bool failed = out->last_failure > out->last_success;

		put_text(sb, "status", failed ? "failed" : "ok");
		put_number(sb, "timesSent", out->times_sent);
		if (out->times_failed > 0 || !view->of_sources)
			put_number(sb, "timesFailed", out->times_failed);
		put_time(sb, "lastNotification", out->last_notification);
		put_time(sb, "lastSuccess", out->last_success);
		put_time(sb, "lastFailure", out->last_failure);
	}
	strbuf_addc(sb, '}');
}

/* What stands in a stored text for ourselves. */
static bool is_hidden(const struct jn *member)
{
	return member->key_len > 0 && *member->key == '@';
}

static const char *status(const struct jn *doc, int64_t now, struct arena *a)
{
	const char *expires = jn_str(jn_get(doc, "expiresAt"), a);
	struct subscription s = {.expires = INT64_MAX,
		.active = !jn_is(jn_get(doc, "isActive"), JN_FALSE)};

	if (expires != NULL)
		(void)!clock_parse(expires, strlen(expires), &s.expires);
	return subscription_status_name(subscription_status(&s, now));
}

void subscription_render(struct strbuf *sb, const char *stored,
	const struct subscription_output *output, const struct subscription_view *view,
	struct arena *a)
{
	const struct jn *parsed = jn_parse_trusted(stored, strlen(stored), a);
	const struct jn *doc = names_map(parsed, view->ctx, name_compacted, a);

	strbuf_addc(sb, '{');
	jn_each (it, doc) {
		if (is_hidden(it))
			continue;
		put_name(sb, it->key, it->key_len);
		if (jn_key_is(it, "notification"))
			put_notification(sb, it, output, view);
		else
			jn_write(sb, it);
	}
	if (jn_get(doc, "notificationTrigger") == NULL && !view->of_sources)
		strbuf_adds(sb, DEFAULT_TRIGGER);
	put_text(sb, "status", status(doc, view->now, a));
	if (view->sys_attrs) {
		put_time(sb, "createdAt", output->created);
		put_time(sb, "modifiedAt", output->modified);
	}
	if (view->context_text != NULL) {
		put_name(sb, "@context", 8);
		strbuf_adds(sb, view->context_text);
	}
	strbuf_addc(sb, '}');
}
