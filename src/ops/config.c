/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the command line and the environment by the table of settings: defaults first,
 * then variables, then flags, each overwriting the one before.
 */
#include <ops/config.h>

#include "config_priv.h"

#include <base/err.h>
#include <base/log.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const commands[] = {
	[COMMAND_SERVE] = "serve",
	[COMMAND_MIGRATE] = "migrate",
	[COMMAND_DEMO] = "demo",
	[COMMAND_SETTINGS] = "settings",
	[COMMAND_ROUTES] = "routes",
	[COMMAND_VERSION] = "version",
	[COMMAND_HELP] = "help",
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* How many letters one must add, drop or change: to guess what was meant. */
static unsigned distance(const char *a, size_t a_len, const char *b)
{
	unsigned row[64];
	size_t b_len = strlen(b);

	if (b_len >= 64)
		return UINT32_MAX;
	for (size_t j = 0; j <= b_len; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned above_left = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_len; j++) {
			unsigned best = above_left + (a[i - 1] != b[j - 1]);

			above_left = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[b_len];
}

static int unknown_flag(const char *name, size_t len, struct err *err)
{
	const char *nearest = NULL;
	unsigned least = 3; /* farther is no guess */

	for (const struct setting *s = settings; s->flag != NULL || s->section != NULL;
		s++) {
		unsigned d = s->flag != NULL ? distance(name, len, s->flag) : least;

		if (d < least) {
			least = d;
			nearest = s->flag;
		}
	}
	if (nearest != NULL)
		return err_set(err, ERR_INVALID_REQUEST,
			"there is no --%.*s; did you mean --%s?", (int)len, name,
			nearest);
	return err_set(err, ERR_INVALID_REQUEST,
		"there is no --%.*s; calanque --help lists the settings", (int)len, name);
}

static const struct setting *find_flag(const char *name, size_t len)
{
	for (const struct setting *s = settings; s->flag != NULL || s->section != NULL;
		s++)
		if (s->flag != NULL && strlen(s->flag) == len &&
			strncmp(s->flag, name, len) == 0)
			return s;
	return NULL;
}

static const struct setting *find_letter(char letter)
{
	for (const struct setting *s = settings; s->flag != NULL || s->section != NULL;
		s++)
		if (s->flag != NULL && s->letter == letter)
			return s;
	return NULL;
}

/* The value of a flag: after '=' (or, of a letter, behind it), else the next argument. */
static int read_flag(const struct setting *s, const char *attached, char **argv, int *i,
	struct config *out, struct err *err)
{
	char where[SETTING_ENV];

	snprintf(where, sizeof(where), "--%s", s->flag);
	if (attached == NULL)
		attached = argv[++*i];
	if (attached == NULL)
		return err_set(err, ERR_INVALID_REQUEST, "%s: expected %s after it",
			where, s->argument);
	return setting_read(s, where, attached, out, err);
}

static int parse_long(char **argv, int *i, struct config *out, struct err *err)
{
	const char *name = argv[*i] + 2;
	size_t len = strcspn(name, "=");
	const struct setting *s = find_flag(name, len);

	if (s != NULL)
		return read_flag(
			s, name[len] == '=' ? name + len + 1 : NULL, argv, i, out, err);
	if (strcmp(name, "help") == 0)
		out->command = COMMAND_HELP;
	else if (strcmp(name, "version") == 0)
		out->command = COMMAND_VERSION;
	else if (strcmp(name, "markdown") == 0 && out->command == COMMAND_SETTINGS)
		out->markdown = true;
	else
		return unknown_flag(name, len, err);
	return 0;
}

static int parse_short(char **argv, int *i, struct config *out, struct err *err)
{
	const char *arg = argv[*i];
	const struct setting *s = find_letter(arg[1]);

	if (s != NULL)
		return read_flag(s, arg[2] != '\0' ? arg + 2 : NULL, argv, i, out, err);
	if (strcmp(arg, "-h") == 0)
		out->command = COMMAND_HELP;
	else if (strcmp(arg, "-V") == 0)
		out->command = COMMAND_VERSION;
	else
		return err_set(err, ERR_INVALID_REQUEST,
			"there is no %s; calanque --help lists the settings", arg);
	return 0;
}

static int parse_command(const char *arg, struct config *out, struct err *err)
{
	if (out->command_arg != 0)
		return err_set(
			err, ERR_INVALID_REQUEST, "'%s' is one word too many", arg);
	for (size_t i = 0; i < COMMANDS; i++) {
		if (commands[i] != NULL && strcmp(commands[i], arg) == 0) {
			/* --help before the command still wins. */
			if (out->command == COMMAND_NONE)
				out->command = (enum config_command)i;
			return 0;
		}
	}
	return err_set(err, ERR_INVALID_REQUEST,
		"there is no command '%s'; expected serve, demo, migrate, settings, "
		"routes, version or help",
		arg);
}

static int parse_args(int argc, char **argv, struct config *out, struct err *err)
{
	for (int i = 1; i < argc; i++) {
		const char *arg = argv[i];
		int rc;

		if (arg[0] != '-' || arg[1] == '\0') {
			rc = parse_command(arg, out, err);
			out->command_arg = i;
			if (rc == 0 && out->command == COMMAND_DEMO)
				return 0; /* the rest is not ours */
		} else if (arg[1] == '-') {
			rc = parse_long(argv, &i, out, err);
		} else {
			rc = parse_short(argv, &i, out, err);
		}
		if (rc < 0)
			return -1;
	}
	return 0;
}

static const struct setting *find_env(const char *entry, size_t len)
{
	char name[SETTING_ENV];

	for (const struct setting *s = settings; s->flag != NULL || s->section != NULL;
		s++)
		if (s->flag != NULL && strlen(setting_env(s, name)) == len &&
			strncmp(name, entry, len) == 0)
			return s;
	return NULL;
}

static int parse_env(char **env, struct config *out, struct err *err)
{
	static const char prefix[] = "CALANQUE_";

	for (; *env != NULL; env++) {
		size_t len = strcspn(*env, "=");
		char where[SETTING_ENV];
		const struct setting *s;

		if (strncmp(*env, prefix, sizeof(prefix) - 1) != 0 ||
			(*env)[len] != '=' || (*env)[len + 1] == '\0')
			continue;
		s = find_env(*env, len);
		if (s == NULL)
			log_warn("the variable %.*s is no setting; calanque --help lists "
				 "them",
				(int)len, *env);
		else if (setting_read(
				 s, setting_env(s, where), *env + len + 1, out, err) < 0)
			return -1;
	}
	return 0;
}

static int set_defaults(struct config *out, struct err *err)
{
	memset(out, 0, sizeof(*out));
	for (const struct setting *s = settings; s->flag != NULL || s->section != NULL;
		s++)
		if (s->value != NULL && setting_read(s, s->flag, s->value, out, err) < 0)
			return -1;
	return 0;
}

int config_parse(int argc, char **argv, char **env, struct config *out, struct err *err)
{
	if (set_defaults(out, err) < 0 || parse_env(env, out, err) < 0 ||
		parse_args(argc, argv, out, err) < 0)
		return -1;
	if (out->page_size > out->page_max)
		return err_set(err, ERR_INVALID_REQUEST,
			"--page-size (%u) must not be greater than --page-max (%u)",
			out->page_size, out->page_max);
	if (out->data != NULL && out->database != NULL)
		return err_set(err, ERR_INVALID_REQUEST,
			"--data and --database exclude each other: a private PostgreSQL "
			"in a "
			"directory, or an existing one");
	return 0;
}

int config_data_dir(const struct config *config, char *buf, size_t room, struct err *err)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	int len;

	if (config->data != NULL)
		len = snprintf(buf, room, "%s", config->data);
	else if (geteuid() == 0)
		len = snprintf(buf, room, "/var/lib/calanque");
	else if (state != NULL && state[0] == '/')
		len = snprintf(buf, room, "%s/calanque", state);
	else if (home != NULL && home[0] == '/')
		len = snprintf(buf, room, "%s/.local/state/calanque", home);
	else
		return err_set(err, ERR_INVALID_REQUEST,
			"--data: expected DIR, since neither XDG_STATE_HOME nor HOME is "
			"set");
	if (len < 0 || (size_t)len >= room)
		return err_set(err, ERR_INVALID_REQUEST, "--data: the path is too long");
	return 0;
}
