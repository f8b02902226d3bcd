//! Keys on both databases: the first start, nodes, rotation that is interrupted, other master keys, the service outside.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails loudly")]

use std::sync::Arc;

use connectors::{BaseUrl, Http, Kms, Limits, TransitConfig, TransitKms};
use db::{Value, params};
use durable::{Cx, NodeLease, Presence};
use kernel::{Actor, Duration, Rng, SeededRng};
use sandbox::kms::KeyService;
use testkit::{TestDb, db_test};
use vault::{Key, SealedColumn, Vault, key_number};

use crate::*;

mod destroy;
mod masters;
mod reindex;
mod rotation;

const TABLES: db::Migrations = db::Migrations {
    crate_name: "keyring_test",
    files: &[(
        "0001",
        "CREATE TABLE box (id {id}, body {bytes}, note TEXT, zh TEXT NOT NULL DEFAULT '', en TEXT, note_sealed {bytes},\n words_sealed {bytes});\nCREATE TABLE pair (a TEXT NOT NULL, b BIGINT NOT NULL, body {bytes} NOT NULL, PRIMARY KEY (a, b));\n",
    )],
};

const SEALED: &[SealedColumn] = &[
    SealedColumn::new("box", "body", "box.body"),
    SealedColumn::new("box", "note_sealed", "box.note").once_clear(&["note"]),
    SealedColumn::new("box", "words_sealed", "box.words").once_clear(&["zh", "en"]),
    SealedColumn::new("pair", "body", "pair.body"),
];

fn local(seed: u8) -> Arc<dyn Kms> {
    Arc::new(LocalMaster::new(&Key::new([seed; 32]), Arc::new(SeededRng::new(u64::from(seed)))).unwrap())
}

/// A place with tables, a clock and a way to open nodes.
pub(super) struct Place {
    t: TestDb,
    rng: Arc<dyn Rng>,
}

impl Place {
    async fn new(t: TestDb) -> Self {
        t.migrate(&[durable::MIGRATIONS, audit::MIGRATIONS, MIGRATIONS, TABLES]).await;
        Self { t, rng: Arc::new(SeededRng::new(5)) }
    }

    async fn try_open(
        &self,
        node: u16,
        masters: Masters,
        first: Option<Key>,
    ) -> Result<(Cx, Arc<Keyring>), Error> {
        let start = Start { masters, node, first_master: first, sealed: SEALED, midway: Midway::Refused };
        let ring = Keyring::open(&self.t.cx.db, &*self.t.clock, &*self.rng, start).await?;
        Ok((Cx { vault: ring.vault(), ..self.t.cx.clone() }, Arc::new(ring)))
    }

    async fn open(&self, node: u16) -> (Cx, Arc<Keyring>) {
        self.try_open(node, Masters::new(local(1), Vec::new()), None).await.unwrap()
    }

    async fn bodies(&self) -> Vec<Vec<u8>> {
        let rows = self.t.raw("SELECT body FROM box ORDER BY id", Vec::new()).await;
        rows.iter().map(|row| row.reader().get().unwrap()).collect()
    }

    async fn states(&self) -> Vec<(i64, String)> {
        let rows = self
            .t
            .raw("SELECT number, state FROM data_key WHERE purpose = 'seal' ORDER BY number", Vec::new())
            .await;
        rows.iter()
            .map(|row| {
                let mut r = row.reader();
                (r.get().unwrap(), r.get().unwrap())
            })
            .collect()
    }

    async fn fill(&self, vault: &Vault, count: i64) {
        for id in 1..=count {
            let body = vault.seal_text(&*self.rng, "box.body", &format!("value {id}")).unwrap();
            self.t.raw("INSERT INTO box (id, body) VALUES ($1, $2)", params![id, body]).await;
            let body = vault.seal_text(&*self.rng, "pair.body", &format!("pair {id}")).unwrap();
            self.t
                .raw(
                    "INSERT INTO pair (a, b, body) VALUES ($1, $2, $3)",
                    params![format!("é{}", id % 7), id, body],
                )
                .await;
        }
    }
}

async fn go(cx: &Cx, ring: &Keyring) -> Result<Rotated, Error> {
    rotate(cx, &Actor::system("test"), ring, SEALED, &mut |_| {}).await
}

fn owned(states: &[(i64, &str)]) -> Vec<(i64, String)> {
    states.iter().map(|(n, s)| (*n, (*s).to_owned())).collect()
}
