//! Intercom for your own admin dashboard.
//!
//! With no feature the crate is pure Rust: [`model`] (what Intercom says), [`v1`] (the same people
//! in the 1.x dialect), [`call`] (what can be asked) and [`client`] (sends calls through any
//! [`client::Transport`]).
//!
//! Features are additive:
//!
//! - `browser` adds a transport and a clock for a front end in Rust.
//! - `package` adds the exports of the npm package's WebAssembly. It implies `browser`.
//! - `checks` adds the exports of the package's second WebAssembly, which is loaded where messages
//!   are checked.
//! - `edge` adds the Cloudflare Worker.
//! - `types` writes the models as TypeScript declares them.

// In a build with `--cfg closed`, which only the tests make, these two are not public: so the compiler
// lists what neither the Worker nor the package nor a front end in Rust reaches.
#[cfg(closed)]
mod call;
#[cfg(not(closed))]
pub mod call;
#[cfg(closed)]
mod client;
#[cfg(not(closed))]
pub mod client;
pub mod model;
pub mod v1;

#[cfg(feature = "browser")]
pub mod browser;
#[cfg(feature = "checks")]
mod checks;
#[cfg(feature = "edge")]
mod edge;

/// The code of the page is compiled with the tests.
#[cfg(all(doctest, feature = "browser"))]
#[doc = include_str!("../docs/rust.md")]
mod front_ends_in_rust {}
