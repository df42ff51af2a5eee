"""TensorFlow and Keras, imported without their chatter; the thread counts of the live loop."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any


@contextlib.contextmanager
def _quiet_native_stderr() -> Iterator[None]:
    """Keep what native code writes to file descriptor 2 off the terminal; show it if the import fails.

    TensorFlow 2.21 logs four lines before it reads TF_CPP_MIN_LOG_LEVEL.
    """
    sys.stderr.flush()
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as aside:
        os.dup2(aside.fileno(), 2)
        try:
            yield
        except BaseException:
            aside.seek(0)
            os.write(terminal, aside.read())
            raise
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
with _quiet_native_stderr():
    import keras
    import tensorflow as tf

# TensorFlow's remapper fuses convolution, bias and ELU into one kernel with an ELU of its own, 1e-6 off: a saliency map
# should be the plain gradient up to rounding. Costs a forward pass some 5 %; training turns it on again.
tf.config.optimizer.set_experimental_options({"remapping": False})

__all__ = ["configure_tensorflow", "keras", "tf", "traced"]


def configure_tensorflow(threads: int = 1, *, fused: bool = False) -> None:
    """Fix the thread counts and let a GPU's memory grow; call it before the first model is loaded.

    One thread is the fastest at batch 1 and leaves the other cores to the simulator.

    Args:
        threads: of one operation and between operations; 0 leaves the choice to TensorFlow (training, replay).
        fused: let TensorFlow fuse kernels, faster and a little off the plain operations (training).

    Raises:
        RuntimeError: TensorFlow has already started with other counts.
    """
    if tf.config.threading.get_intra_op_parallelism_threads() != threads:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
    if tf.config.threading.get_inter_op_parallelism_threads() != threads:
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    if fused:
        tf.config.optimizer.set_experimental_options({"remapping": True})
    for gpu in tf.config.list_physical_devices("GPU"):
        if not tf.config.experimental.get_memory_growth(gpu):
            tf.config.experimental.set_memory_growth(gpu, True)
    tf.get_logger().setLevel("ERROR")


def traced(function: Callable[..., Any], signature: Sequence[Any]) -> Callable[..., Sequence[Any]]:
    """A function of tensors, traced once; what it makes comes as one flat sequence of tensors.

    A call costs what it computes: TensorFlow's own call looks at the arguments again each time, for 0.2 to 0.4 ms.

    Args:
        function: of tensors; makes a tensor or a sequence of them.
        signature: a tf.TensorSpec for each.
    """
    concrete = tf.function(function, input_signature=signature).get_concrete_function()
    call, captured = concrete.inference_fn.call_flat, concrete.captured_inputs
    return lambda *tensors: call(*tensors, *captured)
