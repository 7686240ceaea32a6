/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer to a temporal request: what it will hold is found out first, so that errors and
 * partial content (206) can be said; then it is written some thousand instances at a time,
 * while it is sent.
 */
#ifndef API_TEMPORAL_ANSWER_H
#define API_TEMPORAL_ANSWER_H

#include "temporal_params.h"

#include <base/attr.h>

#include <stdbool.h>

struct call;

/* Finds the page and answers with a list, or with one evolution (404 where there is none).
 * r lives in the request's arena.  -1: call->req->err says why. */
int temporal_answer(struct call *call, struct temporal_request *r, bool list) must_check;

#endif
