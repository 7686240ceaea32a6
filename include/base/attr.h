/* SPDX-License-Identifier: Apache-2.0 */
/* The GNU attributes this program uses, under readable names. */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#define must_check              __attribute__((warn_unused_result))
#define printf_like(fmt, first) __attribute__((format(printf, fmt, first)))
#define cleanup_with(fn)        __attribute__((cleanup(fn)))
#define fall_through            __attribute__((fallthrough))

#endif
