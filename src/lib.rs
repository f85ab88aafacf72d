//! Intercom for your own admin dashboard.
//!
//! Without features the crate is pure Rust: [`model`] (the objects of API 2.x), [`v1`] (people and
//! conversations of API 1.x), [`call`] (the calls) and [`client`] (sends calls through any
//! [`client::Transport`]).
//!
//! Features are additive:
//!
//! - `browser` adds a transport and a clock for a front end in Rust.
//! - `package` adds the exports of the npm package's WebAssembly. It implies `browser`.
//! - `checks` adds the exports of the package's second WebAssembly, which checks messages.
//! - `directory` adds the directory: all contacts in columns, to search them in a page.
//! - `edge` adds the Cloudflare Worker.
//! - `types` writes the models as TypeScript declarations.

// In a build with `--cfg closed`, which only the tests make, these three are not public. The compiler
// then lists the code that neither the Worker nor the package nor a front end in Rust uses.
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
#[cfg(all(feature = "directory", closed))]
mod directory;
#[cfg(all(feature = "directory", not(closed)))]
pub mod directory;
#[cfg(feature = "edge")]
mod edge;

/// The code in this page is compiled with the tests.
#[cfg(all(doctest, feature = "browser"))]
#[doc = include_str!("../docs/rust.md")]
mod front_ends_in_rust {}
