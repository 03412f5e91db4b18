"""Write a GGUF file, version 3: metadata, F32 and Q8_0 tensors, alignment 32."""
import struct

import numpy

U32, I32, F32, BOOL, STRING, ARRAY, U64 = 4, 5, 6, 7, 8, 9, 10
TENSOR_TYPES = {"f32": 0, "q8_0": 8}
ALIGNMENT = 32
BLOCK = 32


def q8_0(array):
    """Blocks of 32 along the last axis: half-precision scales and signed bytes."""
    blocks = numpy.ascontiguousarray(array, dtype=numpy.float32).reshape(-1, BLOCK)
    scales = (numpy.abs(blocks).max(axis=1) / 127.0).astype(numpy.float32)
    inverse = numpy.divide(1.0, scales, out=numpy.zeros_like(scales), where=scales > 0)
    values = numpy.round(blocks * inverse[:, None]).clip(-127, 127).astype(numpy.int8)
    return scales.astype(numpy.float16), values


def q8_0_restore(scales, values):
    return scales.astype(numpy.float32)[:, None] * values.astype(numpy.float32)


def _text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def _padding(length):
    return b"\0" * (-length % ALIGNMENT)


class Writer:
    def __init__(self):
        self.entries = []
        self.tensors = []

    def _add(self, key, kind, payload):
        self.entries.append(_text(key) + struct.pack("<I", kind) + payload)

    def u32(self, key, value):
        self._add(key, U32, struct.pack("<I", value))

    def u64(self, key, value):
        self._add(key, U64, struct.pack("<Q", value))

    def f32(self, key, value):
        self._add(key, F32, struct.pack("<f", value))

    def boolean(self, key, value):
        self._add(key, BOOL, struct.pack("<?", value))

    def string(self, key, value):
        self._add(key, STRING, _text(value))

    def _array(self, key, kind, count, payload):
        self._add(key, ARRAY, struct.pack("<IQ", kind, count) + payload)

    def strings(self, key, values):
        self._array(key, STRING, len(values), b"".join(map(_text, values)))

    def floats(self, key, values):
        self._array(key, F32, len(values), struct.pack(f"<{len(values)}f", *values))

    def ints(self, key, values):
        self._array(key, I32, len(values), struct.pack(f"<{len(values)}i", *values))

    def tensor(self, name, array, kind):
        """array in row-major order; GGUF lists its dimensions from the fastest."""
        if kind == "q8_0":
            if array.shape[-1] % BLOCK:
                raise ValueError(f"{name}: rows of {array.shape[-1]} do not divide into blocks of {BLOCK}")
            scales, values = q8_0(array)
            packed = numpy.empty(len(values), dtype=[("scale", "<f2"), ("values", "i1", BLOCK)])
            packed["scale"], packed["values"] = scales, values
            data = packed.tobytes()
        else:
            data = numpy.ascontiguousarray(array, dtype="<f4").tobytes()
        self.tensors.append((name, array.shape[::-1], TENSOR_TYPES[kind], data))

    def write(self, path):
        head = struct.pack("<4sIQQ", b"GGUF", 3, len(self.tensors), len(self.entries)) + b"".join(self.entries)
        offset = 0
        for name, shape, kind, data in self.tensors:
            head += _text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)
            offset += len(data) + len(_padding(len(data)))
        with open(path, "wb") as file:
            file.write(head + _padding(len(head)))
            for _, _, _, data in self.tensors:
                file.write(data + _padding(len(data)))
