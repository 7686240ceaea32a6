/* SPDX-License-Identifier: Apache-2.0 */
/* `calanque demo`: loads the demo city through the HTTP API, keeps it alive, removes it. */
#ifndef DEMO_DEMO_H
#define DEMO_DEMO_H

/*
 * argv[0] is "demo"; --help tells the rest.  curl_global_init() was called before.  Blocks;
 * with --live until SIGINT or SIGTERM.  The exit status of the program: 0, 1 (it failed,
 * stderr says why), 2 (usage).
 */
int demo_main(int argc, char **argv);

#endif
