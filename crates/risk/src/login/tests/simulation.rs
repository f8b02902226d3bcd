//! A made-up population, from a seed: people with homes, offices, phones and habits, and those who have their passwords. It stands for
//! nobody; its rates are guesses, written down here so that they can be doubted.

use kernel::{AccountId, Duration, Rng as _, SeededRng, Timestamp};

use crate::login::LoginSignals;
use crate::place::{Places, tests::file};

/// 2026-01-01 in Beijing.
const START: Timestamp = Timestamp::from_secs(1_767_196_800);
const CITIES: u64 = 6;
const PHONES: [&str; 5] = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Mobile/15E148 MicroMessenger/8.0.50",
    "Mozilla/5.0 (Linux; Android 15; Mi 15) Chrome/140.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 12; HarmonyOS) Chrome/114.0 HuaweiBrowser/15.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 15; wv) Chrome/140.0 Mobile Safari/537.36 MicroMessenger/8.0.50",
];
const DESKTOPS: [&str; 4] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/19.0 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0",
];
const BOTS: [&str; 3] = [
    "python-requests/2.32",
    "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/140.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36",
];

/// Who it really was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    Owner,
    /// Tries lists of stolen passwords from rented machines.
    Stuffer,
    /// Got one password by a letter, sits at home in another city.
    Phisher,
    /// Knows the victim: the same city, often the same kind of phone.
    Acquaintance,
    /// Stole the cookie too.
    CookieThief,
}

/// One thing that happens.
#[derive(Debug, Clone)]
pub enum Event {
    /// The password was right.
    Login { who: Who, signals: LoginSignals },
    /// It was wrong, for some account.
    Failure { address: String, name: String, at: Timestamp },
}

impl Event {
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Login { signals, .. } => signals.at,
            Self::Failure { at, .. } => *at,
        }
    }
}

struct Person {
    city: u64,
    home: u64,
    office: u64,
    cells: [u64; 3],
    phone: usize,
    desktop: usize,
    mostly_phone: u64,
    hours: [u64; 2],
    keeps_cookies: bool,
    every_hours: u64,
}

pub struct Dice(SeededRng);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(SeededRng::new(seed))
    }

    fn below(&self, bound: u64) -> u64 {
        self.0.below(bound)
    }

    fn pick<'a>(&self, list: &[&'a str]) -> &'a str {
        list[usize::try_from(self.below(u64::try_from(list.len()).unwrap())).unwrap()]
    }

    /// Of a thousand.
    fn chance(&self, per_mille: u64) -> bool {
        self.below(1_000) < per_mille
    }
}

/// Homes have networks 0..60 of their city, cells 100..130, rented machines 200..220 of city 0.
fn address(city: u64, network: u64, host: u64) -> String {
    format!("10.{city}.{network}.{}", host % 250 + 1)
}

/// A file that knows where those networks are; city 5 is abroad.
pub fn places() -> Places {
    let names = [
        ("上海", "Shanghai", 31.2, 121.5),
        ("北京", "Beijing", 39.9, 116.4),
        ("广州", "Guangzhou", 23.1, 113.3),
        ("成都", "Chengdu", 30.7, 104.1),
        ("西安", "Xi'an", 34.3, 108.9),
        ("法兰克福", "Frankfurt", 50.1, 8.7),
    ];
    let mut networks = Vec::new();
    for (city, (zh, en, latitude, longitude)) in (0_u8..).zip(names) {
        let country = if city == 5 { "DE" } else { "CN" };
        for network in 0..=255 {
            networks.push(([10, city, network], country, u32::from(city) + 1, zh, en, latitude, longitude));
        }
    }
    Places::from_bytes(file(&networks)).unwrap()
}

/// Everything that happens to `people` within `days`, in order of time.
pub fn population(seed: u64, people: u64, days: i64) -> Vec<Event> {
    let dice = Dice::new(seed);
    let mut events = Vec::new();
    let crowd: Vec<Person> = (0..people).map(|_| person(&dice)).collect();
    for (number, person) in (1_i64..).zip(&crowd) {
        life(&dice, AccountId(number), person, days, &mut events);
    }
    let logins = events.len();
    for _ in 0..logins / 25 {
        attack(&dice, &crowd, days, &mut events);
    }
    events.sort_by_key(Event::at);
    events
}

fn person(dice: &Dice) -> Person {
    Person {
        city: dice.below(CITIES - 1),
        home: dice.below(60),
        office: dice.below(60),
        cells: [100 + dice.below(30), 100 + dice.below(30), 100 + dice.below(30)],
        phone: usize::try_from(dice.below(5)).unwrap(),
        desktop: usize::try_from(dice.below(4)).unwrap(),
        mostly_phone: 300 + dice.below(600),
        hours: [7 + dice.below(16), 7 + dice.below(16)],
        keeps_cookies: !dice.chance(40),
        every_hours: 20 + dice.below(140),
    }
}

/// The logins of one owner: two devices, sometimes a new one or lost cookies, sometimes a journey.
fn life(dice: &Dice, account: AccountId, person: &Person, days: i64, events: &mut Vec<Event>) {
    let mut at = START.plus(Duration::from_hours(i64::try_from(dice.below(person.every_hours)).unwrap()));
    let end = START.plus(Duration::from_days(days));
    let (mut phone, mut knows_phone, mut knows_desktop, mut away) =
        (PHONES[person.phone], false, false, None);
    while at < end {
        at = at_hour(dice, at, person.hours);
        if dice.chance(3) {
            (phone, knows_phone) = (dice.pick(&PHONES), false);
        }
        if dice.chance(10) {
            (knows_phone, knows_desktop) =
                (knows_phone && dice.chance(500), knows_desktop && dice.chance(500));
        }
        away = match away {
            Some(city) if !dice.chance(400) => Some(city),
            None if dice.chance(12) => {
                Some(if dice.chance(100) { CITIES - 1 } else { dice.below(CITIES - 1) })
            }
            Some(_) | None => None,
        };
        let by_phone = dice.chance(person.mostly_phone) || away.is_some();
        let (user_agent, known) =
            if by_phone { (phone, &mut knows_phone) } else { (DESKTOPS[person.desktop], &mut knows_desktop) };
        let device_known = *known;
        *known = person.keeps_cookies;
        let failures_before = [(5, 3), (20, 2), (80, 1)].into_iter().find(|(chance, _)| dice.chance(*chance));
        events.push(Event::Login {
            who: Who::Owner,
            signals: LoginSignals {
                account,
                address: whereabouts(dice, person, away, by_phone),
                user_agent: user_agent.to_owned(),
                device_known,
                at,
                failures_before: failures_before.map_or(0, |(_, count)| count),
                has_second_factor: false,
                is_staff: false,
            },
        });
        at = at.plus(Duration::from_mins(i64::try_from(30 + dice.below(person.every_hours * 120)).unwrap()));
    }
}

/// Mostly in the hours one is used to.
fn at_hour(dice: &Dice, at: Timestamp, hours: [u64; 2]) -> Timestamp {
    let hour = match dice.below(10) {
        0 | 1 => 7 + dice.below(17),
        n if n < 6 => hours[0] + dice.below(2),
        _ => hours[1] + dice.below(2),
    };
    let midnight = at.as_secs() + 8 * 3_600;
    let day = midnight - midnight.rem_euclid(86_400) - 8 * 3_600;
    let wanted = Timestamp::from_secs(day + i64::try_from(hour * 3_600 + dice.below(3_600)).unwrap());
    if wanted < at { wanted.plus(Duration::from_days(1)) } else { wanted }
}

fn whereabouts(dice: &Dice, person: &Person, away: Option<u64>, by_phone: bool) -> String {
    let host = dice.below(250);
    if let Some(city) = away {
        return address(city, if dice.chance(600) { 100 + dice.below(30) } else { dice.below(60) }, host);
    }
    if by_phone && dice.chance(550) {
        let usual = person.cells[usize::try_from(dice.below(3)).unwrap()];
        return address(person.city, if dice.chance(850) { usual } else { 100 + dice.below(30) }, host);
    }
    address(person.city, if dice.chance(700) { person.home } else { person.office }, host)
}

/// Somebody else comes with the right password.
fn attack(dice: &Dice, crowd: &[Person], days: i64, events: &mut Vec<Event>) {
    let victim = dice.below(u64::try_from(crowd.len()).unwrap());
    let person = &crowd[usize::try_from(victim).unwrap()];
    let at = START
        .plus(Duration::from_mins(i64::try_from(dice.below(u64::try_from(days).unwrap() * 1_440)).unwrap()));
    let elsewhere = (person.city + 1 + dice.below(CITIES - 2)) % (CITIES - 1);
    let host = dice.below(250);
    let (who, address, user_agent, failures_before, device_known) = match dice.below(100) {
        0..50 => {
            let address = address(0, 200 + dice.below(20), host);
            for n in 0..5 + dice.below(40) {
                let at = at.minus(Duration::from_mins(i64::try_from(1 + dice.below(300)).unwrap()));
                events.push(Event::Failure { address: address.clone(), name: format!("{n}@{victim}"), at });
            }
            (Who::Stuffer, address, dice.pick(&BOTS), dice.below(3), false)
        }
        50..80 => {
            let agent = if dice.chance(500) { dice.pick(&PHONES) } else { dice.pick(&DESKTOPS) };
            (Who::Phisher, address(elsewhere, dice.below(60), host), agent, dice.below(2), false)
        }
        80..96 => {
            let agent = if dice.chance(500) { PHONES[person.phone] } else { dice.pick(&PHONES) };
            (Who::Acquaintance, address(person.city, 100 + dice.below(30), host), agent, dice.below(5), false)
        }
        _ => {
            (Who::CookieThief, address(CITIES - 1, 200 + dice.below(20), host), PHONES[person.phone], 0, true)
        }
    };
    let signals = LoginSignals {
        account: AccountId(i64::try_from(victim).unwrap() + 1),
        address,
        user_agent: user_agent.to_owned(),
        device_known,
        at,
        failures_before: u32::try_from(failures_before).unwrap(),
        has_second_factor: false,
        is_staff: false,
    };
    events.push(Event::Login { who, signals });
}
