//! Labels of Mermaid: quoted, with everything that could mean something written as a number.

/// Characters of one line of a label.
const LINE_CHARS_MAX: usize = 60;

/// A label of lines, with its quotes. Empty lines are left out.
pub(super) fn label<S: AsRef<str>>(lines: &[S]) -> String {
    let lines = lines.iter().map(AsRef::as_ref);
    let lines: Vec<String> = lines.filter(|l| !l.is_empty()).map(escaped).collect();
    format!("\"{}\"", lines.join("<br/>"))
}

/// One line: short, and of nothing but letters, digits and harmless signs. Anything else
/// becomes `#58;`. The colon is not harmless: Mermaid takes `style …: #…;` for a style even
/// inside of quotes.
fn escaped(line: &str) -> String {
    let mut out = String::new();
    let mut blank = false;
    let mut count = 0;
    for c in line.trim().chars() {
        let is_blank = c.is_whitespace() || c.is_control();
        if is_blank && blank {
            continue;
        }
        blank = is_blank;
        count += 1;
        if count > LINE_CHARS_MAX {
            out.push('…');
            break;
        }
        match c {
            _ if is_blank => out.push(' '),
            c if c.is_alphanumeric() || " ._-/,+()$@…".contains(c) => out.push(c),
            c => out.push_str(&format!("#{};", u32::from(c))),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_mean_something_becomes_a_number() {
        let text = label(&["a\"b", "<c>; %%{x}", "", "`d`: [e]\n#"]);
        assert_eq!(
            text,
            "\"a#34;b<br/>#60;c#62;#59; #37;#37;#123;x#125;<br/>#96;d#96;#58; #91;e#93; #35;\""
        );
    }

    #[test]
    fn long_lines_are_cut_and_blanks_are_one() {
        let text = label(&[&"x ".repeat(100)]);
        assert!(text.chars().count() < 70 && text.ends_with("…\""), "{text}");
        assert_eq!(label(&["a \n\t b"]), "\"a b\"");
    }
}
