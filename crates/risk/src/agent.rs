//! Which browser on which system, as a family: versions change every month and say nothing about the person.

use std::fmt;

/// Browser and system of a `User-Agent`, without versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Agent {
    pub browser: &'static str,
    pub system: &'static str,
}

/// The first mark that is found names the family: browsers built on others carry the marks of those too, so the special come first.
const BROWSERS: &[(&str, &str)] = &[
    ("micromessenger", "WeChat"),
    ("alipayclient", "Alipay"),
    ("dingtalk", "DingTalk"),
    ("qqbrowser", "QQ Browser"),
    (" qq/", "QQ"),
    ("ucbrowser", "UC Browser"),
    ("huaweibrowser", "Huawei Browser"),
    ("miuibrowser", "Mi Browser"),
    ("vivobrowser", "vivo Browser"),
    ("heytapbrowser", "HeyTap Browser"),
    ("samsungbrowser", "Samsung Internet"),
    ("baiduboxapp", "Baidu"),
    ("quark/", "Quark"),
    ("edg", "Edge"),
    ("opr/", "Opera"),
    ("opera", "Opera"),
    ("yabrowser", "Yandex"),
    ("vivaldi", "Vivaldi"),
    ("firefox", "Firefox"),
    ("fxios", "Firefox"),
    ("headlesschrome", "Headless Chrome"),
    ("crios", "Chrome"),
    ("; wv)", "Android WebView"),
    ("chromium", "Chromium"),
    ("chrome", "Chrome"),
    ("trident", "Internet Explorer"),
    ("msie", "Internet Explorer"),
    ("safari", "Safari"),
    ("curl", "curl"),
    ("wget", "wget"),
    ("python", "Python"),
    ("okhttp", "OkHttp"),
    ("go-http-client", "Go"),
    ("java", "Java"),
    ("node", "Node"),
    ("axios", "Node"),
    ("postman", "Postman"),
];

const SYSTEMS: &[(&str, &str)] = &[
    ("harmonyos", "HarmonyOS"),
    ("openharmony", "HarmonyOS"),
    ("ipad", "iPadOS"),
    ("iphone", "iOS"),
    ("ipod", "iOS"),
    ("android", "Android"),
    ("windows", "Windows"),
    ("cros", "ChromeOS"),
    ("mac os", "macOS"),
    ("macintosh", "macOS"),
    ("linux", "Linux"),
    ("freebsd", "FreeBSD"),
];

/// What is recognised by none of the marks.
const OTHER: &str = "other";

impl Agent {
    /// Reads the header. An empty or unknown one is a family too: `other on other`.
    pub fn of(user_agent: &str) -> Self {
        let text = user_agent.to_ascii_lowercase();
        let find = |marks: &[(&str, &'static str)]| {
            marks.iter().find(|(mark, _)| text.contains(mark)).map_or(OTHER, |(_, family)| family)
        };
        Self { browser: find(BROWSERS), system: find(SYSTEMS) }
    }
}

impl fmt::Display for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.browser, self.system)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_recognised_whatever_they_pretend_to_be() {
        let check = |text: &str, family: &str| assert_eq!(Agent::of(text).to_string(), family, "{text}");
        check(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
            "Chrome / Windows",
        );
        check(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0",
            "Edge / Windows",
        );
        check(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
            "Safari / iOS",
        );
        check(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.50(0x1800323d) NetType/WIFI",
            "WeChat / iOS",
        );
        check(
            "Mozilla/5.0 (Linux; Android 14; HarmonyOS; ALN-AL00) AppleWebKit/537.36 Chrome/114.0 HuaweiBrowser/15.0 Mobile Safari/537.36",
            "Huawei Browser / HarmonyOS",
        );
        check(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox / macOS",
        );
        check(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/140.0 Safari/537.36",
            "Headless Chrome / Linux",
        );
        check("python-requests/2.32", "Python / other");
        check("", "other / other");
        check("<script>alert(1)</script>", "other / other");
    }
}
