// A stand-in for libnccl.so.2 on machines without GPUs: it has the same symbols, and MPI does the work on
// host memory. Like NCCL with blocking=0, it finishes no operation within a call. Calls in a wrong order
// abort.
// Environment:
//   NCCL_STAND_IN_FAULT=name[:n]  a fault, by its name in the fault_is() calls below, at the n-th operation (from 1)
//   NCCL_STAND_IN_RANK=r          the rank that has the fault (without it: all ranks)
//   NCCL_STAND_IN_TRACE=1         prints every call except polls on stderr: "nccl 0 ncclAllReduce 5"
#include <mpi.h>

#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

// Declared from NCCL's documentation, not from our own header, which this library checks.
extern "C" {
struct ncclComm;
typedef struct {
  char internal[128];
} ncclUniqueId;
typedef enum {
  ncclSuccess,
  ncclUnhandledCudaError,
  ncclSystemError,
  ncclInternalError,
  ncclInvalidArgument,
  ncclInvalidUsage,
  ncclRemoteError,
  ncclInProgress
} ncclResult_t;
typedef struct {
  size_t size;
  unsigned magic, version;
  int blocking;
} ncclConfig_t;
}

struct ncclComm {
  int ranks = 0, polls = 0, operations = 0;
  bool ready = false, finalized = false;
  MPI_Comm mpi = MPI_COMM_NULL;
  MPI_Request request = MPI_REQUEST_NULL;  // of what is under way
  ncclResult_t state = ncclInProgress;
};

namespace {

int world_rank() {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return rank;
}

void trace(const char* format, ...) {
  if (std::getenv("NCCL_STAND_IN_TRACE") == nullptr) return;
  char text[200];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  std::fprintf(stderr, "nccl %d %s\n", world_rank(), text);
}

void demand(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "nccl stand-in: misuse: %s\n", what);
  std::abort();
}

bool fault_is(const char* what, int operation = 0) {
  const char *fault = std::getenv("NCCL_STAND_IN_FAULT"), *rank = std::getenv("NCCL_STAND_IN_RANK");
  if (fault == nullptr || (rank != nullptr && std::atoi(rank) != world_rank())) return false;
  return fault == (operation == 0 ? std::string(what) : what + (":" + std::to_string(operation)));
}

// The count-th operation of a communicator may begin, unless this returns an error. `*skipped`: it never
// ends.
ncclResult_t begin_operation(ncclComm* comm, int type, bool* skipped) {
  demand(comm->ready, "an operation before the communicator is ready");
  demand(comm->request == MPI_REQUEST_NULL && !comm->finalized,
         "an operation during another, or after the last");
  demand(type == 7, "another type than float");
  const int n = ++comm->operations;
  comm->polls = 0;
  if (fault_is("call_fails", n)) return ncclInvalidUsage;
  if (fault_is("rank_dies", n)) std::raise(SIGKILL);
  comm->state = fault_is("fails_later", n) ? ncclUnhandledCudaError : ncclInProgress;
  *skipped = fault_is("never_ends", n) || comm->state != ncclInProgress;
  return ncclSuccess;
}

}  // namespace

extern "C" {

ncclResult_t ncclGetVersion(int* version) {
  *version = fault_is("old") ? 21210 : 22809;
  return ncclSuccess;
}

const char* ncclGetErrorString(ncclResult_t result) {
  static const char* const kNames[] = {"no error",
                                       "unhandled cuda error",
                                       "unhandled system error",
                                       "internal error",
                                       "invalid argument",
                                       "invalid usage",
                                       "remote process exited or there was a network error",
                                       "NCCL operation in progress"};
  return kNames[result];
}

const char* ncclGetLastError(ncclComm* /*comm*/) {
  return "planted by the stand-in";
}

ncclResult_t ncclGetUniqueId(ncclUniqueId* id) {
  trace("ncclGetUniqueId");
  if (fault_is("no_id")) return ncclSystemError;
  std::memset(id->internal, 0x5a, sizeof id->internal);
  id->internal[0] = static_cast<char>(world_rank());
  return ncclSuccess;
}

ncclResult_t ncclCommInitRankConfig(ncclComm** comm, int ranks, ncclUniqueId id, int rank,
                                    ncclConfig_t* config) {
  trace("ncclCommInitRankConfig %d of %d", rank, ranks);
  demand(rank == world_rank(), "another rank than MPI's");
  demand(id.internal[0] == 0 && id.internal[127] == 0x5a, "not the identifier that rank 0 got");
  demand(config->size >= sizeof(ncclConfig_t) && config->magic == 0xcafebeef && config->version >= 21400,
         "a configuration that was not initialised");
  demand(config->blocking == 0, "a communicator that blocks");
  if (fault_is("start_fails")) return ncclSystemError;
  *comm = new ncclComm;
  (*comm)->ranks = ranks;
  if (fault_is("start_fails_later")) (*comm)->state = ncclRemoteError;
  if (!fault_is("never_starts")) MPI_Comm_idup(MPI_COMM_WORLD, &(*comm)->mpi, &(*comm)->request);
  return ncclInProgress;
}

ncclResult_t ncclCommGetAsyncError(ncclComm* comm, ncclResult_t* state) {
  if (comm->state == ncclInProgress && comm->request != MPI_REQUEST_NULL && ++comm->polls > 3) {
    int done = 0;
    MPI_Test(&comm->request, &done, MPI_STATUS_IGNORE);
    if (done != 0) {
      comm->state = ncclSuccess;
      comm->ready = true;
    }
  }
  *state = comm->state;
  return ncclSuccess;
}

ncclResult_t ncclAllReduce(const void* from, void* to, size_t count, int type, int operation, ncclComm* comm,
                           void* /*stream*/) {
  trace("ncclAllReduce %zu", count);
  demand(from == to && operation == 0, "another sum than one in place");
  bool skipped = false;
  const ncclResult_t result = begin_operation(comm, type, &skipped);
  if (result == ncclSuccess && !skipped)
    MPI_Iallreduce(MPI_IN_PLACE, to, static_cast<int>(count), MPI_FLOAT, MPI_SUM, comm->mpi, &comm->request);
  return result;
}

ncclResult_t ncclBroadcast(const void* from, void* to, size_t count, int type, int root, ncclComm* comm,
                           void* /*stream*/) {
  trace("ncclBroadcast %zu", count);
  demand(from == to, "another broadcast than one in place");
  bool skipped = false;
  const ncclResult_t result = begin_operation(comm, type, &skipped);
  if (result == ncclSuccess && !skipped)
    MPI_Ibcast(to, static_cast<int>(count), MPI_FLOAT, root, comm->mpi, &comm->request);
  return result;
}

ncclResult_t ncclCommFinalize(ncclComm* comm) {
  trace("ncclCommFinalize");
  demand(comm->ready && comm->request == MPI_REQUEST_NULL && !comm->finalized,
         "finalize during an operation");
  comm->finalized = true;
  if (fault_is("end_fails")) return ncclInternalError;
  comm->polls = 0;
  comm->state = ncclInProgress;
  if (!fault_is("end_never_ends")) MPI_Ibarrier(comm->mpi, &comm->request);
  return ncclInProgress;
}

ncclResult_t ncclCommDestroy(ncclComm* comm) {
  trace("ncclCommDestroy");
  demand(comm->finalized && comm->state == ncclSuccess, "destroyed before it was finalized");
  MPI_Comm_free(&comm->mpi);
  delete comm;
  return ncclSuccess;
}
}
