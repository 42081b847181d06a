"""The virtual machine sizes that a workspace offers for clusters.

Sizes, memory and local disks: https://learn.microsoft.com/azure/virtual-machines/sizes/overview
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class NodeType:
    """One size. Memory is in MB, disks in GB."""

    name: str
    category: str
    cores: int
    memory: int
    disk: int
    gpus: int = 0
    nvme_disks: int = 0
    nvme_disk: int = 0
    photon: bool = True

    def body(self, order: int) -> dict[str, Any]:
        """The size as the Clusters API describes it."""
        return {
            "node_type_id": self.name,
            "memory_mb": self.memory,
            "num_cores": self.cores,
            "description": self.name,
            "instance_type_id": self.name,
            "is_deprecated": False,
            "category": self.category,
            "support_ebs_volumes": True,
            "support_cluster_tags": True,
            "num_gpus": self.gpus,
            "node_instance_type": {
                "instance_type_id": self.name,
                "local_disks": 1,
                "local_disk_size_gb": self.disk,
                "local_nvme_disk_size_gb": self.nvme_disk,
                "local_nvme_disks": self.nvme_disks,
            },
            "is_hidden": False,
            "support_port_forwarding": True,
            "display_order": order,
            "is_io_cache_enabled": self.nvme_disks > 0,
            "is_encrypted_in_transit": False,
            "is_graviton": False,
            "photon_worker_capable": self.photon,
            "photon_driver_capable": self.photon,
            "node_info": {"status": []},
        }


_GENERAL = "General Purpose"
_MEMORY = "Memory Optimized"
_COMPUTE = "Compute Optimized"
_STORAGE = "Storage Optimized"
_GPU = "GPU Accelerated"

_ALL = (
    NodeType("Standard_DS3_v2", _GENERAL, 4, 14336, 28, photon=False),
    NodeType("Standard_DS4_v2", _GENERAL, 8, 28672, 56, photon=False),
    NodeType("Standard_DS5_v2", _GENERAL, 16, 57344, 112, photon=False),
    NodeType("Standard_D4s_v3", _GENERAL, 4, 16384, 32, photon=False),
    NodeType("Standard_D8s_v3", _GENERAL, 8, 32768, 64, photon=False),
    NodeType("Standard_D4ds_v5", _GENERAL, 4, 16384, 150),
    NodeType("Standard_D8ds_v5", _GENERAL, 8, 32768, 300),
    NodeType("Standard_D16ds_v5", _GENERAL, 16, 65536, 600),
    NodeType("Standard_D4ads_v5", _GENERAL, 4, 16384, 150),
    NodeType("Standard_D8ads_v5", _GENERAL, 8, 32768, 300),
    NodeType("Standard_E4ds_v5", _MEMORY, 4, 32768, 150),
    NodeType("Standard_E8ds_v5", _MEMORY, 8, 65536, 300),
    NodeType("Standard_E16ds_v5", _MEMORY, 16, 131072, 600),
    NodeType("Standard_F8s_v2", _COMPUTE, 8, 16384, 64, photon=False),
    NodeType("Standard_F16s_v2", _COMPUTE, 16, 32768, 128, photon=False),
    NodeType("Standard_L8s_v3", _STORAGE, 8, 65536, 80, nvme_disks=1, nvme_disk=1788),
    NodeType("Standard_NC4as_T4_v3", _GPU, 4, 28672, 176, 1, photon=False),
)

NODE_TYPES = {node.name: node for node in _ALL}
