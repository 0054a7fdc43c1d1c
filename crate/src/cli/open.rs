//! Opening a model for the commands that run it.

use web_time::Instant;

use super::arguments::ModelSource;
use super::devices::fit;
use super::progress::ProgressBars;
use crate::device::DeviceChoice;
use crate::edit::{SELF_CHECK_TOLERANCE, check_model, self_check};
use crate::recipe::{ModelRef, Session};
use crate::{Error, ErrorKind, Result};

/// A session on an opened checkpoint.
pub(super) struct Opened {
    /// The session.
    pub(super) session: Session,
    /// What a recipe calls this model.
    pub(super) reference: ModelRef,
    /// Where it comes from.
    pub(super) source: ModelSource,
    /// Seconds that opening took.
    pub(super) load_seconds: f64,
}

/// Opens `source` on the device that was asked for, with progress.
pub(super) async fn open(source: &ModelSource, choice: DeviceChoice, bars: &ProgressBars) -> Result<Opened> {
    let started = Instant::now();
    bars.start("opening the checkpoint", 0);
    let checkpoint = source.open()?;
    let (device, adapter) = choice.open_described().await?;
    fit::check(&checkpoint, choice, adapter.as_ref())?;
    if choice != DeviceChoice::Cpu {
        bars.start("comparing the device with the CPU", 0);
        let difference = self_check(&device).await.map_err(|error| error.at(choice))?;
        if difference > SELF_CHECK_TOLERANCE {
            return Err(Error::new(ErrorKind::Device, format!("{choice} computes wrongly: {difference:.1e} from the CPU"))
                .hint("use the CPU: --device cpu; a newer driver may help"));
        }
        check_model(&device, &|name| checkpoint.tensors.matrix(name)).await.map_err(|error| error.at(choice))?;
    }
    bars.start("loading layers", checkpoint.config.layers as u64);
    let session = Session::open(&checkpoint, &device, &choice.to_string(), |done, _| bars.set(done as u64))?;
    bars.finish();
    checkpoint.warnings.iter().for_each(|warning| bars.remark(warning));
    let reference = ModelRef { name: checkpoint.name.clone(), sha256: Some(checkpoint.sha256.clone()) };
    Ok(Opened { session, reference, source: source.clone(), load_seconds: started.elapsed().as_secs_f64() })
}

/// Peak memory of this process in bytes, if the system says.
pub(super) fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    kilobytes.trim().trim_end_matches("kB").trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
