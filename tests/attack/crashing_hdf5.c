// A library for LD_PRELOAD with calls of libhdf5 that fail: H5Fopen crashes, as a file with hostile contents may make it;
// or, with MAZESCAN_FAILING_CLOSE, H5Dclose fails after it has closed, as it does where a filter finds no memory.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>

static int fails_to_close(void) {
  return getenv("MAZESCAN_FAILING_CLOSE") != NULL;
}

int64_t H5Fopen(const char* path, unsigned flags, int64_t access) {
  if (!fails_to_close()) raise(SIGSEGV);
  int64_t (*open)(const char*, unsigned, int64_t) =
      (int64_t(*)(const char*, unsigned, int64_t))dlsym(RTLD_NEXT, "H5Fopen");
  return open(path, flags, access);
}

int H5Dclose(int64_t dataset) {
  int (*close)(int64_t) = (int (*)(int64_t))dlsym(RTLD_NEXT, "H5Dclose");
  const int result = close(dataset);
  return fails_to_close() ? -1 : result;
}
