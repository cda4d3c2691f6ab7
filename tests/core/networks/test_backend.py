from __future__ import annotations

import os
import subprocess
import sys

USE = "from bridgeae import Autoencoder; from bridgeae.networks import dense_networks; dense_networks((3,))"


def test_nothing_that_tensorflow_says_of_itself_is_shown() -> None:
    plain = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    ran = subprocess.run([sys.executable, "-c", USE], env=plain, capture_output=True, text=True, check=True)
    assert ran.stderr == "" and ran.stdout == ""
