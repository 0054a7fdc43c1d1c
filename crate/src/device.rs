//! Devices and the one function that reads results back from them.

#[cfg(not(target_family = "wasm"))]
mod adapters;

use std::sync::atomic::{AtomicBool, Ordering};

use burn::prelude::*;
use burn::tensor::TensorData;

use crate::event_loop::breathe;
use crate::{Error, ErrorKind, Result, bail};

#[cfg(not(target_family = "wasm"))]
pub use adapters::{Adapter, adapters};

/// Set when a device reported an error that does not reach the call that caused it (a kernel rejected by the browser, a lost device).
static DEVICE_BROKEN: AtomicBool = AtomicBool::new(false);

/// Marks every result of the GPU as untrustworthy from now on. Called by error hooks.
pub fn mark_broken() {
    DEVICE_BROKEN.store(true, Ordering::Relaxed);
}

/// Whether [`mark_broken`] was called.
pub fn is_broken() -> bool {
    DEVICE_BROKEN.load(Ordering::Relaxed)
}

/// Which device a model runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The CPU, with SIMD.
    Cpu,
    /// A GPU through wgpu: Vulkan, Metal or DX12 natively, WebGPU in a browser. By its place among the machine's [`adapters`], or the best.
    Wgpu(Option<usize>),
    /// An NVIDIA GPU by index.
    Cuda(usize),
}

impl std::fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Wgpu(None) => f.write_str("wgpu"),
            Self::Wgpu(Some(index)) => write!(f, "wgpu:{index}"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
        }
    }
}

impl DeviceChoice {
    /// Parses `cpu`, `wgpu`, `wgpu:N`, `cuda` or `cuda:N`.
    ///
    /// # Errors
    /// Anything else, naming what is accepted.
    pub fn parse(text: &str) -> Result<Self> {
        let indexed = text.split_once(':').map(|(kind, index)| (kind, index.parse().ok()));
        Ok(match (text, indexed) {
            ("cpu", _) => Self::Cpu,
            ("wgpu", _) => Self::Wgpu(None),
            ("cuda", _) => Self::Cuda(0),
            (_, Some(("wgpu", Some(index)))) => Self::Wgpu(Some(index)),
            (_, Some(("cuda", Some(index)))) => Self::Cuda(index),
            _ => bail!(Usage, "unknown device `{text}`: expected cpu, wgpu, wgpu:N, cuda or cuda:N"),
        })
    }

    /// The burn device, initialised.
    ///
    /// # Errors
    /// The device does not exist here or was not compiled in.
    pub async fn open(self) -> Result<Device> {
        match self {
            Self::Cpu => Ok(Device::flex()),
            #[cfg(all(feature = "wgpu", not(target_family = "wasm")))]
            Self::Wgpu(index) => Ok(adapters::open(index).await?.0),
            #[cfg(all(feature = "wgpu", target_family = "wasm"))]
            Self::Wgpu(_) => Device::wgpu_options()
                .tasks_max(32)
                .init_async()
                .await
                .map_err(|e| Error::new(ErrorKind::Device, format!("no GPU through wgpu: {e}"))),
            #[cfg(not(feature = "wgpu"))]
            Self::Wgpu(_) => bail!(Device, "this build has no wgpu: build with --features wgpu"),
            #[cfg(feature = "cuda")]
            Self::Cuda(index) => Ok(Device::cuda(index)),
            #[cfg(not(feature = "cuda"))]
            Self::Cuda(_) => bail!(Device, "this build has no CUDA: build with --features cuda"),
        }
    }

    /// As [`Self::open`], with the adapter that it is, if wgpu opened it.
    ///
    /// # Errors
    /// As [`Self::open`].
    #[cfg(not(target_family = "wasm"))]
    pub async fn open_described(self) -> Result<(Device, Option<Adapter>)> {
        match self {
            #[cfg(feature = "wgpu")]
            Self::Wgpu(index) => adapters::open(index).await,
            _ => self.open().await.map(|device| (device, None)),
        }
    }
}

/// Reads a float tensor back to the host. Every result of every device passes here: nothing reads synchronously, which a browser
/// cannot do, and a device known to be broken never yields numbers.
///
/// # Errors
/// The device failed, or failed earlier.
pub async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    let device = tensor.device();
    breathe().await;
    let data = checked(&device, tensor.into_data_async().await)?;
    data.as_slice::<f32>().map(<[f32]>::to_vec).map_err(|e| Error::new(ErrorKind::Device, format!("reading back failed: {e:?}")))
}

/// As [`read`], for indices.
///
/// # Errors
/// As [`read`].
pub async fn read_indices<const D: usize>(tensor: Tensor<D, Int>) -> Result<Vec<u32>> {
    let device = tensor.device();
    let data = checked(&device, tensor.into_data_async().await)?;
    Ok(data.iter::<i64>().map(|index| u32::try_from(index).unwrap_or(u32::MAX)).collect())
}

/// What came back, unless its device is known to compute wrongly.
///
/// # Errors
/// The device failed, or failed earlier.
pub(crate) fn checked<E: std::fmt::Display>(device: &Device, data: std::result::Result<TensorData, E>) -> Result<TensorData> {
    let data = data.map_err(|e| Error::new(ErrorKind::Device, format!("reading back failed: {e}")))?;
    if !is_cpu(device) && is_broken() {
        bail!(Device, "the GPU rejected a computation, so its results are not valid");
    }
    Ok(data)
}

/// Whether the device computes on the host, where packed weights are dequantised by our own loops.
pub fn is_cpu(device: &Device) -> bool {
    *device == Device::flex()
}

/// Uploads a float tensor.
pub fn upload<const D: usize>(values: Vec<f32>, shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// Uploads indices.
pub fn upload_indices(values: &[usize], device: &Device) -> Tensor<1, Int> {
    // i32 is the index type every device has.
    let values: Vec<i32> = values.iter().map(|&v| i32::try_from(v).unwrap_or(i32::MAX)).collect();
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count]), device)
}
