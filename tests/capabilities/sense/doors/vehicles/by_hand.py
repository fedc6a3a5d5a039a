"""Frames of our own making, written by hand from the layouts in docs/doors; no encoder of ours made these bytes, nor are they
recordings. The check of each was reckoned by itself."""


def _wire(text: str) -> bytes:
    return bytes.fromhex(text)


GB_VIN = "4c 53 41 4d 50 4c 45 30 30 30 30 30 30 30 30 30 31"  # LSAMPLE0000000001
GB_TIME = "1a 0b 17 08 1e 05"  # 2026-11-23 08:30:05 in Beijing

GB_LOGIN = _wire(
    f"23 23 01 fe {GB_VIN} 01 00 1e {GB_TIME}"
    " 00 01"  # the first login of the day
    " 38 39 38 36 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 31"  # ICCID 89860000000000000001
    " 01 00 b0"  # one battery whose code has no length
)
GB_LOGIN_ANSWER = _wire(f"23 23 01 01 {GB_VIN} 01 00 06 {GB_TIME} 59")
GB_REPORT = _wire(
    f"23 23 02 fe {GB_VIN} 01 00 42 {GB_TIME}"
    " 01 01 03 01 02 8f 00 01 e2 40 0e 80 28 0f 51 01 2e 07 d0 21 00"  # vehicle: 65.5 km/h, 12,345.6 km, 371.2 V, 25.5 A, 81 %
    " 02 01 01 01 5a 55 f0 4e 84 64 0e 80 27 74"  # motor 1: 50 ℃, 2,000 r/min, 10 N·m, 60 ℃, 371.2 V, 10 A
    " 05 00 06 59 d9 04 01 c3 18 82"  # 106.551556° E, 29.563010° N
    " 06 01 05 0e d8 01 09 0e c4 01 02 41 01 03 3c"  # 3.800 V in cell 5, 3.780 V in cell 9, 25 ℃ at probe 2, 20 ℃ at probe 3
    " d6"
)
GB_HEARTBEAT = _wire(f"23 23 07 fe {GB_VIN} 01 00 00 b3")
GB_HEARTBEAT_ANSWER = _wire(f"23 23 07 01 {GB_VIN} 01 00 00 4c")
GB_LOGOUT = _wire(f"23 23 04 fe {GB_VIN} 01 00 08 {GB_TIME} 00 01 ac")

JT_PHONE = "01 38 00 00 00 01"
JT_REGISTER = _wire(
    f"7e 01 00 00 2d {JT_PHONE} 00 01"
    " 00 32 00 01 53 4d 50 4c 00"  # province 50, city 1, manufacturer SMPL
    " 4d 4f 44 45 4c 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"  # MODEL
    " 53 41 4d 50 4c 45 31"  # terminal SAMPLE1
    " 01 d3 e5 41 30 30 30 30 31 1b 7e"  # blue, 渝A00001 in GBK
)
JT_HEARTBEAT = _wire(f"7e 00 02 00 00 {JT_PHONE} 00 7d 01 47 7e")  # serial 007D
JT_POSITION = _wire(
    f"7e 02 00 00 2c {JT_PHONE} 00 7d 02"  # serial 007E
    " 00 00 00 01 00 00 00 03"  # SOS; ignition on, fix
    " 01 c3 18 82 06 59 d9 04 01 03 02 8f 00 b7"  # 29.563010° N, 106.551556° E, 259 m, 65.5 km/h, 183°
    " 26 11 23 08 30 05"
    " 01 04 00 01 e2 40 02 02 00 7d 01 30 01 15 31 01 09"  # 12,345.6 km, 12.5 L, signal 21, 9 satellites
    " 67 7e"
)
JT_POSITION_2019 = _wire(
    "7e 02 00 40 1c 01 00 00 00 00 01 38 00 00 00 01 00 02"
    " 00 00 00 00 00 00 00 0f"  # ignition on, fix, south, west
    " 00 16 e3 60 00 26 25 a0 ff f6 00 00 00 00"  # 1.5° S, 2.5° W, ten metres below the sea
    " 26 11 23 08 30 05 7c 7e"
)
