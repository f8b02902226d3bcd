//! A scratch installation: an empty database on either engine, with the real tables, the sample services, customers with money.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use durable::Cx;
use everlit::demo::packs;
use identity::account::NewAccount;
use identity::password::Cost;
use identity::session::SessionKind;
use identity::signin::{Arrival, LogIn};
use kernel::{
    AccountId, Actor, ActorKind, Clock as _, Duration, IdGen, Locale, Money, RequestId, Role, SystemClock,
    SystemRng,
};
use keyring::Midway;
use tokio_postgres::NoTls;

use crate::Failure;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl std::fmt::Display for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// An empty database that is thrown away.
#[derive(Debug)]
pub(crate) struct Scratch {
    pub engine: Engine,
    pub url: String,
    /// The data folder; for SQLite with the database in it.
    pub folder: tempfile::TempDir,
    /// On which server to drop which database.
    drop: Option<(String, String)>,
}

impl Scratch {
    pub async fn new(engine: Engine, server: Option<&str>) -> Result<Self, Failure> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let folder = tempfile::Builder::new().prefix("everlit-bench-").tempdir()?;
        if engine == Engine::Sqlite {
            let url = format!("sqlite:{}", folder.path().join("everlit.db").display());
            return Ok(Self { engine, url, folder, drop: None });
        }
        let server =
            server.ok_or("no PostgreSQL: run this through `cargo xtask bench` or `cargo xtask crash`")?;
        let name = format!("bench_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        admin(server, &format!("CREATE DATABASE {name}")).await?;
        let (base, _) = server.rsplit_once('/').ok_or("the server's URL names no database")?;
        let url = format!("{base}/{name}");
        Ok(Self { engine, url, folder, drop: Some((server.to_owned(), name)) })
    }

    pub fn data(&self) -> &Path {
        self.folder.path()
    }

    pub fn file(&self) -> Option<PathBuf> {
        self.url.strip_prefix("sqlite:").map(PathBuf::from)
    }

    /// Opens it with its tables.
    pub async fn open(&self) -> Result<Cx, Failure> {
        self.look().await
    }

    /// Opens it as it is, also beside a running server. The node number is 0, that of tools: nothing is leased.
    pub async fn look(&self) -> Result<Cx, Failure> {
        let rng: Arc<dyn kernel::Rng> = Arc::new(SystemRng);
        let masters = everlit::keys::masters(None, &self.data().join("master.key"), None, &rng)?;
        let db = db::Db::open(&self.url).await?;
        db.migrate(&everlit::MIGRATIONS).await?;
        let ring = everlit::keys::ring(masters, &db, &SystemClock, &*rng, (0, Midway::Refused)).await?;
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(IdGen::new(0)));
        Ok(Cx { db, clock, rng, ids, vault: ring.vault() })
    }

    /// Throws it away.
    pub async fn close(self) -> Result<(), Failure> {
        match &self.drop {
            Some((server, name)) => admin(server, &format!("DROP DATABASE {name} WITH (FORCE)")).await,
            None => Ok(()),
        }
    }

    /// The server's first process, if it runs on this machine: its processor time is counted with its children's.
    pub async fn postmaster(&self) -> Result<Option<u32>, Failure> {
        if self.engine == Engine::Sqlite {
            return Ok(None);
        }
        let client = connect(&self.url).await?;
        let pid: i32 = client.query_one("SELECT pg_backend_pid()", &[]).await?.try_get(0)?;
        Ok(u32::try_from(pid).ok().and_then(crate::usage::parent))
    }
}

/// A plain connection.
pub(crate) async fn connect(url: &str) -> Result<tokio_postgres::Client, Failure> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    // Ends when the client is dropped.
    drop(tokio::spawn(connection));
    Ok(client)
}

async fn admin(server: &str, sql: &str) -> Result<(), Failure> {
    Ok(connect(server).await?.batch_execute(sql).await?)
}

/// Publishes the sample services.
pub(crate) async fn publish(cx: &Cx) -> Result<(), Failure> {
    catalogue::service::publish(cx, &Actor::system("bench"), &packs::embedded()).await?;
    Ok(())
}

/// Lets this many be ordered.
pub(crate) async fn set_stock(cx: &Cx, sku: &str, on_hand: i64) -> Result<(), Failure> {
    let change = catalogue::stock::Change::Count(on_hand);
    let adjust =
        catalogue::stock::Adjust { sku: sku.to_owned(), change, reason: "counted for the bench".to_owned() };
    catalogue::stock::adjust(cx, &Actor::system("bench"), adjust).await?;
    Ok(())
}

/// Customers of a month with this much each, for the desk: without accounts to sign in to.
pub(crate) async fn customers(cx: &Cx, count: usize, fen: i64) -> Result<Vec<Actor>, Failure> {
    let month_ago = SystemClock.now().minus(Duration::from_days(30));
    let ids: Vec<AccountId> = (0..count).map(|_| AccountId::new(&cx.ids, month_ago)).collect();
    for some in ids.chunks(100) {
        let mut tx = cx.begin().await?;
        for id in some {
            give(&mut tx, cx, *id, fen).await?;
        }
        tx.commit().await?;
    }
    Ok(ids.into_iter().map(actor).collect())
}

async fn give(tx: &mut db::Tx, cx: &Cx, customer: AccountId, fen: i64) -> Result<(), Failure> {
    let amount = Money::cny(fen);
    let top_up =
        ledger::TopUp { customer, gateway: "card", amount, business_key: format!("bench:{customer}") };
    let lane = ledger::Lane(u16::try_from(tx.lane())?);
    ledger::credit_top_up(tx, cx, lane, top_up).await?;
    Ok(())
}

fn actor(id: AccountId) -> Actor {
    Actor {
        kind: ActorKind::account(id, vec![Role::CUSTOMER]),
        request: RequestId(1),
        locale: Locale::Zh,
        address: "192.0.2.1".to_owned(),
    }
}

/// Customers with this much each and a bearer token.
pub(crate) async fn people(cx: &Cx, count: usize, fen: i64) -> Result<Vec<String>, Failure> {
    // Hashing slowly is not what is measured here.
    let hasher = identity::Hasher::new(Cost::CHEAP, &*cx.rng)?;
    let mut tokens = Vec::with_capacity(count);
    for number in 0..count {
        let email = format!("buyer{number}@bench.example");
        let password =
            format!("{:032x}", u128::from(cx.rng.next_u64()) << 64 | u128::from(cx.rng.next_u64()));
        let new = NewAccount {
            phone: None,
            email: Some(email.clone()),
            name: None,
            password: password.clone(),
            roles: vec![Role::CUSTOMER],
            locale: Locale::Zh,
        };
        let id = identity::account::create_account(cx, &hasher, &Actor::system("bench"), new).await?;
        let mut tx = cx.begin().await?;
        give(&mut tx, cx, id, fen).await?;
        tx.commit().await?;
        let who = Actor { address: format!("198.51.{}.{}", number / 250, number % 250 + 1), ..actor(id) };
        let arrival = Arrival {
            kind: SessionKind::Bearer,
            device: "bench".to_owned(),
            device_token: None,
            previous: None,
            judge: risk::LoginPoint::default(),
        };
        let step = identity::signin::log_in(cx, &hasher, &who, LogIn { contact: email, password, arrival });
        tokens.push(step.await?.session().token.expose().to_owned());
    }
    Ok(tokens)
}
