#!/usr/bin/env bash
# slurm/pipeline.sh [--dry-run] [--parts N] [--at-once K] CONFIG [--set KEY=VALUE] ...
# Submits the training, every job of `mazescan-evaluator jobs --for CONFIG` and the report. Jobs marked "parts" in that list become arrays
# of N tasks (4), of which K run at the same time (all). A job starts when the jobs it needs have succeeded, and is cancelled
# if one of them fails. After a failure, run the same command again: it resumes. --dry-run submits nothing.
set -euo pipefail
source "$(dirname "$0")/submit.sh"

parts=4 at_once= config=() settings=() finished=
while [ $# -gt 0 ]; do
  case $1 in
    --dry-run) dry_run=true ;;
    --parts) require_number "$@"; parts=$2; shift ;;
    --at-once) require_number "$@"; at_once=%$2; shift ;;
    --set) [ $# -ge 2 ] || refuse "--set" "the option needs a value" "--set KEY=VALUE"; settings+=("$1" "$2"); shift ;;
    --set=*) settings+=("$1") ;;
    --help) help; exit ;;
    -*) refuse "$1" "there is no such option" "$0 --help lists the options" ;;
    *) require_first_config "$1" "${config[@]}"; config+=("$1") ;;
  esac
  shift
done
require_config "${config[@]}"
set -- "${config[@]}" "${settings[@]}"
require_built
listed=$("$mazescan_bin/mazescan-evaluator" jobs --for "$@")  # columns: name, needed jobs, parts or whole, help
mapfile -t jobs <<<"$listed"
check "$(printf '%s\n' "${jobs[@]}" | awk '{print $1}')" "$@"

# Columns of a step: name, needed steps, batch script, options.
array=--array=1-$parts$at_once
steps=("train - train.sbatch")
for job in "${jobs[@]}"; do
  read -r name needs units _ <<<"$job"
  steps+=("$name $needs analyse.sbatch $([ "$units" = whole ] || echo "$array")")
  finished+=${finished:+,}$name
done
steps+=("report $finished report.sbatch")
declare -A job_of
for step in "${steps[@]}"; do
  read -r name needs script options <<<"$step"
  after=
  for need in ${needs//,/ }; do [ "$need" = - ] || after+=:${job_of[$need]}; done
  options=($options ${after:+--dependency=afterok$after})
  job=("$slurm/$script")
  [ "$script" != analyse.sbatch ] || { options+=(--job-name=mazescan-$name); job+=($name); }
  submit "${options[@]}" "${job[@]}" "$@"
  job_of[$name]=$submitted
  ! $dry_run || test_only ${options[@]//--dependency=*/} "${job[@]}" "$@"
done
$dry_run || exit 0
printf '\n%s\n' "${estimates[@]}"
! $rejected
