"""Calibration: what a log says about arrivals, services and patience, as figures and as fitted laws."""
