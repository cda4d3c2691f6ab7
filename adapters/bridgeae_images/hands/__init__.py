"""Pictures of hands that show 0 to 5, drawn from a skeleton in three dimensions: training samples without any photo."""

from bridgeae_images.hands.drawing import synthetic_hand
from bridgeae_images.hands.gestures import OTHER_SIGN

__all__ = ["OTHER_SIGN", "synthetic_hand"]
