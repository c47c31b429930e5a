"""Computes payload hashes as docs/dataset.md defines them, independently of the programs."""
import struct

import h5py
import xxhash

from programs import text

RECORD_UNIT = ("format", "format_version", "size", "placement", "chunk", "sampling", "seed", "limit", "region", "policy_hash",
        "record_key")


def scan_payload_hash(shard):
    """Computes the payload hash as in docs/dataset.md, section "Payload hash of a shard of a scan"."""
    digest = xxhash.xxh3_128()
    for name in ("format", "format_version", "size", "placement", "chunk", "limit", "region", "scan_key"):
        digest.update(f"{name}={text(shard.attrs[name])}\n".encode())
    for path in sorted(datasets(shard), key=str.encode):
        values = shard[path][()]
        digest.update(f"{path} {values.dtype} {'x'.join(map(str, values.shape))}\n".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()


def datasets(shard):
    """Returns the paths of the HDF5 datasets of the payload."""
    paths = []
    for group in ("episodes", "exact", "activations", "fields"):
        shard[group].visititems(lambda name, item: paths.append(f"/{group}/{name}")
                                if isinstance(item, h5py.Dataset) else None)
    return paths


def record_payload_hash(shard):
    """Computes the payload hash as in docs/dataset.md, section "Payload hash of a shard of activations"."""
    payload = xxhash.xxh3_128()
    for name in RECORD_UNIT:
        payload.update(f"{name}={text(shard.attrs[name])}\n".encode())
    paths = []
    for group in ("activations", "levels", "samples"):
        shard[group].visititems(lambda name, item: paths.append(f"/{group}/{name}")
                                if isinstance(item, h5py.Dataset) else None)
    for path in sorted(paths, key=str.encode):
        values, attributes = shard[path][()], shard[path].attrs
        meaning = struct.pack("<ddqq", *(attributes[a] for a in ("lo", "hi", "bits", "clipped"))) if "lo" in attributes else b""
        elements = xxhash.xxh3_128(values.tobytes() + meaning).hexdigest()
        payload.update(f"{path} {values.dtype} {'x'.join(map(str, values.shape))} {elements}\n".encode())
    return payload.hexdigest()
