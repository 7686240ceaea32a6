/* SPDX-License-Identifier: Apache-2.0 */
/* The table of settings and the forms of values. */
#ifndef OPS_CONFIG_PRIV_H
#define OPS_CONFIG_PRIV_H

#include <base/attr.h>

#include <stddef.h>
#include <stdint.h>

struct config;
struct err;

enum setting_kind {
	STRING,
	NUMBER,
	SIZE,
	TIME,
	CHOICE,
};

struct setting {
	const char *section; /* title: starts a section, all else is empty */
	const char *flag; /* "max-body" */
	enum setting_kind kind;
	char letter; /* 'p' for -p; 0: none */
	const char *value; /* the default as one would write it; NULL: not set */
	int64_t least, most;
	const char *choices;
	const char *argument; /* what help calls the value */
	const char *help;
	size_t offset; /* in struct config */
};

/* Ends with a NULL flag and section. */
extern const struct setting settings[];

/* "CALANQUE_MAX_BODY"; returns name. */
#define SETTING_ENV 64
char *setting_env(const struct setting *s, char name[SETTING_ENV]);
/* Reads a value into its field.  `where` is the flag or variable for the message. */
int setting_read(const struct setting *s, const char *where, const char *text,
	struct config *config, struct err *err) must_check;
/* An amount of the setting's kind with the largest unit that fits; returns buf. */
#define SETTING_AMOUNT 32
char *setting_amount(const struct setting *s, int64_t n, char buf[SETTING_AMOUNT]);
/* The value in force as one would give it: a string of its own, or buf. */
const char *setting_show(
	const struct setting *s, const struct config *config, char buf[SETTING_AMOUNT]);

#endif
