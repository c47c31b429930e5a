# Functions of pipeline.sh and sweep.sh, which submit jobs or, in a dry run, show what would be submitted.

slurm=$(dirname "${BASH_SOURCE[0]}")
export MAZESCAN_SLURM=$slurm  # for the batch scripts
source "$slurm/site.example.sh"
[ ! -f "${MAZESCAN_SITE:=$slurm/site.sh}" ] || source "$MAZESCAN_SITE"
dry_run=false
submitted=  # ID of the job submitted last
set -f  # do not expand options as file name patterns

# Prints the comment at the top of the script as its help.
help() { sed -n '2,/^[^#]/s/^# //p' "$0"; }

# refuse PROBLEM REASON HINT: prints a user error and exits with its status.
refuse() {
  printf '%s: %s\n  reason: %s\n  hint:   %s\n' "${0##*/}" "$@" >&2
  exit 2
}

# require_number OPTION [VALUE]: refuses a value that is not a positive integer.
require_number() {
  [[ ${2-} =~ ^[1-9][0-9]*$ ]] || refuse "$1 ${2-}" "the value must be a positive integer" "for example $1 4"
}

# require_first_config ARGUMENT [CONFIG]: refuses a second configuration.
require_first_config() {
  [ $# -eq 1 ] || refuse "$1" "a configuration is already given: $2" "give one configuration; options follow --set"
}

# require_config [CONFIG]: refuses a command without configuration.
require_config() {
  [ $# -gt 0 ] || refuse "no configuration is given" "the jobs of a run are described by a YAML file" "$0 CONFIG; --help describes the options"
}

# submit OPTIONS... slurm/JOB.sbatch ARGUMENTS...: submits a job and sets `submitted`.
submit() {
  local command=(sbatch --parsable --kill-on-invalid-dep=yes "${site_options[@]}" "$@")
  if $dry_run; then
    echo "would submit: ${command[*]}"
    submitted=ID
    return
  fi
  submitted=$("${command[@]}")
  submitted=${submitted%%;*}  # remove the cluster's name
  echo "submitted $submitted: ${command[*]}"
}

# Refuses to continue if the programs are not built.
require_built() {
  local program
  for program in mazescan-trainer mazescan-evaluator; do
    [ -x "$mazescan_bin/$program" ] ||
      refuse "$mazescan_bin/$program" "there is no such program" "build it (./run build), or set mazescan_bin in slurm/site.sh"
  done
}

# check "JOB ..." CONFIG [--set KEY=VALUE ...]: ends the script if the training or one of these jobs of mazescan-evaluator
# would refuse the configuration. Adds the output of the dry runs to `estimates`.
estimates=()
check() {
  local job output
  "$mazescan_bin/mazescan-trainer" "${@:2}" --dump-config >/dev/null
  for job in $1; do
    output=$("$mazescan_bin/mazescan-evaluator" "$job" "${@:2}" --dry-run)
    estimates+=("$job:"$'\n'"$output")
  done
}

# test_only OPTIONS... slurm/JOB.sbatch ARGUMENTS...: checks that the scheduler would accept the job. The options may not
# name dependencies, because the jobs of a dry run do not exist. Sets `rejected` instead of ending the dry run.
rejected=false
test_only() {
  command -v sbatch >/dev/null || { echo "sbatch is not installed: the scheduler's limits were not checked"; return; }
  sbatch --test-only "${site_options[@]}" "$@" 2>&1 || { echo "the scheduler rejects the job, or cannot be reached"; rejected=true; }
}
