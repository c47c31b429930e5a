# How pipeline.sh and sweep.sh submit, or show what they would submit.

source slurm/site.example.sh
[ ! -f slurm/site.sh ] || source slurm/site.sh
dry_run=false
submitted=  # id of the last job
set -f  # words of an option are never taken for patterns of file names

# The comment at the top of the script, as its help.
help() { sed -n '2,/^[^#]/s/^# //p' "slurm/${0##*/}"; }

# refuse PROBLEM WHY RIGHT: ends with the status of a user's fault.
refuse() {
  printf '%s: %s\n  why:   %s\n  right: %s\n' "${0##*/}" "$@" >&2
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

# What a job would refuse at its start, or after the training, is told before anything is submitted.
check() {
  "$mazescan_bin/mazescan-trainer" "$@" --dump-config >/dev/null
  "$mazescan_bin/mazescan-evaluator" scan "$@" --dump-config >/dev/null
}

# Would the scheduler take it? A job cannot depend on one that is not there. A refusal does not end the dry run: there is
# more to tell.
refused=false
test_only() {
  command -v sbatch >/dev/null || { echo "no sbatch here: not asked whether the scheduler would take it"; return; }
  sbatch --test-only "${site_options[@]}" "$@" 2>&1 || { echo "the scheduler refuses it, or was not reached"; refused=true; }
}
