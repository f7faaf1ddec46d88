"""Sound and film: the few bytes of their structure that tell them from anything that only begins like them."""

from __future__ import annotations

import struct
from typing import IO, Final

_BOXES: Final = 10_000
_PADDING: Final = 64 * 1024  # zeros that some writers leave between a tag and the sound

# Kilobits a second and samples a second of MPEG 1, 2 and 2.5 layer III, by the numbers of the frame's header.
_RATES_1: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_RATES_2: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_SAMPLES: Final = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


def has_movie(file: IO[bytes]) -> bool:
    """Whether the boxes follow one another and one of them is the table of contents, without which nothing plays."""
    size = file.seek(0, 2)
    place = 0
    for _ in range(_BOXES):
        if place + 8 > size:
            return False
        file.seek(place)
        header = file.read(16)
        length, name = struct.unpack(">I4s", header[:8])
        if name in (b"moov", b"moof"):
            return True
        if length == 1 and len(header) == 16:
            length = struct.unpack(">Q", header[8:])[0]
        if length < 8:  # 0: the last box, up to the end of the file
            return False
        place += length
    return False


def is_ogg_sound(head: bytes) -> bool:
    """Whether the first page of an Ogg stream begins a sound."""
    return any(codec in head[:128] for codec in (b"OpusHead", b"\x01vorbis", b"Speex   ", b"\x7fFLAC"))


def is_mp3(file: IO[bytes], head: bytes) -> bool:
    """Whether two frames of layer III follow one another, after a tag if there is one."""
    start = 0
    if head[:3] == b"ID3" and len(head) >= 10:
        start = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    file.seek(start)
    near = file.read(_PADDING)
    first = len(near) - len(near.lstrip(b"\x00"))
    length = _frame(near[first : first + 4])
    if not length:
        return False
    file.seek(start + first + length)
    following = file.read(4)
    return bool(_frame(following)) or (following == b"" and start > 0)


def _frame(header: bytes) -> int:
    """The length of the frame that begins so, 0 if none does."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0 or header[1] & 0x06 != 0x02:
        return 0
    version, rate, sample = (header[1] >> 3) & 3, header[2] >> 4, (header[2] >> 2) & 3
    if version == 1 or rate in (0, 15) or sample == 3:
        return 0
    kilobits = (_RATES_1 if version == 3 else _RATES_2)[rate]
    return (144 if version == 3 else 72) * kilobits * 1000 // _SAMPLES[version][sample] + ((header[2] >> 1) & 1)
