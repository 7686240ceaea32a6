/* SPDX-License-Identifier: Apache-2.0 */
#include <base/err.h>

#include <base/iri.h>

#include <suite.h>

#include <string.h>

START_TEST(sets_and_wraps)
{
	struct err err = {0};

	ck_assert_int_eq(
		err_set(&err, ERR_NOT_FOUND, "entity %s does not exist", "urn:x:1"), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	ck_assert_str_eq(err.detail, "entity urn:x:1 does not exist");
	ck_assert_int_eq(err_wrap(&err, "cannot merge %d", 7), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	ck_assert_str_eq(err.detail, "cannot merge 7: entity urn:x:1 does not exist");
	err_clear(&err);
	ck_assert_int_eq(err.kind, ERR_NONE);
	ck_assert_str_eq(err.detail, "");
}
END_TEST

START_TEST(may_quote_itself)
{
	struct err err = {0};

	(void)err_set(&err, ERR_CONFLICT, "two writers");
	(void)err_set(&err, ERR_INTERNAL, "gave up: %s", err.detail);
	ck_assert_str_eq(err.detail, "gave up: two writers");
	(void)err_wrap(&err, "again (%s)", err.detail);
	ck_assert_str_eq(
		err.detail, "again (gave up: two writers): gave up: two writers");
}
END_TEST

/* A detail that is cut ends with a whole character. */
START_TEST(cuts_between_characters)
{
	struct err err = {0};
	char text[400] = "";

	for (int i = 0; i < 100; i++)
		strcat(text, "\xe2\x82\xac");
	for (int pad = 0; pad < 4; pad++) {
		(void)err_set(&err, ERR_INTERNAL, "%.*s%s", pad, "xyz", text);
		ck_assert(utf8_valid(err.detail, strlen(err.detail)));
		ck_assert_uint_ge(strlen(err.detail), sizeof(err.detail) - 4);
		ck_assert_ptr_null(strchr(err.detail, '?'));
	}
	(void)err_wrap(&err, "where");
	ck_assert(utf8_valid(err.detail, strlen(err.detail)));
	ck_assert_mem_eq(err.detail, "where: xyz", 10);
}
END_TEST

START_TEST(mends_what_is_not_utf8)
{
	struct err err = {0};

	(void)err_set(&err, ERR_INVALID_REQUEST, "bad \xff\xc3 and \xc3\xa9\x80");
	ck_assert_str_eq(err.detail, "bad ?? and \xc3\xa9?");
}
END_TEST

START_TEST(knows_every_kind)
{
	ck_assert_int_eq(err_status(ERR_BAD_REQUEST_DATA), 400);
	ck_assert_int_eq(err_status(ERR_TOO_COMPLEX_QUERY), 403);
	ck_assert_int_eq(err_status(ERR_CONTEXT_NOT_AVAILABLE), 504);
	ck_assert_str_eq(err_type(ERR_NOT_FOUND),
		"https://uri.etsi.org/ngsi-ld/errors/ResourceNotFound");
	ck_assert_str_eq(err_type(ERR_UNAVAILABLE),
		"https://uri.etsi.org/ngsi-ld/errors/InternalError");
	ck_assert_str_eq(err_title(ERR_ALREADY_EXISTS), "Already exists");
	for (enum err_kind kind = ERR_NONE + 1; kind < ERR_KINDS; kind++) {
		ck_assert_int_ge(err_status(kind), 400);
		ck_assert_int_le(err_status(kind), 599);
		ck_assert_ptr_nonnull(strstr(err_type(kind), "/ngsi-ld/errors/"));
		ck_assert_str_ne(err_title(kind), "");
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("err");

	tcase_add_test(tc, sets_and_wraps);
	tcase_add_test(tc, may_quote_itself);
	tcase_add_test(tc, cuts_between_characters);
	tcase_add_test(tc, mends_what_is_not_utf8);
	tcase_add_test(tc, knows_every_kind);
	return suite_run("base/err", tc);
}
