#!/usr/bin/env bash
# slurm/pipeline.sh [--dry-run] [--parts N] [--at-once K] CONFIG [--set KEY=VALUE ...]
# Train, scan in N parts (4) of which K run at once (all), report: each begins when the one before has succeeded, and is
# cancelled if that has failed. Submitted again after a failure, it goes on with what is there. --dry-run submits nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
source slurm/submit.sh

parts=4 at_once=
while [ $# -gt 0 ]; do
  case $1 in
    --dry-run) dry_run=true; shift ;;
    --parts) parts=$2; shift 2 ;;
    --at-once) at_once=%$2; shift 2 ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || { sed -n '2,4s/^# //p' "$0"; exit 2; }

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
! $dry_run || "$mazescan_bin/mazescan-evaluator" scan "$@" --dry-run
