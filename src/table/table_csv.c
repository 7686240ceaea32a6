/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CSV.  In a file for Excel a text that it would take for a formula gets an apostrophe
 * before it: a name in a sensor's message must not run on an accountant's desk.
 */
#include "table_priv.h"

#include <base/clock.h>
#include <table/zone.h>

#include <string.h>

static bool is_french(const struct table *t)
{
	return t->config.format == TABLE_CSV_FR;
}

static void add_separator(const struct table *t, struct strbuf *out)
{
	strbuf_addc(out, is_french(t) ? ';' : ',');
}

static bool is_formula(const char *s, size_t len)
{
	return len > 0 && *s != '\0' && strchr("=+-@\t\r", *s) != NULL;
}

static void add_text(const struct table *t, const char *s, size_t len, struct strbuf *out)
{
	bool formula = is_french(t) && is_formula(s, len), quote = formula;

	for (size_t i = 0; i < len && !quote; i++)
		quote = strchr(is_french(t) ? ";\"\r\n" : ",\"\r\n", s[i]) != NULL ||
			((i == 0 || i + 1 == len) && s[i] == ' ');
	if (!quote) {
		strbuf_add(out, s, len);
		return;
	}
	strbuf_addc(out, '"');
	if (formula)
		strbuf_addc(out, '\'');
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '"')
			strbuf_addc(out, '"');
		strbuf_addc(out, s[i]);
	}
	strbuf_addc(out, '"');
}

static void add_number(const struct table *t, const struct cell *c, struct strbuf *out)
{
	for (size_t i = 0; i < c->len; i++)
		strbuf_addc(out, is_french(t) && c->text[i] == '.' ? ',' : c->text[i]);
}

static void add_local(const struct table *t, int64_t at, struct strbuf *out)
{
	char text[ZONE_TEXT];

	strbuf_adds(out, zone_local_text(t->config.zone, at, text));
}

static void add_utc(int64_t at, struct strbuf *out)
{
	char text[CLOCK_TEXT];

	strbuf_adds(out, clock_format(at, text));
}

static void add_cell(const struct table *t, const struct cell *c, struct strbuf *out)
{
	switch (c->kind) {
	case CELL_EMPTY:
		break;
	case CELL_TEXT:
		add_text(t, c->text, c->len, out);
		break;
	case CELL_NUMBER:
		add_number(t, c, out);
		break;
	case CELL_BOOL:
		if (is_french(t))
			strbuf_adds(out, c->truth ? "VRAI" : "FAUX");
		else
			strbuf_adds(out, c->truth ? "true" : "false");
		break;
	case CELL_TIME:
		if (is_french(t))
			add_local(t, c->at, out);
		else if (c->text != NULL)
			add_text(t, c->text, c->len, out);
		else
			add_utc(c->at, out);
		break;
	}
}

static void add_note(const char *s, struct strbuf *out)
{
	for (; *s != '\0'; s++)
		strbuf_addc(out, *s == '\n' || *s == '\r' ? ' ' : *s);
}

void csv_begin(const struct table *t, struct strbuf *out)
{
	const struct table_config *config = &t->config;

	if (is_french(t))
		strbuf_adds(out, "\xef\xbb\xbf");
	for (size_t i = 0; i < config->notes_len; i++) {
		strbuf_adds(out, "# ");
		add_note(config->notes[i].key, out);
		strbuf_adds(out, ": ");
		add_note(config->notes[i].value, out);
		strbuf_adds(out, "\r\n");
	}
	for (size_t i = 0; i < config->columns_len; i++) {
		const struct column *column = &config->columns[i];
		size_t len = strlen(column->name);

		if (i > 0)
			add_separator(t, out);
		add_text(t, column->name, len, out);
		if (!column->times || !is_french(t))
			continue;
		strbuf_addf(out, " (%s)", zone_name(config->zone));
		add_separator(t, out);
		add_text(t, column->name, len, out);
		strbuf_adds(out, " (UTC)");
	}
	strbuf_adds(out, "\r\n");
}

void csv_row(const struct table *t, const struct cell *cells, struct strbuf *out)
{
	const struct table_config *config = &t->config;

	for (size_t i = 0; i < config->columns_len; i++) {
		if (i > 0)
			add_separator(t, out);
		add_cell(t, &cells[i], out);
		if (!config->columns[i].times || !is_french(t))
			continue;
		add_separator(t, out);
		if (cells[i].kind == CELL_TIME)
			add_utc(cells[i].at, out);
	}
	strbuf_adds(out, "\r\n");
}
