"""Reads and writes safetensors files, independently of the programs under test."""
import json
import struct

import numpy as np

DTYPES = {"F32": "<f4", "I64": "<i8", "U8": "|u1"}


def read_safetensors(path):
    """Returns tensors and metadata. Checks the format strictly: padding to 8 bytes, contiguous tensors, no duplicate keys."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    assert (8 + length) % 8 == 0, "data does not begin at a multiple of 8"
    header = json.loads(data[8:8 + length], object_pairs_hook=lambda pairs: dict(no_duplicates(pairs)))
    metadata = header.pop("__metadata__", {})
    assert all(isinstance(value, str) for value in metadata.values())
    tensors, end = {}, 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        assert set(entry) == {"dtype", "shape", "data_offsets"}, entry
        begin, next_end = entry["data_offsets"]
        assert begin == end, f"a gap or an overlap before {name}"
        dtype = DTYPES[entry["dtype"]]
        values = np.frombuffer(data[8 + length + begin:8 + length + next_end], dtype)
        tensors[name], end = values.reshape(entry["shape"]), next_end
    assert 8 + length + end == len(data), "data after the last tensor"
    return tensors, metadata


def no_duplicates(pairs):
    assert len({key for key, _ in pairs}) == len(pairs), "a duplicate key"
    return pairs


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, values in tensors.items():
        (dtype,) = [key for key, kind in DTYPES.items() if np.dtype(kind) == values.dtype]
        header[name] = {"dtype": dtype, "shape": values.shape, "data_offsets": [len(data), len(data) + values.nbytes]}
        data += values.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
