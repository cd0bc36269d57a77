"""Plugins coming and going: jobs, the installed set, and the folders of each machine."""
