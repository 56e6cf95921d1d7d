"""The checks of hallsim; `python -m tests.reference_suite` runs a file of reference cases."""
