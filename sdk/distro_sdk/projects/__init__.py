"""A plugin's project from the first file to a signed wheel: made, tested, checked, packed and signed.

Needs `pip install stardust-distro-sdk[tools,test]`; nothing of the platform.
"""
