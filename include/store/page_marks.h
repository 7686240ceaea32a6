/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where pages begin: "offset 40,000 of this query is what follows entity number 52,117".
 * With a mark at hand a deep page costs what the first one does; without, PostgreSQL
 * counts its way there.  Marks are for queries by type alone, whose members change only
 * when entities go or change their types: page_marks_forget() then drops those of the
 * tenant.  New entities come last and move no mark.  Any thread.
 */
#ifndef STORE_PAGE_MARKS_H
#define STORE_PAGE_MARKS_H

#include <base/attr.h>

#include <stdbool.h>
#include <stdint.h>

struct page_marks;

struct page_marks *page_marks_new(void) must_check; /* never NULL */
void page_marks_free(struct page_marks *pm); /* NULL is fine */

/* How often the tenant's marks were dropped: taken before a query, given with its mark. */
unsigned page_marks_epoch(struct page_marks *pm, int tenant);
void page_marks_forget(struct page_marks *pm, int tenant);

/* The greatest mark at or before `offset` of the query with this hash: the first *at of its
 * entities have numbers up to *eid.  False: there is none. */
bool page_marks_find(struct page_marks *pm, int tenant, uint64_t query, unsigned offset,
	unsigned *at, int64_t *eid);
void page_marks_put(struct page_marks *pm, int tenant, uint64_t query, unsigned epoch,
	unsigned at, int64_t eid);

#endif
