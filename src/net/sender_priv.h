/* SPDX-License-Identifier: Apache-2.0 */
/* Between sender.c (HTTP) and mqtt*.c. */
#ifndef NET_SENDER_PRIV_H
#define NET_SENDER_PRIV_H

#include <net/sender.h>

struct mqtt; /* connections to MQTT servers */

struct mqtt *mqtt_start(const struct sender_config *config);
void mqtt_stop(struct mqtt *mq);
void mqtt_submit(struct mqtt *mq, struct message *m);

/* Ends a message: words about what failed; NULL: it went well. */
void message_end(struct message *m, const char *error);

#endif
