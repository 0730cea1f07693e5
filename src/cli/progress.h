/* cli/progress.h: a bar on the terminal while a statement or load takes long. */
#ifndef RUNNEL_CLI_PROGRESS_H
#define RUNNEL_CLI_PROGRESS_H

#include "runnel/runnel.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct ProgressBar {
    runnel_connection *connection;
    bool shown;
    bool muted; /* rows are being printed where the bar would be */
} ProgressBar;

/* A statement or load is about to run: show its progress, on standard error where that is a terminal; else
 * nothing will be shown. */
void progress_bar_start(ProgressBar *bar, runnel_connection *connection);
/* Its first rows are there: nothing of the bar stays on the screen, nor comes back if they go to a terminal.
 */
void progress_bar_give_way(ProgressBar *bar);
/* It is over. */
void progress_bar_end(ProgressBar *bar);

/* The line for `progress`, at most `width` columns. `unicode`: with block characters. Returns its bytes,
 * `size` being enough from 512 on. */
size_t progress_bar_line(const runnel_progress *progress, int width, bool unicode, char *line, size_t size);

#endif
