//! Runs an export: has pages read at the pace of the rate limit, and writes their rows one page after the other.

use crate::call::export::Exported;
use crate::client::{BufferedResponse, Error, Failure, Timer};
use crate::edge::config::Config;
use crate::edge::export::pending::{Number, Pending, Reading};
use crate::edge::export::plan::Plan;
use crate::edge::export::protocol::{Command, EXPORTERS, Job, PageQuery, PageReply, REPLY};
use crate::edge::export::removals;
use crate::edge::export::token::{self, Origin, Resume};
use crate::edge::intercom::rate_budget::{Allowance, RateBudget};
use crate::edge::request::log;
use crate::edge::response::Rejection;
use crate::edge::runtime;
use crate::edge::runtime::clock::Clock;
use crate::edge::runtime::connection_pool::ConnectionPool;
use crate::edge::runtime::object_rpc;
use crate::edge::runtime::output::{Left, Stream};
use crate::edge::runtime::sql;
use crate::model::{ErrorList, ExportProgress, ExportState, Field, KnownRemovals, Timestamp};
use futures_util::future::{self, Either, LocalBoxFuture};
use futures_util::stream::{FuturesUnordered, StreamExt};
use serde_json::json;
use std::collections::VecDeque;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::ReadableStream;
use worker::Env;

/// The most objects that read pages. At 100 ms a request, three reach the usual limit of 1,667 requests in ten seconds.
const MAX_READERS: usize = 8;

/// The failed attempts after which a page is given up.
const MAX_ATTEMPTS: u32 = 6;

/// The number of 429 after which a page is given up: each asks to wait for a window, or longer.
const MAX_LIMITED: u32 = 60;

/// The longest time without a marker, so that neither the reader nor a proxy takes the connection for broken.
const MAX_SILENCE: Duration = Duration::from_secs(15);

/// The state of an export.
pub struct Run {
    env: Env,
    config: Rc<Config>,
    job: Job,
    origin: Origin,
    pending: Pending,
    budget: RateBudget,
    readers: ConnectionPool,
    output: Stream,
    rows: u64,
    total: Option<u64>,
    /// The completeness of the removals, once the export has written them.
    removals: Option<KnownRemovals>,
    /// The number of rows, and the time since 1970, when this run began.
    began: (u64, Duration),
    /// The number of pages that were requested.
    requests: u64,
    /// The time that Intercom takes for a page: the average, in which newer pages count more.
    latency: Option<Duration>,
}

/// The reason why an export ends early.
enum End {
    Left,
    Failed(Rejection),
    /// The objects that read pages don't answer: the runtime's limit of requests is reached. The export can continue in
    /// another request.
    Stopped,
}

impl End {
    /// Returns the name for the log.
    const fn name(&self) -> &'static str {
        match self {
            Self::Left => "cancelled",
            Self::Failed(_) => "failed",
            Self::Stopped => "stopped",
        }
    }
}

impl From<Left> for End {
    fn from(_: Left) -> Self {
        Self::Left
    }
}

/// A page that was read.
struct Page {
    number: Number,
    reply: PageReply,
    response: worker::Response,
}

impl Page {
    /// Leaves the rows unread.
    fn cancel(self) {
        if let Some(body) = web_sys::Response::from(self.response).body() {
            let cancelled = JsFuture::from(body.cancel());
            // It fails if the object has stopped.
            spawn_local(async move { drop(cancelled.await) });
        }
    }
}

/// The number of a range, the reader, and the page.
type Answer = (Number, usize, worker::Result<Page>);

/// The pages that are being read.
type Pages = FuturesUnordered<LocalBoxFuture<'static, Answer>>;

impl Run {
    /// Makes a run, and the stream that it writes.
    pub fn new(env: Env, config: Rc<Config>, plan: Plan) -> (Self, ReadableStream) {
        let Plan { job, origin, pending, rows, total } = plan;
        let output = Stream::new();
        let readable = output.readable();
        let run = Self {
            env,
            config,
            job,
            origin,
            pending,
            budget: RateBudget::new(1),
            readers: ConnectionPool::new(MAX_READERS),
            output,
            rows,
            total,
            removals: None,
            began: (rows, runtime::now()),
            requests: 0,
            latency: None,
        };
        (run, readable)
    }

    /// Runs the export to its end.
    pub async fn finish(mut self) {
        let (mut reading, mut read) = (FuturesUnordered::new(), VecDeque::new());
        let end = self.run(&mut reading, &mut read).await;
        // The pages that nobody will read hold buffers and connections.
        spawn_local(async move {
            read.drain(..).for_each(Page::cancel);
            while let Some((_, _, page)) = reading.next().await {
                let _ = page.map(Page::cancel);
            }
        });
        let cause = match &end {
            Err(End::Failed(rejection)) => rejection.cause(),
            _ => None,
        };
        self.log(end.as_ref().err().map_or("done", End::name), cause);
        let (state, errors) = match end {
            Err(End::Left) => return,
            Err(End::Failed(rejection)) if self.job.markers => {
                let errors = ErrorList::read(&rejection.into_stored().body).details();
                (ExportState::Failed, errors)
            }
            Err(End::Failed(_) | End::Stopped) => return self.output.abort().await,
            Ok(()) => (ExportState::Done, Vec::new()),
        };
        if self.mark(state, errors).await.is_ok() {
            self.output.close().await;
        }
    }

    /// Writes a line to the Worker's log, with the `id` of the line that was written when the export began.
    fn log(&self, end: &str, cause: Option<&str>) {
        if !self.config.log && cause.is_none() {
            return;
        }
        let (rows, began) = self.began;
        let line = json!({
            "id": self.job.id,
            "export": self.job.of.as_str(),
            "end": end,
            "rows": self.rows - rows,
            "requests": self.requests,
            "ms": runtime::now().saturating_sub(began).as_millis() as u64,
            "cause": cause,
        });
        runtime::log(&line.to_string());
    }

    async fn run(&mut self, reading: &mut Pages, read: &mut VecDeque<Page>) -> Result<(), End> {
        if let Some(header) = self.job.selection.header() {
            self.output.write(&header).await?;
        }
        self.mark(ExportState::Running, Vec::new()).await?;
        loop {
            let wait = self.start(reading, read.len());
            if let Some(page) = read.pop_front() {
                self.write(page).await?;
                continue;
            }
            if reading.is_empty() && self.pending.is_empty() {
                return self.write_removals().await;
            }
            let sleep = pin!(Clock.sleep(wait.unwrap_or(MAX_SILENCE).min(MAX_SILENCE)));
            match future::select(reading.next(), sleep).await {
                Either::Left((Some((number, reader, answer)), _)) => {
                    self.readers.release(reader);
                    read.extend(self.receive(number, answer).await?);
                }
                Either::Left((None, sleep)) => {
                    sleep.await;
                    self.mark(ExportState::Running, Vec::new()).await?;
                }
                Either::Right(_) => self.mark(ExportState::Running, Vec::new()).await?,
            }
        }
    }

    /// Starts to read as many pages as the rate limit and the connections allow. Returns the time until more may be
    /// read.
    fn start(&mut self, reading: &mut Pages, read: usize) -> Option<Duration> {
        let now = runtime::now();
        let in_flight = u32::try_from(reading.len()).unwrap_or(u32::MAX);
        let requests = match self.budget.allowance(in_flight, self.config.export_free_share, now) {
            Allowance::Jobs(requests) => usize::try_from(requests).unwrap_or(usize::MAX),
            Allowance::NoneUntil(time) => return Some(time.saturating_sub(now)),
        };
        let useful = self.latency.and_then(|latency| self.budget.useful_at_once(latency));
        let useful = useful.unwrap_or(usize::MAX);
        let most = useful.min(self.readers.connections());
        let free = most.saturating_sub(reading.len() + read);
        for _ in 0..requests.min(free) {
            let Some((number, next)) = self.pending.start() else { break };
            reading.push(self.read(number, next));
            self.requests += 1;
        }
        None
    }

    /// Has an object read a page.
    fn read(&self, number: Number, next: Reading) -> LocalBoxFuture<'static, Answer> {
        let limit = self.pending.limit(&next);
        let query = PageQuery {
            of: self.job.of,
            role: self.job.role.clone(),
            selection: self.job.selection.clone(),
            range: next.range,
            cursor: next.cursor,
            limit,
        };
        let command = Command::Read(Box::new(query));
        let reader = self.readers.acquire();
        let env = self.env.clone();
        Box::pin(async move {
            let object = (EXPORTERS, &*format!("reader-{reader}"));
            let response = object_rpc::send(&env, object, &command, &[]).await;
            let page = response.and_then(|response| {
                let reply = response.headers().get(REPLY)?.and_then(|reply| token::read(&reply));
                let reply = reply.ok_or_else(|| worker::Error::from("no reply"))?;
                Ok(Page { number, reply, response })
            });
            (number, reader, page)
        })
    }

    /// Learns from a page. Returns it if its rows are to be written.
    async fn receive(
        &mut self,
        number: Number,
        answer: worker::Result<Page>,
    ) -> Result<Option<Page>, End> {
        let mut page = match answer {
            Ok(page) => page,
            Err(error) => {
                log::fault(&error);
                return self.again(number, || End::Stopped).map(|()| None);
            }
        };
        if let Some(limit) = page.reply.limit() {
            self.budget.learn(limit);
        }
        let took = Duration::from_millis(page.reply.took);
        self.latency = Some(self.latency.map_or(took, |average| (average * 7 + took) / 8));
        if !self.pending.has(number) {
            page.cancel();
            return Ok(None);
        }
        match page.reply.status {
            200 if page.reply.unreadable.is_some() => {
                let reason = page.reply.unreadable.unwrap_or_default();
                self.again(number, || End::Failed(Rejection::unreadable(reason)))?;
            }
            200 if page.reply.is_over_limit => match self.pending.limit_of(number) {
                Some(_) => self.pending.divide(number, page.reply.total.unwrap_or_default()),
                // In the meantime, Intercom has rejected the search that would divide the range.
                None => drop(self.pending.repeat(number)),
            },
            200 => return Ok(Some(page)),
            400 if self.pending.without_ids(number) => {}
            0 => {
                let timed_out = page.reply.timed_out;
                let failure = if timed_out { Failure::Timeout } else { Failure::Connection };
                self.again(number, || End::Failed(failure.into()))?;
            }
            status => {
                let body = page.response.bytes().await.unwrap_or_default();
                let response = BufferedResponse { status, headers: Vec::new(), body };
                let failed = || End::Failed(Error::Status(response).into());
                match status {
                    429 if self.pending.repeat(number) < MAX_LIMITED => {
                        self.budget
                            .pause(page.reply.wait.map(Duration::from_millis), runtime::now());
                    }
                    408 | 500..=504 => self.again(number, failed)?,
                    _ => return Err(failed()),
                }
            }
        }
        Ok(None)
    }

    /// Has a page read once more after a pause, or ends the export after too many attempts. A scroll can't be repeated:
    /// the next request would skip a page.
    fn again(&mut self, number: Number, end: impl FnOnce() -> End) -> Result<(), End> {
        let is_list = self.pending.remainder().is_none();
        let attempts = self.pending.repeat(number);
        if is_list || attempts >= MAX_ATTEMPTS {
            return Err(end());
        }
        let pause = Duration::from_millis(250) * 2_u32.saturating_pow(attempts);
        self.budget.pause(Some(pause), runtime::now());
        Ok(())
    }

    /// Writes the rows of a page, and a marker after them.
    async fn write(&mut self, page: Page) -> Result<(), End> {
        if !self.pending.has(page.number) {
            page.cancel();
            return Ok(());
        }
        let Page { number, reply, response } = page;
        if reply.rows > 0 {
            self.output.pipe(&response.into()).await?;
        }
        self.rows += reply.rows;
        if !self.pending.written(number, reply.next, reply.total) {
            return Err(End::Failed(Error::Endless::<BufferedResponse>.into()));
        }
        Ok(self.mark(ExportState::Running, Vec::new()).await?)
    }

    /// Writes the contacts that were removed since the time of `since`. A marker follows each page, so that a reader
    /// needs to keep one page only.
    async fn write_removals(&mut self) -> Result<(), End> {
        let Some(since) = self.job.selection.since else { return Ok(()) };
        if !self.job.markers || self.job.of != Exported::Contacts {
            return Ok(());
        }
        if self.config.require(removals::BINDING).is_err() {
            self.removals = Some(KnownRemovals::Unknown);
            return Ok(());
        }
        let mut after = None;
        loop {
            let page = removals::page(&self.env, since, after).await.map_err(End::Failed)?;
            let lines = removals::lines(page.removals);
            if !lines.is_empty() {
                self.output.write(&lines).await?;
            }
            let Some(next) = page.next else {
                let known = removals::known(page.known_since, since, sql::now());
                self.removals = Some(known);
                return Ok(());
            };
            after = Some(next);
            self.mark(ExportState::Running, Vec::new()).await?;
        }
    }

    /// Writes a marker, if the caller wants markers.
    async fn mark(
        &self,
        state: ExportState,
        errors: Vec<crate::model::ErrorDetail>,
    ) -> Result<(), Left> {
        if !self.job.markers {
            return Ok(());
        }
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let (done, ranges) = self.pending.counts();
        let is_done = state == ExportState::Done;
        let resume = self.pending.remainder().filter(|_| !is_done).map(|remainder| {
            let origin = self.origin.clone();
            token::write(&Resume { origin, rows: self.rows, total: self.total, remainder })
        });
        let next = is_done.then(|| {
            token::write(&Origin { query: self.job.mirror.clone(), ..self.origin.clone() })
        });
        let errors = if errors.is_empty() { Field::Absent } else { errors.into() };
        let progress = ExportProgress {
            r#type: "edge.export".into(),
            state: state.into(),
            rows: number(self.rows).into(),
            total: Field::nullable(self.total.map(number)),
            ranges_done: number(done).into(),
            ranges: number(ranges).into(),
            estimated_end_at: Field::nullable(self.estimated_end()),
            resume: Field::nullable(resume),
            next: Field::nullable(next),
            removals: self.removals.clone().filter(|_| is_done).map_or(Field::Absent, Field::Known),
            errors,
            ..ExportProgress::default()
        };
        let line = serde_json::to_string(&progress).unwrap_or_default();
        self.output.write(&[&line, "\n"].concat()).await
    }

    /// Estimates the end by the rows of this run.
    fn estimated_end(&self) -> Option<Timestamp> {
        let (rows, began) = self.began;
        let now = runtime::now();
        let written = self.rows.saturating_sub(rows);
        let left = self.total?.saturating_sub(self.rows);
        let took = now.saturating_sub(began).as_secs_f64();
        let end = now.as_secs_f64() + took * left as f64 / written as f64;
        (written > 0).then(|| Timestamp::of_milliseconds((end * 1000.0) as i64))
    }
}
