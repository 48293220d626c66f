"""The kernels of data/isa/kernels, written again in Python: what each must return."""

import struct
import zlib
from math import gcd

M32, M64 = (1 << 32) - 1, (1 << 64) - 1


def sort(n):
    seed, values = 1, []
    for _ in range(n):
        seed = (seed * 1664525 + 1013904223) & M32
        values.append(seed >> 8)
    return sum(place * value for place, value in enumerate(sorted(values), 1))


def random(n):
    state, total = 88172645463325252, 0
    for _ in range(n):
        state ^= state >> 12
        state ^= state << 25 & M64
        state ^= state >> 27
        total += state * 2685821657736338717
    return total & M64


def sparse(n):
    x = [row % 7 + 1 for row in range(n)]
    total = 0
    for row in range(n):
        near = (x[row + apart] for apart in (-16, -1, 1, 16) if 0 <= row + apart < n)
        total += (4 * x[row] - sum(near)) * (row + 1)
    return total & M64


def stream(n):
    return sum(3 * i + 3 * (i + 3 * i) for i in range(n))


def branches(n):
    steps = 0
    for number in range(1, n):
        while number != 1:
            number = 3 * number + 1 if number % 2 else number // 2
            steps += 1
    return steps


def hash(n):
    low, high = 0x9E3779B9, 0x85EBCA6B
    text = bytes((i * 31 + (i >> 3)) & 255 for i in range(n))
    for (word,) in struct.iter_unpack("<I", text[: n // 4 * 4]):
        low = (turned(low ^ word, 13) * 5 + high) & M32
        high = turned((high + word) & M32, 7) ^ low
    return high << 32 | low


def turned(word, by):
    return (word << by | word >> 32 - by) & M32


def integer_product(n):
    a = [[(3 * i + j) % 11 - 5 for j in range(n)] for i in range(n)]
    b = [[(i + 5 * j) % 13 - 6 for j in range(n)] for i in range(n)]
    result = 0
    for row in a:
        for j in range(n):
            result = (result * 31 + sum(row[k] * b[k][j] for k in range(n))) & M32
    return result


def float_product(n):
    a = [[1.0 / (i + j + 1) for j in range(n)] for i in range(n)]
    b = [[(i - j) * 0.1 for j in range(n)] for i in range(n)]
    total = 0.0
    for row in a:
        for j in range(n):
            dot = 0.0
            for k in range(n):  # not by sum(), which rounds once
                dot += row[k] * b[k][j]
            total += dot
    return struct.unpack("<Q", struct.pack("<d", total))[0]


def chase(n):
    here, total = 0, 0
    for _ in range(n):
        total += here * here
        here = (here * 5 + 3) % 256
    return total * 256 + here


def crc(n):
    return zlib.crc32(bytes((i * 7 + 1) & 255 for i in range(n)))


def division(n):
    total = 0
    for i in range(1, n + 1):
        a, b = i * 982451653 + 17, i * i + 1
        total += a // b + gcd(a, b)
    return total


def network(n):
    total = sum((0x0A000001 + i) ^ (i * 4099 & M32) for i in range(n))
    for i in range(n):
        total = (total * 33 + (i & 0xFFFF)) & M64
    return total


TWINS = {
    twin.__name__: twin
    for twin in (
        sort,
        random,
        sparse,
        stream,
        branches,
        hash,
        integer_product,
        float_product,
        chase,
        crc,
        division,
        network,
    )
}
