/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TABLE_TABLE_PRIV_H
#define TABLE_TABLE_PRIV_H

#include <base/strbuf.h>
#include <table/table.h>

struct xlsx;

struct table {
	struct table_config config;
	struct xlsx *xlsx; /* NULL: it is CSV */
};

/* ---- table_csv.c */
void csv_begin(const struct table *t, struct strbuf *out);
void csv_row(const struct table *t, const struct cell *cells, struct strbuf *out);

/* ---- table_xlsx.c */
struct xlsx *xlsx_new(const struct table_config *config) must_check;
void xlsx_free(struct xlsx *x);
void xlsx_begin(struct xlsx *x, struct strbuf *out);
void xlsx_row(struct xlsx *x, const struct cell *cells, struct strbuf *out);
void xlsx_end(struct xlsx *x, struct strbuf *out);

#endif
