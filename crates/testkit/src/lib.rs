//! For tests only: every test gets a database of its own on each engine, a clock that obeys and chance that repeats.
//!
//! ```ignore
//! #[testkit::db_test]
//! async fn a_box_is_kept(t: testkit::TestDb) {
//!     t.migrate(&[crate::MIGRATIONS]).await;
//!     // … t.cx, t.clock
//! }
//! ```
//! The PostgreSQL server's URL stands in `EVERLIT_TEST_POSTGRES`; `cargo xtask test` starts one and sets it.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test that cannot be set up must fail loudly")]

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Once};
use std::time::Duration;

use db::Db;
use durable::Cx;
use kernel::{IdGen, ManualClock, SeededRng, Timestamp};
pub use testkit_macros::db_test;
use vault::Vault;

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// 2026-11-21 20:45 in Beijing: the time at which every test begins.
pub const START: Timestamp = Timestamp(1_795_265_100_000_000);

/// A scratch database and the surroundings of an op.
#[derive(Debug)]
pub struct TestDb {
    pub cx: Cx,
    pub clock: Arc<ManualClock>,
    pub backend: Backend,
    url: String,
    _folder: tempfile::TempDir,
}

impl TestDb {
    /// A new, empty database.
    pub async fn open(backend: Backend) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match backend {
            Backend::Sqlite => format!("sqlite:{}", folder.path().join("test.db").display()),
            Backend::Postgres => create_database().await,
        };
        let clock = Arc::new(ManualClock::at(START));
        let cx = Cx {
            db: Db::open(&url).await.unwrap(),
            clock: clock.clone(),
            rng: Arc::new(SeededRng::new(20_261_121)),
            ids: Arc::new(IdGen::new(0)),
            vault: Arc::new(Vault::with_key([7; 32]).unwrap()),
        };
        Self { cx, clock, backend, url, _folder: folder }
    }

    /// Applies migrations.
    pub async fn migrate(&self, sets: &[db::Migrations]) {
        self.cx.db.migrate(sets).await.unwrap();
    }

    /// What [`Db::open`] takes to open this database once more, as another process would.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether two transactions can write at the same time here, and so wait for each other's locks.
    pub fn has_many_writers(&self) -> bool {
        self.backend == Backend::Postgres
    }

    /// How the database would find the rows of a query without parameters, indexes preferred, as text.
    pub async fn plan(&self, sql: &str) -> String {
        let mut tx = self.cx.begin().await.unwrap();
        let rows = match self.backend {
            Backend::Sqlite => tx.raw(&format!("EXPLAIN QUERY PLAN {sql}"), Vec::new()).await,
            Backend::Postgres => {
                tx.raw("SET LOCAL enable_seqscan = off", Vec::new()).await.unwrap();
                tx.raw("SET LOCAL enable_bitmapscan = off", Vec::new()).await.unwrap();
                tx.raw(&format!("EXPLAIN {sql}"), Vec::new()).await
            }
        };
        format!("{:?}", rows.unwrap())
    }

    /// Runs SQL past every rule: for tampering and for looking.
    pub async fn raw(&self, sql: &str, params: Vec<db::Value>) -> Vec<db::Row> {
        let mut tx = self.cx.begin().await.unwrap();
        let rows = tx.raw(sql, params).await.unwrap();
        tx.commit().await.unwrap();
        rows
    }
}

/// The longest that anything a test waits for may take; only a test that fails takes as long.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until others have done what `done` sees. It is asked again each time the other tasks have had their turn.
pub async fn until(mut done: impl AsyncFnMut() -> bool) {
    let seen = async {
        while !done().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, seen).await.unwrap_or_else(|_| panic!("it did not happen"));
}

/// The server for tests.
#[allow(clippy::disallowed_methods, reason = "the one setting of tests")]
pub fn postgres_url() -> String {
    std::env::var("EVERLIT_TEST_POSTGRES")
        .unwrap_or_else(|_| panic!("EVERLIT_TEST_POSTGRES is not set: run the tests with `cargo xtask test`"))
}

/// Creates a database with a name of its own. It stays when its test ends: dropping one waits for a checkpoint, which
/// doubled the time of a run. The next test program drops it.
async fn create_database() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    static SWEEP: Once = Once::new();
    let server = postgres_url();
    let admin = Db::open(&format!("{server}?pool=1")).await.unwrap();
    SWEEP.call_once(|| drop(std::thread::spawn(sweep)));
    let name = format!("t{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    admin.read().await.unwrap().raw(&format!("CREATE DATABASE {name}"), Vec::new()).await.unwrap();
    let (base, _) = server.rsplit_once('/').unwrap_or_else(|| panic!("{server} names no database"));
    format!("{base}/{name}?pool=12")
}

/// Drops what earlier test programs left, beside the tests: a thousand scratch databases fill a disk.
fn sweep() {
    let processes = std::path::Path::new("/proc");
    if !processes.join("self").exists() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let admin = Db::open(&format!("{}?pool=1", postgres_url())).await.unwrap();
        let names = "SELECT datname::text FROM pg_database WHERE NOT datistemplate";
        let found = admin.read().await.unwrap().raw(names, Vec::new()).await.unwrap();
        for row in found {
            let name = row.reader().get::<String>().unwrap();
            let owner = name.strip_prefix('t').and_then(|rest| rest.split('_').next());
            if owner.is_some_and(|pid| pid.parse::<u32>().is_ok() && !processes.join(pid).exists()) {
                // Not by force: whoever is connected is alive somewhere that this machine does not see.
                let dropped =
                    admin.read().await.unwrap().raw(&format!("DROP DATABASE {name}"), Vec::new()).await;
                drop(dropped);
            }
        }
    });
}

/// Runs one test on one database.
pub fn run<F, Fut>(backend: Backend, test: F)
where
    F: FnOnce(TestDb) -> Fut,
    Fut: Future<Output = ()>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let db = TestDb::open(backend).await;
        test(db).await;
    });
}
