# The verifier of the day stands here.
