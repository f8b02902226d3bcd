//! Running: pages and work in one process or apart, until told to stop; then what is in hand is finished.

use std::sync::Arc;
use std::time::Duration;

use durable::task::Tasks;
use durable::{NODE_LEASE, Worker};
use kernel::Actor;
use ordering::{Desk, DeskLimits};
use tokio::net::TcpListener;
use web::App;

use crate::assemble::{Core, Services, app};
use crate::config::Config;
use crate::door::{Door, Speech};
use crate::tls::{self, Certificates};
use crate::{Failure, redirect, wiring};

/// Which part of the work this process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Everything,
    Pages,
    Work,
}

/// How often measures are summed up.
const UPKEEP: Duration = Duration::from_secs(5);
/// How long requests may take to end after the stop.
const DRAIN: Duration = Duration::from_secs(25);

/// Runs until the process is told to stop.
pub async fn run(config: Config, role: Role) -> Result<(), Failure> {
    if let Some(why) = config.plain_over_network().filter(|_| role != Role::Work) {
        return Err(why.into());
    }
    let core = Core::open(&config).await?;
    let services = Services::connect(&config, &core.cx, false).await?;
    if role != Role::Work && !identity::setup::has_administrator(&core.cx).await? {
        let link = identity::setup::create_setup_link(&core.cx, &Actor::system("serve")).await?;
        println!("Nobody administers this installation yet. Open once, within 24 hours:");
        println!("  {}/setup/{}", config.public_url, link.token.expose());
    }
    let tasks = Tasks::default();
    work(&core, &services, &tasks, (role, config.desk));
    if role == Role::Work {
        stop_signal().await;
    } else {
        let app = app(&config, &core.cx, &services, &tasks, false)?;
        let door = door(&config, &app, &tasks).await?;
        let listener =
            TcpListener::bind(config.listen).await.map_err(|error| format!("{}: {error}", config.listen))?;
        println!("listening on {} for {}", config.listen, config.public_url);
        pages(listener, &app, &tasks, door).await;
    }
    tasks.stop().await;
    core.close().await
}

/// Starts what runs beside the pages: node lease, catalogue, worker.
pub fn work(core: &Core, services: &Services, tasks: &Tasks, (role, limits): (Role, DeskLimits)) {
    let (cx, lease, stop) = (core.cx.clone(), core.lease.clone(), tasks.stopping().clone());
    tasks.spawn_until_stop(async move {
        let period = NODE_LEASE.to_std() / 3;
        loop {
            tokio::time::sleep(period).await;
            match lease.renew(&cx).await {
                Ok(true) => {}
                Ok(false) => {
                    // Somebody else has our number: ids might meet. Better no node than a wrong one.
                    tracing::error!("the node number was lost; stopping");
                    stop.cancel();
                    return;
                }
                Err(error) => tracing::error!(%error, "the node number could not be renewed"),
            }
        }
    });
    tasks.spawn_until_stop(async {
        loop {
            tokio::time::sleep(UPKEEP).await;
            crate::telemetry::upkeep();
        }
    });
    tasks.spawn_until_stop(Arc::clone(&services.shelf).follow(core.cx.clone()));
    tasks.spawn_until_stop(Arc::clone(&core.keyring).follow(core.cx.clone()));
    if role != Role::Pages {
        let desk = Desk::open(&core.cx, &services.shelf, &services.risk, limits, tasks);
        let registry = Arc::new(wiring::registry(services, &desk));
        let worker = Worker::new(core.cx.clone(), registry, core.lease.node);
        tasks.spawn(worker.run(tasks.clone()));
    }
}

/// How connections come in, as configured: with TLS its certificate is watched, and people who come by http are sent on.
pub async fn door(config: &Config, app: &App, tasks: &Tasks) -> Result<Door, Failure> {
    let door =
        |speech| Door { speech, trusted: config.trusted_proxies.clone(), connections: config.connections };
    let Some(tls) = &config.tls else {
        let local = config.listen.ip().is_loopback();
        return Ok(door(if local { Speech::Plain } else { Speech::PlainWithTrusted }));
    };
    let certificates = Certificates::open(tls.files.clone(), Arc::clone(&app.cx.clock))?;
    let server = certificates.server()?;
    let shield = Arc::clone(&app.shield);
    tasks.spawn_until_stop(
        certificates.watch(tls::LOOK_EVERY, move |until| shield.set_certificate_until(until)),
    );
    if let Some(address) = tls.redirect {
        let listener =
            TcpListener::bind(address).await.map_err(|error| format!("tls.redirect {address}: {error}"))?;
        let (router, tasks) = (redirect::router(&config.public_url), tasks.clone());
        let plain = door(Speech::Plain);
        tasks.clone().spawn(async move { plain.serve(listener, router, &tasks, Duration::ZERO).await });
    }
    Ok(door(Speech::Tls(server)))
}

/// Answers requests until the stop; then those under way are finished.
pub async fn pages(listener: TcpListener, app: &App, tasks: &Tasks, door: Door) {
    let told = tasks.stopping().clone();
    tasks.spawn_until_stop(async move {
        stop_signal().await;
        told.cancel();
    });
    door.serve(listener, web::router(app), tasks, DRAIN).await;
}

/// Ctrl-C, or SIGTERM from whoever supervises us.
pub async fn stop_signal() {
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
    }
}
