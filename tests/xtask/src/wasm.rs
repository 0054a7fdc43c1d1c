//! The wasm module: the crate compiled for wasm32, then its JavaScript bindings.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use crate::fresh::Inputs;
use crate::project::Project;
use crate::{shell, tools};

const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's compiler with the sources of its standard library, and the linker: they serve where rustup has no server to ask.
const DEBIAN: &[&str] = &["rustc-web", "cargo-web", "rust-web-src", "lld-22"];
const DEBIAN_LINKER: &str = "wasm-ld-22";

/// How the crate is compiled for wasm32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The toolchain that builds everything else has the target's standard library.
    Rustup,
    /// Debian's compiler builds the standard library from its sources.
    Debian,
}

impl Toolchain {
    /// Finds or installs one.
    pub(crate) fn ready(project: &Project) -> Result<Self> {
        if sysroot(Command::new("rustc").current_dir(&project.root)).is_some_and(|root| has_target(&root)) {
            return Ok(Self::Rustup);
        }
        if let Some(rustup) = tools::find(&["rustup"]) {
            shell::note("-- installing the standard library of wasm32");
            if shell::run(Command::new(rustup).current_dir(&project.root).args(["target", "add", TARGET])).is_ok() {
                return Ok(Self::Rustup);
            }
        }
        if !debian_is_complete() {
            shell::note("-- rustup gives no wasm32 target; trying Debian's compiler");
            tools::apt_install(DEBIAN, None).with_context(|| format!("the page needs the target {TARGET}: rustup target add {TARGET}"))?;
            ensure!(debian_is_complete(), "{} are installed, but /usr/bin/rustc has no sources of its standard library", DEBIAN.join(" "));
        }
        Ok(Self::Debian)
    }

    /// A cargo command that compiles for wasm32, `arguments` being the subcommand and its flags.
    pub(crate) fn cargo(self, project: &Project, arguments: &[&str]) -> Command {
        match self {
            Self::Rustup => {
                let mut command = project.cargo(arguments);
                command.args(["--target", TARGET]);
                command
            }
            Self::Debian => {
                let mut command = Command::new("/usr/bin/cargo");
                command
                    .current_dir(&project.root)
                    .args(arguments)
                    .args(["--target", TARGET, "-Zbuild-std=std,panic_abort"])
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env("RUSTC", "/usr/bin/rustc")
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER)
                    .env_remove("RUSTUP_TOOLCHAIN")
                    .env_remove("CARGO");
                command
            }
        }
    }
}

fn sysroot(rustc: &mut Command) -> Option<PathBuf> {
    shell::ask(rustc.args(["--print", "sysroot"])).map(PathBuf::from)
}

fn has_target(sysroot: &Path) -> bool {
    sysroot.join("lib/rustlib").join(TARGET).join("lib").is_dir()
}

fn debian_is_complete() -> bool {
    let sources = |root: PathBuf| root.join("lib/rustlib/src/rust/library/std").is_dir();
    Path::new("/usr/bin/cargo").is_file()
        && tools::find(&[DEBIAN_LINKER]).is_some()
        && sysroot(&mut Command::new("/usr/bin/rustc")).is_some_and(sources)
}

/// The modules: folder of the bindings and the crate's features. Kernels for a GPU are three quarters of the code, so that browsers without an
/// adapter get a module without them.
const MODULES: &[(&str, &[&str])] = &[("webgpu", &[]), ("cpu", &["--no-default-features"])];

/// Compiles the modules and writes their bindings to web/src/engine/pkg, unless they are those of the same modules.
pub(crate) fn build(project: &Project) -> Result<()> {
    let toolchain = Toolchain::ready(project)?;
    for (name, features) in MODULES {
        shell::note(&format!("-- wasm module for {name} (the first build takes a quarter of an hour or more)"));
        let arguments = ["build", "--locked", "--profile", "wasm", "-p", "langedit", "--lib"];
        shell::run(toolchain.cargo(project, &arguments).args(*features))?;
        let module = project.target.join(TARGET).join("wasm/langedit.wasm");
        bindings(&module, &project.web().join("src/engine/pkg").join(name))?;
    }
    Ok(())
}

/// The best compression whose window (8 MB) every decoder accepts.
const ZSTD_LEVEL: i32 = 19;

fn bindings(module: &Path, out: &Path) -> Result<()> {
    let mut inputs = Inputs::new("bindings 2, wasm-bindgen 0.2.130");
    inputs.add(module, &[])?;
    let stamp = inputs.stamp(out.join(".langedit-stamp"));
    if stamp.is_fresh() {
        shell::note("-- JavaScript bindings: up to date");
        return Ok(());
    }
    shell::note("-- JavaScript bindings");
    if out.exists() {
        fs::remove_dir_all(out).with_context(|| format!("cannot clear {}", out.display()))?;
    }
    // The names of functions are half of the module's bytes, and nobody sees them but in a crash's trace.
    let made = Bindgen::new()
        .input_path(module)
        .out_name("langedit")
        .web(true)
        .map(|bindgen| bindgen.typescript(true).remove_name_section(true).remove_producers_section(true).generate(out));
    made.and_then(|generated| generated).map_err(|error| anyhow::anyhow!("wasm-bindgen cannot process {}: {error:#}", module.display()))?;
    compress(&out.join("langedit_bg.wasm"))?;
    stamp.write()
}

/// Puts a zstd file in the place of the module; the page unpacks it while it arrives.
fn compress(module: &Path) -> Result<()> {
    let whole = fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    let packed = zstd::encode_all(whole.as_slice(), ZSTD_LEVEL)?;
    let target = module.with_extension("wasm.zst");
    fs::write(&target, packed).with_context(|| format!("cannot write {}", target.display()))?;
    Ok(fs::remove_file(module)?)
}
