/* Every target over inputs that are kept: what once went wrong, and samples of what is right.
 *
 *     replay [DIR]        DIR/<target>/… (default: tests/fuzz/corpus of the sources)
 *     replay TARGET FILE… */
#include "fuzz.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

typedef struct Target {
    const char *name;
    void (*run)(const uint8_t *bytes, size_t size);
} Target;

static const Target targets[] = {
#define X(name) {#name, fuzz_##name},
    FUZZ_LIST(X)
#undef X
};

enum { TARGETS = sizeof targets / sizeof *targets };

/* The bytes in memory of just their size, so that the sanitizer sees the first one too far. */
static bool
run_file(const Target *target, const char *path)
{
    FILE *file = fopen(path, "rb");

    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        return false;
    }
    const size_t size = (size_t)ftell(file);
    uint8_t *bytes = malloc(size > 0 ? size : 1);
    rewind(file);
    const bool fine = bytes != NULL && fread(bytes, 1, size, file) == size;
    fclose(file);
    if (fine) {
        fprintf(stderr, "%s\n", path); /* the last one is what a crash was about */
        target->run(bytes, size);
    }
    free(bytes);
    return fine;
}

static void
run_folder(const Target *target, const char *corpus, unsigned *passed, unsigned *failed)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/%s", corpus, target->name);
    DIR *folder = opendir(path);
    if (folder == NULL) {
        perror(path);
        ++*failed;
        return;
    }
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s/%s", corpus, target->name, entry->d_name);
        ++*(run_file(target, path) ? passed : failed);
    }
    closedir(folder);
}

int
main(int argc, char **argv)
{
    unsigned passed = 0;
    unsigned failed = 0;

    for (int i = 0; i < TARGETS; i++) {
        if (argc <= 2)
            run_folder(&targets[i], argc == 2 ? argv[1] : FUZZ_CORPUS, &passed, &failed);
        for (int j = 2; j < argc && strcmp(argv[1], targets[i].name) == 0; j++)
            ++*(run_file(&targets[i], argv[j]) ? &passed : &failed);
    }
    printf("%u passed, %u failed\n", passed, failed);
    return failed > 0 || passed == 0;
}
