/* SPDX-License-Identifier: Apache-2.0 */
#include <ops/config.h>

#include "config_priv.h"
#include "suite.h"

#include <base/err.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct config config;
static struct err err;
static char *no_env[] = {NULL};

static void setup(void)
{
	memset(&config, 0, sizeof(config));
	memset(&err, 0, sizeof(err));
}

/* Parses words that spaces separate. */
static int parse(const char *line, char **env)
{
	static char text[500];
	char *argv[20] = {"calanque"}, *rest = text;
	int argc = 1;

	snprintf(text, sizeof(text), "%s", line);
	while (rest != NULL && *rest != '\0')
		argv[argc++] = strsep(&rest, " ");
	return config_parse(argc, argv, env != NULL ? env : no_env, &config, &err);
}

START_TEST(defaults_are_as_documented)
{
	ck_assert_int_eq(parse("", NULL), 0);
	ck_assert_int_eq(config.command, COMMAND_NONE);
	ck_assert_str_eq(config.address, "127.0.0.1");
	ck_assert_uint_eq(config.port, 1026);
	ck_assert_uint_eq(config.workers, 4);
	ck_assert_uint_eq(config.lanes, 2);
	ck_assert_uint_eq(config.max_body, 10 << 20);
	ck_assert_uint_eq(config.max_header, 16 << 10);
	ck_assert_uint_eq(config.max_depth, 64);
	ck_assert_uint_eq(config.timeout, 30000);
	ck_assert_uint_eq(config.grace, 10000);
	ck_assert_str_eq(config.cors_origin, "*");
	ck_assert_ptr_null(config.data);
	ck_assert_ptr_null(config.database);
	ck_assert_uint_eq(config.page_size, 20);
	ck_assert_uint_eq(config.page_max, 1000);
	ck_assert_uint_eq(config.log_format, CONFIG_LOG_AUTO);
	ck_assert_uint_eq(config.log_level, 2); /* LOG_INFO */
}
END_TEST

START_TEST(flags_in_all_forms)
{
	ck_assert_int_eq(parse("serve --port 80 --max-body=3k -d /x --timeout 2min "
			       "--log-format=JSON --max-header 1M --grace 500ms",
				 NULL),
		0);
	ck_assert_int_eq(config.command, COMMAND_SERVE);
	ck_assert_uint_eq(config.port, 80);
	ck_assert_uint_eq(config.max_body, 3072);
	ck_assert_str_eq(config.data, "/x");
	ck_assert_uint_eq(config.timeout, 120000);
	ck_assert_uint_eq(config.log_format, CONFIG_LOG_JSON);
	ck_assert_uint_eq(config.max_header, 1 << 20);
	ck_assert_uint_eq(config.grace, 500);
	ck_assert_int_eq(parse("-p81 --port 82 serve -p 83 --grace 0", NULL), 0);
	ck_assert_uint_eq(config.port, 83); /* the last counts */
	ck_assert_uint_eq(config.grace, 0);
}
END_TEST

START_TEST(flags_win_over_the_environment)
{
	char *env[] = {"PATH=/bin", "CALANQUE_PORT=70", "CALANQUE_MAX_BODY=2M",
		"CALANQUE_LANES=", "CALANQUE_NO_SUCH=1", "CALANQUE_LOG_LEVEL=debug",
		"XCALANQUE_PORT=5", NULL};

	ck_assert_int_eq(parse("serve --max-body 1M", env), 0);
	ck_assert_uint_eq(config.port, 70);
	ck_assert_uint_eq(config.max_body, 1 << 20);
	ck_assert_uint_eq(config.lanes, 2); /* empty is as good as none */
	ck_assert_uint_eq(config.log_level, 3);
}
END_TEST

static const struct {
	const char *line;
	enum config_command command;
	int command_arg;
} commands[] = {
	{"serve", COMMAND_SERVE, 1},
	{"migrate --data /x", COMMAND_MIGRATE, 1},
	{"--data /x migrate", COMMAND_MIGRATE, 3},
	{"settings", COMMAND_SETTINGS, 1},
	{"routes", COMMAND_ROUTES, 1},
	{"version", COMMAND_VERSION, 1},
	{"--version", COMMAND_VERSION, 0},
	{"-V", COMMAND_VERSION, 0},
	{"help", COMMAND_HELP, 1},
	{"-h", COMMAND_HELP, 0},
	{"serve --help", COMMAND_HELP, 1},
	{"--help serve", COMMAND_HELP, 2},
	{"demo --live --no-flag-of-ours", COMMAND_DEMO, 1},
};

START_TEST(commands_are_found)
{
	ck_assert_msg(parse(commands[_i].line, NULL) == 0, "%s", err.detail);
	ck_assert_int_eq(config.command, commands[_i].command);
	ck_assert_int_eq(config.command_arg, commands[_i].command_arg);
}
END_TEST

static const struct {
	const char *line, *says;
} bad[] = {
	{"serve --port", "--port: expected N after it"},
	{"serve --port x", "--port: expected a whole number from 0 to 65535, not 'x'"},
	{"serve --port -1", "--port: expected a whole number from 0 to 65535, not '-1'"},
	{"serve --port 65536",
		"--port: expected a whole number from 0 to 65535, not '65536'"},
	{"serve --port=", "--port: expected a whole number from 0 to 65535, not ''"},
	{"serve --port 1k", "--port: expected a whole number from 0 to 65535, not '1k'"},
	{"serve --workers 0",
		"--workers: expected a whole number from 1 to 256, not '0'"},
	{"serve --max-body 1T",
		"--max-body: expected bytes such as 64k, 10M or 1G, from 1k to 1G, not "
		"'1T'"},
	{"serve --max-body 99999999999999999999",
		"--max-body: expected bytes such as 64k, 10M or 1G, from 1k to 1G, not "
		"'99999999999999999999'"},
	{"serve --max-body 8000000000000G",
		"--max-body: expected bytes such as 64k, 10M or 1G, from 1k to 1G, not "
		"'8000000000000G'"},
	{"serve --timeout 30",
		"--timeout: expected a time such as 500ms, 10s, 5min or 1h from 1s to "
		"1h, not "
		"'30'"},
	{"serve --timeout 2h",
		"--timeout: expected a time such as 500ms, 10s, 5min or 1h from 1s to "
		"1h, not "
		"'2h'"},
	{"serve --log-level loud",
		"--log-level: expected one of error|warn|info|debug, not 'loud'"},
	{"serve --log-level err",
		"--log-level: expected one of error|warn|info|debug, not 'err'"},
	{"serve --data=", "--data: expected DIR, not ''"},
	{"serve --prot 3", "there is no --prot; did you mean --port?"},
	{"serve --page-sise=3", "there is no --page-sise; did you mean --page-size?"},
	{"serve --frobnicate",
		"there is no --frobnicate; calanque --help lists the settings"},
	{"serve -x", "there is no -x; calanque --help lists the settings"},
	{"serve --markdown",
		"there is no --markdown; calanque --help lists the settings"},
	{"server",
		"there is no command 'server'; expected serve, demo, migrate, settings, "
		"routes, version or help"},
	{"serve it", "'it' is one word too many"},
	{"serve --page-size 50 --page-max 20",
		"--page-size (50) must not be greater than --page-max (20)"},
	{"serve --data /x --database host=/y",
		"--data and --database exclude each other: a private PostgreSQL in a "
		"directory, "
		"or an existing one"},
};

START_TEST(says_what_is_wrong)
{
	ck_assert_int_eq(parse(bad[_i].line, NULL), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID_REQUEST);
	ck_assert_str_eq(err.detail, bad[_i].says);
}
END_TEST

START_TEST(variables_are_named_in_complaints)
{
	char *env[] = {"CALANQUE_MAX_CONNECTIONS=many", NULL};

	ck_assert_int_eq(parse("serve", env), -1);
	ck_assert_str_eq(err.detail,
		"CALANQUE_MAX_CONNECTIONS: expected a whole number from 1 to 1000000, "
		"not "
		"'many'");
}
END_TEST

/* What config_print() writes; free it. */
static char *printed(void)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	ck_assert_int_eq(config_print(&config, f), 0);
	fclose(f);
	return text;
}

static void says(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "'%s' is not in:\n%s", part, text);
}

START_TEST(every_setting_is_shown)
{
	static const char *const lines[] = {"settings --markdown", "help", "settings"};

	for (int i = 0; i < ROWS(lines); i++) {
		char *text, part[80], env[SETTING_ENV];

		ck_assert_int_eq(parse(lines[i], NULL), 0);
		text = printed();
		for (const struct setting *s = settings; s->flag || s->section; s++) {
			if (s->flag == NULL)
				continue;
			snprintf(part, sizeof(part), "%s%s", i == 2 ? "" : "--", s->flag);
			says(text, part);
			if (i < 2)
				says(text, setting_env(s, env));
		}
		free(text);
	}
}
END_TEST

START_TEST(markdown_is_a_table)
{
	char *text;

	ck_assert_int_eq(parse("settings --markdown", NULL), 0);
	text = printed();
	says(text, "# Settings\n");
	says(text,
		"\n## Listening\n\n| Flag | Variable | Values | Default | Meaning |\n");
	says(text, "\n| `--port` | `CALANQUE_PORT` | 0 to 65535 | `1026` | ");
	says(text, "\n| `--max-body` | `CALANQUE_MAX_BODY` | 1k to 1G | `10M` | ");
	says(text, "| error\\|warn\\|info\\|debug | `info` | ");
	free(text);
}
END_TEST

START_TEST(passwords_are_not_shown)
{
	char *text;

	ck_assert_int_eq(
		parse("settings --database postgresql://u:secret@h/d --timeout 90s",
			NULL),
		0);
	text = printed();
	says(text, "\ndatabase=(set)\n");
	says(text, "\ntimeout=90s\n");
	says(text, "\nport=1026\n");
	says(text, "\nlog-level=info\n");
	ck_assert_ptr_null(strstr(text, "secret"));
	free(text);
}
END_TEST

/* Every default is in its own range, or config_parse() would fail; and reads back. */
START_TEST(values_read_back)
{
	ck_assert_int_eq(parse("", NULL), 0);
	for (const struct setting *s = settings; s->flag || s->section; s++) {
		char buf[SETTING_AMOUNT];

		if (s->flag != NULL && s->value != NULL)
			ck_assert_str_eq(setting_show(s, &config, buf), s->value);
	}
}
END_TEST

static void check_dir(const char *expected)
{
	char dir[200];

	ck_assert_int_eq(config_data_dir(&config, dir, sizeof(dir), &err), 0);
	ck_assert_str_eq(dir, expected);
}

START_TEST(directory_is_found)
{
	char dir[200];

	setenv("XDG_STATE_HOME", "/state", 1);
	setenv("HOME", "/home/someone", 1);
	ck_assert_int_eq(parse("--data /mine", NULL), 0);
	check_dir("/mine");
	ck_assert_int_eq(config_data_dir(&config, dir, 3, &err), -1);
	ck_assert_str_eq(err.detail, "--data: the path is too long");
	ck_assert_int_eq(parse("", NULL), 0);
	if (geteuid() == 0) {
		check_dir("/var/lib/calanque");
		return;
	}
	check_dir("/state/calanque");
	unsetenv("XDG_STATE_HOME");
	check_dir("/home/someone/.local/state/calanque");
	unsetenv("HOME");
	err_clear(&err);
	ck_assert_int_eq(config_data_dir(&config, dir, sizeof(dir), &err), -1);
	ck_assert_str_eq(err.detail,
		"--data: expected DIR, since neither XDG_STATE_HOME nor HOME is set");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("config");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, defaults_are_as_documented);
	tcase_add_test(tc, flags_in_all_forms);
	tcase_add_test(tc, flags_win_over_the_environment);
	tcase_add_loop_test(tc, commands_are_found, 0, ROWS(commands));
	tcase_add_loop_test(tc, says_what_is_wrong, 0, ROWS(bad));
	tcase_add_test(tc, variables_are_named_in_complaints);
	tcase_add_test(tc, every_setting_is_shown);
	tcase_add_test(tc, markdown_is_a_table);
	tcase_add_test(tc, passwords_are_not_shown);
	tcase_add_test(tc, values_read_back);
	tcase_add_test(tc, directory_is_found);
	return suite_run("config", tc);
}
