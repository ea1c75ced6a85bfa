"""DICOM and HEIC, by files that other libraries wrote."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from PIL import Image

from app.images import file_types
from app.images.file_types import DICOM, HEIC, formats, passed_over
from app.images.reading import file_hash, image_size, read_image, read_thumbnail
from app.problem import Problem
from app.project.store import Project
from app.work import run

pydicom = pytest.importorskip("pydicom")
pytest.importorskip("pillow_heif")


def save_dicom(path, values: np.ndarray, *, frames: int = 1, photometric: str = "MONOCHROME2", **said) -> None:
    """values: (frames, H, W) or (H, W) or (H, W, 3)."""
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

    made = pydicom.Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.SOPClassUID, made.SOPInstanceUID = SecondaryCaptureImageStorage, generate_uid()
    made.SamplesPerPixel = 3 if photometric == "RGB" else 1
    made.PhotometricInterpretation = photometric
    made.Rows, made.Columns = values.shape[1:3] if frames > 1 else values.shape[:2]
    made.BitsAllocated = made.BitsStored = 8 * values.dtype.itemsize
    made.HighBit, made.PixelRepresentation = made.BitsStored - 1, int(values.dtype.kind == "i")
    if photometric == "RGB":
        made.PlanarConfiguration = 0
    if frames > 1:
        made.NumberOfFrames = frames
    for name, value in said.items():
        setattr(made, name, value)
    made.PixelData = values.tobytes()
    made.save_as(path, enforce_file_format=True)


def test_window_rescale_and_inverse_of_dicom(tmp_path):
    values = np.arange(-1000, 1000, dtype=np.int16).reshape(40, 50)
    said = {"RescaleSlope": 2, "RescaleIntercept": 100, "WindowCenter": 40, "WindowWidth": 401}
    save_dicom(tmp_path / "a.dcm", values, **said)
    shown = read_image(tmp_path / "a.dcm").pixels
    expected = np.clip(((values * 2.0 + 100) - (40 - 0.5)) / 400 + 0.5, 0, 1) * 255
    assert np.abs(shown - expected[..., None]).max() <= 1
    save_dicom(tmp_path / "b.dcm", values, photometric="MONOCHROME1", **said)
    assert np.array_equal(read_image(tmp_path / "b.dcm").pixels, 255 - shown)
    assert image_size(tmp_path / "a.dcm") == (50, 40)
    assert read_thumbnail(tmp_path / "a.dcm", 10).shape == (8, 10, 3)


def test_an_empty_window_of_dicom_is_none(tmp_path):
    """Else all of the picture would be one grey."""
    values = np.arange(-1000, 1000, dtype=np.int16).reshape(40, 50)
    save_dicom(tmp_path / "without.dcm", values)
    save_dicom(tmp_path / "empty.dcm", values, WindowCenter=None, WindowWidth=None)
    shown = read_image(tmp_path / "empty.dcm").pixels
    assert np.ptp(shown) > 200
    assert np.array_equal(shown, read_image(tmp_path / "without.dcm").pixels)


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_a_window_of_dicom_without_width_is_none(tmp_path, function):
    """Nothing can be seen through it, and the picture is not damaged."""
    values = np.arange(-1000, 1000, dtype=np.int16).reshape(40, 50)
    save_dicom(tmp_path / "without.dcm", values)
    save_dicom(tmp_path / "narrow.dcm", values, WindowCenter=40, WindowWidth=0, VOILUTFunction=function)
    shown = read_image(tmp_path / "narrow.dcm").pixels
    assert np.array_equal(shown, read_image(tmp_path / "without.dcm").pixels)


def test_colours_of_dicom(tmp_path):
    values = np.random.default_rng(0).integers(0, 256, (12, 17, 3), np.uint8)
    save_dicom(tmp_path / "a.dcm", values, photometric="RGB")
    assert np.array_equal(read_image(tmp_path / "a.dcm").pixels, values)


@pytest.mark.parametrize("packed", [False, True])
def test_frames_of_dicom_are_pages(tmp_path, packed):
    values = np.random.default_rng(0).integers(0, 4000, (3, 12, 17), np.uint16)
    save_dicom(tmp_path / "s.dcm", values, frames=3, WindowCenter=2000, WindowWidth=4000)
    if packed:
        made = pydicom.dcmread(tmp_path / "s.dcm")
        made.compress(pydicom.uid.RLELossless)
        made.save_as(tmp_path / "s.dcm")
    project = Project.create(tmp_path / "p.maskwright", tmp_path)
    list(project.folder.scan())
    assert [record.path for record in project.images()] == ["s.dcm", "s.dcm#page=2", "s.dcm#page=3"]
    for frame, record in zip(values, project.images(), strict=True):
        path = project.image_path(record)
        save_dicom(tmp_path / "one.dcm", frame, WindowCenter=2000, WindowWidth=4000)
        assert np.array_equal(read_image(path).pixels, read_image(tmp_path / "one.dcm").pixels)
        assert read_image(path).content_hash == file_hash(path)
        assert image_size(path) == (17, 12)
    project.close()


def test_frames_of_dicom_whose_pixels_have_their_colours_in_common(tmp_path):
    """As ultrasound devices store them without compression: brightness of two pixels, then both colours of them."""
    greys = np.array([10, 80, 200], np.uint8)
    stored = np.full((3, 12, 18, 2), 128, np.uint8)
    stored[..., 0] = greys[:, None, None]
    pairs = stored.reshape(3, 12, 9, 2, 2)
    packed = np.concatenate([pairs[..., 0], pairs[..., :1, 1], pairs[..., 1:, 1]], axis=-1)
    said = {"SamplesPerPixel": 3, "PlanarConfiguration": 0, "Columns": 18}
    save_dicom(tmp_path / "s.dcm", packed, frames=3, photometric="YBR_FULL_422", **said)
    for name, grey in zip(("s.dcm", "s.dcm#page=2", "s.dcm#page=3"), greys, strict=True):
        assert read_image(tmp_path / name).pixels.shape == (12, 18, 3)
        assert (read_image(tmp_path / name).pixels == grey).all()


def test_damaged_and_too_large_dicom_is_one_sentence(tmp_path):
    values = np.zeros((12, 17), np.uint16)
    save_dicom(tmp_path / "a.dcm", values, Rows=60000, Columns=60000)
    with pytest.raises(Problem, match=r"^a\.dcm: .*400 megapixels"):
        read_image(tmp_path / "a.dcm")
    save_dicom(tmp_path / "b.dcm", values)
    whole = (tmp_path / "b.dcm").read_bytes()
    dice = np.random.default_rng(3)
    for _ in range(300):
        data = bytearray(whole[: dice.integers(100, len(whole) + 1)])
        for at in dice.integers(0, len(data), 5):
            data[at] = dice.integers(0, 256)
        (tmp_path / "b.dcm").write_bytes(data)
        for read in (read_image, image_size, file_hash):
            try:
                read(tmp_path / "b.dcm")
            except Problem as problem:
                assert str(problem).startswith("b.dcm: ")  # noqa: PT017


@pytest.mark.parametrize("orientation", range(1, 9))
def test_heic_is_turned_once(tmp_path, orientation):
    formats()
    pixels = np.zeros((64, 96, 3), np.uint8)
    pixels[:32, :48], pixels[32:, 48:] = (250, 0, 0), (250, 250, 250)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(pixels).save(tmp_path / "a.jpg", exif=exif, quality=100, subsampling=0)
    Image.fromarray(pixels).save(tmp_path / "a.heic", exif=exif.tobytes(), quality=-1, chroma=444)
    shown, expected = read_image(tmp_path / "a.heic").pixels, read_image(tmp_path / "a.jpg").pixels
    assert shown.shape == expected.shape
    assert np.abs(shown.astype(int) - expected).max() <= 12
    assert image_size(tmp_path / "a.heic") == expected.shape[1::-1]


def test_what_an_extra_would_read_is_said_once(tmp_path, monkeypatch):
    monkeypatch.setattr(file_types, "_is_there", lambda library: library != "pydicom")
    for name in ("a.dcm", "b.DCM", "c.heic", "d"):
        (tmp_path / name).write_bytes(b"")
    project = Project.create(tmp_path / "p.maskwright", tmp_path)
    told = run(project.folder.scan())
    assert told == "Passed over: 2 DICOM files (pip install 'maskwright[dicom]' to read such)."
    assert [record.path for record in project.images()] == ["c.heic"]
    with pytest.raises(Problem, match=r"^a\.dcm: DICOM files are read after pip install 'maskwright\[dicom\]'\.$"):
        read_image(tmp_path / "a.dcm")
    assert passed_over(Counter({HEIC: 1})).startswith("Passed over: 1 HEIC file (")
    assert DICOM.name == "dicom"
    project.close()
