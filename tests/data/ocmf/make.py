"""Makes this folder's records and keys. Signs with the openssl command line tool, which shares no code with Wattproof."""

import base64
import json
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
CURVES = {
    "secp256r1": "prime256v1",
    "secp256k1": "secp256k1",
    "brainpool256r1": "brainpoolP256r1",
    "secp384r1": "secp384r1",
    "brainpool384r1": "brainpoolP384r1",
    "secp192r1": "prime192v1",
}


def openssl(*arguments, stdin=None):
    return subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=True).stdout


def key(folder, curve):
    path = Path(folder) / f"{curve}.key"
    openssl("ecparam", "-name", CURVES[curve], "-genkey", "-noout", "-out", str(path))
    return path


def record(key, payload, curve=None, encode=None):
    text = json.dumps(payload, separators=(",", ":")) if isinstance(payload, dict) else payload
    signed = openssl("dgst", "-sha256", "-sign", str(key), stdin=text.encode())
    signature = {} if curve is None else {"SA": f"ECDSA-{curve}-SHA256"}
    if encode:
        signature |= {"SE": "base64", "SD": base64.b64encode(signed).decode()}
    else:
        signature["SD"] = signed.hex().upper()
    return f"OCMF|{text}|{json.dumps(signature)}"


def payload(page, readings):
    return {
        "FV": "1.1", "GI": "Test station", "GS": "GW-1", "GV": "1.0", "PG": page, "MV": "Test", "MM": "Meter",
        "MS": "TEST-0001", "MF": "1.0", "IS": False, "IL": "NONE", "IF": [], "IT": "NONE", "ID": "", "RD": readings,
    }


def reading(time, value, mark=None, **more):
    whole = {"TM": f"2026-03-01T{time},000+0100 S", "TX": mark, "RV": value, "RI": "01-00:01.08.00*FF", "RU": "kWh",
             "RT": "AC", "EF": "", "ST": "G"} | more
    return {name: value for name, value in whole.items() if value is not None}


SESSION = payload("T7", [
    reading("09:07:00", 100.25, "B"),
    {"TM": "2026-03-01T09:15:00,000+0100 S", "TX": "C", "RV": 100.5, "ST": "G"},
    {"TM": "2026-03-01T09:30:00,000+0100 S", "RV": 101.125, "ST": "G"},
    {"TM": "2026-03-01T09:45:00,000+0100 S", "RV": 101.875, "ST": "G"},
    {"TM": "2026-03-01T09:52:30,000+0100 S", "TX": "E", "RV": 102, "ST": "G"},
])


def day(key):
    """A morning of quarter hours, and two sessions: one in a record, one in two that are given in the wrong order."""
    value = {"08:00": 500.0, "08:15": 500.0, "08:30": 502.75, "08:45": 505.5, "09:00": 506.0, "09:15": 506.0,
             "09:30": 506.0, "09:45": 508.0, "10:00": 509.5}
    lines = [record(key, payload(f"F{n}", [reading(f"{time}:00", v)])) for n, (time, v) in enumerate(value.items(), 40)]
    one = payload("T11", [reading("08:15:20", 500.0, "B"), reading("08:50:05", 506.0, "L")])
    begin = payload("T12", [reading("09:33:10", 506.0, "B")])
    end = payload("T13", [reading("09:59:59", 509.5, "R")])
    return "\n".join([*lines, record(key, one), record(key, end), record(key, begin)]) + "\n"


def wrapped(key, public):
    one = record(key, payload("T1", [reading("10:00:00", "     9.038", "B")]), "secp256k1")
    two = record(key, payload("T2", [reading("10:15:00", "     9.538", "E")]), "secp256k1", "base64")
    spki = openssl("pkey", "-pubin", "-in", str(public), "-outform", "DER")
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<values>
  <value transactionId="1" context="Transaction.Begin">
    <signedData format="OCMF" encoding="plain">
      {one}
    </signedData>
    <publicKey encoding="hex">{spki.hex()}</publicKey>
  </value>
  <value transactionId="1" context="Transaction.End">
    <signedData format="OCMF" encoding="base64">{base64.b64encode(two.encode()).decode()}</signedData>
    <publicKey encoding="hex">{spki.hex()}</publicKey>
  </value>
</values>
"""


def main():
    with tempfile.TemporaryDirectory() as folder:
        for curve in CURVES:
            private = key(folder, curve)
            public = HERE / f"{curve}.pem"
            openssl("ec", "-in", str(private), "-pubout", "-out", str(public))
            name = None if curve == "secp256r1" else curve
            (HERE / f"{curve}.ocmf").write_text(record(private, SESSION, name) + "\n")
            if curve == "secp256r1":
                (HERE / "day.ocmf").write_text(day(private))
                openssl("req", "-new", "-x509", "-key", str(private), "-subj", "/CN=test meter", "-days", "3650",
                        "-out", str(HERE / "secp256r1.crt"))
            if curve == "secp256k1":
                (HERE / "wrapped.xml").write_text(wrapped(private, public))


main()
