/* SPDX-License-Identifier: Apache-2.0 */
#include "zip.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL 1
#define PIECE ((size_t)16 << 10)
#define DAY   0x5a21 /* 2025-01-01: the archive is the same for the same rows */

static void add16(struct strbuf *out, unsigned v)
{
	strbuf_addc(out, (char)(v & 0xff));
	strbuf_addc(out, (char)(v >> 8 & 0xff));
}

static void add32(struct strbuf *out, uint32_t v)
{
	add16(out, v & 0xffff);
	add16(out, v >> 16);
}

void zip_init(struct zip *zip)
{
	*zip = (struct zip){0};
	if (deflateInit2(&zip->z, LEVEL, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
}

void zip_fini(struct zip *zip)
{
	(void)deflateEnd(&zip->z);
}

/* What the two headers of a file have in common: version to what goes with the name. */
static void add_common(struct strbuf *out, const struct zip_file *file)
{
	add16(out, 20); /* version needed */
	add16(out, 0x0808); /* sizes follow; the name is UTF-8 */
	add16(out, Z_DEFLATED);
	add16(out, 0);
	add16(out, DAY);
	add32(out, file->crc);
	add32(out, file->packed);
	add32(out, file->plain);
	add16(out, (unsigned)strlen(file->name));
	add16(out, 0); /* extra field */
}

void zip_begin(struct zip *zip, const char *name, struct strbuf *out)
{
	struct zip_file *file = &zip->files[zip->files_len++];
	size_t before = out->len;

	assert(zip->files_len <= ZIP_FILES && strlen(name) < sizeof(file->name));
	*file = (struct zip_file){.offset = (uint32_t)zip->written};
	(void)snprintf(file->name, sizeof(file->name), "%s", name);
	strbuf_add(out, "PK\3\4", 4);
	add_common(out, file);
	strbuf_adds(out, file->name);
	zip->written += out->len - before;
	(void)deflateReset(&zip->z);
}

static void deflate_to(struct zip *zip, int flush, struct strbuf *out)
{
	size_t before = out->len;

	do {
		strbuf_grow(out, PIECE);
		zip->z.next_out = (Bytef *)out->data + out->len;
		zip->z.avail_out = (uInt)PIECE;
		(void)deflate(&zip->z, flush);
		out->len += PIECE - zip->z.avail_out;
	} while (zip->z.avail_out == 0);
	zip->written += out->len - before;
	zip->files[zip->files_len - 1].packed += (uint32_t)(out->len - before);
}

void zip_write(struct zip *zip, const char *data, size_t len, struct strbuf *out)
{
	struct zip_file *file = &zip->files[zip->files_len - 1];

	file->crc = (uint32_t)crc32(file->crc, (const Bytef *)data, (uInt)len);
	file->plain += (uint32_t)len;
	zip->z.next_in = (Bytef *)data;
	zip->z.avail_in = (uInt)len;
	deflate_to(zip, Z_NO_FLUSH, out);
}

void zip_end(struct zip *zip, struct strbuf *out)
{
	struct zip_file *file = &zip->files[zip->files_len - 1];
	size_t before;

	zip->z.avail_in = 0;
	deflate_to(zip, Z_FINISH, out);
	before = out->len;
	strbuf_add(out, "PK\7\10", 4);
	add32(out, file->crc);
	add32(out, file->packed);
	add32(out, file->plain);
	zip->written += out->len - before;
}

void zip_close(struct zip *zip, struct strbuf *out)
{
	size_t before = out->len;

	for (size_t i = 0; i < zip->files_len; i++) {
		const struct zip_file *file = &zip->files[i];

		strbuf_add(out, "PK\1\2", 4);
		add16(out, 20); /* version made by */
		add_common(out, file);
		add16(out, 0); /* comment */
		add16(out, 0); /* disk */
		add16(out, 0); /* internal attributes */
		add32(out, 0); /* external attributes */
		add32(out, file->offset);
		strbuf_adds(out, file->name);
	}
	size_t len = out->len - before;

	strbuf_add(out, "PK\5\6", 4);
	add16(out, 0);
	add16(out, 0);
	add16(out, (unsigned)zip->files_len);
	add16(out, (unsigned)zip->files_len);
	add32(out, (uint32_t)len);
	add32(out, (uint32_t)zip->written);
	add16(out, 0);
}
