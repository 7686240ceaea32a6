/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drives a curl multi handle with epoll: only sockets that something happened to are looked
 * at, however many are open.  All but multi_loop_wake() belongs to one thread.
 */
#ifndef NET_MULTI_LOOP_H
#define NET_MULTI_LOOP_H

#include <curl/curl.h>

struct multi_loop; /* opaque */

/* Never NULL.  multi_loop_free(): after curl_multi_cleanup(); NULL is fine. */
struct multi_loop *multi_loop_new(CURLM *multi);
void multi_loop_free(struct multi_loop *l);
/* To be set on each easy handle, before it is used. */
void multi_loop_adopt(struct multi_loop *l, CURL *easy);
/* A socket was made for it: its end will be told by closing it, and not before. */
void multi_loop_opened(struct multi_loop *l, curl_socket_t fd);
/* Lets curl do what is due, without waiting … */
void multi_loop_turn(struct multi_loop *l);
/* … or once something happens; at most a second later. */
void multi_loop_wait(struct multi_loop *l);
/* Any thread: ends the wait. */
void multi_loop_wake(struct multi_loop *l);

#endif
