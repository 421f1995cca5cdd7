//! Replacing texts in a stream of bytes that comes in pieces of any size. The result is that of
//! replacing in the whole: leftmost first, the longest of those that begin there, and what was
//! put in is not looked at again.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use bytes::Bytes;
use zeroize::Zeroize;

/// What is replaced, and by what.
pub(crate) struct Rewriter {
    automaton: AhoCorasick,
    rules: Vec<Rule>,
}

struct Rule {
    text: Vec<u8>,
    /// For each prefix of `text`, the length of its longest border (Knuth, Morris, Pratt).
    borders: Vec<usize>,
    replacement: Vec<u8>,
}

impl Drop for Rule {
    fn drop(&mut self) {
        self.text.zeroize();
        self.replacement.zeroize();
    }
}

/// What may still grow into one of the texts, between two pieces.
#[derive(Default)]
pub(crate) struct Rewriting {
    held: Vec<u8>,
}

impl Rewriter {
    /// Replaces each text by what stands beside it. `None` where there is nothing to replace,
    /// or more of it than an automaton holds.
    pub(crate) fn new(rules: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>) -> Option<Self> {
        let rules: Vec<Rule> = rules
            .into_iter()
            .filter(|(text, _)| !text.is_empty())
            .map(|(text, replacement)| Rule {
                borders: borders(&text),
                text,
                replacement,
            })
            .collect();
        if rules.is_empty() {
            return None;
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(rules.iter().map(|rule| &rule.text));
        Some(Rewriter {
            automaton: automaton.ok()?,
            rules,
        })
    }

    /// The whole of `bytes`, rewritten; `None` where there was nothing to replace.
    pub(crate) fn whole(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.automaton.is_match(bytes).then(|| {
            let mut out = Vec::with_capacity(bytes.len());
            self.replace(bytes, bytes.len(), &mut out);
            out
        })
    }

    /// The same for a text. What is put in must be text.
    pub(crate) fn text(&self, text: &str) -> Option<String> {
        let rewritten = self.whole(text.as_bytes())?;
        // Texts were replaced by texts at their borders: it is one.
        Some(String::from_utf8_lossy(&rewritten).into_owned())
    }

    /// Rewrites `bytes` up to about `safe` (no match that begins before it ends later than it
    /// is known to), and says where it stopped.
    fn replace(&self, bytes: &[u8], safe: usize, out: &mut Vec<u8>) -> usize {
        let mut done = 0;
        for found in self.automaton.find_iter(bytes) {
            if found.start() >= safe {
                break;
            }
            out.extend_from_slice(bytes.get(done..found.start()).unwrap_or_default());
            let rule = self.rules.get(found.pattern().as_usize());
            out.extend_from_slice(rule.map_or(b"", |rule| &rule.replacement));
            done = found.end();
        }
        let end = safe.max(done);
        out.extend_from_slice(bytes.get(done..end).unwrap_or_default());
        end
    }

    /// Where the end of `bytes` begins that may grow into one of the texts.
    fn open_end(&self, bytes: &[u8]) -> usize {
        let longest = self.rules.iter().map(|rule| rule.open(bytes)).max();
        bytes.len().saturating_sub(longest.unwrap_or(0))
    }
}

impl Rule {
    /// How long the longest end of `bytes` is that is a beginning of the text and not all of it.
    fn open(&self, bytes: &[u8]) -> usize {
        let most = self.text.len().saturating_sub(1);
        let tail = bytes.get(bytes.len().saturating_sub(most)..);
        let step = |mut matched: usize, byte: &u8| {
            while self.text.get(matched) != Some(byte) && matched > 0 {
                matched = self.border(matched);
            }
            matched + usize::from(self.text.get(matched) == Some(byte))
        };
        tail.unwrap_or_default().iter().fold(0, step)
    }

    fn border(&self, matched: usize) -> usize {
        let border = matched.checked_sub(1).and_then(|i| self.borders.get(i));
        border.copied().unwrap_or(0)
    }
}

fn borders(text: &[u8]) -> Vec<usize> {
    let mut borders: Vec<usize> = Vec::with_capacity(text.len());
    for (i, byte) in text.iter().enumerate() {
        let mut length = match i {
            0 => {
                borders.push(0);
                continue;
            }
            _ => borders.get(i - 1).copied().unwrap_or(0),
        };
        while length > 0 && text.get(length) != Some(byte) {
            length = borders.get(length - 1).copied().unwrap_or(0);
        }
        borders.push(length + usize::from(text.get(length) == Some(byte)));
    }
    borders
}

impl Rewriting {
    /// Takes a piece, and gives what is settled by now.
    pub(crate) fn push(&mut self, rules: &Rewriter, piece: &[u8]) -> Bytes {
        self.held.extend_from_slice(piece);
        let safe = rules.open_end(&self.held);
        let mut out = Vec::with_capacity(safe);
        let end = rules.replace(&self.held, safe, &mut out);
        self.held.drain(..end.min(self.held.len()));
        out.into()
    }

    /// Gives the rest: nothing more comes.
    pub(crate) fn finish(&mut self, rules: Option<&Rewriter>) -> Bytes {
        let held = std::mem::take(&mut self.held);
        let rewritten = rules.and_then(|rules| rules.whole(&held));
        rewritten.unwrap_or(held).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rules(texts: &[&str]) -> Rewriter {
        let rule = |text: &&str| (text.as_bytes().to_vec(), b"[redacted]".to_vec());
        Rewriter::new(texts.iter().map(rule)).unwrap()
    }

    fn in_pieces(rules: &Rewriter, bytes: &[u8], sizes: &[usize]) -> Vec<u8> {
        let (mut stream, mut out, mut rest) = (Rewriting::default(), Vec::new(), bytes);
        let mut sizes = sizes.iter().cycle();
        while !rest.is_empty() {
            let (piece, after) = rest.split_at((*sizes.next().unwrap()).clamp(1, rest.len()));
            out.extend_from_slice(&stream.push(rules, piece));
            rest = after;
        }
        out.extend_from_slice(&stream.finish(Some(rules)));
        out
    }

    #[test]
    fn a_text_is_found_across_pieces() {
        let rules = rules(&["hunter2"]);
        for size in 1..20 {
            let out = in_pieces(&rules, b"a hunter2 b hunthunter2", &[size]);
            assert_eq!(out, b"a [redacted] b hunt[redacted]", "pieces of {size}");
        }
    }

    #[test]
    fn the_longest_wins_and_what_cannot_grow_is_given_at_once() {
        let rules = rules(&["secret", "secret-long"]);
        assert_eq!(
            in_pieces(&rules, b"secret-long secret", &[3]),
            b"[redacted] [redacted]"
        );
        let mut stream = Rewriting::default();
        assert_eq!(stream.push(&rules, b"data: 1\n\n"), "data: 1\n\n");
        assert_eq!(stream.push(&rules, b"xsec"), "x");
        assert_eq!(stream.push(&rules, b"ond"), "second");
    }

    #[test]
    fn what_was_put_in_is_not_looked_at_again() {
        let rules = Rewriter::new([(b"ab".to_vec(), b"aab".to_vec())]).unwrap();
        assert_eq!(in_pieces(&rules, b"abab", &[1]), b"aabaab");
    }

    #[test]
    fn no_rules_are_no_rewriter() {
        assert!(Rewriter::new([]).is_none());
        assert!(Rewriter::new([(Vec::new(), b"x".to_vec())]).is_none());
    }

    proptest! {
        // A small alphabet, so that texts overlap themselves and each other.
        #[test]
        fn pieces_give_what_the_whole_gives(
            texts in proptest::collection::vec("[ab]{1,6}", 1..5),
            input in "[abc]{0,60}",
            sizes in proptest::collection::vec(1_usize..9, 1..6),
        ) {
            let pairs = texts.iter().enumerate().map(|(i, text)| {
                (text.as_bytes().to_vec(), format!("<{i}>").into_bytes())
            });
            let rules = Rewriter::new(pairs).unwrap();
            let whole = rules.whole(input.as_bytes()).unwrap_or_else(|| input.clone().into());
            prop_assert_eq!(in_pieces(&rules, input.as_bytes(), &sizes), whole);
        }

        #[test]
        fn no_text_is_left(
            text in "[ab]{1,6}",
            input in "[abc]{0,60}",
            sizes in proptest::collection::vec(1_usize..9, 1..6),
        ) {
            let out = in_pieces(&rules(&[&text]), input.as_bytes(), &sizes);
            let out = String::from_utf8(out).unwrap();
            for between in out.split("[redacted]") {
                prop_assert!(!between.contains(&text), "{}", out);
            }
        }
    }
}
