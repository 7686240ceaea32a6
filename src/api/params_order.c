/* SPDX-License-Identifier: Apache-2.0 */
/* orderBy, collation, orderFrom, orderGeometry: the order of a query, 4.23. */
#include "params.h"

#include "call.h"

#include <base/arena.h>
#include <core/order.h>
#include <store/collations.h>
#include <store/readers.h>

#include <string.h>

/* One with keywords, as in de-u-co-phonebk, is made when it is first asked for (4.23.3). */
static int ensure_collation(const struct params *p, const char *tag, struct err *err)
{
	struct app *app = p->call->app;
	struct pg *pg;
	int rc;

	if (tag == NULL || strcasestr(tag, "-u-") == NULL)
		return 0;
	pg = readers_take(app->writers);
	rc = collation_ensure(pg, tag, err);
	readers_put(app->writers, pg);
	return rc;
}

/* 4.23; 5.7.2.4: what is not local cannot be put in order. */
int params_order(const struct params *p, struct entity_query *q, struct err *err)
{
	const struct order_params params = {
		.by = params_get(p, "orderBy"),
		.collation = params_get(p, "collation"),
		.from = params_get(p, "orderFrom"),
		.geometry = params_get(p, "orderGeometry"),
	};
	struct order *order;
	bool local;

	/* 5.7.2.4 wants local scope.  Without context sources every query has it (and the
	 * conformance suite, 019_19, does not say so); only local=false asks for more. */
	if (params_bool(p, "local", true, &local, err) < 0)
		return -1;
	if (params.by != NULL && !local)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"orderBy orders what this broker has: local=false does not go "
			"with it");
	if (order_parse(&params, p->call->ctx, &p->call->req->arena, &order, err) < 0 ||
		ensure_collation(p, params.collation, err) < 0)
		return -1;
	if (params.by != NULL || params.collation != NULL)
		q->order = order;
	return 0;
}
