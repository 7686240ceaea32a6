/* SPDX-License-Identifier: Apache-2.0 */
/* The negotiating headers: Accept, Content-Type, Accept-Encoding. */
#include <base/err.h>
#include <http/negotiate.h>

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_accept(const char *text, bool geojson)
{
	enum media m = MEDIA_NONE, again = MEDIA_NONE;
	struct err err = {0};
	int rc = negotiate_accept(text, geojson, &m, &err);

	assert((rc == 0) == (err.kind == ERR_NONE));
	assert((rc == 0) == (m != MEDIA_NONE));
	assert(m != MEDIA_GEO_JSON || geojson);
	/* What was chosen is acceptable on its own. */
	if (rc == 0) {
		assert(negotiate_accept(media_name(m), geojson, &again, &err) == 0);
		assert(again == m);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum media m = MEDIA_NONE;
	struct err err = {0};
	char *text = strndup((const char *)data, size);
	int rc;

	assert(text != NULL);
	check_accept(text, false);
	check_accept(text, true);
	rc = negotiate_content_type(text, "PATCH", &m, &err);
	assert((rc == 0) == (err.kind == ERR_NONE));
	assert((rc == 0) == (m == MEDIA_JSON || m == MEDIA_LD_JSON || m == MEDIA_MERGE));
	(void)negotiate_gzip(text);
	free(text);
	return 0;
}
