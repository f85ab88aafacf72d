//! Writes the JavaScript that loads a compiled program, and the program as that JavaScript expects it.
//!
//! This is wasm-bindgen's own command with the options that `scripts/build.mjs` needs. The command
//! itself comes with servers for tests, which take four times as long to compile.

use anyhow::{Context, Result, bail};
use std::env::args;
use std::process::ExitCode;
use wasm_bindgen_cli_support::Bindgen;

const USAGE: &str = "intercom-edge-bindgen <worker | package | page> <program.wasm> <folder> <name>
  worker   for a Worker: the program starts with its module, and again after a panic
  package  for the npm package: JavaScript gets the program from elsewhere and starts it
  page     for a page: JavaScript loads the program from the file beside it and starts it";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:?}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments: Vec<String> = args().skip(1).collect();
    let [kind, program, folder, name] = arguments.as_slice() else { bail!(USAGE) };
    let mut bindgen = Bindgen::new();
    match kind.as_str() {
        "worker" => bindgen
            .module(true)?
            .typescript(false)
            .reset_state_function(true)
            // Calls `worker`'s handler after a trap, which asks for a new start.
            .force_enable_abort_handler(true),
        "package" => bindgen.web(true)?.typescript(true).omit_default_module_path(true),
        "page" => bindgen.web(true)?.typescript(true).omit_default_module_path(false),
        _ => bail!(USAGE),
    };
    bindgen.input_path(program).out_name(name);
    bindgen.generate(folder).with_context(|| format!("{program} cannot be bound"))
}
