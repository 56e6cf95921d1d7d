"""Hidden parameters: what no log shows, found by simulating until the figures that it does show are met."""
