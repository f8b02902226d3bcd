//! What people who look for holes ask for. Pure: paths that no page of ours links to, and patterns in addresses that only attacks need.
//!
//! Nothing is refused for it here: handlers are safe by themselves. A hit is a sign that is counted (see [`crate::signal`]). Bodies are not
//! looked at, because free text may say anything.

use kernel::hex;

/// Beginnings of paths that scanners try on every server.
const SCANNED: &[&str] = &[
    "/.env",
    "/.git",
    "/.svn",
    "/.hg",
    "/.aws",
    "/.ssh",
    "/.docker",
    "/.kube",
    "/.vscode",
    "/.idea",
    "/.ds_store",
    "/.htaccess",
    "/.htpasswd",
    "/.npmrc",
    "/wp-",
    "/wordpress",
    "/xmlrpc",
    "/phpmyadmin",
    "/pma/",
    "/myadmin",
    "/adminer",
    "/phpinfo",
    "/cgi-bin",
    "/server-status",
    "/server-info",
    "/actuator",
    "/solr/",
    "/jenkins",
    "/manager/html",
    "/hnap1",
    "/boaform",
    "/vendor/",
    "/_ignition",
    "/telescope",
    "/owa/",
    "/ecp/",
    "/autodiscover",
    "/struts",
    "/druid/",
    "/nacos",
    "/api/jsonws",
    "/geoserver",
    "/weblogic",
    "/console/css",
    "/web-inf",
    "/etc/",
    "/proc/",
    "/backup",
    "/dump",
    "/database",
    "/.well-known/../",
    "/debug/",
    "/shell",
    "/eval-stdin",
    "/containers/json",
    "/_profiler",
    "/horde",
    "/confluence",
    "/jira",
    "/sdk",
    "/remote/login",
    "/dana-na",
    "/+cscoe+",
];

/// Endings of files that Everlit does not have.
const ENDINGS: &[&str] = &[
    ".php", ".asp", ".aspx", ".jsp", ".jspx", ".cgi", ".do", ".action", ".sql", ".bak", ".old", ".swp",
    ".ini", ".yml", ".tar.gz", ".zip", ".rar", ".7z", ".pem", ".key", ".log", ".conf", ".config",
];

/// Patterns in path and query, as they read after decoding, with what each is called.
const PATTERNS: &[(&str, &str)] = &[
    ("../", "path_traversal"),
    ("..\\", "path_traversal"),
    ("/etc/passwd", "path_traversal"),
    ("\\windows\\", "path_traversal"),
    ("file://", "path_traversal"),
    ("php://", "path_traversal"),
    ("\0", "null_byte"),
    ("\r\n", "header_injection"),
    ("<script", "script"),
    ("javascript:", "script"),
    ("onerror=", "script"),
    ("onload=", "script"),
    ("<svg", "script"),
    ("<iframe", "script"),
    ("union select", "sql"),
    ("union all select", "sql"),
    ("' or '", "sql"),
    ("' or 1=1", "sql"),
    ("\" or \"", "sql"),
    ("or 1=1--", "sql"),
    ("information_schema", "sql"),
    ("xp_cmdshell", "sql"),
    ("waitfor delay", "sql"),
    ("pg_sleep(", "sql"),
    ("sleep(5", "sql"),
    ("benchmark(", "sql"),
    ("; drop table", "sql"),
    ("${jndi:", "lookup"),
    ("${env:", "lookup"),
    ("${lower:", "lookup"),
    ("${sys:", "lookup"),
    ("#{", "template"),
    ("{{7*7}}", "template"),
    ("<%=", "template"),
    ("<?php", "template"),
    ("$(curl", "command"),
    ("|wget", "command"),
    (";wget ", "command"),
    (";cat /", "command"),
    ("`id`", "command"),
    ("/bin/sh", "command"),
    ("/bin/bash", "command"),
];

/// So much of an address is looked at; longer ones are refused anyway.
const LONGEST: usize = 8_192;

/// Whether a path is one that only scanners ask for. Asked for paths that led nowhere.
pub fn is_scanned(path: &str) -> bool {
    let path: String = path.chars().take(LONGEST).flat_map(char::to_lowercase).collect();
    let tail = path.rsplit('/').next().unwrap_or_default();
    SCANNED.iter().any(|start| path.starts_with(start))
        || ENDINGS.iter().any(|end| tail.ends_with(end))
        || path.contains("/.git/")
        || path.contains("/.env")
}

/// The name of the first pattern of an attack in a path with its query. Plain addresses are passed by at a glance.
pub fn injection(address: &str) -> Option<&'static str> {
    let suspicious =
        |b: u8| matches!(b, b'%' | b'<' | b'>' | b'\'' | b'"' | b'$' | b'`' | b'\\' | b'|' | b';' | b'{');
    if !address.bytes().any(suspicious)
        && !address.contains("..")
        && !address.contains("://")
        && !address.contains('+')
    {
        return None;
    }
    // Twice, because attacks are wrapped twice to pass who unwraps once.
    let once = decode(address.as_bytes());
    let twice = decode(&once);
    [once, twice].iter().find_map(|bytes| {
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        PATTERNS.iter().find(|(pattern, _)| text.contains(pattern)).map(|(_, name)| *name)
    })
}

/// Percent-decoding, with `+` for a blank and runs of blanks and comments as one.
fn decode(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len().min(LONGEST));
    let mut rest = bytes.get(..LONGEST).unwrap_or(bytes);
    while let [first, tail @ ..] = rest {
        let (byte, after) = match (first, tail) {
            (b'%', [high, low, after @ ..]) => match (hex::digit(*high), hex::digit(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, after),
                _ => (*first, tail),
            },
            (b'+' | b'\t', _) => (b' ', tail),
            (b'/', [b'*', b'*', b'/', after @ ..]) => (b' ', after),
            _ => (*first, tail),
        };
        if byte != b' ' || out.last() != Some(&b' ') {
            out.push(byte);
        }
        rest = after;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scanners_are_known_by_their_paths() {
        for path in [
            "/.env",
            "/app/.env.local",
            "/.git/config",
            "/x/.git/HEAD",
            "/wp-login.php",
            "/WP-ADMIN/",
            "/index.php",
            "/phpMyAdmin/index",
            "/cgi-bin/test",
            "/old/site.bak",
            "/actuator/health",
            "/manager/html",
        ] {
            assert!(is_scanned(path), "{path}");
        }
        for path in [
            "/",
            "/services/mobile-top-up",
            "/orders/ord_01HV6K2M9Q7RT",
            "/favicon.ico",
            "/apple-touch-icon.png",
            "/robots.txt",
            "/sitemap.xml",
            "/.well-known/security.txt",
            "/help/environment",
            "/login",
        ] {
            assert!(!is_scanned(path), "{path}");
        }
    }

    #[test]
    fn attacks_are_seen_through_their_wrapping() {
        for (address, name) in [
            ("/files?name=../../etc/passwd", "path_traversal"),
            ("/files?name=..%2f..%2fetc%2fpasswd", "path_traversal"),
            ("/files?name=%252e%252e%252fetc", "path_traversal"),
            ("/search?q=%3CScRiPt%3Ealert(1)", "script"),
            ("/search?q=1%27%20UNION%20%20SELECT%20name", "sql"),
            ("/search?q=1+union/**/select+1", "sql"),
            ("/?x=${jndi:ldap://evil/a}", "lookup"),
            ("/?x=%24%7Bjndi%3Aldap", "lookup"),
            ("/login?next=%0d%0aSet-Cookie:x", "header_injection"),
            ("/a%00.png", "null_byte"),
        ] {
            assert_eq!(injection(address), Some(name), "{address}");
        }
    }

    #[test]
    fn ordinary_addresses_are_left_alone() {
        for address in [
            "/",
            "/search?q=%E8%AF%9D%E8%B4%B9%E5%85%85%E5%80%BC",
            "/search?q=5G+plan+with+100GB",
            "/services/mobile-top-up?lang=zh-CN",
            "/login?next=%2Forders%2Ford_01HV6K2M9Q7RT%3Flang%3Den",
            "/search?q=O%27Neill+%26+Sons",
            "/api/v1/orders?limit=50&after=00ff",
            "/search?q=50%25+off%3F",
            "/search?q=student+union+select+plan%",
        ] {
            // The last one shows that words alone can look like an attack: one hit never blocks.
            let expected = address.contains("union+select").then_some("sql");
            assert_eq!(injection(address), expected, "{address}");
        }
    }
}
