/* SPDX-License-Identifier: Apache-2.0 */
/* The query string: "name=value" pieces between '&', and which of them a route takes. */
#include <http/route.h>

#include <base/err.h>
#include <base/iri.h>

#include <stdio.h>
#include <string.h>

static const char *decode(struct req *req, const char *s, size_t len, struct err *err)
{
	const char *text = iri_decode(&req->arena, s, len, true);

	if (text == NULL)
		(void)err_set(err, ERR_INVALID_REQUEST,
			"query string: '%.*s' is not well percent-encoded UTF-8",
			(int)(len < 100 ? len : 100), s);
	return text;
}

static int add_param(
	struct req *req, struct param *param, const char *s, size_t len, struct err *err)
{
	const char *equals = memchr(s, '=', len);
	size_t name_len = equals != NULL ? (size_t)(equals - s) : len;

	param->name = decode(req, s, name_len, err);
	if (param->name == NULL)
		return -1;
	param->value = "";
	if (equals != NULL)
		param->value = decode(req, equals + 1, len - name_len - 1, err);
	return param->value != NULL ? 0 : -1;
}

int route_query(struct req *req, struct err *err)
{
	const char *s = req->query;
	struct param *params;
	size_t pieces = 1, n = 0;

	if (*s == '\0')
		return 0;
	for (const char *p = s; *p != '\0'; p++)
		pieces += *p == '&';
	params = arena_array(&req->arena, struct param, pieces);
	while (*s != '\0') {
		size_t len = strcspn(s, "&");

		if (len > 0 && add_param(req, &params[n++], s, len, err) < 0)
			return -1;
		s += len + (s[len] == '&');
	}
	req->params = params;
	req->params_len = n;
	return 0;
}

static int unknown(const struct req *req, const char *name, struct err *err)
{
	char allowed[sizeof(err->detail)] = "none";
	size_t len = 0;

	for (const char *const *p = req->route->params; *p != NULL; p++) {
		size_t add = strlen(*p);

		if (len + add + 3 > sizeof(allowed))
			break;
		len += (size_t)sprintf(allowed + len, "%s%s", len > 0 ? ", " : "", *p);
	}
	return err_set(err, ERR_INVALID_REQUEST,
		"unknown query parameter '%.60s'; allowed here: %s", name, allowed);
}

int route_check_params(const struct req *req, struct err *err)
{
	if (req->route == NULL || req->route->params == NULL)
		return 0;
	for (size_t i = 0; i < req->params_len; i++) {
		const char *const *p = req->route->params;

		while (*p != NULL && strcmp(*p, req->params[i].name) != 0)
			p++;
		if (*p == NULL && !(req->route->flags & ROUTE_OPEN))
			return unknown(req, req->params[i].name, err);
	}
	return 0;
}
