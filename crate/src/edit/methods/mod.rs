//! The editing methods, each in a file of its own with its declaration ([`MethodSpec`]); [`Method`] lists them. Most give, for residuals and
//! keys of a step at a layer, the update of that layer's down-projection ([`Editor`](crate::edit::Editor)), some of them with a [`Restraint`](crate::edit::Restraint) on it; ROME and
//! fine-tuning make a step in their own way ([`Procedure`]).

mod alphaedit;
mod answeredit;
mod evoedit;
mod finetune;
mod langedit;
mod layer_space;
mod memit;
mod procedure;
mod prune;
mod rect;
mod registry;
mod restrained;
mod rome;
mod settings;
mod spec;

pub use finetune::FineTuning;
pub use procedure::{Procedure, editor};
pub use registry::Method;
pub use rome::Rome;
pub use spec::{LayerCount, MethodSpec, Needs};
