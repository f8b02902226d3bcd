//! P3, P5 and P6: the real binary over HTTP, loaded from this process over kept connections.

use std::net::SocketAddr;

use super::Run;
use super::desk::Queue;
use crate::http::{Connection, Request};
use crate::load::{Client, Times, full, paced};
use crate::report::{Line, Section, Verdict};
use crate::server::{Server, Start, everlit, free_address, variables};
use crate::site::{Scratch, people, publish};
use crate::usage::{Meter, memory_mb};
use crate::wire::{ORDERS, Wish, order_id};
use crate::{Engine, Failure};

/// ¥10,000,000 each.
const WEALTH: i64 = 1_000_000_000;
/// Asked after a start: it needs the database and the catalogue.
const PROBE: &str = "/api/v1/services";
const PAGE: &str = "/services";
/// Starts of which the middle one counts.
const STARTS: usize = 3;

/// An installation whose server runs.
struct Site {
    scratch: Scratch,
    start: Start,
    tokens: Vec<String>,
    server: Server,
}

async fn open(run: &Run<'_>, engine: Engine) -> Result<Site, Failure> {
    let scratch = Scratch::new(engine, run.server(engine)).await?;
    let cx = scratch.open().await?;
    publish(&cx).await?;
    let tokens = people(&cx, run.options.connections, WEALTH).await?;
    drop(cx);
    let address = free_address()?;
    let start = Start {
        program: everlit()?,
        // What is done after an order is measured elsewhere; here it would only take turns with taking orders.
        arguments: vec!["serve".to_owned(), "--no-worker".to_owned()],
        variables: variables(scratch.data(), &scratch.url, address),
        address,
        probe: PROBE,
        log: scratch.data().join("server.log"),
    };
    let (server, _) = Server::start(&start).await?;
    Ok(Site { scratch, start, tokens, server })
}

impl Site {
    async fn meter(&self) -> Result<Meter, Failure> {
        Ok(Meter::of(self.server.pid, self.scratch.postmaster().await?))
    }

    async fn queue(&self) -> Result<Queue, Failure> {
        let mut connection = Connection::open(self.start.address).await?;
        Ok(Queue::of(&connection.send(&Request::get("/metrics", None)).await?.text()))
    }

    /// One caller a token, who places orders; `what` keeps the keys of two loads apart.
    fn buyers(&self, what: &str) -> Vec<Caller> {
        let buyer = |(place, token): (usize, &String)| {
            let ask = Ask::Order {
                token: token.clone(),
                body: Wish::top_up("13800001234").body(),
                prefix: format!("{what}-{place}"),
                number: 0,
            };
            Caller { address: self.start.address, connection: None, ask }
        };
        self.tokens.iter().enumerate().map(buyer).collect()
    }

    /// The same request again and again.
    fn readers(&self, path: &str, token: Option<&str>, count: usize) -> Vec<Caller> {
        let written = Request::get(path, token).write();
        let reader =
            |_| Caller { address: self.start.address, connection: None, ask: Ask::Same(written.clone()) };
        (0..count).map(reader).collect()
    }
}

pub(super) async fn p3_and_p6(run: &mut Run<'_>) -> Result<Section, Failure> {
    let mut section = Section::new("P3 and P6: orders over HTTP; start and memory");
    for engine in [Engine::Postgres, Engine::Sqlite] {
        let desk = run.desk(engine).await?;
        let site = open(run, engine).await?;
        let meter = site.meter().await?;
        let before = site.queue().await?;
        let peak = full(site.buyers("full"), run.times, meter).await?;
        let between = site.queue().await?;
        let half = paced(site.buyers("half"), peak.per_second() / 2.0, run.times, meter).await?;
        let after = site.queue().await?;
        let (first, second) = (between.since(&before), after.since(&between));
        let connections = run.options.connections;
        let line = Line::of(format!("POST {ORDERS} on {engine}, {connections} connections"), &peak);
        let half_line = Line::of("the same at half of that pace", &half);
        let share = format!("P3: at least 0.5 × the desk on {engine}");
        section.verdicts.push(Verdict::ratio(share, line.per_second, desk.per_second, 0.5));
        let tail = format!("P3: at half of peak p99 at most 50 ms on {engine}");
        section.verdicts.push(Verdict::at_most(tail, half.quantile_ms(0.99), 50.0, "ms"));
        section.lines.push(Line { what: format!("{}, for comparison", desk.what), ..desk });
        section.lines.push(line.with_batch(first.batch(), first.wait_ms()));
        section.lines.push(half_line.with_batch(second.batch(), second.wait_ms()));
        for trouble in [peak.trouble, half.trouble].into_iter().flatten() {
            section.notes.push(format!("A call on {engine} failed: {trouble}"));
        }
        if let Some(memory) = memory_mb(site.server.pid) {
            let what = format!("P6: memory after that load on {engine} at most 150 MB");
            section.verdicts.push(Verdict::at_most(what, memory, 150.0, "MB"));
        }
        let took = starts(&site.start, site.server).await?;
        let what = format!("P6: from start to first answer on {engine} at most 300 ms");
        section.verdicts.push(Verdict::at_most(what, took, 300.0, "ms"));
        site.scratch.close().await?;
    }
    section.notes.push(
        "The load generator shares the machine's cores with the server; its own processor time is not in the figures."
            .to_owned(),
    );
    Ok(section)
}

/// Stops the server and starts all of it again a few times; the middle time to the first answer, in milliseconds.
async fn starts(start: &Start, server: Server) -> Result<f64, Failure> {
    server.stop().await?;
    let whole = Start { arguments: vec!["serve".to_owned()], ..start.clone() };
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let (server, took) = Server::start(&whole).await?;
        times.push(took);
        server.stop().await?;
    }
    times.sort_unstable();
    Ok(times.get(STARTS / 2).map_or(f64::NAN, |took| took.as_secs_f64() * 1e3))
}

pub(super) async fn p5(run: &Run<'_>) -> Result<Section, Failure> {
    let mut section = Section::new("P5: reading");
    let count = run.options.connections;
    let hello = hello(run.times, count).await?;
    let site = open(run, Engine::Sqlite).await?;
    let meter = site.meter().await?;
    let token = site.tokens.first().ok_or("nobody signed in")?.clone();
    let body = Wish::top_up("13800001234").body();
    let mut connection = Connection::open(site.start.address).await?;
    let placed = connection.send(&Request::post(ORDERS, &token, "p5", &body)).await?;
    let order = order_id(&placed.json()).ok_or_else(|| format!("no order: {}", placed.brief()))?;
    let path = format!("{ORDERS}/{order}");
    section.lines.push(hello.clone());
    for (what, path, token) in
        [("catalogue page, HTML", PAGE, None), ("an order, JSON", &path, Some(token.as_str()))]
    {
        match full(site.readers(path, token, count), run.times, meter).await {
            Ok(load) => {
                let line = Line::of(format!("GET {what} (SQLite)"), &load);
                let goal = format!("{what}: at least 0.3 × the hello server");
                section.verdicts.push(Verdict::ratio(goal, line.per_second, hello.per_second, 0.3));
                if let (Some(own), Some(least)) = (line.program, hello.program) {
                    section.notes.push(format!(
                        "{what}: {:.1} × the processor time of the hello server.",
                        own / least
                    ));
                }
                section.lines.push(line);
            }
            Err(error) => section.notes.push(format!("GET {what} could not be measured: {error}")),
        }
    }
    site.server.stop().await?;
    site.scratch.close().await?;
    Ok(section)
}

/// The least a web server of the same kind can do, in a process of its own too.
async fn hello(times: Times, count: usize) -> Result<Line, Failure> {
    let folder = tempfile::tempdir()?;
    let address = free_address()?;
    let start = Start {
        program: std::env::current_exe()?,
        arguments: vec!["hello".to_owned(), address.to_string()],
        variables: Vec::new(),
        address,
        probe: "/",
        log: folder.path().join("hello.log"),
    };
    let (server, _) = Server::start(&start).await?;
    let written = Request::get("/", None).write();
    let callers =
        (0..count).map(|_| Caller { address, connection: None, ask: Ask::Same(written.clone()) }).collect();
    let load = full(callers, times, Meter::of(server.pid, None)).await?;
    server.kill().await?;
    Ok(Line::of("limit: axum, a small JSON", &load))
}

/// What a caller asks for.
enum Ask {
    Same(Vec<u8>),
    Order { token: String, body: String, prefix: String, number: u64 },
}

/// One kept connection.
struct Caller {
    address: SocketAddr,
    connection: Option<Connection>,
    ask: Ask,
}

impl Client for Caller {
    async fn call(&mut self) -> Result<(), Failure> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(self.address).await?,
        };
        let (answer, wanted) = match &mut self.ask {
            Ask::Same(written) => (connection.send_written(written).await?, 200),
            Ask::Order { token, body, prefix, number } => {
                *number += 1;
                let key = format!("{prefix}-{number}");
                (connection.send(&Request::post(ORDERS, token, &key, body)).await?, 201)
            }
        };
        self.connection = Some(connection);
        if answer.status == wanted { Ok(()) } else { Err(answer.brief().into()) }
    }
}
