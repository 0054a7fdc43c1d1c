//! The GPUs that wgpu finds on this machine, in an order by which one can be named.

#[cfg(feature = "wgpu")]
mod found;

#[cfg(feature = "wgpu")]
pub(super) use found::open;

/// A GPU under one graphics interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapter {
    /// What it calls itself.
    pub name: String,
    /// The graphics interface: a GPU may be there under several.
    pub backend: &'static str,
    /// What it is made of: `discrete`, `integrated`, `virtual` or `software`.
    pub kind: &'static str,
    /// Driver and its version, as far as it says.
    pub driver: String,
    /// Its place on the PCI bus, such as `0000:01:00.0`, if it says.
    pub pci: Option<String>,
    /// Bytes of the largest matrix that one computation can read.
    pub largest_matrix: u64,
}

/// The adapters of this machine: `wgpu:0` is the first. A software adapter counts once a backend, as burn has one name for all of them.
#[allow(clippy::unused_async, reason = "without wgpu there is nothing to wait for")]
pub async fn adapters() -> Vec<Adapter> {
    #[cfg(feature = "wgpu")]
    let adapters = found::selectable().await.into_iter().map(|(adapter, _)| adapter).collect();
    #[cfg(not(feature = "wgpu"))]
    let adapters = Vec::new();
    adapters
}
