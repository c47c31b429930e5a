# What the batch scripts share; they source it in the folder from which they were submitted, the repository's root.

source slurm/site.example.sh
[ ! -f slurm/site.sh ] || source slurm/site.sh

# The arguments of this job in `arguments`: those given; or, where the first is a sweep's list, the line of this task.
read_arguments() {
  arguments=("$@")
  if [[ ${1-} == *.sweep ]]; then
    read -r -a arguments < <(sed -n "${SLURM_ARRAY_TASK_ID}p" "$1")
    set -- "${arguments[@]}"
  fi
  # After a lost node its processes may live on for a while, and with them their lock.
  wait=(--wait "$([ "${SLURM_RESTART_COUNT:-0}" -gt 0 ] && echo 600 || echo 0)")
}

# In an array, which part of the units this task makes: --part for the program.
read_part() {
  if [ -n "${SLURM_ARRAY_TASK_ID:-}" ] && [[ ${1-} != *.sweep ]]; then
    if [ -z "${PARTS:-}" ] && [ "$SLURM_ARRAY_TASK_MIN-$SLURM_ARRAY_TASK_MAX" != "1-$SLURM_ARRAY_TASK_COUNT" ]; then
      echo "an array without all of its parts: say how many there are, as in PARTS=8 sbatch --array=2,5 ..." >&2
      exit 2
    fi
    arguments+=(--part "$SLURM_ARRAY_TASK_ID/${PARTS:-$SLURM_ARRAY_TASK_COUNT}")
  fi
}

# With --signal=B:... the signal comes to this shell, at any moment, and is handed on; else Slurm signals the ranks itself.
# Again and again, because mpirun loses those of its first moments. The programs only note that it has come; ranks that
# still start may die of it, and the job is put back into the queue all the same.
signalled=false child= repeater=
hand_on() {
  signalled=true
  [ -n "$child" ] && [ -z "$repeater" ] || return 0
  (trap '' USR2; while kill -USR2 "$child" 2>/dev/null; do sleep 5; done) &
  repeater=$!
}
trap hand_on USR2

# Runs a program on all ranks; ends the job with its status, or puts the job back into the queue. Statuses: 0 done,
# 2 the user's fault, which no restart mends, 75 stopped before the end, anything else a crash.
run() {
  # A wrong configuration is told by one process: of many ranks that end with 2, one that is killed while it still starts
  # would make the launcher tell of the signal.
  local fault
  fault=$("$mazescan_bin/$1" "${@:2}" --dump-config 2>&1 >/dev/null) || [ $? -ne 2 ] || { echo "$fault" >&2; exit 2; }
  "${launch[@]}" "$mazescan_bin/$1" "${@:2}" &
  child=$!
  ! $signalled || hand_on  # it came before there was anybody
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

requeue() {
  local status=$1 job=$SLURM_JOB_ID
  # The last task of an array has the number of the whole array.
  [ -z "${SLURM_ARRAY_TASK_ID:-}" ] || job=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
  if [ "${SLURM_RESTART_COUNT:-0}" -ge "$most_restarts" ]; then
    echo "given up after $most_restarts restarts (most_restarts in slurm/site.sh); submitted again, it goes on" >&2
    exit "$status"
  fi
  if ! command -v scontrol >/dev/null || ! scontrol requeue "$job"; then
    echo "this node cannot requeue the job: submit the same command again, and it goes on" >&2
    exit "$status"
  fi
  sleep 600  # Slurm ends this shell
}
