"""`python -m carto_auth` is the command `carto-auth`."""

from carto_auth._cli import main

if __name__ == "__main__":
    main()
