//! Names learnt from any message of a run, found again in all the others.
//!
//! A name is kept as the hashes of its first word, of its first two and so on, and a text is walked word by word, so
//! the time does not grow with the number of names. Words are compared without regard to case, accents and what stands
//! between them: `Ann Brown` is also found as `ann.brown` and, the other way round, as `BROWN, Ann`.

use super::names::Kind;
use super::values::Values;
use super::words;
use crate::links::entities;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;
use std::sync::Arc;

/// Most beginnings of names that are kept: about 100,000 names, and 20 MB.
const MOST: usize = 400_000;
/// Most words of a name or subject.
const MOST_WORDS: usize = 16;
/// Fewest words of a subject: two may be an error message.
const FEWEST_OF_SUBJECT: usize = 3;
/// Longest text between two words of a name, in bytes.
const LONGEST_GAP: usize = 6;

/// The names of a run.
#[derive(Debug, Default)]
pub(super) struct People {
    /// By the hash of its words each beginning of a name, with the name that ends there.
    beginnings: HashMap<u64, Option<u32>>,
    names: Vec<(Kind, Arc<str>)>,
}

impl People {
    /// Learns what names people, organisations and subjects among these values.
    pub(super) fn learn(&mut self, values: &Values) {
        for value in values.all() {
            match value.kind {
                // What was found may be encoded.
                Kind::Name => self.add(value.kind, &value.key, &value.key),
                Kind::Domain | Kind::Subject => self.add(value.kind, &value.lower, &value.key),
                _ => {}
            }
        }
    }

    fn add(&mut self, kind: Kind, text: &str, key: &Arc<str>) {
        let words: Vec<u64> =
            spans(text).take(MOST_WORDS + 1).map(|span| hash(&text[span])).collect();
        let single = words.len() == 1;
        // Plain words are no name in the mail of others.
        let vague = (single || kind == Kind::Subject) && words::is_everyday(text)
            || kind == Kind::Subject && words.len() < FEWEST_OF_SUBJECT
            || text.chars().filter(|c| c.is_alphabetic()).count() < 3;
        if vague || words.len() > MOST_WORDS {
            return;
        }
        let index = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let mut new = self.insert(&words, index);
        if kind == Kind::Name {
            for words in orders(text) {
                new |= self.insert(&words, index);
            }
        }
        if new {
            self.names.push((kind, Arc::clone(key)));
        }
    }

    /// Whether it was not there before and is now.
    fn insert(&mut self, words: &[u64], index: u32) -> bool {
        if self.beginnings.len() + words.len() > MOST {
            return false;
        }
        let mut sum = 0;
        for (at, word) in words.iter().enumerate() {
            sum = joined(sum, *word);
            let is_end = at + 1 == words.len();
            match self.beginnings.entry(sum) {
                Entry::Vacant(entry) => {
                    entry.insert(is_end.then_some(index));
                    if is_end {
                        return true;
                    }
                }
                Entry::Occupied(mut entry) => {
                    if is_end && entry.get().is_none() {
                        entry.insert(Some(index));
                        return true;
                    }
                }
            }
        }
        false
    }

    /// Calls `found` for every occurrence of a name, the longest of those that begin together.
    pub(super) fn find(&self, text: &str, mut found: impl FnMut(Range<usize>, Kind, &Arc<str>)) {
        if self.names.is_empty() {
            return;
        }
        let Some((plain, places)) = without_entities(text) else {
            return self.find_plain(text, found);
        };
        let original = |at: usize| {
            let next = places.partition_point(|(start, _)| *start <= at);
            next.checked_sub(1).map_or(at, |last| places[last].1 + (at - places[last].0))
        };
        self.find_plain(&plain, |range, kind, key| {
            found(original(range.start)..original(range.end), kind, key);
        });
    }

    fn find_plain(&self, text: &str, mut found: impl FnMut(Range<usize>, Kind, &Arc<str>)) {
        let words: Vec<(Range<usize>, u64)> =
            spans(text).map(|span| (span.clone(), hash(&text[span]))).collect();
        let mut free = 0;
        for (first, (start, _)) in words.iter().enumerate() {
            if start.start < free {
                continue;
            }
            let (mut sum, mut last, mut best) = (0, start.start, None);
            for (span, word) in &words[first..] {
                if span.start - last > LONGEST_GAP
                    || text[last..span.start].contains(['\n', ';', '|'])
                {
                    break;
                }
                last = span.end;
                sum = joined(sum, *word);
                match self.beginnings.get(&sum) {
                    Some(Some(name)) => best = Some((span.end, *name)),
                    Some(None) => {}
                    None => break,
                }
            }
            if let Some((end, name)) = best
                && let Some((kind, key)) = self.names.get(name as usize)
            {
                free = end;
                found(start.start..end, *kind, key);
            }
        }
    }
}

/// What may stand before a name.
const TITLES: [&str; 10] = ["dr", "prof", "mr", "mrs", "ms", "herr", "frau", "ing", "mag", "dipl"];

/// The words of a name of several in other orders, without titles and what stands in brackets: `Dr. Ann Brown (Pay)`
/// is Ann Brown and Brown Ann, as is `Brown, Ann`.
fn orders(name: &str) -> Vec<Vec<u64>> {
    let name = name.split(['(', '[', '{']).next().unwrap_or_default();
    let is_title = |word: &str| TITLES.contains(&word.to_lowercase().as_str());
    let hashes = |part: &str| -> Vec<u64> {
        spans(part).map(|span| &part[span]).filter(|word| !is_title(word)).map(hash).collect()
    };
    let (family, given) = name.split_once(',').unwrap_or(("", name));
    let mut words = [hashes(given), hashes(family)].concat();
    if !(2..=MOST_WORDS).contains(&words.len()) {
        return Vec::new();
    }
    let natural = words.clone();
    words.rotate_right(hashes(family).len().max(1));
    vec![natural, words]
}

/// The words of a text in order, in small letters without accents: the same for the same name.
pub(super) fn folded(name: &str) -> String {
    let mut words: Vec<String> =
        spans(name).map(|span| name[span].chars().flat_map(folds).collect()).collect();
    if words.len() == 2 {
        words.sort();
    }
    words.join(" ")
}

/// The text with its HTML entities undone, if there are any, and where in it and in the original each entity begins and
/// what follows it.
fn without_entities(text: &str) -> Option<(String, Vec<(usize, usize)>)> {
    const LONGEST: usize = 34;
    let mut plain = String::new();
    let mut places = Vec::new();
    let mut done = 0;
    for (at, _) in text.match_indices('&') {
        let near = &text[at..text.floor_char_boundary(at + LONGEST)];
        let Some(entity) = near.find(';').map(|end| &near[..=end]) else { continue };
        let character = entities::decode(entity);
        if at >= done && character != entity {
            plain.push_str(&text[done..at]);
            places.push((plain.len(), at));
            plain.push_str(&character);
            done = at + entity.len();
            places.push((plain.len(), done));
        }
    }
    plain.push_str(&text[done..]);
    (!places.is_empty()).then_some((plain, places))
}

/// Where the words of a text are: runs of letters, digits and the accents that follow them.
fn spans(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let rest = &text[from..];
        let start = from + rest.find(char::is_alphanumeric)?;
        let after = |c: char| !c.is_alphanumeric() && !is_accent(c);
        let end = text[start..].find(after).map_or(text.len(), |length| start + length);
        from = end;
        Some(start..end)
    })
}

fn hash(word: &str) -> u64 {
    if word.is_ascii() {
        return word.bytes().fold(0, |sum, byte| joined(sum, byte.to_ascii_lowercase().into()));
    }
    word.chars().flat_map(folds).fold(0, |sum, c| joined(sum, u32::from(c).into()))
}

/// One number for what went before and what follows; a large odd factor spreads it over all bits.
fn joined(sum: u64, next: u64) -> u64 {
    (sum.rotate_left(5) ^ next.wrapping_add(1)).wrapping_mul(0x517c_c1b7_2722_0a95)
}

/// An accent that is a character of its own, or a character that nobody sees.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// The small letters without accent that stand for a character.
fn folds(c: char) -> impl Iterator<Item = char> {
    c.to_lowercase().filter(|c| !is_accent(*c)).map(|c| match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => 'e',
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => 'g',
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => 'i',
        'ķ' => 'k',
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => 'l',
        'ñ' | 'ń' | 'ņ' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => 'o',
        'ŕ' | 'ŗ' | 'ř' => 'r',
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => 's',
        'ţ' | 'ť' | 'ŧ' | 'ț' => 't',
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => 'u',
        'ý' | 'ÿ' | 'ŷ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(names: &[&str]) -> People {
        let mut people = People::default();
        for name in names {
            people.add(Kind::Name, name, &Arc::from(*name));
        }
        people
    }

    fn found<'a>(people: &People, text: &'a str) -> Vec<&'a str> {
        let mut hits = Vec::new();
        people.find(text, |range, _, _| hits.push(&text[range]));
        hits
    }

    #[test]
    fn a_name_is_found_in_every_spelling() {
        let people = people(&["Łukasz Żak", "Quistorp", "Kim O'Hara-Lee"]);
        for text in ["lukasz.zak", "ZAK, Lukasz", "L\u{141}UKASZ  \u{17b}AK", "LUKASZ Z\u{307}AK"] {
            let text = text.replace("L\u{141}", "\u{141}");
            assert_eq!(found(&people, &format!("by {text} today")), [text.as_str()], "{text}");
        }
        assert_eq!(found(&people, "quistorp, kim_o'hara lee"), ["quistorp", "kim_o'hara lee"]);
        for text in ["Lukasz and Zak", "Quistorps", "Kim O'Hara", "Łukasz; Żak", "Zak"] {
            assert_eq!(found(&people, text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn a_name_is_found_behind_entities_and_unseen_characters() {
        let people = people(&["J\u{fc}rgen Tarn"]);
        for text in
            ["J&uuml;rgen Tarn", "J&#252;rgen&nbsp;T&#x61;rn", "Ju\u{308}r\u{200b}gen T\u{ad}arn"]
        {
            assert_eq!(found(&people, &format!("&amp; {text}; &c")), [text], "{text}");
        }
    }

    #[test]
    fn a_name_is_found_without_its_titles_and_additions() {
        let people = people(&["Prof. Dr. Ophelia Tarn [Pay]", "Zipfel, Kai-Uwe (External)"]);
        for text in ["Ophelia Tarn", "tarn, ophelia", "Kai-Uwe Zipfel", "zipfel kai-uwe"] {
            assert_eq!(found(&people, text), [text]);
        }
    }

    #[test]
    fn everyday_words_are_names_only_in_company() {
        let people = people(&["Will", "Mark", "Security", "Will Mark", "Jo"]);
        assert_eq!(found(&people, "Will it mark Jo? Security: Mark Will."), ["Mark Will"]);
    }

    #[test]
    fn the_names_of_a_run_are_bounded_and_their_number_costs_no_time() {
        let mut people = People::default();
        for number in 0..200_000 {
            let name = format!("Anna Name{number}");
            people.add(Kind::Name, &name, &name.as_str().into());
        }
        assert!(people.beginnings.len() <= MOST && people.names.len() > 100_000);
        let text = "anna ".repeat(200_000) + "Name7, Anna";
        assert_eq!(found(&people, &text), ["anna Name7"]);
        let mut people = People::default();
        let name = "ab ".repeat(MOST_WORDS);
        people.add(Kind::Name, &name, &name.as_str().into());
        assert_eq!(found(&people, &"ab ".repeat(MOST_WORDS * 1_000)).len(), 1_000);
    }
}
