/* SPDX-License-Identifier: Apache-2.0 */
/* The name of this context source, made with the database and never changed (5.2.40). */
#ifndef STORE_IDENTITY_H
#define STORE_IDENTITY_H

#include <base/attr.h>

struct err;
struct pg;

#define IDENTITY_TEXT 37 /* a UUID and its NUL */

int identity_read(struct pg *pg, char uuid[IDENTITY_TEXT], struct err *err) must_check;

#endif
