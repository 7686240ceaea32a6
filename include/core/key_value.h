/* SPDX-License-Identifier: Apache-2.0 */
/* KeyValuePair (5.2.22). */
#ifndef CORE_KEY_VALUE_H
#define CORE_KEY_VALUE_H

struct key_value {
	const char *key, *value;
};

#endif
