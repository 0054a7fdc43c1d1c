//! The `langedit` command; all of it is `langedit::cli`.

#[cfg(not(target_family = "wasm"))]
fn main() -> std::process::ExitCode {
    langedit::cli::main()
}

/// The browser's module is the library: there is no command on wasm.
#[cfg(target_family = "wasm")]
fn main() {}
