"""Every error bridgeae raises on purpose: a `BridgeError` that is also the matching builtin."""


class BridgeError(Exception):
    """Base of all errors raised by bridgeae and its adapters; catch it to catch them all."""


class InputError(BridgeError, ValueError):
    """An argument has a wrong value, shape or type."""


class NotFittedError(BridgeError, RuntimeError):
    """`fit` (or `load`) has to come first."""


class FileFormatError(BridgeError, ValueError):
    """A file exists but does not hold what it should: truncated, wrong format, wrong columns."""


class MissingFileError(BridgeError, FileNotFoundError):
    """A file or folder is not there."""


class OutputExistsError(BridgeError, FileExistsError):
    """The output already holds something, and overwriting was not asked for."""


class BundleError(BridgeError, ValueError):
    """A model folder is damaged, changed, from another format, or not safe to load."""


class MissingPackageError(BridgeError, ImportError):
    """Something needs a package that is not installed; the message names the extra that brings it."""


class ConfigError(BridgeError, ValueError):
    """A run configuration has an unknown key or a wrong value."""


class AdapterError(BridgeError, LookupError):
    """An adapter is unknown, broken, or does not offer what was asked of it."""
