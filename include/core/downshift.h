/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entities as earlier editions of the standard had them (4.3.6.8), for clients that can
 * read no more: what an edition did not know is left out, or becomes what it knew.
 *
 *	before 1.9  no expiresAt, valueType
 *	before 1.8  Json-, Vocab- and ListProperty are Property, ListRelationship is
 *	            Relationship; no objectType
 *	before 1.4  LanguageProperty is Property; no scope
 *	before 1.3  one type, one instance (the default, else the first); no datasetId,
 *	            observedAt, unitCode
 */
#ifndef CORE_DOWNSHIFT_H
#define CORE_DOWNSHIFT_H

#include <base/attr.h>
#include <base/jn.h>
#include <core/entity.h>

#include <stdbool.h>

struct arena;
struct render;

#define VERSION_MINOR 9 /* 1.9: what is spoken here */

struct version {
	unsigned minor; /* of 1.minor, at most VERSION_MINOR */
	bool amended; /* something of an answer had to give way */
};

/* Finds "ngsi-ld=<major>.<minor>" in a Prefer header.  Newer ones than this become this;
 * false where there is none, or none that is understood (RFC 7240: then it is ignored). */
bool version_parse(const char *prefer, struct version *out) must_check;
/* What an attribute of this kind was in that edition. */
enum kind downshift_kind(enum kind kind, struct version *version);
/*
 * The entity as r->version has it.  What has expired is gone and datasetIds are chosen
 * already, since what says so may be gone too; where a language is asked for, a
 * LanguageProperty becomes the text.  Shares with `entity`, which stays as it is.
 */
const struct jn *downshift(
	const struct jn *entity, const struct render *r, struct arena *a);

#endif
