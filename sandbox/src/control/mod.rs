//! The sandbox's own endpoints, under `/_sandbox/`. They need no token, and no rate limit applies.

pub(crate) mod endpoints;
pub(crate) mod seed;
pub(crate) mod settings;
pub(crate) mod webhooks;
