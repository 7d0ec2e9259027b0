"""JupyterHub for the course on one server: everything comes from ``hub.toml``.

Start it with ``jupyterhub -f jupyterhub_config.py``; the settings are read from
``/etc/trd/hub.toml``, or from the file that ``TRD_HUB_SETTINGS`` names. Add lines of your own at
the end: they win. How it was tested, and what could not be, stands in ``README.md`` beside this.
"""

from trd.hub import config, settings

c = get_config()  # noqa: F821  # provided by JupyterHub

config.apply(c, settings.load())
