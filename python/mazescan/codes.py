"""Activations that are stored as codes of a quantisation, or compressed by the filter SEG, as numpy arrays.

    with h5py.File(shard) as file:
        activations = codes.values(file["activations"]["embedder.fc"])      # float32, whatever is stored

The filter needs no plug-in here: without one, chunks are read as they are and decoded by numpy. docs/dataset.md specifies
the streams. Needs h5py.
"""
from __future__ import annotations

import functools

import h5py
import numpy as np

SEG = 441  # the identifier of the filter
BEST_K = 255  # a parameter of it: the k with which a chunk is the shortest
_FLETCHER32 = 3
_HEADER, _MAX_K, _MAX_ZEROS = 7, 16, 16
_RAW, _ZIGZAG, _TWO_BYTES = 1, 2, 4


def _error(problem: str, reason: str, hint: str = "an undamaged copy; mazescan-evaluator verify shows all damage") -> ValueError:
    return ValueError(f"{problem}\n  reason: {reason}\n  hint:   {hint}")


def values(dataset: h5py.Dataset, begin: int = 0, end: int | None = None) -> np.ndarray:
    """Returns the rows from `begin` to `end` of the activations of a layer: codes as float32, floats as they are stored.

    Raises:
        ValueError: a chunk is damaged, or of another version of the codec.
    """
    rows = stored(dataset, begin, end)
    if "lo" not in dataset.attrs:
        return rows
    lo, hi, bits = (dataset.attrs[name] for name in ("lo", "hi", "bits"))
    step = (hi - lo) / (2.0 ** int(bits) - 1)
    return (lo + rows * np.float64(step)).astype(np.float32)


def read_values(dataset: h5py.Dataset, begin: int, end: int, out: np.ndarray) -> None:
    """Writes `values` of these rows into a contiguous array of `value_type`, without a copy in between if that is possible."""
    if needs_plugin(dataset) or "lo" in dataset.attrs:
        out[:] = values(dataset, begin, end)
    else:
        dataset.read_direct(out, np.s_[begin:end])


def value_type(dataset: h5py.Dataset) -> np.dtype:
    """Returns the type of `values`."""
    return np.dtype(np.float32) if "lo" in dataset.attrs else dataset.dtype


def stored(dataset: h5py.Dataset, begin: int = 0, end: int | None = None) -> np.ndarray:
    """Returns the rows from `begin` to `end` as they are stored. Decodes SEG here if h5py has no plug-in for it."""
    if not needs_plugin(dataset):
        try:
            return dataset[begin:end]
        except OSError:
            if str(SEG) not in dataset._filters:
                raise  # otherwise decode here, which says what is wrong
    begin, end, _ = slice(begin, end).indices(len(dataset))
    rows = np.empty((max(end - begin, 0), *dataset.shape[1:]), dataset.dtype)
    step = dataset.chunks[0]
    if dataset.chunks[1:] != dataset.shape[1:]:
        raise _error(f"{dataset.name} has chunks of parts of rows", "mazescan writes whole samples", "the shard as it was written")
    for first in range(begin - begin % step, end, step):
        chunk = _chunk(dataset, first)
        low, high = max(begin, first), min(end, first + step)
        rows[low - begin:high - begin] = chunk[low - first:high - first]
    return rows


def needs_plugin(dataset: h5py.Dataset) -> bool:
    """Returns whether h5py cannot read the dataset itself."""
    return str(SEG) in dataset._filters and not h5py.h5z.filter_avail(SEG)


def _chunk(dataset: h5py.Dataset, first: int) -> np.ndarray:
    """Reads the chunk whose first row is `first`."""
    place = f"{dataset.file.filename}: {dataset.name}, chunk of row {first}"
    try:
        skipped, data = dataset.id.read_direct_chunk((first,) + (0,) * (dataset.ndim - 1))
    except (OSError, ValueError, RuntimeError) as error:
        raise _error(f"{place} cannot be read", str(error)) from error
    count = int(np.prod(dataset.chunks))
    plist = dataset.id.get_create_plist()
    elements = None
    for i in reversed(range(plist.get_nfilters())):
        number, _, parameters, _ = plist.get_filter(i)
        if skipped >> i & 1:
            continue
        if number == _FLETCHER32:
            checksum = int.from_bytes(data[-4:], "little")
            data = data[:-4]
            if checksum != fletcher32(data):
                raise _error(f"{place} is damaged", "it has a wrong checksum")
        elif number == SEG and elements is None:
            try:
                elements = decode(data, dataset.dtype)
            except ValueError as error:
                raise _error(f"{place} is damaged", str(error)) from error
        else:
            raise _error(f"{place} cannot be read", f"it needs HDF5 filter {number} with the parameters {parameters}")
    if elements is None:
        elements = np.frombuffer(data, dataset.dtype)
    if len(elements) != count:
        raise _error(f"{place} is damaged", f"it has {len(elements)} elements, not {count}")
    return elements.reshape(dataset.chunks)


def fletcher32(data: bytes) -> int:
    """Returns the checksum that HDF5 stores after a chunk."""
    words = np.frombuffer(data + b"\0" * (len(data) % 2), ">u2").astype(np.uint64)
    weights = np.arange(len(words), 0, -1, dtype=np.uint64)
    first = second = 0
    for at in range(0, len(words), 1 << 20):  # parts whose sums fit into 64 bits
        part = words[at:at + (1 << 20)]
        first += int(part.sum())
        second += int((part * weights[at:at + (1 << 20)] % np.uint64(65535)).sum())
    folded = [0 if not words.any() else (total - 1) % 65535 + 1 for total in (first, second)]
    return folded[1] << 16 | folded[0]


def decode(stream: bytes, dtype: np.dtype | type) -> np.ndarray:
    """Returns the elements of a stream of the codec SEG.

    Args:
        stream: a chunk without its checksum.
        dtype: the type of the elements: an integer of one or two bytes.

    Raises:
        ValueError: the stream is malformed, of another version, or holds elements of another type.
    """
    dtype = np.dtype(dtype)
    flags = (_ZIGZAG if dtype.kind == "i" else 0) | (_TWO_BYTES if dtype.itemsize == 2 else 0)
    if len(stream) < _HEADER:
        raise ValueError("it is cut off")
    if stream[0] != 1:
        raise ValueError(f"it is of version {stream[0]} of the SEG codec, not 1")
    k, body, count = stream[1], stream[_HEADER:], int.from_bytes(stream[3:_HEADER], "little")
    if k > _MAX_K:
        raise ValueError("it has a k above 16")
    if stream[2] & ~_RAW != flags:
        raise ValueError("it holds elements of another type")
    if stream[2] & _RAW:
        if count * dtype.itemsize != len(body):
            raise ValueError("it claims another number of elements than it holds")
        return np.frombuffer(body, dtype)
    if count > 8 * len(body):
        raise ValueError("it claims another number of elements than it holds")
    numbers = _numbers(np.unpackbits(np.frombuffer(body, np.uint8)), body, k, count)
    if len(numbers) and numbers.max() >= 1 << 8 * dtype.itemsize:
        raise ValueError("it has a number that is too large")
    if flags & _ZIGZAG:
        numbers = numbers >> 1 ^ -(numbers & 1)
    return numbers.astype(dtype)


def _numbers(bits: np.ndarray, body: bytes, k: int, count: int) -> np.ndarray:
    """Returns the numbers of `count` code words, which must fill the bits but for a padding of zeros."""
    total = len(bits)
    places = np.arange(total, dtype=np.int64)
    one = np.minimum.accumulate(np.where(bits == 1, places, total)[::-1])[::-1]  # the next 1, here or later
    zeros = one - places - 1  # of a word that begins here with 0, after that 0
    after = memoryview(places + np.where(bits == 1, 1, 2 * zeros + 2 + k))
    starts = np.empty(count, np.int64)
    at = 0
    for i in range(count):
        if at >= total:
            raise ValueError("it is cut off")
        starts[i] = at
        at = after[at]
    if at > total:
        raise ValueError("it is cut off")
    if total - at >= 8:
        raise ValueError("it is longer than its numbers")
    if bits[at:].any():
        raise ValueError("it has bits after its last number")
    numbers = np.zeros(count, np.int64)
    above = np.flatnonzero(bits[starts] == 0)  # the indices of numbers above 0
    if len(above) == 0:
        return numbers
    first, length = one[starts[above]], zeros[starts[above]]
    if length.max() > _MAX_ZEROS:
        raise ValueError("it has a number that is too large")
    length += 1 + k
    padded = np.frombuffer(body + b"\0" * 8, np.uint8).astype(np.int64)
    window = functools.reduce(lambda bits_so_far, byte: bits_so_far << 8 | padded[(first >> 3) + byte], range(6),
                              np.zeros(len(first), np.int64))
    numbers[above] = (window >> (48 - (first & 7) - length) & ((1 << length) - 1)) - (1 << k) + 1
    return numbers
