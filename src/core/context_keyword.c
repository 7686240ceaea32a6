/* SPDX-License-Identifier: Apache-2.0 */
/* The keywords of JSON-LD 1.1, and what is kept for others. */
#include "context_priv.h"

#include <string.h>

bool context_is_keyword(const char *s)
{
	static const char *const keywords[] = {"@base", "@container", "@context",
		"@direction", "@graph", "@id", "@import", "@included", "@index", "@json",
		"@language", "@list", "@nest", "@none", "@prefix", "@propagate",
		"@protected", "@reverse", "@set", "@type", "@value", "@version",
		"@vocab"};

	for (size_t i = 0; s[0] == '@' && i < sizeof(keywords) / sizeof(keywords[0]);
		i++) {
		if (strcmp(s, keywords[i]) == 0)
			return true;
	}
	return false;
}

bool context_is_reserved(const char *s)
{
	if (*s++ != '@' || *s == '\0')
		return false;
	while ((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z'))
		s++;
	return *s == '\0';
}
