// Starts a program many times for the price of one start. Loading libtorch takes half a second of processor time, and the
// script tests start the programs hundreds of times.
//
// Preloaded into a program (LD_PRELOAD), this library lets it load its libraries as usual, but waits in place of main() for
// requests on the socket MAZESCAN_FORK_SERVER. For each it forks a process that runs the program's own main(). Without that
// variable the program starts as usual. tests/python/fork_server.py makes the requests.
//
// A request is one message: the working directory, the number of arguments, the arguments and the environment, each ended by
// a zero byte; and three open files: standard output, standard error, and a pipe. The pipe receives the process's ID and,
// when it has ended, its status as of waitpid(), both int32.
#define _GNU_SOURCE  // NOLINT(bugprone-reserved-identifier): the C library's name
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

typedef int (*Main)(int, char**, char**);
static Main program_main;

enum { kMaxMessage = 1 << 17, kMaxTexts = 4096, kOutput = 0, kError = 1, kStatus = 2, kFiles = 3 };

// Returns the next text of the message, and moves on behind it.
static char* next_text(char** at, char* end) {
  char* text = *at;
  while (*at < end && **at != 0) ++*at;
  if (*at == end) _exit(126);
  ++*at;
  return text;
}

// Becomes the program that the message describes.
static void run_program(char* message, size_t length, const int* files) {
  static char* texts[kMaxTexts];
  char *at = message, *end = message + length;
  const char* folder = next_text(&at, end);
  const int count = atoi(next_text(&at, end));
  int found = 0;
  for (; at < end && found < kMaxTexts - 2; ++found) {
    if (found == count) texts[found++] = NULL;  // ends the arguments
    texts[found] = next_text(&at, end);
  }
  texts[found] = NULL;
  environ = texts + count + 1;
  setsid();
  signal(SIGCHLD, SIG_DFL);
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, 0);
  dup2(files[kOutput], 1);
  dup2(files[kError], 2);
  for (int file = 3; file < 256; ++file) close(file);
  if (chdir(folder) != 0) _exit(126);
  exit(program_main(count, texts, environ));
}

// Runs the program and reports its ID and its status.
static void watch_program(char* message, size_t length, const int* files) {
  signal(SIGCHLD, SIG_DFL);
  const pid_t program = fork();
  if (program == 0) run_program(message, length, files);
  int32_t report[2] = {program, 0};
  int status = 0;
  if (write(files[kStatus], &report[0], sizeof report[0]) > 0 && program > 0) {
    close(files[kOutput]);
    close(files[kError]);
    waitpid(program, &status, 0);
    report[1] = status;
    if (write(files[kStatus], &report[1], sizeof report[1]) < 0) _exit(1);
  }
  _exit(0);
}

static int serve(int argc, char** argv, char** environment) {
  (void)argc, (void)argv, (void)environment;
  const int requests = atoi(getenv("MAZESCAN_FORK_SERVER"));
  static char message[kMaxMessage];
  signal(SIGCHLD, SIG_IGN);  // no child becomes a zombie
  for (;;) {
    struct iovec part = {message, sizeof message};
    char control[CMSG_SPACE(kFiles * sizeof(int))];
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    const ssize_t length = recvmsg(requests, &header, 0);
    const struct cmsghdr* files = CMSG_FIRSTHDR(&header);
    if (length <= 0 || files == NULL || files->cmsg_len != CMSG_LEN(kFiles * sizeof(int))) return 0;  // the test has ended
    const int* opened = (const int*)CMSG_DATA(files);
    if (fork() == 0) watch_program(message, (size_t)length, opened);
    for (int i = 0; i < kFiles; ++i) close(opened[i]);
  }
}

// NOLINTNEXTLINE(bugprone-reserved-identifier): the C library's name
int __libc_start_main(Main main, int argc, char** argv, void (*init)(void), void (*fini)(void), void (*at_exit)(void),
                      void* stack_end) {
  int (*const start)(Main, int, char**, void (*)(void), void (*)(void), void (*)(void), void*) =
      (int (*)(Main, int, char**, void (*)(void), void (*)(void), void (*)(void), void*))dlsym(RTLD_NEXT, "__libc_start_main");
  program_main = main;
  return start(getenv("MAZESCAN_FORK_SERVER") == NULL ? main : serve, argc, argv, init, fini, at_exit, stack_end);
}
