#include "cli/progress.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { SHOW_MS = 500, BAR_MAX = 30, BAR_MIN = 10, PLAIN_WIDTH = 80, LEFT_MIN_MS = 1000 };

/* "950", "12.3 K", "4.56 M": three digits. */
static void
format_count(double count, char text[16])
{
    static const char *const units[] = {"", " K", " M", " G", " T"};
    size_t unit = 0;

    while (count >= 999.5 && unit + 1 < sizeof units / sizeof *units) {
        count /= 1000;
        unit++;
    }
    snprintf(text, 16, "%.*f%s",
             unit == 0 || count >= 99.95 ? 0
             : count >= 9.995            ? 1
                                         : 2,
             count, units[unit]);
}

static void
format_time(double seconds, char text[32])
{
    if (seconds < 60)
        snprintf(text, 32, "%.0f s", seconds);
    else if (seconds < 3600)
        snprintf(text, 32, "%.0f min %02.0f s", (double)(int)(seconds / 60), (double)((int)seconds % 60));
    else
        snprintf(text, 32, "%.0f h %02.0f min", (double)(int)(seconds / 3600),
                 (double)((int)(seconds / 60) % 60));
}

static double
fraction_of(const runnel_progress *progress)
{
    const double fraction = progress->bytes_total > 0
                                ? (double)progress->bytes_sent / (double)progress->bytes_total
                                : progress->fraction;

    return fraction < 0 ? 0 : fraction > 1 ? 1 : fraction;
}

/* What stands behind the bar. */
static void
describe(const runnel_progress *progress, char *text, size_t size)
{
    const double seconds = (double)progress->elapsed_ms / 1000;
    const double fraction = fraction_of(progress);
    const bool tablets = progress->tablets_total > 0;
    char done[16];
    char total[16];
    char left[32];
    size_t used = 0;

    if (progress->bytes_total > 0) {
        format_count((double)progress->bytes_sent, done);
        format_count((double)progress->bytes_total, total);
        used += (size_t)snprintf(text, size, "sent %sB of %sB", done, total);
    } else {
        used +=
            (size_t)snprintf(text, size, "%llu/%llu %s",
                             (unsigned long long)(tablets ? progress->tablets_done : progress->tasks_done),
                             (unsigned long long)(tablets ? progress->tablets_total : progress->tasks_total),
                             tablets ? "tablets" : "tasks");
        format_count((double)progress->rows_scanned / (seconds > 0 ? seconds : 1), done);
        if (progress->rows_scanned > 0)
            used += (size_t)snprintf(text + used, size - used, ", %s rows/s", done);
    }
    if (fraction > 0.01 && progress->elapsed_ms >= LEFT_MIN_MS) {
        format_time(seconds * (1 - fraction) / fraction, left);
        snprintf(text + used, size - used, ", %s left", left);
    }
}

size_t
progress_bar_line(const runnel_progress *progress, int width, bool unicode, char *line, size_t size)
{
    const double fraction = fraction_of(progress);
    char text[256];
    size_t used = 0;

    describe(progress, text, sizeof text);
    const int room = width - (int)strlen(text) - 10; /* of "[] 100 %  " */
    const int bar = room > BAR_MAX ? BAR_MAX : room;
    if (bar >= BAR_MIN) {
        const int full = (int)(fraction * bar);
        line[used++] = '[';
        for (int i = 0; i < bar; i++)
            used += (size_t)snprintf(line + used, size - used, "%s",
                                     i < full ? (unicode ? "█" : "#") : (unicode ? "░" : "."));
        line[used++] = ']';
        line[used++] = ' ';
    }
    used += (size_t)snprintf(line + used, size - used, "%3.0f %%", (double)(int)(fraction * 100));
    if (width >= (int)strlen(text) + 7)
        used += (size_t)snprintf(line + used, size - used, "  %s", text);
    return used;
}

static int
terminal_width(void)
{
    struct winsize window;

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0 ? window.ws_col : PLAIN_WIDTH;
}

/* As setlocale() would choose; the locale's files are not needed for it. */
static bool
is_unicode_terminal(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};

    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *locale = getenv(variables[i]);
        if (locale != NULL && *locale != '\0')
            return strcasestr(locale, "UTF-8") != NULL || strcasestr(locale, "utf8") != NULL;
    }
    return false;
}

static void
show(const runnel_progress *progress, void *context)
{
    ProgressBar *bar = context;
    char line[512];

    if (bar->muted || progress->elapsed_ms < SHOW_MS)
        return;
    const size_t size =
        progress_bar_line(progress, terminal_width() - 1, is_unicode_terminal(), line, sizeof line);
    fprintf(stderr, "\r%.*s\033[K", (int)size, line);
    fflush(stderr);
    bar->shown = true;
}

static bool
can_show(void)
{
    const char *terminal = getenv("TERM");

    return isatty(STDERR_FILENO) && terminal != NULL && *terminal != '\0' && strcmp(terminal, "dumb") != 0;
}

static void
clear(ProgressBar *bar)
{
    if (bar->shown)
        fputs("\r\033[K", stderr);
    fflush(stderr);
    bar->shown = false;
}

void
progress_bar_start(ProgressBar *bar, runnel_connection *connection)
{
    *bar = (ProgressBar){.connection = connection};
    if (can_show())
        runnel_on_progress(connection, show, bar);
}

void
progress_bar_give_way(ProgressBar *bar)
{
    clear(bar);
    bar->muted = isatty(STDOUT_FILENO);
}

void
progress_bar_end(ProgressBar *bar)
{
    clear(bar);
    runnel_on_progress(bar->connection, NULL, NULL);
}
