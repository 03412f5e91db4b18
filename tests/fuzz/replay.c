/*
 * Runs a fuzz target over every file of the directories (or files) given, so that corpora are
 * replayed in ordinary test runs, without libFuzzer. Fails when nothing was run: a corpus that
 * moved must not look like a pass.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t runs;

static int run_file(const char *path)
{
    int status = -1;
    uint8_t *data = NULL;
    struct stat st;
    FILE *f = fopen(path, "rb");
    if (f == NULL || fstat(fileno(f), &st) != 0) {
        perror(path);
        goto out;
    }
    if (!S_ISREG(st.st_mode)) {
        status = 0;
        goto out;
    }
    size_t size = (size_t)st.st_size;
    /* Exactly the file's size, so that a sanitizer sees reads past the end. */
    data = malloc(size > 0 ? size : 1);
    if (data == NULL || fread(data, 1, size, f) != size) {
        perror(path);
        goto out;
    }
    LLVMFuzzerTestOneInput(data, size);
    runs++;
    status = 0;
out:
    free(data);
    if (f != NULL)
        fclose(f);
    return status;
}

static int run_path(const char *path)
{
    int status = 0;
    DIR *dir = opendir(path);
    if (dir == NULL)
        return run_file(path);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        char name[4096];
        if (entry->d_name[0] == '.')
            continue;
        int n = snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        if (n < 0 || (size_t)n >= sizeof(name) || run_file(name) != 0)
            status = -1;
    }
    closedir(dir);
    return status;
}

int main(int argc, char **argv)
{
    int status = 0;
    for (int i = 1; i < argc; i++) {
        if (run_path(argv[i]) != 0)
            status = 1;
    }
    printf("%zu inputs\n", runs);
    return runs > 0 ? status : 1;
}
