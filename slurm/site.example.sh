# What your cluster needs: cp slurm/site.example.sh slurm/site.sh and edit that. Read by every script here.

# Options of every sbatch.
site_options=(
  # --partition=gpu --account=abc123
)

# What the nodes need before the programs start.
# module load gcc openmpi

# The built programs.
mazescan_bin=build/release/bin

# Starts a program on all ranks of the job. --kill-on-bad-exit: without it a dead rank leaves the others waiting.
# Where Open MPI has no PMIx, `mpirun` does it too, on one node, together with site_options=(--signal=B:USR2@180).
launch=(srun --mpi=pmix --kill-on-bad-exit=1)

# How often a job may be put back into the queue, after time limits, preemptions and crashes together.
most_restarts=50

# One compute thread a rank; more would fight over cores.
export OMP_NUM_THREADS=1
