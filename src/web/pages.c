/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers from memory.  Every page has the same program, which looks at the address; the
 * home page's document names more of it to load at once.  A page may load what this broker serves and nothing else, by its
 * Content-Security-Policy.
 */
#include <web/pages.h>

#include <base/arena.h>
#include <base/err.h>
#include <base/jn.h>
#include <base/mem.h>
#include <base/strbuf.h>
#include <http/negotiate.h>

#include "assets.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUTLINES_MAX ((size_t)32 << 20)
#define HOST_MAX     256

static const char no_outlines[] = "{\"type\":\"FeatureCollection\",\"features\":[]}";

struct pages {
	char *policy; /* Content-Security-Policy */
	char *map; /* GET /calanque/v1/map */
	struct strbuf outlines;
};

/* ---- what the operator says about the map ---- */

static int read_outlines(struct pages *p, const char *path, struct err *err)
{
	const struct jn_limits limits = {.max_depth = 64};
	auto_arena arena = {0};
	struct jn *json = NULL;
	FILE *f = fopen(path, "re");
	char buf[1 << 16];
	size_t n;

	if (f == NULL)
		return err_set(err, ERR_INVALID_REQUEST,
			"--map-outlines: cannot read %.150s: %s", path, strerror(errno));
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0 && p->outlines.len < OUTLINES_MAX)
		strbuf_add(&p->outlines, buf, n);
	fclose(f);
	if (p->outlines.len >= OUTLINES_MAX)
		return err_set(err, ERR_INVALID_REQUEST,
			"--map-outlines: %.150s has more than %zu MB; simplify it", path,
			OUTLINES_MAX >> 20);
	if (jn_parse(p->outlines.data != NULL ? p->outlines.data : "", p->outlines.len,
		    limits, &arena, &json, err) < 0)
		return err_wrap(err, "--map-outlines: %.100s", path);
	if (!jn_str_is(jn_get(json, "type"), "FeatureCollection"))
		return err_set(err, ERR_INVALID_REQUEST,
			"--map-outlines: %.150s is no GeoJSON FeatureCollection", path);
	return 0;
}

/* "https://host:port" of the tiles, which may be written https://{s}.host/…: a star then. */
static int tiles_host(const char *url, char host[HOST_MAX], struct err *err)
{
	const char *begin = strstr(url, "://"), *end;
	const char *rest;
	size_t len;

	if (begin == NULL ||
		(strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0))
		return err_set(err, ERR_INVALID_REQUEST,
			"--map-tiles: expected https://…/{z}/{x}/{y}…, not '%.100s'",
			url);
	if (strstr(url, "{z}") == NULL || strstr(url, "{x}") == NULL ||
		strstr(url, "{y}") == NULL)
		return err_set(err, ERR_INVALID_REQUEST,
			"--map-tiles: '%.100s' has no place for {z}, {x} and {y}", url);
	begin += 3;
	end = begin + strcspn(begin, "/?#");
	rest = strncmp(begin, "{s}.", 4) == 0 ? begin + 3 : begin;
	len = (size_t)(end - rest);
	if (len == 0 || len > HOST_MAX - 16 || strcspn(rest, "{}; ,'\"*") < len)
		return err_set(err, ERR_INVALID_REQUEST,
			"--map-tiles: '%.100s' names no host", url);
	(void)snprintf(host, HOST_MAX, "%.*s%s%.*s", (int)(begin - url), url,
		rest == begin ? "" : "*", (int)len, rest);
	return 0;
}

static int check_tiles(
	const struct pages_config *config, char host[HOST_MAX], struct err *err)
{
	if (config->tiles == NULL)
		return 0;
	if (config->credit == NULL)
		return err_set(err, ERR_INVALID_REQUEST,
			"--map-tiles needs --map-credit: say whose map it is");
	return tiles_host(config->tiles, host, err);
}

static void write_text(struct strbuf *sb, const char *name, const char *value)
{
	strbuf_addf(sb, "\"%s\":", name);
	if (value != NULL)
		jn_write_string(sb, value, strlen(value));
	else
		strbuf_adds(sb, "null");
}

static void write_map(struct pages *p, const struct pages_config *config)
{
	struct strbuf sb = {0};

	strbuf_addc(&sb, '{');
	write_text(&sb, "tiles", config->tiles);
	strbuf_addc(&sb, ',');
	write_text(&sb, "credit", config->credit);
	strbuf_addf(
		&sb, ",\"outlines\":%s}", config->outlines != NULL ? "true" : "false");
	p->map = strbuf_steal(&sb, NULL);
}

static void write_policy(struct pages *p, const char *host)
{
	struct strbuf sb = {0};

	strbuf_addf(&sb,
		"default-src 'none'; script-src 'self'; style-src 'self'; connect-src "
		"'self'; font-src 'self'; img-src 'self' data:%s%s; base-uri 'none'; "
		"form-action 'none'; "
		"frame-ancestors 'none'",
		*host != '\0' ? " " : "", host);
	p->policy = strbuf_steal(&sb, NULL);
}

struct pages *pages_new(const struct pages_config *config, struct err *err)
{
	struct pages *p = mem_alloc(sizeof(*p));
	char host[HOST_MAX] = "";

	if (check_tiles(config, host, err) < 0 ||
		(config->outlines != NULL &&
			read_outlines(p, config->outlines, err) < 0)) {
		pages_free(p);
		return NULL;
	}
	if (config->outlines == NULL)
		strbuf_adds(&p->outlines, no_outlines);
	write_policy(p, host);
	write_map(p, config);
	return p;
}

void pages_free(struct pages *p)
{
	if (p == NULL)
		return;
	strbuf_fini(&p->outlines);
	free(p->policy);
	free(p->map);
	free(p);
}

/* ---- answers ---- */

static enum handled send_asset(
	const struct asset *asset, struct req *req, struct resp *resp)
{
	const char *known = req_header(req, "If-None-Match");

	resp_header(resp, "ETag", asset->etag);
	resp_header(resp, "X-Content-Type-Options", "nosniff");
	resp->status = 304;
	if (known != NULL && strstr(known, asset->etag) != NULL)
		return HANDLED;
	resp->status = 200;
	resp->content_type = asset->type;
	if (negotiate_gzip(req_header(req, "Accept-Encoding"))) {
		resp_header(resp, "Content-Encoding", "gzip");
		strbuf_add(&resp->body, asset->packed, asset->packed_len);
	} else {
		strbuf_add(&resp->body, asset->text, asset->text_len);
	}
	return HANDLED;
}

static enum handled show_document(
	const struct pages *p, int which, struct req *req, struct resp *resp)
{

	resp_header(resp, "Content-Security-Policy", p->policy);
	resp_header(resp, "Referrer-Policy", "same-origin");
	resp_header(resp, "Cache-Control", "no-cache"); /* ask again, by the ETag */
	resp_header(resp, "Vary", "Accept, Accept-Encoding");
	return send_asset(&assets[which], req, resp);
}

static enum handled show_home(void *cookie, struct req *req, struct resp *resp)
{
	return show_document(cookie, ASSET_HOME, req, resp);
}

static enum handled show_page(void *cookie, struct req *req, struct resp *resp)
{
	return show_document(cookie, ASSET_PAGE, req, resp);
}

/* "style.css", whatever its hash: for pages that were not built with it. */
static bool is_style(const struct asset *asset, const char *name)
{
	return strcmp(name, "style.css") == 0 && strncmp(asset->name, "style-", 6) == 0;
}

static enum handled show_asset(void *cookie, struct req *req, struct resp *resp)
{
	const char *name = req->param[0];

	for (const struct asset *a = &assets[ASSETS_LOADED]; a->name != NULL; a++) {
		if (strcmp(a->name, name) != 0 && !is_style(a, name))
			continue;
		resp_header(resp, "Cache-Control",
			is_style(a, name) ? "no-cache"
					  : "public, max-age=31536000, immutable");
		resp_header(resp, "Vary", "Accept-Encoding");
		return send_asset(a, req, resp);
	}
	err_set(&req->err, ERR_NOT_FOUND,
		"there is no asset '%.100s'; the page was built anew: load it again",
		name);
	return HANDLED_ERROR;
}

static enum handled show_map(void *cookie, struct req *req, struct resp *resp)
{
	const struct pages *p = cookie;

	resp->status = 200;
	resp->content_type = "application/json";
	strbuf_adds(&resp->body, p->map);
	return HANDLED;
}

static enum handled show_outlines(void *cookie, struct req *req, struct resp *resp)
{
	const struct pages *p = cookie;

	resp->status = 200;
	resp->content_type = "application/geo+json";
	resp_header(resp, "Cache-Control", "max-age=300");
	strbuf_add(&resp->body, p->outlines.data, p->outlines.len);
	return HANDLED;
}

static const char *const no_names[] = {NULL};

const struct route pages_routes[] = {
	{"GET", "/pages/{page}", show_page, NULL, ROUTE_PLAIN | ROUTE_INLINE, NULL},
	{"GET", "/", show_home, NULL, ROUTE_PLAIN | ROUTE_INLINE, NULL},
	{"GET", "/assets/{name}", show_asset, NULL, ROUTE_PLAIN | ROUTE_INLINE, NULL},
	{"GET", "/calanque/v1/map", show_map, NULL, ROUTE_PLAIN | ROUTE_INLINE, no_names},
	{"GET", "/calanque/v1/outlines", show_outlines, NULL, ROUTE_PLAIN | ROUTE_GEOJSON,
		no_names},
	{0},
};
