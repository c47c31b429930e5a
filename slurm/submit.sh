# How pipeline.sh and sweep.sh submit, or show what they would submit.

source slurm/site.example.sh
[ ! -f slurm/site.sh ] || source slurm/site.sh
dry_run=false
submitted=  # id of the last job

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

# Would the scheduler take it? A job cannot depend on one that is not there.
test_only() {
  command -v sbatch >/dev/null || { echo "no sbatch here: not asked whether the scheduler would take it"; return; }
  sbatch --test-only "${site_options[@]}" "$@"
}
