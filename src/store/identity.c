/* SPDX-License-Identifier: Apache-2.0 */
#include <store/identity.h>

#include <store/pg.h>

#include <assert.h>
#include <string.h>

int identity_read(struct pg *pg, char uuid[IDENTITY_TEXT], struct err *err)
{
	static const struct pg_stmt stmt = {
		"identity", "SELECT uuid::text FROM identity", .binary = true};
	auto_pgresult *res = NULL;

	if (pg_query(pg, &stmt, NULL, &res, err) < 0)
		return -1;
	assert(PQntuples(res) == 1 && PQgetlength(res, 0, 0) == IDENTITY_TEXT - 1);
	memcpy(uuid, PQgetvalue(res, 0, 0), IDENTITY_TEXT);
	return 0;
}
