# How pipeline.sh and sweep.sh submit, or show what they would submit.

source slurm/site.example.sh
[ ! -f slurm/site.sh ] || source slurm/site.sh
dry_run=false
submitted=  # id of the last job
set -f  # words of an option are never taken for patterns of file names

# The comment at the top of the script, as its help.
help() { sed -n '2,/^[^#]/s/^# //p' "slurm/${0##*/}"; }

# refuse PROBLEM REASON HINT: prints a user error and exits with its status.
refuse() {
  printf '%s: %s\n  reason: %s\n  hint:   %s\n' "${0##*/}" "$@" >&2
  exit 2
}

# require_number OPTION [VALUE]
require_number() {
  [[ ${2-} =~ ^[1-9][0-9]*$ ]] || refuse "$1 ${2-}" "that is no number of jobs" "a number from 1, as in $1 4"
}

# submit OPTIONS... slurm/JOB.sbatch ARGUMENTS...
submit() {
  local command=(sbatch --parsable --kill-on-invalid-dep=yes "${site_options[@]}" "$@")
  if $dry_run; then
    echo "would submit: ${command[*]}"
    submitted=ID
    return
  fi
  submitted=$("${command[@]}")
  submitted=${submitted%%;*}  # without the cluster's name
  echo "submitted $submitted: ${command[*]}"
}

require_built() {
  local program
  for program in mazescan-trainer mazescan-evaluator; do
    [ -x "$mazescan_bin/$program" ] ||
      refuse "$mazescan_bin/$program" "there is no such program" "./run build, or mazescan_bin in slurm/site.sh"
  done
}

# check "JOB ..." CONFIG [--set KEY=VALUE ...]: what the training or one of these jobs of mazescan-evaluator would refuse, at
# its start or after the training, is told before anything is submitted. What they say of their cost is added to `estimates`.
estimates=()
check() {
  local job told
  "$mazescan_bin/mazescan-trainer" "${@:2}" --dump-config >/dev/null
  for job in $1; do
    told=$("$mazescan_bin/mazescan-evaluator" "$job" "${@:2}" --dry-run)
    estimates+=("$job:"$'\n'"$told")
  done
}

# Would the scheduler take it? A job cannot depend on one that is not there. A refusal does not end the dry run: there is
# more to tell.
refused=false
test_only() {
  command -v sbatch >/dev/null || { echo "no sbatch here: not asked whether the scheduler would take it"; return; }
  sbatch --test-only "${site_options[@]}" "$@" 2>&1 || { echo "the scheduler refuses it, or was not reached"; refused=true; }
}
