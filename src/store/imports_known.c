/* SPDX-License-Identifier: Apache-2.0 */
/* Which late instances the history has already. */
#include <store/imports.h>

#include <base/arena.h>
#include <base/jn.h>
#include <base/strbuf.h>
#include <store/dict.h>
#include <store/pg.h>

#include <string.h>

static const struct pg_stmt probe = {"import_known",
	"SELECT r.n FROM unnest($2::text[], $3::int4[], $4::int4[], $5::timestamptz[],"
	" $6::text[]) WITH ORDINALITY AS r(id, attr, dataset, at, doc, n)"
	" JOIN evolution e ON e.tenant = $1::int4 AND e.id = r.id"
	" JOIN history h ON h.hid = e.hid AND h.attr = r.attr AND h.at = r.at"
	" AND h.dataset = r.dataset AND h.dup = 0"
	" WHERE h.doc = r.doc AND h.deleted IS NULL",
	.binary = true};

enum column { ID, ATTR, DATASET, AT, DOC, COLUMNS };

static int add(struct pg_array *column, struct dict *names,
	const struct import_late *late, struct strbuf *text, struct arena *a,
	struct err *err)
{
	const struct change *c = late->change;
	size_t len = 0;
	const char *dataset = jn_span(jn_getn(c->after, "datasetId", 9), a, &len);
	int attr, number = 0;

	if (dict_id(names, c->attr, c->attr_len, false, &attr, err) < 0 ||
		(dataset != NULL &&
			dict_id(names, dataset, len, false, &number, err) < 0))
		return -1;
	/* what nobody has named yet, no history has */
	if (dataset != NULL && number == 0)
		number = -1;
	strbuf_reset(text);
	import_instance_text(text, c->after);
	pg_array_text(&column[ID], late->id, strlen(late->id));
	pg_array_int(&column[ATTR], attr);
	pg_array_int(&column[DATASET], number);
	pg_array_time(&column[AT], late->at);
	pg_array_text(&column[DOC], text->data, text->len);
	return 0;
}

static int ask(
	struct pg *pg, int tenant, struct pg_array *column, bool *known, struct err *err)
{
	struct pg_args args = {0};
	auto_pgresult *res = NULL;

	pg_int4(&args, tenant);
	for (size_t i = 0; i < COLUMNS; i++)
		pg_args_array(&args, &column[i]);
	if (pg_query(pg, &probe, &args, &res, err) < 0)
		return -1;
	for (int i = 0; i < PQntuples(res); i++)
		known[pg_get_int(res, i, 0) - 1] = true;
	return 0;
}

int imports_known(struct pg *pg, struct dict *names, int tenant,
	const struct import_late *late, size_t len, struct arena *a, bool *known,
	struct err *err)
{
	static const enum pg_type types[COLUMNS] = {
		PG_TEXT, PG_INT4, PG_INT4, PG_TIMESTAMPTZ, PG_TEXT};
	struct pg_array column[COLUMNS];
	auto_strbuf text = {0};
	int rc = 0;

	if (len == 0)
		return 0;
	memset(known, 0, len * sizeof(*known));
	for (size_t i = 0; i < COLUMNS; i++)
		pg_array_init(&column[i], types[i]);
	for (size_t i = 0; rc == 0 && i < len; i++)
		rc = add(column, names, &late[i], &text, a, err);
	if (rc == 0)
		rc = ask(pg, tenant, column, known, err);
	for (size_t i = 0; i < COLUMNS; i++)
		pg_array_fini(&column[i]);
	return rc;
}
