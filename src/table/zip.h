/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ZIP archive that is written as it goes: the size of a file follows it (a data
 * descriptor), so nothing is kept but the list of files.
 */
#ifndef TABLE_ZIP_H
#define TABLE_ZIP_H

#include <base/strbuf.h>

#include <stdint.h>
#include <zlib.h>

#define ZIP_FILES 64

struct zip_file {
	char name[48];
	uint32_t offset, crc, packed, plain;
};

struct zip {
	z_stream z;
	struct zip_file files[ZIP_FILES];
	size_t files_len;
	uint64_t written; /* bytes handed out */
};

void zip_init(struct zip *zip);
void zip_fini(struct zip *zip);
/* One file after the other; each is at most 4 GiB. */
void zip_begin(struct zip *zip, const char *name, struct strbuf *out);
void zip_write(struct zip *zip, const char *data, size_t len, struct strbuf *out);
void zip_end(struct zip *zip, struct strbuf *out);
/* The directory at the end. */
void zip_close(struct zip *zip, struct strbuf *out);

#endif
