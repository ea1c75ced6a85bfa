"""DICOM pictures: as a viewer of the hospital shows them, by what the file says of brightness (modality and VOI lookup
tables, rescale slope and intercept, window). Without a window they are stretched, see app.images.tone_mapping.

pydicom is there only with the extra `dicom`; callers ask app.images.file_types first.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.images import budget, costs, decode_process
from app.images.budget import VIEW_BYTES
from app.images.file_types import install_command
from app.images.lean import check_wavelets
from app.images.pages import MOST_PAGES
from app.images.tone_mapping import check_size, contrast_of, stretched
from app.problem import Problem
from app.text import say, say_n

if TYPE_CHECKING:
    from pydicom import Dataset

_PREFIX_AT, _PREFIX = 128, b"DICM"
HEAD_BYTES = _PREFIX_AT + len(_PREFIX)
_DEFLATED = "1.2.840.10008.1.2.1.99"
_RLE = "1.2.840.10008.1.2.5"
_PICTURE_GROUP = 0x0028
_GROUPS = ("FrameVOILUTSequence", "PixelValueTransformationSequence")
_HEAD = ("NumberOfFrames", "Rows", "Columns")
_DATA = {0x7FE00008: "FloatPixelData", 0x7FE00009: "DoubleFloatPixelData", 0x7FE00010: "PixelData"}
_LONG_HEAD = (b"OB", b"OW", b"OF", b"OD", b"UN")
_MOST_BYTES_OF_A_PIXEL = 8
_BAND_PIXELS = 250_000


@contextmanager
def _told() -> Generator[None, None, None]:
    """What pydicom raises of its own on damaged files, as a Problem."""
    from pydicom.errors import BytesLengthException, InvalidDicomError

    logging.getLogger("pydicom").setLevel(logging.CRITICAL)  # when it is imported it sets another
    try:
        yield
    except (InvalidDicomError, BytesLengthException) as error:
        raise Problem(say("the picture is damaged.")) from error


def is_dicom(start: bytes) -> bool:
    """Whether the first bytes of a file are those of a DICOM file."""
    return start[_PREFIX_AT : _PREFIX_AT + 4] == _PREFIX


@_told()
def frames(file: Path) -> int:
    """Problem when it is damaged."""
    return _frames(_head(file))


@_told()
def size(file: Path) -> tuple[int, int]:
    """(width, height). Problem when it is damaged or too large."""
    return _size(_head(file))


@_told()
def alone(file: Path, frame: int) -> bytes:
    """A DICOM file of that frame, counted from 1, and of what says how it looks. The others are not read."""
    _refuse_deflated(file)
    with file.open("rb") as stream:
        whole = _read(stream, stop_before_pixels=True)
        made = _frame_of(whole, frame - 1)
        _size(made)
        tag, is_long = _data_head(stream, whole)
        if is_long:
            from pydicom.encaps import encapsulate, get_frame

            data = encapsulate([get_frame(stream, frame - 1, number_of_frames=_frames(whole))])
        else:
            length, rest = divmod(_stored_bits(made), 8)
            if rest:
                raise Problem(say("its frames begin within a byte; such files are not read."))
            stream.seek(length * (frame - 1), io.SEEK_CUR)
            data = stream.read(length)
        made.add_new(tag, "OB" if is_long else _vr(tag, made), data + bytes(len(data) % 2))
    written = io.BytesIO()
    made.save_as(written)
    return written.getvalue()


@_told()
def pixels(data: bytes, limit_bytes: int = VIEW_BYTES) -> NDArray[np.uint8]:
    """(H, W, 3) RGB of a file with one frame. Problem when it is damaged, or compressed in a way that is not read;
    OverBudget when there is not the memory for it."""
    whole = _read(io.BytesIO(data))
    picture = _frame_of(whole, 0)
    for tag in _DATA:
        if tag in whole:
            picture[tag] = whole[tag]
    is_wavelets = "JPEG 2000" in picture.file_meta.TransferSyntaxUID.name
    channels = int(picture.get("SamplesPerPixel") or 1) if is_wavelets else 0
    needed = costs.of_dicom(_frame_bits(picture) // 8, _size(picture), len(data), channels)
    budget.check(_size(picture), needed, len(data), limit_bytes)
    _check_compressed(picture)
    with budget.turn(needed):
        holds_up = is_wavelets or _frame_bits(picture) // 8 >= decode_process.FROM_BYTES
        if holds_up and decode_process.is_worth(_size(picture)):
            return decode_process.decoded(data)
        return _as_seen(_samples(picture), picture)


def _head(file: Path) -> Dataset:
    _refuse_deflated(file)
    with file.open("rb") as stream:
        return _read(stream, stop_before_pixels=True, specific_tags=list(_HEAD))


def _refuse_deflated(file: Path) -> None:
    """Refuses a file that is compressed with Deflate: pydicom would unpack it whole before anything is known of it, 1
    MB to 1 GB."""
    from pydicom.filereader import read_file_meta_info  # pyright: ignore[reportUnknownVariableType]

    with file.open("rb") as stream:
        if not is_dicom(stream.read(HEAD_BYTES)):
            raise Problem(say("this is not a DICOM file."))
    if read_file_meta_info(file).get("TransferSyntaxUID") == _DEFLATED:
        raise Problem(say("DICOM files with the compression Deflate are not read."))


def _read(stream: IO[bytes], **options: Any) -> Dataset:
    from pydicom import dcmread  # pyright: ignore[reportUnknownVariableType]

    found = dcmread(stream, **options)
    if "TransferSyntaxUID" not in found.file_meta:
        raise Problem(say("it does not say how its pixels are stored."))
    return found


def _frames(header: Dataset) -> int:
    return min(max(1, int(header.get("NumberOfFrames") or 1)), MOST_PAGES)


def _size(header: Dataset) -> tuple[int, int]:
    columns, rows = int(header.get("Columns") or 0), int(header.get("Rows") or 0)
    if not columns or not rows:
        raise Problem(say("there is no picture in it."))
    check_size((columns, rows))
    return columns, rows


def _frame_of(whole: Dataset, index: int) -> Dataset:
    """What a file says of the looks of one frame: for all, for this one, and where newer kinds of files say it."""
    from pydicom import Dataset

    made = Dataset()
    made.file_meta, made.preamble = whole.file_meta, bytes(_PREFIX_AT)
    looks = whole.group_dataset(_PICTURE_GROUP)
    made.update({tag: looks.get_item(tag) for tag in looks.keys()})  # noqa: SIM118
    for groups in (_item(whole, "SharedFunctionalGroupsSequence", 0), _item(whole, _PER_FRAME, index)):
        for name in _GROUPS:
            said = _item(groups, name, 0)
            if said is not None:
                made.update({tag: said.get_item(tag) for tag in said.keys()})  # noqa: SIM118
    if "NumberOfFrames" in made:
        if not 0 <= index < _frames(made):
            raise Problem(say("it has no frame {index}.", index=index + 1))
        made.NumberOfFrames = 1
    return made


_PER_FRAME = "PerFrameFunctionalGroupsSequence"


def _item(header: Dataset | None, name: str, index: int) -> Any:
    items = header.get(name) if header is not None else None
    return items[index] if items is not None and index < len(items) else None


def _data_head(stream: IO[bytes], header: Dataset) -> tuple[int, bool]:
    """The tag of the pixels, and whether they are in fragments of any length. The stream stands at their value then."""
    order = "little" if header.file_meta.TransferSyntaxUID.is_little_endian else "big"
    start = stream.read(8)
    tag = int.from_bytes(start[:2], order) << 16 | int.from_bytes(start[2:4], order)
    length = start[4:8]
    if not header.file_meta.TransferSyntaxUID.is_implicit_VR:
        if start[4:6] not in _LONG_HEAD:
            raise Problem(say("the picture is damaged."))
        length = stream.read(4)
    if tag not in _DATA:
        raise Problem(say("there is no picture in it."))
    return tag, length == b"\xff" * 4


def _frame_bits(header: Dataset) -> int:
    bits = int(header.get("BitsAllocated") or 0)
    return int(header.Rows) * int(header.Columns) * int(header.get("SamplesPerPixel") or 1) * bits


def _stored_bits(header: Dataset) -> int:
    """Returns the bits of a frame that is not compressed: two pixels beside each other may share their colours."""
    bits = _frame_bits(header)
    return bits // 3 * 2 if header.get("PhotometricInterpretation") == "YBR_FULL_422" else bits


def _vr(tag: int, header: Dataset) -> str:
    return {"FloatPixelData": "OF", "DoubleFloatPixelData": "OD"}.get(
        _DATA[tag], "OB" if int(header.BitsAllocated) <= 8 else "OW"
    )


def _check_compressed(picture: Dataset) -> None:
    """Problem when no decoder is there, or when the compressed picture is larger than the file says: it is unpacked
    whole."""
    from pydicom.encaps import get_frame
    from pydicom.pixels.decoders.base import get_decoder

    syntax = picture.file_meta.TransferSyntaxUID
    if not syntax.is_compressed:
        return
    try:
        is_read = get_decoder(syntax).is_available
    except NotImplementedError:
        is_read = False
    if not is_read:
        raise Problem(
            say(
                "the compression {syntax} is not read; {command} may help.",
                syntax=syntax.name,
                command=install_command("python-gdcm"),
            )
        )
    data = get_frame(picture.PixelData, 0, number_of_frames=1)
    if syntax == _RLE:
        if len(data) * 8 > 2 * _frame_bits(picture) + 8 * 1024:
            raise Problem(say("the picture is damaged: it holds more than its size says."))
        return
    if syntax.name.startswith("JPEG-LS") or "Lossless, Non-Hierarchical" in syntax.name:  # not of Pillow
        return
    with Image.open(io.BytesIO(data), formats=("JPEG", "JPEG2000")) as image:
        if image.size != _size(picture):
            raise Problem(say("the picture is damaged: it has another size than the file says."))
        if image.format == "JPEG2000":
            check_wavelets(image, data)


def _samples(picture: Dataset) -> NDArray[Any]:
    """(H, W) or (H, W, 3), as stored."""
    from pydicom.pixels.utils import pixel_array

    samples, bits = int(picture.get("SamplesPerPixel") or 1), int(picture.get("BitsAllocated") or 0)
    if samples not in (1, 3) or bits > 8 * _MOST_BYTES_OF_A_PIXEL:
        raise Problem(
            say_n(
                "a picture of {n} sample with {bits} bits is not read.",
                "a picture of {n} samples with {bits} bits is not read.",
                samples,
                bits=bits,
            )
        )
    return pixel_array(picture, index=0)


def _as_seen(samples: NDArray[Any], picture: Dataset) -> NDArray[np.uint8]:
    made = np.empty((*samples.shape[:2], 3), np.uint8)
    seen = _look(samples, picture)
    rows = max(1, _BAND_PIXELS // max(1, samples.shape[1]))
    for top in range(0, len(samples), rows):
        made[top : top + rows] = seen(samples[top : top + rows])
    return made


def _look(samples: NDArray[Any], picture: Dataset) -> Callable[[NDArray[Any]], NDArray[np.uint8]]:
    """Returns a function that turns stored rows into (H, W, 1 or 3) as a viewer shows them. samples: those of the whole
    picture."""
    from pydicom.pixels.processing import apply_color_lut

    def colored(rows: NDArray[Any]) -> NDArray[np.uint8]:
        found = apply_color_lut(rows, picture)
        return (found >> 8).astype(np.uint8) if found.dtype == np.uint16 else found.astype(np.uint8)

    if picture.PhotometricInterpretation == "PALETTE COLOR":
        return colored
    if samples.ndim == 3:
        return (lambda rows: rows) if samples.dtype == np.uint8 else _stretching(samples)
    windowed, is_inverse = _window(samples, picture), picture.PhotometricInterpretation == "MONOCHROME1"
    return lambda rows: (255 - windowed(rows) if is_inverse else windowed(rows))[..., None]


def _stretching(samples: NDArray[Any]) -> Callable[[NDArray[Any]], NDArray[np.uint8]]:
    contrast = contrast_of(samples)
    return lambda rows: stretched(rows, contrast)


def _window(samples: NDArray[Any], picture: Dataset) -> Callable[[NDArray[Any]], NDArray[np.uint8]]:
    """Returns a function that turns stored grey values (H, W) into 8 bits, by a window or a contrast."""
    from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut

    table = _item(picture, "VOILUTSequence", 0)
    kind: type[np.generic] = np.float64
    if table is not None:
        low, high, kind = 0.0, 2.0 ** int(table.LUTDescriptor[2]) - 1, np.int64
    elif _has_window(picture):
        low, high = apply_voi_lut(np.array([-1e12, 1e12]), picture)
    else:
        contrast = contrast_of(samples[..., None], lambda some: apply_modality_lut(some, picture))
        return lambda rows: stretched(apply_modality_lut(rows, picture)[..., None], contrast)[..., 0]

    def windowed(rows: NDArray[Any]) -> NDArray[np.uint8]:
        values = apply_voi_lut(apply_modality_lut(rows, picture).astype(kind), picture)
        return np.clip((values - low) * (255.0 / max(high - low, 1e-9)) + 0.5, 0, 255).astype(np.uint8)

    return windowed


def _has_window(picture: Dataset) -> bool:
    """Whether it tells a window that can be looked through: they may be empty, or have no width."""
    from pydicom.pixels.processing import apply_windowing

    if picture.get("WindowCenter") is None or picture.get("WindowWidth") is None:
        return False
    try:
        apply_windowing(np.zeros(1), picture)
    except ValueError:
        return False
    return True
