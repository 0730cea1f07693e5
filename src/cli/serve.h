/* cli/serve.h: what the commands that serve have in common: the "ready" line, waiting for the end. */
#ifndef RUNNEL_CLI_SERVE_H
#define RUNNEL_CLI_SERVE_H

#include "cli/options.h"
#include "engine/engine.h"
#include "front/http.h"

/* Block the signals that end a server; call before any thread starts. */
void serve_block_signals(void);
/* Wait for SIGTERM or SIGINT. */
void serve_wait(void);
/* One line on standard error, which scripts wait for; a supervisor's child tells its supervisor instead. */
void serve_ready(const char *role, const char *endpoints);
int serve_failed(const char *command, const Error *error);

/* Endpoints that are not loopback or ipc need --insecure. False, with a message, where it is missing. */
bool serve_check_bind(const char *command, const ServeOptions *options, const char *endpoint);

/* How HTTP is served; the store is known when the engine runs. */
HttpConfig serve_http_config(const ServeOptions *options);

/* --drain-timeout; what was given as 0 is the shortest time that there is. */
int64_t serve_drain_us(const ServeOptions *options);

/* `runnel local --processes`: a process a role, over ipc, restarted where one ends; until SIGTERM. */
int serve_processes(ServeOptions *options);

#endif
