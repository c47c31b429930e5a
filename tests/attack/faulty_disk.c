// A library to preload: some calls of fsync fail, as on a disk with a passing fault.
//   MAZESCAN_FAULTY_FSYNC="FIRST COUNT ERRNO": calls FIRST, FIRST + 1, ... (COUNT of them, counted from 1) fail.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int fsync(int file) {
  static int (*real)(int);
  static int calls;
  const char* const faults = getenv("MAZESCAN_FAULTY_FSYNC");
  int first = 0, count = 0, error = 0;
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  const int call = __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
  if (faults && sscanf(faults, "%d %d %d", &first, &count, &error) == 3 && call >= first && call < first + count) {
    errno = error;
    return -1;
  }
  return real(file);
}
