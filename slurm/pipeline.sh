#!/usr/bin/env bash
# slurm/pipeline.sh [--dry-run] [--parts N] [--at-once K] CONFIG [--set KEY=VALUE] ...
# Train, scan in N parts (4) of which K run at once (all), report: each begins when the one before has succeeded, and is
# cancelled if that has failed. Submitted again after a failure, it goes on with what is there. --dry-run submits nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
source slurm/submit.sh

parts=4 at_once= config=() settings=()
while [ $# -gt 0 ]; do
  case $1 in
    --dry-run) dry_run=true ;;
    --parts) require_number "$@"; parts=$2; shift ;;
    --at-once) require_number "$@"; at_once=%$2; shift ;;
    --set) [ $# -ge 2 ] || refuse "--set" "it has no value" "--set KEY=VALUE"; settings+=("$1" "$2"); shift ;;
    --set=*) settings+=("$1") ;;
    --help) help; exit ;;
    -*) refuse "$1" "there is no such option" "slurm/pipeline.sh --help tells them" ;;
    *) config+=("$1") ;;
  esac
  shift
done
[ ${#config[@]} -eq 1 ] || { help >&2; exit 2; }
set -- "${config[@]}" "${settings[@]}"
check "$@"

# In order: job and the options that are its alone. What comes to stand between scan and report is one more line.
steps=(
  "train"
  "scan --array=1-$parts$at_once"
  "report"
)
for step in "${steps[@]}"; do
  read -r job options <<<"$step"
  options=($options ${submitted:+--dependency=afterok:$submitted})
  submit "${options[@]}" "slurm/$job.sbatch" "$@"
  ! $dry_run || test_only ${options[@]//--dependency=*/} "slurm/$job.sbatch" "$@"
done
$dry_run || exit 0
"$mazescan_bin/mazescan-evaluator" scan "$@" --dry-run
! $refused
