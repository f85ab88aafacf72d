//! Intercom for your own admin dashboard.
//!
//! With no feature the crate is pure Rust: [`model`] (what Intercom says), [`v1`] (the same people
//! in the 1.x dialect), [`call`] (what can be asked) and [`client`] (sends calls through any
//! [`client::Transport`]). The features `browser`, `checks`, `edge` and `sandbox` each add one
//! WebAssembly build on top and exclude each other; `types` writes the models as TypeScript declares
//! them.

pub mod call;
pub mod client;
pub mod model;
pub mod v1;

#[cfg(feature = "browser")]
mod browser;
#[cfg(feature = "checks")]
mod checks;
#[cfg(feature = "edge")]
mod edge;
#[cfg(feature = "sandbox")]
mod sandbox;

#[cfg(any(
    all(feature = "browser", any(feature = "checks", feature = "edge", feature = "sandbox")),
    all(feature = "checks", any(feature = "edge", feature = "sandbox")),
    all(feature = "edge", feature = "sandbox")
))]
compile_error!(
    "the features `browser`, `checks`, `edge` and `sandbox` exclude each other: choose one"
);
