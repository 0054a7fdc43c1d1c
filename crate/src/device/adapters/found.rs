//! What wgpu says of adapters, and how burn names them.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use burn::prelude::Device;
use burn::tensor::DeviceKind;
use burn::tensor::wgpu::WgpuBackend;
use burn_wgpu::wgpu;

use super::Adapter;
use crate::{Error, ErrorKind, Result};

impl Adapter {
    /// `None` for one that cannot be named to burn, or of a backend that is only a stub.
    fn of(adapter: &wgpu::Adapter) -> Option<Self> {
        let (info, limits) = (adapter.get_info(), adapter.limits());
        let backend = match info.backend {
            wgpu::Backend::Vulkan => "Vulkan",
            wgpu::Backend::Metal => "Metal",
            wgpu::Backend::Dx12 => "DX12",
            wgpu::Backend::Gl => "OpenGL",
            _ => return None,
        };
        let kind = match info.device_type {
            wgpu::DeviceType::DiscreteGpu => "discrete",
            wgpu::DeviceType::IntegratedGpu => "integrated",
            wgpu::DeviceType::VirtualGpu => "virtual",
            wgpu::DeviceType::Cpu => "software",
            wgpu::DeviceType::Other => return None,
        };
        Some(Self {
            name: info.name,
            backend,
            kind,
            driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
            pci: Some(info.device_pci_bus_id).filter(|id| !id.is_empty()),
            largest_matrix: limits.max_buffer_size.min(limits.max_storage_buffer_binding_size),
        })
    }

    /// How burn names the adapter that is the `nth` of its kind under its backend.
    fn selection(&self, nth: usize) -> (WgpuBackend, DeviceKind) {
        let backend = match self.backend {
            "Vulkan" => WgpuBackend::Vulkan,
            "Metal" => WgpuBackend::Metal,
            "DX12" => WgpuBackend::Dx12,
            _ => WgpuBackend::Gl,
        };
        let kind = match self.kind {
            "discrete" => DeviceKind::DiscreteGpu(nth),
            "integrated" => DeviceKind::IntegratedGpu(nth),
            "virtual" => DeviceKind::VirtualGpu(nth),
            _ => DeviceKind::Cpu,
        };
        (backend, kind)
    }
}

/// The adapters under these graphics interfaces.
async fn on(backends: wgpu::Backends) -> Vec<wgpu::Adapter> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor { backends, ..wgpu::InstanceDescriptor::new_without_display_handle() });
    instance.enumerate_adapters(backends).await
}

/// The adapters, with how burn names each.
pub(super) async fn selectable() -> Vec<(Adapter, (WgpuBackend, DeviceKind))> {
    let found = on(wgpu::Backends::PRIMARY).await;
    let mut seen: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut listed = Vec::with_capacity(found.len());
    for adapter in found.iter().filter_map(Adapter::of) {
        let nth = seen.entry((adapter.backend, adapter.kind)).or_default();
        let selection = adapter.selection(*nth);
        if selection.1 != DeviceKind::Cpu || *nth == 0 {
            listed.push((adapter, selection));
        }
        *nth += 1;
    }
    listed
}

/// A GPU as burn has it, and as wgpu describes it.
type Opened = (Device, Option<Adapter>);

/// The GPUs that this process has opened, by number: a second model on one finds it open, for burn starts a device once.
static OPENED: Mutex<BTreeMap<Option<usize>, Opened>> = Mutex::new(BTreeMap::new());

/// Opens the adapter at this place, or the best that there is, and says which that was.
///
/// # Errors
/// `Device`: there is none, or it cannot be opened.
pub(in crate::device) async fn open(index: Option<usize>) -> Result<Opened> {
    let opened = || OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = opened().get(&index) {
        return Ok(found.clone());
    }
    let mut all = selectable().await;
    let at = match index {
        Some(index) => index,
        None => best(&all).ok_or_else(|| {
            let message = "no GPU through wgpu: neither Vulkan nor Metal nor DX12 has one here";
            Error::new(ErrorKind::Device, message).hint("use the CPU: --device cpu; a newer driver may help")
        })?,
    };
    if at >= all.len() {
        let last = all.len().checked_sub(1).map_or("no adapter was found".to_owned(), |last| format!("the last is wgpu:{last}"));
        let message = format!("there is no wgpu:{at}: {last}");
        return Err(Error::new(ErrorKind::Device, message).hint("`langedit devices` lists them"));
    }
    let (_, (backend, kind)) = all.swap_remove(at);
    let (device, setup) = Device::wgpu_options()
        .tasks_max(32)
        .graphics_api(backend)
        .device_kind(kind)
        .init_with_setup_async()
        .await
        .map_err(|e| Error::new(ErrorKind::Device, format!("no GPU through wgpu: {e}")).hint("use the CPU: --device cpu"))?;
    let found = (device, Adapter::of(&setup.adapter));
    opened().insert(index, found.clone());
    Ok(found)
}

/// The place of the first adapter of the most powerful kind.
fn best(all: &[(Adapter, (WgpuBackend, DeviceKind))]) -> Option<usize> {
    let power = |adapter: &Adapter| ["discrete", "integrated", "virtual"].iter().position(|kind| *kind == adapter.kind).unwrap_or(3);
    (0..all.len()).min_by_key(|&at| power(&all[at].0))
}
