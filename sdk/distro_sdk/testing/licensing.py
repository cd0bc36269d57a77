"""What every licence verifier must keep to, as a suite to subclass."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from distro_sdk.licensing import LONGEST_LICENSE, LicenseQuestion, LicenseVerifier


@pytest.mark.asyncio
class LicenseVerifierConformance:
    """Subclass it as `Test…` and override the fixtures."""

    @pytest.fixture
    def verifier(self) -> LicenseVerifier:
        """The verifier, which can judge: with its keys, or with its server."""
        raise NotImplementedError("override the fixture `verifier` with the licence verifier")

    @pytest.fixture
    def good_license(self) -> str:
        """A licence for the plugin `any-plugin` and the tenant `any-tenant`, good in 2027."""
        raise NotImplementedError("override the fixture `good_license` with a licence that is good")

    @pytest.fixture
    def question(self) -> LicenseQuestion:
        """What is asked of the good licence."""
        return LicenseQuestion(
            plugin_id="any-plugin",
            tenant_id="any-tenant",
            installation_id="any-installation",
            now=datetime(2027, 6, 1, tzinfo=UTC),
        )

    async def test_has_a_key(self, verifier: LicenseVerifier) -> None:
        assert verifier.key.islower()

    async def test_a_good_licence_is_good(
        self, verifier: LicenseVerifier, question: LicenseQuestion, good_license: str
    ) -> None:
        verdict = await verifier.verify(question, good_license)

        assert verdict.valid, verdict.reason
        assert verdict.reason is None

    async def test_it_is_not_good_for_another_tenant(
        self, verifier: LicenseVerifier, question: LicenseQuestion, good_license: str
    ) -> None:
        verdict = await verifier.verify(question.model_copy(update={"tenant_id": "another-tenant"}), good_license)

        assert not verdict.valid
        assert verdict.reason

    async def test_it_is_not_good_for_another_plugin(
        self, verifier: LicenseVerifier, question: LicenseQuestion, good_license: str
    ) -> None:
        verdict = await verifier.verify(question.model_copy(update={"plugin_id": "another-plugin"}), good_license)

        assert not verdict.valid
        assert verdict.reason

    @pytest.mark.parametrize("text", ["", "no licence", "a.b.c", "\x00", "x" * (LONGEST_LICENSE + 1)])
    async def test_what_is_no_licence_is_a_verdict_and_no_error(
        self, verifier: LicenseVerifier, question: LicenseQuestion, text: str
    ) -> None:
        verdict = await verifier.verify(question, text)

        assert not verdict.valid
        assert verdict.features == frozenset()
        assert verdict.reason
