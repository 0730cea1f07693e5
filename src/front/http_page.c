/* The page at / and its files, from the program itself. They change with the program only, so a browser asks
 * whether it has the newest (ETag) and is told so; what it has not comes compressed. Nothing but these files
 * and this server is open to the page: its policy is strict. */
#include "front/http_request.h"
#include "front/page_content.h"

#define XXH_INLINE_ALL
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include <zlib.h>

enum { GZIP_WINDOW = 15 + 16 };

static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

typedef struct PageFile {
    const char *path;
    const char *type;
    const unsigned char *content;
    const size_t *size;
    char tag[20];     /* a hash of the content, in quotes */
    void *compressed; /* NULL: compression has failed */
    size_t compressed_size;
} PageFile;

static PageFile files[] = {
#define X(name, path, type) {path, type, name, &name##_size, "", NULL, 0},
    PAGE_FILE_LIST(X)
#undef X
};
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
compress_file(PageFile *file)
{
    z_stream stream = {0};

    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return;
    const size_t most = deflateBound(&stream, (uLong)*file->size);
    file->compressed = malloc(most);
    if (file->compressed != NULL) {
        stream.next_in = (Bytef *)file->content;
        stream.avail_in = (uInt)*file->size;
        stream.next_out = file->compressed;
        stream.avail_out = (uInt)most;
        if (deflate(&stream, Z_FINISH) != Z_STREAM_END) {
            free(file->compressed);
            file->compressed = NULL;
        }
        file->compressed_size = stream.total_out;
    }
    deflateEnd(&stream);
}

static void
prepare(void)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(files[i].tag, sizeof files[i].tag, "\"%016llx\"",
                 (unsigned long long)XXH3_64bits(files[i].content, *files[i].size));
        compress_file(&files[i]);
    }
}

static const PageFile *
find_file(const char *path)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (strcmp(files[i].path, path) == 0)
            return &files[i];
    return NULL;
}

bool
http_page_has(const char *path)
{
    return find_file(path) != NULL;
}

static bool
takes_gzip(HttpRequest *request)
{
    const char *accepted = http_header(request, MHD_HTTP_HEADER_ACCEPT_ENCODING);
    const char *at = accepted != NULL ? strcasestr(accepted, "gzip") : NULL;

    return at != NULL && strncmp(at + 4, ";q=0", 4) != 0;
}

static struct MHD_Response *
make_response(HttpRequest *request, const PageFile *file, bool known)
{
    const HttpLibrary *library = request->server->library;
    const bool packed = !known && file->compressed != NULL && takes_gzip(request);
    const void *body = packed ? file->compressed : file->content;
    const size_t size = known ? 0 : packed ? file->compressed_size : *file->size;
    struct MHD_Response *response =
        library->MHD_create_response_from_buffer(size, (void *)body, MHD_RESPMEM_PERSISTENT);

    if (response != NULL && packed)
        library->MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
    return response;
}

enum MHD_Result
http_page(HttpRequest *request, const char *path)
{
    const HttpLibrary *library = request->server->library;
    const char *seen = http_header(request, MHD_HTTP_HEADER_IF_NONE_MATCH);

    pthread_once(&once, prepare);
    const PageFile *file = find_file(path);
    const bool known = seen != NULL && strstr(seen, file->tag) != NULL;
    struct MHD_Response *response = make_response(request, file, known);
    request->step = REQUEST_ANSWERED;
    if (response == NULL)
        return MHD_NO;
    const char *const headers[][2] = {
        {MHD_HTTP_HEADER_CONTENT_TYPE, file->type},  {MHD_HTTP_HEADER_ETAG, file->tag},
        {MHD_HTTP_HEADER_CACHE_CONTROL, "no-cache"}, {MHD_HTTP_HEADER_VARY, "Accept-Encoding"},
        {"Content-Security-Policy", policy},         {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"}};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        library->MHD_add_response_header(response, headers[i][0], headers[i][1]);
    return http_respond(request, known ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK, response);
}
