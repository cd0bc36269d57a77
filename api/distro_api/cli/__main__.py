"""`python -m distro_api.cli`."""

from distro_api.cli.main import app

app()
