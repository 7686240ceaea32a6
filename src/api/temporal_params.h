/* SPDX-License-Identifier: Apache-2.0 */
/* What a temporal retrieval or query asks for: what to find, when, and how to show it. */
#ifndef API_TEMPORAL_PARAMS_H
#define API_TEMPORAL_PARAMS_H

#include "params.h"

#include <base/attr.h>
#include <core/render_temporal.h>
#include <core/temporal_q.h>
#include <store/temporal.h>

#include <stdbool.h>

struct err;

struct temporal_request {
	struct view view; /* render, projection */
	enum temporal_form form;
	struct temporal_q q;
	struct temporal_query query; /* points into the others */
	bool explicit_attrs; /* attributes are named: each must be fit for aggregation */
	bool new_map; /* an EntityMap was made: 201 */
	bool bare; /* no series are shown: pick names none */
};

/* 5.7.4, 6.18.3.2: all parameters.  BAD_REQUEST_DATA where there is no temporal query. */
int temporal_query_params(
	const struct params *p, struct temporal_request *out, struct err *err) must_check;
/* 5.7.3, 6.19.3.1: one evolution, of the id in the path. */
int temporal_retrieve_params(
	const struct params *p, struct temporal_request *out, struct err *err) must_check;

#endif
