//! How values are written into paths, queries, headers and cookies (OpenAPI 3.1, "Style Values").

use http_common::{COMPONENT, RESERVED, percent_encode, scalar};
use serde_json::Value;

/// The styles, with the one that only Swagger 2.0 has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Style {
    #[default]
    Simple,
    Label,
    Matrix,
    Form,
    SpaceDelimited,
    PipeDelimited,
    TabDelimited,
    DeepObject,
}

/// How the values of one parameter are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Form {
    pub(crate) style: Style,
    /// Whether the items of lists and the members of objects stand on their own.
    pub(crate) explode: bool,
    /// Whether reserved characters stand for themselves.
    pub(crate) keeps_reserved: bool,
    /// Whether the value is written as JSON (a parameter with `content`).
    pub(crate) is_json: bool,
}

/// A value taken apart.
enum Shape {
    Plain(String),
    List(Vec<String>),
    Members(Vec<(String, String)>),
}

impl Form {
    /// A value in a path, encoded.
    pub(crate) fn in_path(&self, name: &str, value: &Value) -> String {
        let encode = |text: &str| self.encoded(text);
        match (self.style, self.shape(value, encode)) {
            (Style::Label, shape) => {
                let between = if self.explode { "." } else { "," };
                format!(".{}", self.joined(shape, between))
            }
            (Style::Matrix, Shape::Plain(text)) => format!(";{name}={text}"),
            (Style::Matrix, Shape::List(items)) if self.explode => {
                items.iter().map(|item| format!(";{name}={item}")).collect()
            }
            (Style::Matrix, Shape::Members(members)) if self.explode => members
                .iter()
                .map(|(key, value)| format!(";{key}={value}"))
                .collect(),
            (Style::Matrix, shape) => format!(";{name}={}", self.joined(shape, ",")),
            (_, shape) => self.joined(shape, ","),
        }
    }

    /// A value in a query: encoded pairs.
    pub(crate) fn in_query(&self, name: &str, value: &Value) -> Vec<String> {
        let encode = |text: &str| self.encoded(text);
        let key = percent_encode(name, COMPONENT);
        match (self.style, self.shape(value, encode)) {
            (_, Shape::Plain(text)) => vec![format!("{key}={text}")],
            (Style::DeepObject, Shape::Members(members)) => members
                .iter()
                .map(|(member, value)| format!("{key}%5B{member}%5D={value}"))
                .collect(),
            (_, Shape::List(items)) if self.explode => {
                items.iter().map(|item| format!("{key}={item}")).collect()
            }
            (_, Shape::Members(members)) if self.explode => members
                .iter()
                .map(|(member, value)| format!("{member}={value}"))
                .collect(),
            (_, Shape::List(items)) if items.is_empty() => Vec::new(),
            (style, shape) => {
                let between = match style {
                    Style::SpaceDelimited => "%20",
                    Style::PipeDelimited => "%7C",
                    Style::TabDelimited => "%09",
                    _ => ",",
                };
                vec![format!("{key}={}", self.joined(shape, between))]
            }
        }
    }

    /// A value in a header, as it is.
    pub(crate) fn in_header(&self, value: &Value) -> String {
        let shape = self.shape(value, str::to_owned);
        self.joined(shape, ",")
    }

    /// A value in the header `cookie`: encoded pairs.
    pub(crate) fn in_cookie(&self, name: &str, value: &Value) -> Vec<String> {
        self.in_query(name, value)
    }

    fn encoded(&self, text: &str) -> String {
        let keep = if self.keeps_reserved {
            RESERVED
        } else {
            COMPONENT
        };
        percent_encode(text, keep)
    }

    fn shape(&self, value: &Value, encode: impl Fn(&str) -> String) -> Shape {
        // What is nested deeper than the styles know is written as JSON.
        let text = |value: &Value| encode(&scalar(value).unwrap_or_else(|| value.to_string()));
        match value {
            Value::Array(items) if !self.is_json => Shape::List(items.iter().map(text).collect()),
            Value::Object(members) if !self.is_json => Shape::Members(
                members
                    .iter()
                    .filter(|(_, value)| !value.is_null())
                    .map(|(key, value)| (encode(key), text(value)))
                    .collect(),
            ),
            _ if self.is_json => Shape::Plain(encode(&value.to_string())),
            plain => Shape::Plain(text(plain)),
        }
    }

    fn joined(&self, shape: Shape, between: &str) -> String {
        match shape {
            Shape::Plain(text) => text,
            Shape::List(items) => items.join(between),
            Shape::Members(members) => {
                let equals = if self.explode { "=" } else { between };
                let pairs = members
                    .into_iter()
                    .map(|(key, value)| format!("{key}{equals}{value}"));
                pairs.collect::<Vec<_>>().join(between)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn form(style: Style, explode: bool) -> Form {
        Form {
            style,
            explode,
            ..Form::default()
        }
    }

    /// The table of the specification (OpenAPI 3.1, "Style Examples"): how `color` is written as
    /// "blue", as a list and as an object.
    type Row = (Style, bool, [&'static str; 3]);

    #[rustfmt::skip]
    const IN_PATHS: [Row; 6] = [
        (Style::Matrix, false, [";color=blue", ";color=blue,black,brown", ";color=R,100,G,200,B,150"]),
        (Style::Matrix, true, [";color=blue", ";color=blue;color=black;color=brown", ";R=100;G=200;B=150"]),
        (Style::Label, false, [".blue", ".blue,black,brown", ".R,100,G,200,B,150"]),
        (Style::Label, true, [".blue", ".blue.black.brown", ".R=100.G=200.B=150"]),
        (Style::Simple, false, ["blue", "blue,black,brown", "R,100,G,200,B,150"]),
        (Style::Simple, true, ["blue", "blue,black,brown", "R=100,G=200,B=150"]),
    ];

    #[rustfmt::skip]
    const IN_QUERIES: [Row; 5] = [
        (Style::Form, false, ["color=blue", "color=blue,black,brown", "color=R,100,G,200,B,150"]),
        (Style::Form, true, ["color=blue", "color=blue&color=black&color=brown", "R=100&G=200&B=150"]),
        (Style::SpaceDelimited, false, ["color=blue", "color=blue%20black%20brown", "color=R%20100%20G%20200%20B%20150"]),
        (Style::PipeDelimited, false, ["color=blue", "color=blue%7Cblack%7Cbrown", "color=R%7C100%7CG%7C200%7CB%7C150"]),
        (Style::DeepObject, true, ["color=blue", "color=blue&color=black&color=brown", "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"]),
    ];

    fn colors() -> [Value; 3] {
        let object = json!({"R": 100, "G": 200, "B": 150});
        [json!("blue"), json!(["blue", "black", "brown"]), object]
    }

    #[test]
    fn the_examples_of_the_specification_in_paths() {
        for (style, explode, expected) in IN_PATHS {
            let form = form(style, explode);
            let written = colors().map(|value| form.in_path("color", &value));
            assert_eq!(written, expected, "{form:?}");
        }
    }

    #[test]
    fn the_examples_of_the_specification_in_queries() {
        for (style, explode, expected) in IN_QUERIES {
            let form = form(style, explode);
            let written = colors().map(|value| form.in_query("color", &value).join("&"));
            assert_eq!(written, expected, "{form:?}");
        }
    }

    #[test]
    fn values_are_encoded_but_in_headers() {
        let value = json!(["a/b", "c d"]);
        assert_eq!(
            form(Style::Simple, false).in_path("x", &value),
            "a%2Fb,c%20d"
        );
        assert_eq!(form(Style::Simple, false).in_header(&value), "a/b,c d");
        let keeps = Form {
            keeps_reserved: true,
            ..form(Style::Form, true)
        };
        assert_eq!(keeps.in_query("x", &json!("a/b c")), ["x=a/b%20c"]);
        let json_form = Form {
            is_json: true,
            ..form(Style::Form, true)
        };
        assert_eq!(
            json_form.in_query("x", &json!({"a": 1})),
            ["x=%7B%22a%22%3A1%7D"]
        );
    }
}
