"""Models one training update on many GPUs and prints the table of docs/scaling.md. Usage: python3 benchmarks/scaling_model.py

The model was not verified on that many GPUs. Constants marked `measured` come from `./run bench` on one core of the
README's machine. The others are assumptions: replace them by measurements of your site."""
import math

# configs/cluster_gpu.yaml: the network of the published maze policies on 64 x 64 frames, PPO.
CHANNELS, RESIDUAL_BLOCKS, FC, ACTIONS, SIDE = (64, 128, 128), 2, 256, 15, 64
HORIZON, EPOCHS, MINIBATCHES = 64, 3, 8
GROUPS = 2  # groups of mazes per learner: one is stepped while the network evaluates the other
MAZES_STRONG = 4096  # total over all GPUs
MAZES_WEAK = 1024  # per GPU

STEP = 1 / 19.6e6  # s per step of one hard maze on one core, without frames (measured: world/hard/states)
FRAME = 1 / 1.43e6 - STEP  # s per frame on one core (measured: world/hard/frames)
ACT = 0.2e-6  # s to sample one action on one core (assumed)
WORKERS = 4  # ranks that step the mazes of one learner

GPU_RATE = 30e12  # FLOP/s of the convolutions (assumed: an H100 in TF32, a tenth or less of its peak)
PASS_FLOOR = {"forward": 0.4e-3, "backward": 1.2e-3}  # s to launch the kernels of a pass (assumed: 10 us each)
OPTIMISER = 0.3e-3  # s per gradient step: clipping and Adam on one flat buffer (assumed)
NODE_GPUS, NODE_BANDWIDTH, NETWORK_BANDWIDTH = 8, 200e9, 40e9  # bytes/s of a ring in a node; between nodes (assumed)
NODE_LATENCY, NETWORK_LATENCY = 20e-6, 15e-6  # s per collective in a node; s added per doubling of nodes (assumed)
MESSAGE = 30e-6  # s per message of states or actions between nodes, including the receiver's wake-up (assumed)
REDUCTIONS, REDUCTION = 3, 50e-6  # MPI reductions of statistics per update; s per doubling of ranks (assumed)


def network():
    """Returns the number of parameters, and the FLOP per sample of a forward and of a backward pass."""
    parameters, flops, side, before = 0, [], SIDE, 3
    for channels in CHANNELS:
        convolutions = [(before, side)] + [(channels, side // 2)] * (2 * RESIDUAL_BLOCKS)
        for channels_in, at in convolutions:
            parameters += (9 * channels_in + 1) * channels
            flops.append(2 * 9 * channels_in * channels * at * at)
        side, before = side // 2, channels
    for inputs, outputs in ((before * side * side, FC), (FC, ACTIONS), (FC, 1)):
        parameters += (inputs + 1) * outputs
        flops.append(2 * inputs * outputs)
    return parameters, sum(flops), 2 * sum(flops) - flops[0]


PARAMETERS, FORWARD, BACKWARD = network()


def allreduce(gpus):
    """Returns the seconds to all-reduce one flat buffer of float32 gradients."""
    size = 4 * PARAMETERS
    inside, nodes = min(gpus, NODE_GPUS), max(1, gpus // NODE_GPUS)
    seconds = NODE_LATENCY + 2 * (inside - 1) / inside * size / NODE_BANDWIDTH if gpus > 1 else 0
    if nodes > 1:
        seconds += NETWORK_LATENCY * math.log2(nodes) + 2 * (nodes - 1) / nodes * size / NODE_GPUS / NETWORK_BANDWIDTH
    return seconds


def update(gpus, mazes):
    """Returns the seconds of each part of an update; `mazes` is the number per GPU."""
    group = mazes / GROUPS
    infer = max(PASS_FLOOR["forward"], group * FORWARD / GPU_RATE)
    learner = infer + group * (ACT + FRAME)  # the learner renders the frames
    worker = 2 * MESSAGE + group * STEP / WORKERS
    rollout = HORIZON * GROUPS * max(learner, worker / (GROUPS - 1))
    samples = mazes * HORIZON / MINIBATCHES
    compute = max(sum(PASS_FLOOR.values()), samples * (FORWARD + BACKWARD) / GPU_RATE)
    steps = EPOCHS * MINIBATCHES
    return {"rollout": rollout, "gradients": steps * (compute + OPTIMISER), "allreduce": steps * allreduce(gpus),
            "statistics": REDUCTIONS * REDUCTION * math.log2(gpus) if gpus > 1 else 0}


def main():
    print(f"{PARAMETERS:,} parameters, {FORWARD / 1e6:.0f} MFLOP forward, {BACKWARD / 1e6:.0f} backward a sample\n")
    for title, mazes_of in (("The same batch over more GPUs", lambda gpus: MAZES_STRONG / gpus),
                            ("The same batch on each GPU", lambda gpus: MAZES_WEAK)):
        print(f"| {title} | mazes a GPU | rollout | gradients | allreduce | statistics | update | steps/s | efficiency |")
        print("| --- |" + " --: |" * 8)
        one_gpu = None
        for gpus in (1, 8, 64, 512, 1024):
            mazes = mazes_of(gpus)
            parts = update(gpus, mazes)
            total = sum(parts.values())
            rate = mazes * gpus * HORIZON / total
            one_gpu = one_gpu or rate
            times = " | ".join(f"{1e3 * part:,.1f} ms" for part in parts.values())
            print(f"| {gpus} GPUs | {mazes:,.0f} | {times} | {1e3 * total:,.0f} ms | {rate:,.0f} | "
                  f"{rate / one_gpu / gpus:.0%} |")
        print()


if __name__ == "__main__":
    main()
