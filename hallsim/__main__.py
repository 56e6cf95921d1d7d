"""`python -m hallsim` is the command `hallsim`."""

from hallsim.cli import main

if __name__ == "__main__":
    main()
