from __future__ import annotations

import subprocess
import sys

USE = "from bridgeae import Autoencoder; from bridgeae.networks import dense_networks; dense_networks((3,))"


def test_nothing_that_tensorflow_says_of_itself_is_shown() -> None:
    ran = subprocess.run([sys.executable, "-c", USE], capture_output=True, text=True, check=True)
    assert ran.stderr == "" and ran.stdout == ""
