"""Which host names belong to which service, cloud by cloud?

Source: the cloud tables of azure-identity and azure-core, and the environment and endpoint pages of the Power Platform
administrator documentation. The host of the Synapse Link service in sovereign clouds is unknown; the public suffix
stands in for it.
"""

from __future__ import annotations

from dataclasses import dataclass

CONTROL_HOST = "simulator.localhost"
LINK_PREFIX = "athenawebservice."
LINK_SUFFIX = ".powerapps.com"
LINK_APPLICATION = "7f15f9d9-cad0-44f1-bbba-d36650e07765"
LINK_URI = "https://exporttodatalake.com"
COMPASS = ("south", "north", "east", "west", "central")


@dataclass(frozen=True, slots=True)
class Cloud:
    """The names of one cloud: hosts, audiences and the suffixes of what customers create."""

    name: str
    login: str
    arm: str
    arm_audiences: tuple[str, ...]
    bap: str
    bap_audience: str
    dataverse: tuple[str, ...]
    storage: str
    synapse: str
    synapse_sql: str


PUBLIC = Cloud(
    name="public",
    login="login.microsoftonline.com",
    arm="management.azure.com",
    arm_audiences=("https://management.azure.com", "https://management.core.windows.net"),
    bap="api.bap.microsoft.com",
    bap_audience="https://service.powerapps.com",
    dataverse=(".dynamics.com",),
    storage="core.windows.net",
    synapse="dev.azuresynapse.net",
    synapse_sql="sql.azuresynapse.net",
)
GCC = Cloud(
    name="gcc",
    login="login.microsoftonline.com",
    arm="management.azure.com",
    arm_audiences=PUBLIC.arm_audiences,
    bap="gov.api.bap.microsoft.us",
    bap_audience="https://service.powerapps.us",
    dataverse=(".crm9.dynamics.com",),
    storage="core.windows.net",
    synapse="dev.azuresynapse.net",
    synapse_sql="sql.azuresynapse.net",
)
GCC_HIGH = Cloud(
    name="gcchigh",
    login="login.microsoftonline.us",
    arm="management.usgovcloudapi.net",
    arm_audiences=("https://management.usgovcloudapi.net", "https://management.core.usgovcloudapi.net"),
    bap="high.api.bap.microsoft.us",
    bap_audience="https://high.service.apps.appsplatform.us",
    dataverse=(".microsoftdynamics.us",),
    storage="core.usgovcloudapi.net",
    synapse="dev.azuresynapse.usgovcloudapi.net",
    synapse_sql="sql.azuresynapse.usgovcloudapi.net",
)
DOD = Cloud(
    name="dod",
    login="login.microsoftonline.us",
    arm="management.usgovcloudapi.net",
    arm_audiences=GCC_HIGH.arm_audiences,
    bap="api.bap.appsplatform.us",
    bap_audience="https://service.apps.appsplatform.us",
    dataverse=(".crm.appsplatform.us",),
    storage="core.usgovcloudapi.net",
    synapse="dev.azuresynapse.usgovcloudapi.net",
    synapse_sql="sql.azuresynapse.usgovcloudapi.net",
)
CHINA = Cloud(
    name="china",
    login="login.chinacloudapi.cn",
    arm="management.chinacloudapi.cn",
    arm_audiences=("https://management.chinacloudapi.cn", "https://management.core.chinacloudapi.cn"),
    bap="api.bap.partner.microsoftonline.cn",
    bap_audience="https://service.powerapps.cn",
    dataverse=(".dynamics.cn",),
    storage="core.chinacloudapi.cn",
    synapse="dev.azuresynapse.azure.cn",
    synapse_sql="sql.azuresynapse.azure.cn",
)
# Narrow suffixes first: gcc is a part of the public name space.
CLOUDS = (GCC, PUBLIC, GCC_HIGH, DOD, CHINA)
LOGIN_HOSTS = {cloud.login: cloud for cloud in reversed(CLOUDS)}
ARM_HOSTS = {cloud.arm: cloud for cloud in reversed(CLOUDS)}
BAP_HOSTS = {cloud.bap: cloud for cloud in CLOUDS}
GRAPH_HOSTS = (
    "graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn"
)  # fmt: skip


def cloud_of_url(url: str) -> Cloud:
    """The cloud that a Dataverse organization's URL belongs to; the public one if no suffix tells."""
    host = url.rstrip("/")
    return next((cloud for cloud in CLOUDS if host.endswith(cloud.dataverse)), PUBLIC)


def compass_of_region(region: str) -> str:
    """The compass letters of an Azure region, in the order of its words: westeurope gives w, southeastasia se.

    Seen on the wire for e, w, n and se; inferred for the rest. Empty where a region has no compass word.
    """
    letters = ""
    rest = region.lower()
    while rest:
        word = next((word for word in COMPASS if rest.startswith(word)), "")
        letters += word[:1]
        rest = rest[len(word) or 1 :]
    return letters


def link_host(region: str, uri_suffix: str) -> str:
    """The host of the Synapse Link service for an environment."""
    return f"{LINK_PREFIX}{compass_of_region(region)}{uri_suffix}{LINK_SUFFIX}".lower()
