"""Microsoft's own applications that Synapse Link works through, by application id: the same in every tenant.

Source: docs/sources.md, Synapse Link tables. Their display names depend on when a tenant got them, so nothing is looked
up by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

LINK_SERVICE: Final = "7f15f9d9-cad0-44f1-bbba-d36650e07765"
DATA_LAKE_STORAGE: Final = "546068c3-99b1-4890-8e93-c8aeadcfe56a"
INSIGHTS: Final = "99ff962b-6252-4b98-8478-0c65a3ea1925"
POWER_QUERY: Final = "f3b07414-6bf4-46e6-b63f-56941f3f4128"
MAKER_PORTAL: Final = "a8f7a65c-f5ba-4859-b2d6-df772c264e9d"
FIRST_PARTY: Final[Mapping[str, str]] = MappingProxyType(
    {
        LINK_SERVICE: "Export to data lake (Azure Synapse Link for Dataverse)",
        DATA_LAKE_STORAGE: "Common Data Service - Azure Data Lake Storage",
        INSIGHTS: "Insights Apps Platform Prod",
        POWER_QUERY: "Microsoft Power Query",
        MAKER_PORTAL: "make.powerapps.com",
    }
)
