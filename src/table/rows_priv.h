/* SPDX-License-Identifier: Apache-2.0 */
/* Between rows.c and rows_geojson.c. */
#ifndef TABLE_ROWS_PRIV_H
#define TABLE_ROWS_PRIV_H

#include <table/rows.h>

/* Finds the Features and what else the file says; as rows_open(). */
int geojson_open(struct rows *r, const char *text, size_t len, struct arena *a,
	struct err *err) must_check;
/* As rows_next(). */
int geojson_next(
	struct rows *r, struct arena *a, struct one_row *out, struct err *err) must_check;

#endif
