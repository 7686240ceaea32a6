/* SPDX-License-Identifier: Apache-2.0 */
/* The table of settings for readers: --help, docs/settings.md, `calanque settings`. */
#include <ops/config.h>

#include "config_priv.h"

#include <string.h>

#define WIDTH 78

static const char usage[] =
	"Usage: calanque COMMAND [SETTING...]\n"
	"An NGSI-LD context broker (ETSI GS CIM 009 V1.9.1) on PostgreSQL.\n"
	"\n"
	"Commands:\n"
	"  serve       Run the broker\n"
	"  demo        Load the demo city into a running broker (demo --help)\n"
	"  migrate     Bring the database up to date and end\n"
	"  settings    Show the settings in force (--markdown: a table of all)\n"
	"  routes      Show the routes and their query parameters as JSON\n"
	"  version     Show the version (also --version, -V)\n"
	"  help        Show this (also --help, -h)\n";

/* Words up to the width, further lines indented. */
static void wrapped(FILE *out, const char *text, int indent)
{
	int at = indent;

	while (*text != '\0') {
		int n = (int)strcspn(text, " ");

		if (at > indent && at + 1 + n > WIDTH) {
			fprintf(out, "\n%*s", indent, "");
			at = indent;
		} else if (at > indent) {
			fputc(' ', out);
			at++;
		}
		fprintf(out, "%.*s", n, text);
		at += n;
		text += n + (text[n] == ' ');
	}
	fputc('\n', out);
}

static void help_one(FILE *out, const struct setting *s)
{
	char env[SETTING_ENV], letter[8] = "";

	if (s->letter != 0)
		snprintf(letter, sizeof(letter), "-%c, ", s->letter);
	fprintf(out, "  %s--%s %s", letter, s->flag, s->argument);
	if (s->choices != NULL)
		fprintf(out, " (%s)", s->choices);
	fprintf(out, "\n        ");
	wrapped(out, s->help, 8);
	fprintf(out, "        %s", setting_env(s, env));
	if (s->value != NULL)
		fprintf(out, ", default %s", s->value);
	fputc('\n', out);
}

static void config_help(FILE *out)
{
	fputs(usage, out);
	for (const struct setting *s = settings; s->flag != NULL || s->section != NULL;
		s++) {
		if (s->section != NULL)
			fprintf(out, "\n%s:\n", s->section);
		else
			help_one(out, s);
	}
	fputs("\nA flag wins over its variable, which wins over the default.\n", out);
}

/* '|' would end a cell. */
static void cell(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '|')
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void values(FILE *out, const struct setting *s)
{
	char least[SETTING_AMOUNT], most[SETTING_AMOUNT];

	if (s->kind == STRING)
		fprintf(out, "%s", s->argument);
	else if (s->kind == CHOICE)
		cell(out, s->choices);
	else
		fprintf(out, "%s to %s", setting_amount(s, s->least, least),
			setting_amount(s, s->most, most));
}

static const char preface[] = "# Settings\n"
			      "\n"
			      "What `calanque settings --markdown` prints. A flag wins "
			      "over its variable, which wins\n"
			      "over the default; the last of repeated flags counts; an "
			      "empty variable is as good as\n"
			      "none. `calanque settings` shows what is in force.\n"
			      "\n";

static void config_markdown(FILE *out)
{
	char env[SETTING_ENV];

	fputs(preface, out);
	for (const struct setting *s = settings; s->flag != NULL || s->section != NULL;
		s++) {
		if (s->section != NULL) {
			fprintf(out,
				"%s## %s\n\n| Flag | Variable | Values | Default | "
				"Meaning |\n"
				"|---|---|---|---|---|\n",
				s == settings ? "" : "\n", s->section);
			continue;
		}
		fprintf(out, "| `--%s` | `%s` | ", s->flag, setting_env(s, env));
		values(out, s);
		fprintf(out, " | %s%s%s | ", s->value != NULL ? "`" : "",
			s->value != NULL ? s->value : "", s->value != NULL ? "`" : "");
		cell(out, s->help);
		fprintf(out, " |\n");
	}
}

static void config_show(const struct config *config, FILE *out)
{
	char buf[SETTING_AMOUNT];

	for (const struct setting *s = settings; s->flag != NULL || s->section != NULL;
		s++) {
		const char *value;

		if (s->flag == NULL)
			continue;
		value = setting_show(s, config, buf);
		if (strcmp(s->flag, "database") == 0 && value[0] != '\0')
			value = "(set)"; /* there may be a password in it */
		fprintf(out, "%s=%s\n", s->flag, value);
	}
}

int config_print(const struct config *config, FILE *out)
{
	if (config->command != COMMAND_SETTINGS)
		config_help(out);
	else if (config->markdown)
		config_markdown(out);
	else
		config_show(config, out);
	return fflush(out) == 0 && ferror(out) == 0 ? 0 : -1;
}
