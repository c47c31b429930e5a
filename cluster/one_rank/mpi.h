#pragma once
#include <cstdio>
#include <cstdlib>
#include <cstring>

// The part of MPI's C interface that cluster/ uses, for one process: builds with MAZESCAN_MPI=OFF include this header
// instead of an MPI library's. A collective call of a single rank copies what it sends. There is no rank to send a message
// to, so a message ends the program; only probes are answered.

using MPI_Comm = int;
using MPI_Request = int;
using MPI_Datatype = size_t;  // its size

struct MPI_Status {
  int MPI_SOURCE = 0;
};

constexpr MPI_Comm MPI_COMM_NULL = 0, MPI_COMM_WORLD = 1;
constexpr MPI_Request MPI_REQUEST_NULL = 0;
constexpr int MPI_THREAD_MULTIPLE = 3, MPI_COMM_TYPE_SHARED = 1, MPI_INFO_NULL = 0;
constexpr int MPI_ANY_SOURCE = -1, MPI_LOR = 1, MPI_MAX_LIBRARY_VERSION_STRING = 64;
constexpr MPI_Datatype MPI_BYTE = 1, MPI_INT = sizeof(int), MPI_UINT64_T = 8, MPI_FLOAT = 4, MPI_DOUBLE = 8;
constexpr MPI_Status* MPI_STATUS_IGNORE = nullptr;
constexpr void* MPI_IN_PLACE = nullptr;

namespace mazescan::cluster::one_rank {

inline bool initialised = false, finalised = false;

[[noreturn]] inline void no_other_rank() {
  std::fputs("mazescan was built without MPI (MAZESCAN_MPI=OFF), so there is no other rank\n", stderr);
  std::abort();
}

}  // namespace mazescan::cluster::one_rank

inline void MPI_Init_thread(int*, char***, int required, int* provided) {
  mazescan::cluster::one_rank::initialised = true;
  *provided = required;
}
inline void MPI_Finalize() {
  mazescan::cluster::one_rank::finalised = true;
}
inline void MPI_Initialized(int* flag) {
  *flag = mazescan::cluster::one_rank::initialised;
}
inline void MPI_Finalized(int* flag) {
  *flag = mazescan::cluster::one_rank::finalised;
}
[[noreturn]] inline void MPI_Abort(MPI_Comm, int status) {
  std::_Exit(status);
}
inline void MPI_Get_library_version(char* text, int* length) {
  *length = std::snprintf(text, MPI_MAX_LIBRARY_VERSION_STRING, "none");
}

inline void MPI_Comm_rank(MPI_Comm, int* rank) {
  *rank = 0;
}
inline void MPI_Comm_size(MPI_Comm, int* size) {
  *size = 1;
}
inline void MPI_Comm_split(MPI_Comm, int, int, MPI_Comm* part) {
  *part = MPI_COMM_WORLD + 1;
}
inline void MPI_Comm_split_type(MPI_Comm, int, int, int, MPI_Comm* part) {
  *part = MPI_COMM_WORLD + 1;
}
inline void MPI_Comm_free(MPI_Comm* comm) {
  *comm = MPI_COMM_NULL;
}

inline void MPI_Barrier(MPI_Comm) {}
inline void MPI_Bcast(void*, int, MPI_Datatype, int, MPI_Comm) {}
inline void MPI_Allreduce(const void* mine, void* all, int count, MPI_Datatype type, int, MPI_Comm) {
  if (mine != MPI_IN_PLACE) std::memcpy(all, mine, static_cast<size_t>(count) * type);
}
inline void MPI_Allgather(const void* mine, int count, MPI_Datatype type, void* all, int, MPI_Datatype,
                          MPI_Comm) {
  std::memcpy(all, mine, static_cast<size_t>(count) * type);
}

inline void MPI_Iprobe(int, int, MPI_Comm, int* arrived, MPI_Status*) {
  *arrived = 0;
}
[[noreturn]] inline void MPI_Probe(int, int, MPI_Comm, MPI_Status*) {
  mazescan::cluster::one_rank::no_other_rank();
}
[[noreturn]] inline void MPI_Get_count(const MPI_Status*, MPI_Datatype, int*) {
  mazescan::cluster::one_rank::no_other_rank();
}
[[noreturn]] inline void MPI_Send(const void*, int, MPI_Datatype, int, int, MPI_Comm) {
  mazescan::cluster::one_rank::no_other_rank();
}
[[noreturn]] inline void MPI_Isend(const void*, int, MPI_Datatype, int, int, MPI_Comm, MPI_Request*) {
  mazescan::cluster::one_rank::no_other_rank();
}
[[noreturn]] inline void MPI_Recv(void*, int, MPI_Datatype, int, int, MPI_Comm, MPI_Status*) {
  mazescan::cluster::one_rank::no_other_rank();
}
[[noreturn]] inline void MPI_Sendrecv(const void*, int, MPI_Datatype, int, int, void*, int, MPI_Datatype, int,
                                      int, MPI_Comm, MPI_Status*) {
  mazescan::cluster::one_rank::no_other_rank();
}
[[noreturn]] inline void MPI_Test(MPI_Request*, int*, MPI_Status*) {
  mazescan::cluster::one_rank::no_other_rank();
}
[[noreturn]] inline void MPI_Wait(MPI_Request*, MPI_Status*) {
  mazescan::cluster::one_rank::no_other_rank();
}
