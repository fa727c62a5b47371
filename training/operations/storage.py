"""Where the styles, scripts and pictures of the interface are."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFilesStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's, which keeps the address of each file: pages ask for some of them fifty times.

    The manifest does not change while a process runs.
    """

    def url(self, name: str | None, force: bool = False) -> str:
        """Return the address of a file, by the digest of its content."""
        key = (name, force)
        if key not in self._addresses:
            self._addresses[key] = super().url(name, force)
        return self._addresses[key]

    def load_manifest(self) -> tuple[dict[str, str], str]:
        """Read the manifest, and forget the addresses of the one before."""
        self._addresses: dict[tuple[str | None, bool], str] = {}
        manifest: tuple[dict[str, str], str] = super().load_manifest()
        return manifest
