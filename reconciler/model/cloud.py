"""The sovereign clouds as data: every host and token scope that the reconciler may ever talk to.

Manifests are untrusted: hosts are derived from these records or checked against them, and a token goes nowhere else.
Source: docs/sources.md, Clouds. Only the public cloud was seen whole; hosts of the others are taken on trust.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SYNAPSE_LINK_APPLICATION = "7f15f9d9-cad0-44f1-bbba-d36650e07765"


@dataclass(frozen=True, slots=True)
class Cloud:
    """Hosts and scopes of one cloud.

    ``dataverse_hosts`` is a pattern for the whole host name of an organization. ``service_suffix`` is the domain of
    the Synapse Link service, None where no public evidence shows it: links are then read and not written.
    """

    name: str
    login_host: str
    arm_host: str
    arm_scope: str
    bap_host: str
    bap_scope: str
    graph_host: str
    dataverse_hosts: str
    storage_suffix: str
    synapse_dev_suffix: str
    service_suffix: str | None = None

    def is_dataverse_host(self, host: str) -> bool:
        """Whether the host can be an organization's Dataverse address in this cloud."""
        return re.fullmatch(self.dataverse_hosts, host) is not None

    def is_service_host(self, host: str) -> bool:
        """Whether the host can be one of the Synapse Link service in this cloud."""
        if self.service_suffix is None:
            return False
        return (
            re.fullmatch(rf"athenawebservice(?:\.{_LABEL}){{2,8}}\.{re.escape(self.service_suffix)}", host) is not None
        )

    @property
    def service_scope(self) -> str:
        """Token scope of the Synapse Link service; the audience of its tokens is the bare application id."""
        return f"{SYNAPSE_LINK_APPLICATION}/.default"


_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"

CLOUDS: dict[str, Cloud] = {
    cloud.name: cloud
    for cloud in (
        Cloud(
            name="public",
            login_host="login.microsoftonline.com",
            arm_host="management.azure.com",
            arm_scope="https://management.azure.com/.default",
            bap_host="api.bap.microsoft.com",
            bap_scope="https://service.powerapps.com/.default",
            graph_host="graph.microsoft.com",
            dataverse_hosts=_LABEL + r"\.crm[0-9]{0,2}\.dynamics\.com",
            storage_suffix="core.windows.net",
            synapse_dev_suffix="dev.azuresynapse.net",
            service_suffix="powerapps.com",
        ),
        Cloud(
            name="gcc",
            login_host="login.microsoftonline.com",
            arm_host="management.azure.com",
            arm_scope="https://management.azure.com/.default",
            bap_host="gov.api.bap.microsoft.us",
            bap_scope="https://service.powerapps.us/.default",
            graph_host="graph.microsoft.com",
            dataverse_hosts=_LABEL + r"\.crm9\.dynamics\.com",
            storage_suffix="core.windows.net",
            synapse_dev_suffix="dev.azuresynapse.net",
        ),
        Cloud(
            name="gcchigh",
            login_host="login.microsoftonline.us",
            arm_host="management.usgovcloudapi.net",
            arm_scope="https://management.core.usgovcloudapi.net/.default",
            bap_host="high.api.bap.microsoft.us",
            bap_scope="https://high.service.apps.appsplatform.us/.default",
            graph_host="graph.microsoft.us",
            dataverse_hosts=_LABEL + r"\.crm\.microsoftdynamics\.us",
            storage_suffix="core.usgovcloudapi.net",
            synapse_dev_suffix="dev.azuresynapse.usgovcloudapi.net",
        ),
        Cloud(
            name="dod",
            login_host="login.microsoftonline.us",
            arm_host="management.usgovcloudapi.net",
            arm_scope="https://management.core.usgovcloudapi.net/.default",
            bap_host="api.bap.appsplatform.us",
            bap_scope="https://service.apps.appsplatform.us/.default",
            graph_host="dod-graph.microsoft.us",
            dataverse_hosts=_LABEL + r"\.crm\.appsplatform\.us",
            storage_suffix="core.usgovcloudapi.net",
            synapse_dev_suffix="dev.azuresynapse.usgovcloudapi.net",
        ),
        Cloud(
            name="china",
            login_host="login.chinacloudapi.cn",
            arm_host="management.chinacloudapi.cn",
            arm_scope="https://management.chinacloudapi.cn/.default",
            bap_host="api.bap.partner.microsoftonline.cn",
            bap_scope="https://service.powerapps.cn/.default",
            graph_host="microsoftgraph.chinacloudapi.cn",
            dataverse_hosts=_LABEL + r"\.crm[0-9]{0,2}\.dynamics\.cn",
            storage_suffix="core.chinacloudapi.cn",
            synapse_dev_suffix="dev.azuresynapse.azure.cn",
        ),
    )
}

# A geography whose own name holds a compass word: dropped before the region's compass part is read.
_GEOGRAPHIES_WITH_COMPASS_WORDS = ("southafrica",)
_COMPASS = re.compile(r"(?:north|south|east|west|central)+")
_COMPASS_WORD = re.compile(r"north|south|east|west|central")
_CLUSTER_SUFFIX = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")


def service_direction(region: str) -> str | None:
    """The compass part of an Azure region, a letter a word: ``westeurope`` as ``w``, ``southeastasia`` as ``se``.

    Seen for e, w, n and se; inferred for the rest. None for a region without a compass word (``usgovvirginia``):
    a wrong prefix is a host that does not exist, so nothing is guessed.
    """
    name = region.lower().replace(" ", "")
    for geography in _GEOGRAPHIES_WITH_COMPASS_WORDS:
        name = name.removeprefix(geography)
    found = _COMPASS.search(name)
    return "".join(word[0] for word in _COMPASS_WORD.findall(found.group())) if found else None


def service_host(cloud: Cloud, region: str, cluster_suffix: str) -> str | None:
    """The host of the Synapse Link service for an environment, None where it can't be derived.

    ``cluster_suffix`` is ``properties.cluster.uriSuffix`` of the environment's admin record. It comes from a service
    and ends up in a host name: anything but host labels gives None.
    """
    direction = service_direction(region)
    if direction is None or cloud.service_suffix is None or not _CLUSTER_SUFFIX.fullmatch(cluster_suffix):
        return None
    return f"athenawebservice.{direction}{cluster_suffix}.{cloud.service_suffix}"
