#!/usr/bin/env bash
# Runs the acceptance tests on a machine with GPUs: tests/gpu/run.sh [BUILD]   (default: build/cuda, built by ./run cuda)
# The last line is the result. Exit status 0: passed; 1: failed; 77: skipped, because there is no GPU or no CUDA build.
set -uo pipefail
cd "$(dirname "$0")/../.."
build=${1:-build/cuda}
export NVIDIA_TF32_OVERRIDE=0  # use float32 rather than TensorFloat-32, to compare with the CPU
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

finish() { printf '\n######## GPU TESTS %s\n' "$1"; exit "$2"; }
step() { printf '\n== %s\n' "$1"; }

gpus=$(nvidia-smi -L 2>/dev/null | grep -c '^GPU')
[ "$gpus" -gt 0 ] || finish "SKIPPED: this machine has no GPU (nvidia-smi -L lists none)" 77
ldd "$build/bin/mazescan-trainer" | grep -q libtorch_cuda || finish "SKIPPED: $build is not a CUDA build (build one with ./run cuda)" 77
nvidia-smi -L

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
config=(configs/quickstart.yaml --set "run=$folder/run" --set train.device=cuda --set train.steps=2000000000)
failed=()
check() {  # NAME COMMAND...: runs a test and records its failure
  step "$1"
  "${@:2}" || { failed+=("$1"); echo "FAILED: $1"; }
}
shared_gpu_is_refused() {  # two ranks that see only one GPU end with an error message
  ! CUDA_VISIBLE_DEVICES=0 mpirun --oversubscribe -n 2 "$build/bin/mazescan-trainer" "${config[@]}" 2>&1 | tee "$folder/refused" &&
    grep -q 'would share' "$folder/refused"
}
# Trains for 60 seconds on one GPU, stops with the scheduler's signal, and resumes with the same command.
trains_and_resumes() {
  timeout --preserve-status -s USR2 60 "$build/bin/mazescan-trainer" "${config[@]}"
  [ $? -eq 75 ] &&  # stopped before the end
    "$build/bin/mazescan-trainer" "${config[@]}" --updates 1 2>&1 | tee "$folder/resumed" &&
    grep -q 'resuming from' "$folder/resumed" &&
    python3 - "$folder/run/metrics.jsonl" <<'END'
import json, math, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
numbers = [number for line in lines for number in (line["gradient_norm"], *line["loss"].values())]
assert len(lines) > 10 and all(map(math.isfinite, numbers)), "too few updates, or numbers that are not finite"
first, last = lines[0]["largest_size"], lines[-1]["largest_size"]
print(f"{len(lines)} updates, {lines[-2]['steps_per_second']:.0f} steps/s, curriculum from size {first} to {last}")
assert last > first, "no learning: the curriculum did not reach a larger size"
END
}

check "one GPU" "$build/bin/gpu_test" --gtest_brief=1
check "the evaluator on one GPU" "$build/bin/evaluator_gpu_test" --gtest_brief=1
if [ "$gpus" -ge 2 ]; then
  check "two GPUs" mpirun -n 2 "$build/bin/gpu_test" --gtest_brief=1
else
  echo "two GPUs: SKIPPED, this machine has one"
fi
check "more ranks than GPUs" shared_gpu_is_refused
check "training for 60 s" trains_and_resumes
[ ${#failed[@]} -eq 0 ] || finish "FAILED: $(printf '%s; ' "${failed[@]}")" 1
finish "PASSED on $gpus GPU(s)" 0
