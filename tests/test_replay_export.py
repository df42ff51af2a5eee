from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from agent.errors import RecordingError
from agent.footage import open_footage
from agent.replay import Skips
from agent.training.dataset import open_dataset, steering
from agent.training.from_run import dataset_from
from agent.training.settings import Split
from tests.logs import make_steps, write_log
from tests.seeded_models import steering_model


def test_a_run_becomes_a_dataset_that_training_reads(tmp_path: Path) -> None:
    steps = make_steps(60, every=60)
    write_log(tmp_path / "run.mcap", steps)
    with closing(open_footage(tmp_path)) as footage:
        model, data = steering_model(), tmp_path / "data"
        assert dataset_from(footage, model, data, Skips(footage)) == 60
        with pytest.raises(RecordingError, match="data is not empty .*: choose another --export"):
            dataset_from(footage, model, data, Skips(footage))
    recorded = open_dataset([data], Split(share=0.2))
    labels = np.sort(np.concatenate([steering(part) for part in (recorded.training, recorded.held_out)]))
    assert recorded.shape == model.input_shape
    assert np.allclose(labels, np.sort([step.control.steer for step in steps]))
