//! `[metrics]`: who may look at the figures of a node besides this machine.

use shield::Watchers;

use super::Reader;

/// Shorter tokens could be guessed.
const SHORTEST_TOKEN: usize = 24;

pub(super) fn watchers(r: &mut Reader) -> Watchers {
    let networks = r.list("metrics.networks", "addresses and networks such as 10.0.0.2 and 10.1.0.0/16");
    let token = r.text("metrics.token").and_then(|token| {
        let fits = token.len() >= SHORTEST_TOKEN && token.bytes().all(|b| b.is_ascii_graphic());
        let wanted = format!("must be at least {SHORTEST_TOKEN} letters, digits and signs without blanks");
        if fits { Some(token) } else { r.problem("metrics.token", &wanted) }
    });
    Watchers { networks, token }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn who_watches_is_read_and_a_weak_token_is_refused() {
        let parse = |text: &str| Config::parse(text, std::iter::empty());
        let text = "[metrics]\nnetworks = [\"10.0.0.0/8\"]\ntoken = \"aaaaaaaaaaaaaaaaaaaaaaaa\"\n";
        let watchers = parse(text).unwrap().shield.watchers;
        assert_eq!(watchers.networks, ["10.0.0.0/8".parse().unwrap()]);
        assert_eq!(watchers.token.as_deref(), Some("aaaaaaaaaaaaaaaaaaaaaaaa"));
        for (text, what) in [
            ("[metrics]\ntoken = \"short\"\n", "metrics.token must be at least 24"),
            ("[metrics]\ntoken = \"with a blank in the middle of it\"\n", "without blanks"),
            ("[metrics]\nnetworks = [\"everybody\"]\n", "metrics.networks must be a list of"),
            ("[metrics]\nopen = true\n", "metrics.open is not a setting"),
        ] {
            let problems = parse(text).unwrap_err().to_string();
            assert!(problems.contains(what), "{what} in {problems}");
        }
        assert_eq!(parse("").unwrap().shield.watchers, shield::Watchers::default());
    }
}
