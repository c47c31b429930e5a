# Functions of the batch scripts, which run in the folder of submission.

slurm=$(dirname "${BASH_SOURCE[0]}")
source "$slurm/site.example.sh"
[ ! -f "${MAZESCAN_SITE:=$slurm/site.sh}" ] || source "$MAZESCAN_SITE"

# complain PROBLEM REASON HINT: prints an error.
complain() { printf '%s: %s\n  reason: %s\n  hint:   %s\n' "${0##*/}" "$@" >&2; }

# Sets `arguments` to the given arguments, or, if the first is the list of a sweep, to the line of this array task.
read_arguments() {
  arguments=("$@")
  if [[ ${1-} == *.sweep ]]; then
    read -r -a arguments < <(sed -n "${SLURM_ARRAY_TASK_ID}p" "$1")
    set -- "${arguments[@]}"
  fi
  # After a restart, wait for the lock: processes of a lost node may still run and hold it.
  wait=(--wait "$([ "${SLURM_RESTART_COUNT:-0}" -gt 0 ] && echo 600 || echo 0)")
}

# In a job array, adds --part to `arguments`: the part of the units that this task computes.
read_part() {
  if [ -n "${SLURM_ARRAY_TASK_ID:-}" ] && [[ ${1-} != *.sweep ]]; then
    if [ -z "${PARTS:-}" ] && [ "$SLURM_ARRAY_TASK_MIN-$SLURM_ARRAY_TASK_MAX" != "1-$SLURM_ARRAY_TASK_COUNT" ]; then
      complain "the array omits some parts" "PARTS, the number of all parts, is not set" "PARTS=8 sbatch --array=2,5 ..."
      exit 2
    fi
    arguments+=(--part "$SLURM_ARRAY_TASK_ID/${PARTS:-$SLURM_ARRAY_TASK_COUNT}")
  fi
}

# Forwards USR2 to the launcher. With --signal=B:... Slurm signals only this shell; otherwise it signals the ranks.
# The signal is repeated, because mpirun loses signals while it starts. Repetition is harmless to a running program; a
# rank that is still starting may die of it, but then the job is requeued as well.
signalled=false child= repeater=
forward_signal() {
  signalled=true
  [ -n "$child" ] && [ -z "$repeater" ] || return 0
  (trap '' USR2; while kill -USR2 "$child" 2>/dev/null; do sleep 5; done) &
  repeater=$!
}
trap forward_signal USR2

# Runs a program on all ranks. Returns if it succeeds, exits if it reports a user error, and requeues the job otherwise.
# Exit statuses: 0 success; 2 invalid input, not retried; 75 stopped by a signal before completion; others: a crash.
run() {
  # Check the configuration in one process first. If many ranks ended with status 2, the launcher could kill one that is
  # still starting, and return the status of that signal instead.
  local message
  message=$("$mazescan_bin/$1" "${@:2}" --dump-config 2>&1 >/dev/null) || [ $? -ne 2 ] || { echo "$message" >&2; exit 2; }
  "${launch[@]}" "$mazescan_bin/$1" "${@:2}" &
  child=$!
  ! $signalled || forward_signal  # the signal came before the program was started
  local status=0
  wait "$child" || status=$?
  while kill -0 "$child" 2>/dev/null; do wait "$child" && status=0 || status=$?; done
  [ -z "$repeater" ] || kill "$repeater" 2>/dev/null || true
  child= repeater=
  echo "$(date +%T) $1 ended with status $status, after ${SLURM_RESTART_COUNT:-0} restarts"
  case $status in
    0) return ;;
    2) exit 2 ;;
  esac
  requeue "$status"
}

# requeue STATUS: puts the job back into the queue, or exits with STATUS if that is not possible.
requeue() {
  local status=$1 job=$SLURM_JOB_ID
  # SLURM_JOB_ID of the last task of an array is the ID of the whole array: name the task instead.
  [ -z "${SLURM_ARRAY_TASK_ID:-}" ] || job=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
  if [ "${SLURM_RESTART_COUNT:-0}" -ge "$max_restarts" ]; then
    complain "the job ended with status $status" "it was restarted $max_restarts times (max_restarts in slurm/site.sh)" \
      "correct the cause, then submit the same command again: it resumes"
    exit "$status"
  fi
  if ! command -v scontrol >/dev/null || ! scontrol requeue "$job"; then
    complain "the job ended with status $status" "this node cannot requeue it" "submit the same command again: it resumes"
    exit "$status"
  fi
  sleep 600  # Slurm kills this shell
}
