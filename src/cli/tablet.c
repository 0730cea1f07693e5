#include "tablet/tablet.h"
#include "cli/command.h"

#include <stdio.h>

static const char usage[] = "Usage: runnel tablet [OPTION]... FILE\n"
                            "Show what is in a tablet: columns, blocks, encodings, statistics.\n\n"
                            "      --blocks   every block, too\n"
                            "      --verify   read every block and check every checksum\n"
                            "      --help, --version\n";

static int
report(const Error *error)
{
    fprintf(stderr, "runnel tablet: %s\n", error->message);
    return EXIT_FAILED;
}

static int
show(const char *path, bool blocks, bool verify)
{
    Source *source;
    TabletReader *tablet;
    Error error = {0};
    BlockCache *cache = block_cache_new(64 << 20);
    Buffer text = {0};
    int status = EXIT_DONE;

    if (source_open_file(path, &source, &error) != STATUS_OK ||
        tablet_open(source, 1, cache, &tablet, &error) != STATUS_OK) {
        block_cache_destroy(&cache);
        return report(&error);
    }
    tablet_describe(tablet, blocks, &text);
    fwrite(text.data, 1, text.size, stdout);
    buffer_destroy(&text);
    if (verify && tablet_verify(tablet, &error) != STATUS_OK)
        status = report(&error);
    else if (verify)
        puts("every checksum is right");
    tablet_close(&tablet);
    block_cache_destroy(&cache);
    return status;
}

int
command_tablet(int argc, char **argv)
{
    enum { OPTION_BLOCKS = OPTION_FIRST, OPTION_VERIFY };
    static const struct option long_options[] = {{"blocks", no_argument, NULL, OPTION_BLOCKS},
                                                 {"verify", no_argument, NULL, OPTION_VERIFY},
                                                 OPTION_COMMON};
    bool blocks = false;
    bool verify = false;

    for (int c; (c = getopt_long(argc, argv, "", long_options, NULL)) != -1;)
        switch (c) {
        case OPTION_BLOCKS: blocks = true; break;
        case OPTION_VERIFY: verify = true; break;
        case OPTION_HELP: return command_help(usage);
        case OPTION_VERSION: return command_version();
        default: return command_wrong_usage("tablet");
        }
    if (argc - optind != 1) {
        fprintf(stderr, "runnel tablet: one FILE, please\n");
        return command_wrong_usage("tablet");
    }
    return show(argv[optind], blocks, verify);
}
