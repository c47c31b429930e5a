#pragma once

// Exclusive advisory locks of open file descriptions (fcntl, F_OFD_SETLK). They are released when the last
// descriptor is closed, at the latest when the process ends, whatever ends it. Unlike the locks of a process, they
// are not released when another descriptor of the same file is closed; unlike those of flock(), they can be tested
// without being taken. Over NFS the server holds them.
namespace mazescan::storage {

enum class LockResult {
  taken,
  held,        // by another open file description
  impossible,  // the file system has no locks; errno says why
};

// Tries to lock a whole file that is open for writing, without waiting.
LockResult try_lock(int descriptor);

// Returns whether another open file description holds the lock of a file that is open for reading.
bool is_locked(int descriptor);

}  // namespace mazescan::storage
