/* SPDX-License-Identifier: Apache-2.0 */
#include <http/route.h>

static void print_flag(const struct route *r, unsigned flag, const char *name, FILE *out)
{
	fprintf(out, ",\"%s\":%s", name, r->flags & flag ? "true" : "false");
}

/* What the tables say is ASCII without quotes: nothing is escaped. */
static void print_route(const struct route *r, FILE *out)
{
	fprintf(out, "{\"method\":\"%s\",\"path\":\"%s\"", r->method, r->path);
	print_flag(r, ROUTE_PLAIN, "plain", out);
	print_flag(r, ROUTE_GEOJSON, "geojson", out);
	print_flag(r, ROUTE_QUERY, "query", out);
	print_flag(r, ROUTE_MERGE, "merge", out);
	print_flag(r, ROUTE_PROBLEM, "problem", out);
	fputs(",\"parameters\":", out);
	if (r->params == NULL) {
		fputs("null}", out);
		return;
	}
	fputc('[', out);
	for (size_t i = 0; r->params[i] != NULL; i++)
		fprintf(out, "%s\"%s\"", i > 0 ? "," : "", r->params[i]);
	fputs("]}", out);
}

int route_print(const struct route_table *tables, FILE *out)
{
	const char *before = "[\n";

	for (; tables->routes != NULL; tables++) {
		for (const struct route *r = tables->routes; r->method != NULL; r++) {
			fputs(before, out);
			print_route(r, out);
			before = ",\n";
		}
	}
	fputs("\n]\n", out);
	return fflush(out) == 0 && ferror(out) == 0 ? 0 : -1;
}
