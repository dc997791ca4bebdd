"""Azure regions of each Power Platform geography.

Source: docs/sources.md, Power Platform administration: an answer of its ``locations`` as it was recorded. Newer
geographies exist, so a region that stands in none proves nothing.
"""

from __future__ import annotations

from typing import Final

_REGIONS: Final = {
    "unitedstates": ("eastus", "westus"),
    "europe": ("westeurope", "northeurope"),
    "unitedkingdom": ("uksouth", "ukwest"),
    "asia": ("eastasia", "southeastasia"),
    "japan": ("japaneast", "japanwest"),
    "australia": ("australiaeast", "australiasoutheast"),
    "india": ("centralindia", "southindia"),
    "canada": ("canadacentral", "canadaeast"),
    "france": ("francecentral", "francesouth"),
    "germany": ("germanywestcentral", "germanynorth"),
    "switzerland": ("switzerlandnorth", "switzerlandwest"),
    "norway": ("norwayeast", "norwaywest"),
    "sweden": ("swedencentral",),
    "unitedarabemirates": ("uaenorth",),
    "southafrica": ("southafricanorth",),
    "southamerica": ("brazilsouth",),
    "korea": ("koreacentral", "koreasouth"),
    "usgov": ("usgovvirginia", "usgovtexas"),
}
GEOGRAPHY: Final = {region: geography for geography, regions in _REGIONS.items() for region in regions}
"""The geography of a region, by the region's normal name."""


def normal_region(region: object) -> str:
    """A region as services compare it: ``West Europe`` is ``westeurope``. Empty for what is no text."""
    return region.replace(" ", "").lower() if isinstance(region, str) else ""
