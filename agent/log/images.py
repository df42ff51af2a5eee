"""Arrays <-> Foxglove's image and log messages (protobuf); pure.

Written with Foxglove's classes, which cannot read; read with protobuf from the same schemas, never with one that a
file brings along.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from foxglove.messages import CompressedImage, Log, LogLevel, RawImage, Timestamp
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from agent.log.records import Camera
from agent.log.unpacking import unpacked
from agent.pictures import FAST_PNG
from agent.types import Float32, Picture, UInt8

_CHANNELS: dict[str, tuple[np.dtype[Any], int]] = {  # Foxglove's names of pixel layouts
    "rgb8": (np.dtype("u1"), 3),
    "32FC1": (np.dtype("<f4"), 1),
}


def camera_message(time_ns: int, image: Picture, kept: Camera, quality: int) -> bytes:
    """A camera image in a foxglove.CompressedImage, as a JPEG (4:2:0) of a quality or, to the bit, as a PNG."""
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    options = [cv2.IMWRITE_JPEG_QUALITY, quality] if kept == "jpeg" else FAST_PNG
    _, encoded = cv2.imencode(f".{kept}", bgr, options)
    message = CompressedImage(timestamp=_stamp(time_ns), frame_id="camera", data=encoded.tobytes(), format=kept)
    return bytes(message.encode())


def camera_image(message: bytes) -> Picture:
    """The picture in a foxglove.CompressedImage, RGB uint8 (H, W, 3), read-only.

    Raises:
        ValueError: not one with a JPEG or a PNG, damaged, too large or too small.
    """
    return unpacked(_parse(CompressedImage, message).data)


def array_message(time_ns: int, array: UInt8 | Float32) -> bytes:
    """An array as it is in a foxglove.RawImage.

    Args:
        time_ns: simulation time.
        array: uint8 (H, W, 3), kept as "rgb8", or float32 (H, W), kept as "32FC1".

    Raises:
        ValueError: another array.
    """
    encoding = "rgb8" if array.ndim == 3 else "32FC1"
    dtype, channels = _CHANNELS[encoding]
    if (
        array.dtype != dtype
        or array.ndim != (3 if channels > 1 else 2)
        or (channels > 1 and array.shape[2] != channels)
    ):
        raise ValueError(f"an array of {array.dtype} {array.shape}, wanted uint8 (H, W, 3) or float32 (H, W)")
    height, width = array.shape[:2]
    message = RawImage(
        timestamp=_stamp(time_ns),
        frame_id="network",
        width=width,
        height=height,
        encoding=encoding,
        step=width * channels * dtype.itemsize,
        data=array.tobytes(),
    )
    return bytes(message.encode())


def array_of(message: bytes, encoding: str) -> npt.NDArray[Any]:
    """The array in a foxglove.RawImage, read-only.

    Args:
        message: encoded.
        encoding: "rgb8" for uint8 (H, W, 3), "32FC1" for float32 (H, W).

    Raises:
        ValueError: not such an image, an empty one, or its size is not that of its content.
    """
    image = _parse(RawImage, message)
    dtype, channels = _CHANNELS[encoding]
    size = image.width * image.height * channels * dtype.itemsize
    if image.encoding != encoding or not 0 < size == len(image.data):
        raise ValueError(f"an image of {image.width}x{image.height} {image.encoding!r} in {len(image.data)} bytes")
    flat: npt.NDArray[Any] = np.frombuffer(image.data, dtype)  # of bytes: read-only
    return flat.reshape((image.height, image.width) + (channels,) * (channels > 1))


def event_message(time_ns: int, kind: str, text: str) -> bytes:
    """An event as a foxglove.Log."""
    return bytes(Log(timestamp=_stamp(time_ns), level=LogLevel.Warning, name=kind, message=text).encode())


def event_of(message: bytes) -> tuple[str, str]:
    """Kind and text of a foxglove.Log.

    Raises:
        ValueError: not one.
    """
    log = _parse(Log, message)
    return log.name, log.message


def _stamp(time_ns: int) -> Timestamp:
    return Timestamp(sec=time_ns // 10**9, nsec=time_ns % 10**9)


def _parse(kind: Any, message: bytes) -> Any:
    try:
        return _reader(kind).FromString(message)
    except DecodeError as error:
        raise ValueError(f"not a foxglove.{kind.__name__}") from error


@cache
def _reader(kind: Any) -> Any:
    schema, pool = kind.get_schema(), DescriptorPool()
    for file in FileDescriptorSet.FromString(schema.data).file:
        pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName(schema.name))
