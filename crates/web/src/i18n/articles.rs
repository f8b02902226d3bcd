//! The articles of the help centre, in both languages, as data. Each says what this version really does.

use kernel::Locale;

/// Something said in both languages: Chinese, English.
pub type Both = (&'static str, &'static str);

/// Where an article stands in the help centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    Order,
    Money,
    Account,
    More,
}

impl Topic {
    pub const ALL: [Self; 4] = [Self::Order, Self::Money, Self::Account, Self::More];
}

/// A piece of an article.
#[derive(Debug, Clone, Copy)]
pub enum Block {
    Heading(Both),
    Text(Both),
    /// One after the other.
    Steps(&'static [Both]),
    List(&'static [Both]),
    /// A path on this site and its words.
    Link(&'static str, Both),
    /// Lines for a terminal, the same in both languages.
    Code(&'static str),
}

/// One article.
#[derive(Debug)]
pub struct Article {
    /// `/help/{slug}`
    pub slug: &'static str,
    pub topic: Topic,
    pub title: Both,
    pub summary: Both,
    /// Other words people search for, in both languages.
    pub also: &'static str,
    pub body: &'static [Block],
    pub related: &'static [&'static str],
}

impl Article {
    pub const fn title(&self, locale: Locale) -> &'static str {
        locale.pick(self.title.0, self.title.1)
    }

    pub const fn summary(&self, locale: Locale) -> &'static str {
        locale.pick(self.summary.0, self.summary.1)
    }

    /// How well the article answers a search: 0 not at all.
    fn rank(&self, needle: &str) -> u8 {
        let has = |text: &str| text.to_lowercase().contains(needle);
        let both = |pair: Both| has(pair.0) || has(pair.1);
        if both(self.title) {
            return 4;
        }
        if has(self.also) {
            return 3;
        }
        if both(self.summary) {
            return 2;
        }
        let in_block = |block: &Block| match block {
            Block::Heading(text) | Block::Text(text) | Block::Link(_, text) => both(*text),
            Block::Steps(items) | Block::List(items) => items.iter().any(|item| both(*item)),
            Block::Code(_) => false,
        };
        u8::from(self.body.iter().any(in_block))
    }
}

/// All articles, in the order of the help centre.
pub fn all() -> impl Iterator<Item = &'static Article> {
    super::articles_order::ORDERING.iter().chain(super::articles_account::ACCOUNT)
}

/// The article at `/help/{slug}`.
pub fn find(slug: &str) -> Option<&'static Article> {
    all().find(|article| article.slug == slug)
}

/// Articles that have `query` in them, the best first.
pub fn search(query: &str) -> Vec<&'static Article> {
    let needle = query.trim().to_lowercase();
    if needle.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<(u8, &Article)> =
        all().map(|article| (article.rank(&needle), article)).filter(|(rank, _)| *rank > 0).collect();
    found.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
    found.into_iter().map(|(_, article)| article).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_han(c: char) -> bool {
        matches!(c, '\u{4E00}'..='\u{9FFF}')
    }

    fn texts(article: &Article) -> Vec<Both> {
        let blocks = article.body.iter().flat_map(|block| match block {
            Block::Heading(text) | Block::Text(text) | Block::Link(_, text) => vec![*text],
            Block::Steps(items) | Block::List(items) => items.to_vec(),
            Block::Code(_) => Vec::new(),
        });
        blocks.chain([article.title, article.summary]).collect()
    }

    #[test]
    fn articles_are_set_as_chinese_is_set() {
        for article in all() {
            for (zh, en) in texts(article) {
                let chars: Vec<char> = zh.chars().collect();
                for pair in chars.windows(2) {
                    let half = |c: char| [',', ';', ':', '?', '!', '(', ')'].contains(&c);
                    let beside = (is_han(pair[0]) && half(pair[1])) || (half(pair[0]) && is_han(pair[1]));
                    assert!(!beside, "{}: {zh}", article.slug);
                }
                assert!(!zh.contains('！') && !en.contains('!'), "{}: {zh}", article.slug);
                assert!(!en.replace('中', "").chars().any(is_han), "{}: {en}", article.slug);
                assert!(zh.chars().any(is_han) && !en.is_empty(), "{}: {zh}", article.slug);
            }
        }
    }

    #[test]
    fn slugs_are_unique_and_related_articles_exist() {
        for article in all() {
            assert_eq!(all().filter(|other| other.slug == article.slug).count(), 1, "{}", article.slug);
            for related in article.related {
                assert!(find(related).is_some_and(|other| other.slug != article.slug), "{related}");
            }
        }
    }

    #[test]
    fn a_search_finds_by_title_first_and_by_other_words() {
        for (query, first) in [
            ("退款", "cancel-refund"),
            ("forgot password", "sign-in"),
            ("幂等", "developers"),
            ("限额", "top-up"),
        ] {
            assert_eq!(search(query).first().map(|article| article.slug), Some(first), "{query}");
        }
        assert!(search("   ").is_empty() && search("<script>").is_empty());
    }
}
