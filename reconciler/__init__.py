"""Declarative GitOps for Azure Synapse Link for Dataverse."""

__version__ = "0.1.0"
