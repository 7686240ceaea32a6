/* SPDX-License-Identifier: Apache-2.0 */
#include "table_priv.h"

#include <base/mem.h>

#include <assert.h>
#include <stdlib.h>

struct table *table_new(const struct table_config *config)
{
	struct table *t = mem_alloc(sizeof(*t));

	assert(config->columns_len > 0);
	assert(config->format == TABLE_CSV || config->zone != NULL);
	t->config = *config;
	if (config->format == TABLE_XLSX)
		t->xlsx = xlsx_new(&t->config);
	return t;
}

void table_free(struct table *t)
{
	if (t == NULL)
		return;
	xlsx_free(t->xlsx);
	free(t);
}

void table_begin(struct table *t, struct strbuf *out)
{
	if (t->xlsx != NULL)
		xlsx_begin(t->xlsx, out);
	else
		csv_begin(t, out);
}

void table_row(struct table *t, const struct cell *cells, struct strbuf *out)
{
	if (t->xlsx != NULL)
		xlsx_row(t->xlsx, cells, out);
	else
		csv_row(t, cells, out);
}

void table_end(struct table *t, struct strbuf *out)
{
	if (t->xlsx != NULL)
		xlsx_end(t->xlsx, out);
}
