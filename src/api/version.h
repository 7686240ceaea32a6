/* SPDX-License-Identifier: Apache-2.0 */
/* Answers in an earlier edition of the standard, where the client asks for one (4.3.6.8). */
#ifndef API_VERSION_H
#define API_VERSION_H

struct call;
struct render;

/* Reads `Prefer: ngsi-ld=<version>`, before anything is rendered.  GeoJSON has no such
 * choice (6.3.6). */
void version_begin(struct call *call, struct render *r);
/* After the answer was rendered: Preference-Applied, and 203 where it had to be amended. */
void version_end(struct call *call, const struct render *r);

#endif
