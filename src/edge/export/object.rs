//! The Durable Object `Exporter`: one runs each export, and several read pages for all of them. It stores nothing.

use crate::edge::config::Config;
use crate::edge::export::plan;
use crate::edge::export::protocol::{Command, REPLY};
use crate::edge::export::run::Run;
use crate::edge::export::{reader, token};
use crate::edge::response::StoredResponse;
use crate::edge::runtime::{self, object_rpc};
use wasm_bindgen_futures::spawn_local;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

/// The object.
#[durable_object(fetch)]
pub struct Exporter {
    env: Env,
}

impl DurableObject for Exporter {
    fn new(_state: State, env: Env) -> Self {
        Self { env }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let bytes = request.bytes().await?;
        let config = Config::of(&self.env);
        match object_rpc::split(&bytes)?.0 {
            Command::Read(query) => {
                let (reply, body) = reader::read(&config, &query).await;
                let stream = runtime::pooled_stream(&body);
                let response = web_sys::Response::new_with_opt_readable_stream(stream.as_ref())?;
                response.headers().set(REPLY, &token::write(&reply))?;
                Ok(response.into())
            }
            Command::Run(job) => match plan::prepare(&config, *job).await {
                Ok(plan) => {
                    let (run, body) = Run::new(self.env.clone(), config, plan);
                    spawn_local(run.finish());
                    Ok(web_sys::Response::new_with_opt_readable_stream(Some(&body))?.into())
                }
                Err(rejection) => {
                    let StoredResponse { body, .. } = &rejection;
                    Response::from_bytes(object_rpc::join(&rejection, body))
                }
            },
        }
    }
}
