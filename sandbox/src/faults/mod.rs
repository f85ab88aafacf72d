//! Faults on demand: tests make requests fail.

pub(crate) mod fault;
pub(crate) mod queue;
