from __future__ import annotations

from reconciler.model.configuration import Configuration, SignIn


def test_without_a_configuration_the_public_cloud_is_read_and_nobody_is_signed_in() -> None:
    assert Configuration().cloud.name == "public"
    assert Configuration().sign_in is SignIn.NONE
    assert Configuration().assumptions == {}
