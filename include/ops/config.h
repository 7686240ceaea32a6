/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line and the environment.  A flag wins over its CALANQUE_* variable, which
 * wins over the default; the last of repeated flags counts.  An empty variable is as good
 * as none.  main deals the values out to the layers; nothing else reads struct config.
 */
#ifndef OPS_CONFIG_H
#define OPS_CONFIG_H

#include <base/attr.h>

#include <stddef.h>
#include <stdio.h>

struct err;

enum config_command {
	COMMAND_NONE, /* there was none */
	COMMAND_SERVE,
	COMMAND_MIGRATE,
	COMMAND_DEMO, /* its arguments are its own: nothing was parsed */
	COMMAND_SETTINGS,
	COMMAND_ROUTES,
	COMMAND_VERSION,
	COMMAND_HELP,
};

enum config_log_format { /* in the order of the choices of log_format */
	CONFIG_LOG_AUTO,
	CONFIG_LOG_LOGFMT,
	CONFIG_LOG_JSON,
};

#define CONFIG_STRING const char *
#define CONFIG_NUMBER unsigned
#define CONFIG_SIZE   size_t
#define CONFIG_TIME   unsigned
#define CONFIG_CHOICE unsigned

struct config {
	enum config_command command;
	int command_arg; /* where the command is in argv */
	_Bool markdown; /* settings --markdown */
#define SECTION(title)
#define SETTING(kind, field, flag, letter, value, least, most, choices, argument, help)  \
	CONFIG_##kind field;
#include <ops/settings.def>
#undef SETTING
#undef SECTION
};

/*
 * Strings are borrowed from argv and env, an array of NAME=value like `environ`.
 * INVALID_REQUEST: the detail names the flag or variable and what it takes.
 * Variables that start with CALANQUE_ and are no setting are only warned about (log).
 */
int config_parse(int argc, char **argv, char **env, struct config *out,
	struct err *err) must_check;

/* The directory of the private PostgreSQL: --data, or what stands for it. */
int config_data_dir(
	const struct config *config, char *buf, size_t room, struct err *err) must_check;

/*
 * What COMMAND_HELP and COMMAND_SETTINGS show: help, the table of docs/settings.md
 * (--markdown), or the settings in force, a line `name=value` each, without passwords.
 * -1 where it could not be written.
 */
int config_print(const struct config *config, FILE *out) must_check;

#endif
