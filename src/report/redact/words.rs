//! Everyday words: what is a name in a header may be a plain word in a sentence.

use crate::rules;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

/// Words of the trade that are also names of mailboxes: alone they tell nobody apart.
pub(super) const WORDS: [&str; 40] = [
    "abuse",
    "account",
    "accounts",
    "address",
    "admin",
    "administrator",
    "alert",
    "alerts",
    "bounce",
    "bounces",
    "delivery",
    "domain",
    "email",
    "exchange",
    "help",
    "helpdesk",
    "info",
    "inbox",
    "it",
    "junk",
    "mail",
    "mailer",
    "message",
    "microsoft",
    "noreply",
    "no-reply",
    "notification",
    "office",
    "outlook",
    "phish",
    "phishing",
    "policy",
    "postmaster",
    "quarantine",
    "security",
    "sender",
    "service",
    "spam",
    "support",
    "test",
];

/// Names that are also words, and words of this program's own sentences that the catalogue lacks.
const EVERYDAY: [&str; 62] = [
    "may", "will", "mark", "bill", "grant", "rich", "hope", "faith", "grace", "joy", "rose",
    "ruby", "april", "june", "august", "art", "chance", "chase", "case", "page", "dean", "drew",
    "frank", "gene", "guy", "jack", "josh", "miles", "max", "nick", "pat", "rob", "sue", "skip",
    "ray", "wade", "young", "long", "short", "brown", "green", "white", "black", "king", "price",
    "best", "bond", "cook", "cross", "day", "field", "gates", "hand", "little", "new", "power",
    "sharp", "small", "stone", "wise", "wood", "words",
];

/// Results and origins that stamps tell in these words: as names they would make every stamp unreadable.
pub(super) const RESULTS: [&str; 10] = [
    "pass",
    "fail",
    "softfail",
    "neutral",
    "none",
    "anonymous",
    "internal",
    "inbound",
    "outbound",
    "incoming",
];

/// Words of answers, `Received` headers and authentication results that the catalogue lacks.
const ANSWERS: &str = "am pm accepted access address again agent agentdefer allowed already anonymous antispam attachment \
    authenticated authentication bad bestguesspass blocked body bst busy cannot catcleanup \
    catcontentconversion certificate cest cet checked client complete confirmed connect connection could \
    custom deferred delay delivered delivery denied designate designates destination detected did direct \
    disabled does dropped duplicate edt ehlo error esmtp esmtpa esmtps esmtpsa esmtpsz est exceeded exim \
    expanded expired fail failed for forged found frontend full gmt group hash helo hop host hour hst \
    http https identity ignored impaired invalid ipv4 ipv6 key later lmtp local localhost lookup loop \
    mapi may message messages microsoft mismatch missing more mst mta neither network never no none nor \
    not number ok on one only opctreject option or oreject organization part party pdt peer permanent \
    permanently permerror permitted please policy postfix present protocol pst punycode queue queued \
    quit quota range rate recipient recipients record refused reject rejected rejectmessage relay \
    relayed remote requested required resolved resources restricted results retry rfc send sender \
    sendmail server signature signed size smtp softpass storage subdomain submission success syntax \
    system temperror temporarily temporary tenantinboundattribution test text than that the this timeout \
    timestamp tls too transport try type unable unavailable unknown unprotected unreachable unroutable \
    unsigned until user using utc utf8smtp utf8smtps valid verified verify via was with yes you your";

/// Keys of Microsoft's stamps: before a colon they are no names.
const KEYS: [&str; 14] = [
    "ARA", "BCL", "CAT", "CIP", "CTRY", "DIR", "ENG", "IPV", "LANG", "OFR", "PTR", "SCL", "SFV",
    "SRV",
];

/// Months that people are called like, too.
const MONTHS: [&str; 16] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "april",
    "june", "july", "august",
];

/// Days of the week as mail writes them.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The words of the catalogue, as they are spelt there and in small letters.
static CATALOGUE: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let texts = rules::all().flat_map(|rule| {
        let entry = &rule.entry;
        let lists = [entry.evidence, entry.against, entry.fix].into_iter().flatten().copied();
        lists.chain([entry.meaning, entry.caveat])
    });
    texts.flat_map(words).collect()
});

/// The words of [`ANSWERS`].
static OF_ANSWERS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| ANSWERS.split_ascii_whitespace().collect());

/// Whether a text of an answer or a header has none but words of the trade, and numbers too short to be called.
pub(super) fn is_of_trade(text: &str) -> bool {
    words(text).all(|word| {
        let lower = word.to_lowercase();
        let lower = lower.as_str();
        let is_one_of = |names: &[&str]| names.contains(&lower);
        if word.contains(|c: char| c.is_ascii_digit()) {
            return word.len() <= 4 && word.bytes().all(|byte| byte.is_ascii_digit())
                || OF_ANSWERS.contains(lower);
        }
        CATALOGUE.contains(word)
            || CATALOGUE.contains(lower)
            || OF_ANSWERS.contains(lower)
            || is_one_of(&WORDS)
            || is_one_of(&RESULTS)
            || is_one_of(&MONTHS)
            || is_one_of(&DAYS)
    })
}

/// The runs of letters and digits of a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// Whether every word of the name is one that sentences have without meaning anybody.
pub(super) fn is_everyday(name: &str) -> bool {
    words(name).all(|word| {
        let lower = word.to_lowercase();
        let lower = lower.as_str();
        WORDS.contains(&lower) || EVERYDAY.contains(&lower) || CATALOGUE.contains(lower)
    })
}

/// Whether the name that stands in this place of one of this program's own sentences is no more than words of
/// the sentence: none of them is spelt as a name would be, and nothing quotes them.
pub(super) fn is_of_sentence(text: &str, range: &Range<usize>) -> bool {
    let name = &text[range.clone()];
    let before = text[..range.start].trim_end();
    let begins = before.is_empty() || before.ends_with(['.', ':', ';']);
    let plain = |(at, word): (usize, &str)| {
        let lower = word.to_lowercase();
        CATALOGUE.contains(word)
            || (word == lower || at == 0 && begins)
                && (WORDS.contains(&lower.as_str()) || EVERYDAY.contains(&lower.as_str()))
    };
    is_of_date(name, &text[..range.start], &text[range.end..])
        || words(name).enumerate().all(plain) && !is_quoted(text, range)
}

fn is_quoted(text: &str, range: &Range<usize>) -> bool {
    // `<rule>` is to be filled in.
    if text[..range.start].ends_with('<') && text[range.end..].starts_with('>') {
        return false;
    }
    const NEAR: usize = 400;
    let near = text.ceil_char_boundary(range.start.saturating_sub(NEAR));
    let line = text[near..range.start].rsplit('\n').next().unwrap_or_default();
    let inside = |quote: char| line.matches(quote).count() % 2 == 1;
    let joins = |c: char| matches!(c, '@' | '/' | '_' | '%' | '=');
    let opens = |c: char| joins(c) || matches!(c, '\'' | '“');
    inside('`')
        || inside('"')
        || text[..range.start].ends_with(opens)
        || text[range.end..].starts_with(joins)
}

/// Whether what stands there is the key of a stamp (`CAT:SPM`) or a part of a date (`Sun, 4 Jan 2026`).
pub(super) fn is_key_or_date(text: &str, range: &Range<usize>) -> bool {
    let name = &text[range.clone()];
    let after = &text[range.end..];
    after.starts_with([':', '=']) && KEYS.contains(&name)
        || is_of_date(name, &text[..range.start], after)
}

fn is_of_date(name: &str, before: &str, after: &str) -> bool {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let day = before.strip_suffix([' ', '-']).is_some_and(|rest| digit(rest.chars().next_back()));
    let year = after.strip_prefix([' ', '-']).is_some_and(|rest| digit(rest.chars().next()));
    let of_week = after.strip_prefix(", ").is_some_and(|rest| digit(rest.chars().next()));
    let is_one_of = |names: &[&str]| names.iter().any(|one| one.eq_ignore_ascii_case(name));
    day && year && is_one_of(&MONTHS) || of_week && is_one_of(&DAYS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stays(text: &str, name: &str) -> bool {
        let start = text.find(name).unwrap();
        is_of_sentence(text, &(start..start + name.len()))
    }

    #[test]
    fn words_of_a_sentence_are_told_from_the_people_called_so() {
        assert!(stays("Nothing will mark it.", "will mark"));
        assert!(stays("Mark the message as not junk.", "Mark"));
        assert!(stays("Portal: Mark it.", "Mark"));
        assert!(stays("It is the mail flow rule's.", "rule"));
        assert!(!stays("It went to Mark.", "Mark"));
        assert!(!stays("Rule `for mark` was missed.", "mark"));
        assert!(stays("Get-InboxRule -Identity \"<rule>\"", "rule"));
        assert!(!stays("Get-Mailbox \"mark\"", "mark"));
        assert!(!stays("It was kim who asked.", "kim"));
        assert!(is_everyday("Will Mark") && !is_everyday("Will Quistorp"));
    }

    #[test]
    fn the_key_of_a_stamp_is_no_name() {
        assert!(is_key_or_date("CAT:SPM", &(0..3)));
        assert!(is_key_or_date("CAT=SPM", &(0..3)));
        assert!(!is_key_or_date("Cat: hello", &(0..3)));
    }

    #[test]
    fn the_month_and_the_day_of_a_date_are_no_names() {
        let stays = |text: &str, name: &str| {
            let start = text.find(name).unwrap();
            is_key_or_date(text, &(start..start + name.len()))
        };
        assert!(stays("Sun, 4 Jan 2026 09:04:55", "Jan"));
        assert!(stays("Sun, 4 Jan 2026 09:04:55", "Sun"));
        assert!(stays("14-MAY-2026", "MAY"));
        assert!(!stays("4 Kim 2026", "Kim"));
        assert!(!stays("seen by Jan 2 times", "Jan"));
    }
}
