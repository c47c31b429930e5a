#!/usr/bin/env bash
# slurm/sweep.sh [--dry-run] [--at-once K] [--regions "1 5 15"] [--seeds "1 2 3"] [--channels "[16,32] [32,64]"] CONFIG
# Trains, scans and reports every combination of regions, seeds and widths (channels of the network's blocks), each in its
# own run directory. Submits arrays of which at most K tasks (4) run at the same time. The scan of a combination starts when
# its training has succeeded. Values that are not given come from CONFIG. --dry-run submits nothing.
set -euo pipefail
source "$(dirname "$0")/submit.sh"

at_once=4 regions=- seeds=- channels=- config=
measured=scan  # the job whose results the report needs
while [ $# -gt 0 ]; do
  case $1 in
    --dry-run) dry_run=true ;;
    --at-once) require_number "$@"; at_once=$2; shift ;;
    --regions | --seeds | --channels)
      [[ ${2-} == *[![:space:]]* && $2 != --* ]] || refuse "$1" "the option needs values" "values separated by spaces, in quotes"
      printf -v "${1#--}" %s "$2"
      shift
      ;;
    --help) help; exit ;;
    -*) refuse "$1" "there is no such option" "$0 --help lists the options; put other settings into CONFIG" ;;
    *) require_first_config "$1" ${config:+"$config"}; config=$1 ;;
  esac
  shift
done
require_config ${config:+"$config"}

require_built
run=$("$mazescan_bin/mazescan-trainer" "$config" --print run)
# In the list of the sweep, spaces separate the arguments.
for name in "$config" "$run"; do
  [[ $name != *[[:space:]\\]* ]] || refuse "$name" "paths of a sweep may not contain spaces or backslashes" "choose another name"
done
lines=() names=()  # arguments and run directory of each combination
for region in $regions; do
  for seed in $seeds; do
    for width in $channels; do
      name=$run line=
      [ "$region" = - ] || { name+=-region$region; line+=" --set environment.region=$region"; }
      [ "$seed" = - ] || { name+=-seed$seed; line+=" --set seed=$seed"; }
      [ "$width" = - ] || { name+=-width$(tr -cs '0-9\n' _ <<<"$width" | sed 's/^_//; s/_$//'); line+=" --set network.channels=$width"; }
      lines+=("$config --set run=$name$line") names+=("$name")
    done
  done
done
twice=$(printf '%s\n' "${names[@]}" | sort | uniq -d | sed -n 1p)
[ -z "$twice" ] || refuse "$twice" "two tasks of the sweep would write into this run directory" "give each value once"
for line in "${lines[@]}"; do
  read -r -a arguments <<<"$line"
  check "$measured" "${arguments[@]}"
done

list=$run-$(cksum <<<"${lines[*]}" | cut -d ' ' -f 1).sweep  # named by its content: another sweep may still use its own list
if $dry_run; then
  echo "would write $list, one line a task:"
  printf '  %s\n' "${lines[@]}"
else
  mkdir -p "$(dirname "$list")"
  printf '%s\n' "${lines[@]}" >"$list"
fi
array=--array=1-${#lines[@]}%$at_once
for job in train.sbatch "analyse.sbatch $measured" report.sbatch; do
  read -r -a script <<<"$job"
  script[0]=$slurm/${script[0]}
  [ ${#script[@]} -eq 1 ] || script=("--job-name=mazescan-${script[1]}" "${script[@]}")
  # aftercorr: task i waits only for task i of the array before.
  submit "$array" ${submitted:+--dependency=aftercorr:$submitted} "${script[@]}" "$list"
  ! $dry_run || test_only "$array" "${script[@]}" "$list"
done
$dry_run || exit 0
printf '\n%s\n' "${estimates[@]}"
! $rejected
