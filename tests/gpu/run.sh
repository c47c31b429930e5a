#!/usr/bin/env bash
# What a machine with GPUs must pass: tests/gpu/run.sh [BUILD]   (build/cuda, as ./run cuda makes it)
# Ends with a verdict. Status 0: passed; 1: failed; 77: skipped, for want of a GPU or of a build that can use one.
set -uo pipefail
cd "$(dirname "$0")/../.."
build=${1:-build/cuda}
export NVIDIA_TF32_OVERRIDE=0  # the CPU is compared with float32, not with TensorFloat-32
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

verdict() { printf '\n######## GPU TESTS %s\n' "$1"; exit "$2"; }
step() { printf '\n== %s\n' "$1"; }

gpus=$(nvidia-smi -L 2>/dev/null | grep -c '^GPU')
[ "$gpus" -gt 0 ] || verdict "SKIPPED: this machine has no GPU (nvidia-smi -L lists none)" 77
ldd "$build/bin/mazescan-trainer" | grep -q libtorch_cuda || verdict "SKIPPED: $build is not a CUDA build (./run cuda makes one)" 77
nvidia-smi -L

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
config=(configs/quickstart.yaml --set "run=$folder/run" --set train.device=cuda --set train.steps=2000000000)
failed=()
check() {  # NAME COMMAND...
  step "$1"
  "${@:2}" || { failed+=("$1"); echo "FAILED: $1"; }
}
refused() {  # two ranks that are shown one GPU: ended, with the reason
  ! CUDA_VISIBLE_DEVICES=0 mpirun --oversubscribe -n 2 "$build/bin/mazescan-trainer" "${config[@]}" 2>&1 | tee "$folder/refused" &&
    grep -q 'would share' "$folder/refused"
}
# 60 seconds on one GPU, stopped as a scheduler stops it; then the same command goes on.
trains() {
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
print(f"{len(lines)} updates, {lines[-2]['steps_per_second']:.0f} steps/s, the curriculum went from size {first} to {last}")
assert last > first, "it has not learned: nothing was mastered that lets the next size in"
END
}

check "one GPU" "$build/bin/gpu_test" --gtest_brief=1
check "the evaluator on one GPU" "$build/bin/evaluator_gpu_test" --gtest_brief=1
if [ "$gpus" -ge 2 ]; then
  check "two GPUs" mpirun -n 2 "$build/bin/gpu_test" --gtest_brief=1
else
  echo "two GPUs: SKIPPED, there is one"
fi
check "more ranks than GPUs" refused
check "training for 60 s" trains
[ ${#failed[@]} -eq 0 ] || verdict "FAILED: $(printf '%s; ' "${failed[@]}")" 1
verdict "PASSED on $gpus GPU(s)" 0
