#pragma once

// What a program depends on outside of itself: limits, standard streams, the folder for temporary files. They are
// checked before MPI and libtorch start, which would hang, crash or print pages of their own.
namespace mazescan::cluster {

// Opens standard streams that are closed, so that no file of ours gets their number, and ignores the signals of a
// closed pipe and of the limit on file sizes: both become errors of the write.
void prepare_streams();

// Throws UserError if a limit of this process (ulimit -v, -n, -f) is too small.
void require_limits();

// Throws UserError if MPI could not make its temporary files.
void require_temporary_folder();

// Throws UserError if something that was printed to stdout did not arrive.
void require_printed();

}  // namespace mazescan::cluster
