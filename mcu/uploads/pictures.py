"""Pictures without what they tell about their maker: no EXIF, XMP, place, comment or tail; the right side up."""

from __future__ import annotations

import io
from typing import IO, Any, Final

from PIL import Image, ImageOps, ImageSequence

from mcu.uploads import kinds
from mcu.uploads.kinds import FileType, Refused

PIXELS: Final = 64_000_000  # of a picture
_ALL_FRAMES: Final = 40_000_000  # of an animation together
_PROFILE: Final = 64 * 1024  # a profile of colours; longer ones are no profiles of a camera
_ORIENTATION: Final = 0x0112
_FORMATS: Final = {kinds.JPEG: ("JPEG", "MPO"), kinds.PNG: ("PNG",), kinds.WEBP: ("WEBP",), kinds.GIF: ("GIF",)}
# What belongs to the picture itself and not to the story of its making.
_KEPT: Final = ("transparency", "background", "duration", "loop", "disposal", "blend", "gamma")
_BROKEN: Final = "изображение повреждено: его не открыть. Сохраните его заново"


def cleaned(file: IO[bytes], found: FileType) -> bytes:
    """The picture made anew from its points alone."""
    file.seek(0)
    try:
        with Image.open(file, formats=_FORMATS[found]) as picture:
            _check_size(picture)
            frames = getattr(picture, "n_frames", 1)
            # A second picture of an MPO is the same view for another eye or the screen of a camera.
            if frames > 1 and found is not kinds.JPEG:
                return _animation(picture, found, frames)
            return _still(picture, found)
    except Image.DecompressionBombError:
        raise Refused(_too_large("больше 170")) from None
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError):
        raise Refused(_BROKEN) from None


def _check_size(picture: Image.Image) -> None:
    points = picture.width * picture.height
    if points > PIXELS:
        raise Refused(_too_large(str(points // 1_000_000)))


def _too_large(megapixels: str) -> str:
    return f"в изображении {megapixels} мегапикселей, принимается до {PIXELS // 1_000_000}. Уменьшите его"


def _still(picture: Image.Image, found: FileType) -> bytes:
    turned = picture.getexif().get(_ORIENTATION, 1) not in (0, 1)
    picture.load()
    options: dict[str, Any] = {}
    if found is kinds.JPEG:
        # Not turned, the picture keeps its own tables and loses next to nothing.
        options = {"quality": 92, "optimize": True} if turned or picture.format != "JPEG" else {"quality": "keep"}
    elif found is kinds.WEBP:
        options = {"quality": 90}
    profile = picture.info.get("icc_profile")
    if profile and len(profile) <= _PROFILE:
        options["icc_profile"] = profile
    made = ImageOps.exif_transpose(picture) if turned else picture
    return _saved(made, found, options)


def _animation(picture: Image.Image, found: FileType, frames: int) -> bytes:
    if picture.width * picture.height * frames > _ALL_FRAMES:
        raise Refused("в анимации слишком много кадров. Приложите её как видео MP4 или один снимок")
    pages = [frame.copy() for frame in ImageSequence.Iterator(picture)]
    for page in pages:
        page.info = _own(page.info)
    durations = [round(page.info.get("duration", 100)) for page in pages]
    options = {"save_all": True, "append_images": pages[1:], "duration": durations, "loop": picture.info.get("loop", 0)}
    return _saved(pages[0], found, options)


def _saved(picture: Image.Image, found: FileType, options: dict[str, Any]) -> bytes:
    picture.info = _own(picture.info)
    out = io.BytesIO()
    picture.save(out, format=_FORMATS[found][0], **options)
    return out.getvalue()


def _own(info: dict[str | tuple[int, int], Any]) -> dict[str | tuple[int, int], Any]:
    return {name: info[name] for name in _KEPT if name in info}
