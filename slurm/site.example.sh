# Settings of your cluster: copy this file to site.sh beside it, or to a file that the environment variable MAZESCAN_SITE
# names, then edit the copy. All scripts of this folder read both.

# Options of every sbatch command.
site_options=(
  # --partition=gpu --account=abc123
)

# Commands to run on the nodes before the programs start.
# module load gcc openmpi

# Folder of the programs: as built in the repository, or as installed.
mazescan_bin=$slurm/../build/release/bin
[ -d "$mazescan_bin" ] || [ ! -x "$slurm/../../../bin/mazescan-trainer" ] || mazescan_bin=$slurm/../../../bin

# Command that starts a program on all ranks of the job. Without --kill-on-bad-exit the other ranks wait for a dead one.
# If Open MPI has no PMIx: launch=(mpirun) works on one node, together with site_options=(--signal=B:USR2@180).
# With MPICH: launch=(srun --mpi=pmi2 --kill-on-bad-exit=1). Its own mpirun is killed by USR2 instead of passing it on.
launch=(srun --mpi=pmix --kill-on-bad-exit=1)

# Maximum number of times a job is requeued, for time limits, preemptions and crashes together.
max_restarts=50

# Use one compute thread per rank: more would oversubscribe the cores.
export OMP_NUM_THREADS=1
