"""Makes autumn.txt: telegrams of a made-up meter every five minutes through the night in which summer time ends."""

from datetime import datetime, timedelta, timezone
from pathlib import Path


def crc(data):
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return value


def telegram(time, low, high, back):
    # Summer time ends at 01:00 UTC.
    summer = time < datetime(2026, 10, 25, 1, tzinfo=timezone.utc)
    local = time + timedelta(hours=2 if summer else 1)
    lines = [
        "/TST5\\2MADE-UP-METER", "", "1-3:0.2.8(50)", f"0-0:1.0.0({local:%y%m%d%H%M%S}{'S' if summer else 'W'})",
        "0-0:96.1.1(5445535430303031323334353637)", f"1-0:1.8.1({low / 1000:010.3f}*kWh)",
        f"1-0:1.8.2({high / 1000:010.3f}*kWh)", f"1-0:2.8.1({back / 1000:010.3f}*kWh)",
        "1-0:2.8.2(000000.000*kWh)", "0-0:96.14.0(0001)", "1-0:1.7.0(00.240*kW)", "1-0:2.7.0(00.000*kW)",
        "0-0:96.13.0()", "0-1:24.1.0(003)", "0-1:96.1.0(5445535447415330303031)",
        "0-1:24.2.1(261025010500S)(00123.456*m3)", "!",
    ]
    text = "\r\n".join(lines).encode()
    return text + f"{crc(text):04X}\r\n".encode()


def main():
    start = datetime(2026, 10, 24, 22, tzinfo=timezone.utc)
    out = b""
    for n in range(6 * 12 + 1):
        # 20 Wh of the low tariff every five minutes, 5 Wh of the high one in every hour, nothing back.
        out += telegram(start + timedelta(minutes=5 * n), 1_234_567 + 20 * n, 765_432 + 5 * (n // 12), 4_321)
    Path(__file__).with_name("autumn.txt").write_bytes(out)


main()
