/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contexts that the program carries with it (schemas/contexts), under their public
 * URLs.  A document is parsed when it is first asked for and then stays.
 */
#include "context_priv.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define RAW(subject)                                                                     \
	"https://raw.githubusercontent.com/smart-data-models/dataModel." subject         \
	"/master/context.jsonld"
#define PAGES(subject)                                                                   \
	"https://smart-data-models.github.io/dataModel." subject "/context.jsonld"

#define CORE_URL "://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context"

static const struct {
	const char *url, *file;
} builtins[] = {
	{CORE_CONTEXT_URL, "ngsi-ld-core-v1.9.jsonld"},
	{CONTEXT_DEFAULT_URL, "default.jsonld"},
#define SUBJECT(name)                                                                    \
	{RAW(name), "dataModel." name ".jsonld"},                                        \
	{                                                                                \
		PAGES(name), "dataModel." name ".jsonld"                                 \
	}
	SUBJECT("WasteManagement"),
	SUBJECT("Transportation"),
	SUBJECT("Environment"),
	SUBJECT("Streetlighting"),
	SUBJECT("Weather"),
	SUBJECT("Device"),
	SUBJECT("Alert"),
#undef SUBJECT
};
#define BUILTINS (sizeof(builtins) / sizeof(builtins[0]))

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards documents */
static json_t *documents[BUILTINS];

bool context_is_core_url(const char *url)
{
	const char *rest;

	if (strncmp(url, "https" CORE_URL, strlen("https" CORE_URL)) == 0)
		rest = url + strlen("https" CORE_URL);
	else if (strncmp(url, "http" CORE_URL, strlen("http" CORE_URL)) == 0)
		rest = url + strlen("http" CORE_URL);
	else
		return false;
	if (strncmp(rest, "-v1.", 4) == 0 && rest[4] >= '0' && rest[4] <= '9')
		rest += 5;
	return strcmp(rest, ".jsonld") == 0;
}

static json_t *parse(const char *file)
{
	const struct context_file *f = context_files;
	json_t *document;

	while (f->name != NULL && strcmp(f->name, file) != 0)
		f++;
	document = f->name != NULL ? json_loadb(f->text, f->len, 0, NULL) : NULL;
	if (document == NULL)
		abort(); /* it is compiled in: a test holds it */
	return document;
}

/* Aliases share the document of the first with the same file. */
static const json_t *document_of(size_t i)
{
	const json_t *found;

	while (i > 0 && strcmp(builtins[i].file, builtins[i - 1].file) == 0)
		i--;
	pthread_mutex_lock(&lock);
	if (documents[i] == NULL)
		documents[i] = parse(builtins[i].file);
	found = documents[i];
	pthread_mutex_unlock(&lock);
	return found;
}

const json_t *context_builtin_core(void)
{
	return document_of(0);
}

const json_t *context_builtin(const char *url)
{
	if (context_is_core_url(url))
		return document_of(0);
	for (size_t i = 0; i < BUILTINS; i++) {
		if (strcmp(builtins[i].url, url) == 0)
			return document_of(i);
	}
	return NULL;
}

static const char *urls[BUILTINS + 1];
static pthread_once_t urls_once = PTHREAD_ONCE_INIT;

static void list_urls(void)
{
	for (size_t i = 0; i < BUILTINS; i++)
		urls[i] = builtins[i].url;
}

const char *const *context_builtin_urls(void)
{
	pthread_once(&urls_once, list_urls);
	return urls;
}
