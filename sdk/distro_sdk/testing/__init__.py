"""The test kit for plugin authors: conformance suites to subclass, and fixtures that pytest finds by itself.

`distro_sdk.testing.transports`, `.messages`, `.readers`, `.choreographies`, `.genres` and `.plugins` hold the suites;
`.pytest_plugin` the fixtures.
Needs `pip install stardust-distro-sdk[test]`.
"""
