//! Who there is in the demo. Passwords are made at the first start and kept in the data folder; there are no default ones.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use durable::Cx;
use identity::Hasher;
use identity::account::NewAccount;
use identity::password::Cost;
use kernel::{AccountId, Actor, ActorKind, Locale, RequestId, Rng, Role};

use crate::Failure;

pub(crate) const CUSTOMER_NAME: &str = "林晓";
pub(crate) const CUSTOMER_PHONE: &str = "13800138000";
pub(crate) const OPERATOR_EMAIL: &str = "operator@demo.everlit.example";
pub(crate) const ADMINISTRATOR_EMAIL: &str = "admin@demo.everlit.example";

/// Other customers, so that lists look like life.
pub(crate) const OTHERS: [(&str, &str); 14] = [
    ("周启明", "13910001188"),
    ("陈敏", "13910001288"),
    ("何嘉宁", "13910001388"),
    ("吴越", "13910001488"),
    ("赵一帆", "13910001588"),
    ("孙悦", "13910001688"),
    ("Amelia Wong", "13910001788"),
    ("郑文博", "13910001888"),
    ("刘畅", "13910001988"),
    ("黄思远", "13910002088"),
    ("徐静", "13910002188"),
    ("马晓东", "13910002288"),
    ("朱琳", "13910002388"),
    ("Daniel Novak", "13910002488"),
];

/// The passwords of the demo's people.
pub(crate) struct SignIns {
    pub customer: String,
    pub operator: String,
    pub administrator: String,
}

impl SignIns {
    /// Reads them, or makes them at the first start.
    pub(crate) fn open(data: &Path, rng: &dyn Rng) -> Result<Self, Failure> {
        let file = data.join("demo.sign-in");
        if !file.exists() {
            let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file)?;
            for role in ["customer", "operator", "administrator"] {
                writeln!(out, "{role}={}", password(rng))?;
            }
            out.sync_all()?;
        }
        let text = std::fs::read_to_string(&file)?;
        let known: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.split_once('=')).collect();
        let get = |role: &str| -> Result<String, Failure> {
            Ok((*known.get(role).ok_or_else(|| format!("{} names no {role}", file.display()))?).to_owned())
        };
        Ok(Self {
            customer: get("customer")?,
            operator: get("operator")?,
            administrator: get("administrator")?,
        })
    }
}

/// Four groups of four letters and digits that are not confused when read.
fn password(rng: &dyn Rng) -> String {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut out = String::new();
    for place in 0..16 {
        if place > 0 && place % 4 == 0 {
            out.push('-');
        }
        let index = usize::try_from(rng.below(31)).unwrap_or(0);
        out.push(LETTERS.get(index).copied().map_or('x', char::from));
    }
    out
}

/// The accounts of the demo.
pub(crate) struct Cast {
    pub customer: Actor,
    pub operator: Actor,
    pub others: Vec<Actor>,
}

/// Creates everybody.
pub(crate) async fn create(cx: &Cx, signins: &SignIns) -> Result<Cast, Failure> {
    let hasher = Hasher::new(Cost::OWASP, &*cx.rng)?;
    let system = Actor::system("demo");
    // Whoever tries the demo signs in as staff with the password on the page; a real installation demands a second factor.
    for role in Role::BUILT_IN.iter().copied().filter(|role| role.is_staff()) {
        identity::role::set_second_factor(cx, &system, role, false).await?;
    }
    let account =
        |name: &str, phone: Option<&str>, email: Option<&str>, password: String, role: Role| NewAccount {
            phone: phone.map(str::to_owned),
            email: email.map(str::to_owned),
            name: Some(name.to_owned()),
            password,
            roles: vec![role],
            locale: Locale::Zh,
        };
    let customer =
        account(CUSTOMER_NAME, Some(CUSTOMER_PHONE), None, signins.customer.clone(), Role::CUSTOMER);
    let customer = identity::account::create_account(cx, &hasher, &system, customer).await?;
    let operator = account("值班员", None, Some(OPERATOR_EMAIL), signins.operator.clone(), Role::OPERATOR);
    let operator = identity::account::create_account(cx, &hasher, &system, operator).await?;
    let administrator = account(
        "管理员",
        None,
        Some(ADMINISTRATOR_EMAIL),
        signins.administrator.clone(),
        Role::ADMINISTRATOR,
    );
    identity::account::create_account(cx, &hasher, &system, administrator).await?;
    let mut others = Vec::new();
    for (name, phone) in OTHERS {
        // Nobody knows these passwords; one can be set through the console when somebody wants to be them.
        let new = account(name, Some(phone), None, password(&*cx.rng), Role::CUSTOMER);
        let id = identity::account::create_account(cx, &hasher, &system, new).await?;
        others.push(actor(id, Role::CUSTOMER));
    }
    Ok(Cast { customer: actor(customer, Role::CUSTOMER), operator: actor(operator, Role::OPERATOR), others })
}

fn actor(id: AccountId, role: Role) -> Actor {
    Actor {
        kind: ActorKind::account(id, vec![role]),
        request: RequestId(0),
        locale: Locale::Zh,
        address: "127.0.0.1".to_owned(),
    }
}
