"""Makes quarter-hours.bin and index.bin: SML transmissions of a made-up meter, one with a clock and one without."""

from pathlib import Path

HERE = Path(__file__).parent
START = 1_772_355_600  # 2026-03-01T10:00:00+01:00


def crc(data):
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0x8408 if value & 1 else value >> 1
    return (value ^ 0xFFFF).to_bytes(2, "little")


def octets(data):
    length = len(data) + 1
    if length < 16:
        return bytes([length]) + data
    length += 1
    return bytes([0x80 | length >> 4, length & 15]) + data


def unsigned(value, size):
    return bytes([0x60 | size + 1]) + value.to_bytes(size, "big")


def signed(value, size):
    return bytes([0x50 | size + 1]) + value.to_bytes(size, "big", signed=True)


def items(*parts):
    return bytes([0x70 | len(parts)]) + b"".join(parts)


NONE = b"\x01"
SERVER = bytes.fromhex("0a01545354000012d687")


def message(number, tag, body):
    head = b"\x76" + octets(number.to_bytes(4, "big")) + unsigned(0, 1) + unsigned(0, 1)
    whole = head + items(unsigned(tag, 4), body)
    return whole + b"\x63" + crc(whole) + b"\x00"


def entry(obis, unit, scaler, value, status=NONE):
    return items(octets(bytes.fromhex(obis)), status, NONE, unit, scaler, value, NONE)


def transmission(number, time, bought, sold):
    opened = message(number, 0x0101, items(NONE, NONE, octets(b"file"), octets(SERVER), NONE, NONE))
    wh = unsigned(30, 1)
    entries = items(
        entry("010060320101", NONE, NONE, octets(b"TST")),
        entry("0100600100ff", NONE, NONE, octets(SERVER)),
        entry("0100010800ff", wh, signed(-1, 1), unsigned(bought, 8), unsigned(0x1C0104, 4)),
        entry("0100020800ff", wh, signed(0, 1), signed(sold, 5)),
        entry("0100100700ff", unsigned(27, 1), signed(0, 1), signed(-513, 2)),
    )
    listed = message(number + 1, 0x0701, items(NONE, octets(SERVER), octets(b"\x01\x00\x62\x0a\xff\xff"), time, entries, NONE, NONE))
    closed = message(number + 2, 0x0201, items(NONE))
    content = (opened + listed + closed).replace(b"\x1b" * 4, b"\x1b" * 8)
    bytes_ = b"\x1b\x1b\x1b\x1b\x01\x01\x01\x01" + content
    padding = -len(content) % 4
    bytes_ += bytes(padding) + b"\x1b\x1b\x1b\x1b\x1a" + bytes([padding])
    return bytes_ + crc(bytes_)


def main():
    for name, kind, zero in [("quarter-hours.bin", 2, START), ("index.bin", 1, 0x1B1B1B1B - 450)]:
        out = b""
        for n in range(9):
            time = items(unsigned(kind, 1), unsigned(zero + 450 * n, 4))
            # 62.5 Wh bought in every 7.5 minutes, 7 Wh sold.
            out += transmission(3 * n, time, 123_456_785 + 625 * n, 4_000 + 7 * n)
        (HERE / name).write_bytes(out)


main()
