//! What a `call` names (DSL 1.0.3, "Custom and catalogued functions").

use segue_model::id::is_plugin_name;
use segue_model::ir::StepRef;

use crate::diagnostic::{did_you_mean, shown};

/// The calls that are part of the language.
const PROTOCOLS: [&str; 6] = ["http", "grpc", "openapi", "asyncapi", "a2a", "mcp"];

/// Characters of the name of a step: `package/interface.function` of a typed component is one.
const STEP_CHARS_MAX: usize = 200;

/// What stands behind `call:`.
#[derive(Debug, PartialEq)]
pub(crate) enum Reference<'n> {
    /// A step of a plugin.
    Step(StepRef),
    /// A call that the language defines.
    Protocol(&'n str),
    /// The URL of a function.
    Url,
    /// A function of a catalog other than `default`.
    Catalog {
        name: &'n str,
        version: &'n str,
        catalog: &'n str,
    },
    /// A bare name, as functions of `use.functions` have.
    Name,
    /// None of these.
    Malformed { message: String, help: String },
}

pub(crate) fn parse(name: &str) -> Reference<'_> {
    if PROTOCOLS.contains(&name) {
        return Reference::Protocol(name);
    }
    // A URL holds `:` and may hold `@`, so it is looked for first.
    if name.contains("://") {
        return Reference::Url;
    }
    let (path, catalog) = match name.rsplit_once('@') {
        Some((path, catalog)) => (path, Some(catalog)),
        None => (name, None),
    };
    match catalog {
        Some("default") => {}
        Some("") => return malformed(name, "the catalog is missing behind `@`", None),
        Some(catalog) => return catalogued(name, path, catalog),
        None if !name.contains([':', '/']) => return Reference::Name,
        None => {
            let versioned = path
                .rsplit_once(':')
                .is_some_and(|(_, version)| is_version(version));
            let mended = versioned.then(|| format!("{path}@default"));
            return malformed(name, "the catalog is missing", mended);
        }
    }
    step(name, path)
}

/// Whether `call` can name a function of `use.functions` so.
pub(crate) fn is_function_name(name: &str) -> bool {
    !name.is_empty() && matches!(parse(name), Reference::Name)
}

/// A function of a catalog: it lies in a folder of its name and its full version.
fn catalogued<'n>(name: &'n str, path: &'n str, catalog: &'n str) -> Reference<'n> {
    let (function, version) = path.rsplit_once(':').unwrap_or((path, ""));
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let is_name =
        function.starts_with(|c: char| c.is_ascii_alphanumeric()) && function.chars().all(plain);
    if is_name && version.parse::<semver::Version>().is_ok() {
        return Reference::Catalog {
            name: function,
            version,
            catalog,
        };
    }
    let what = match is_name {
        true => "its version is not a full one",
        false => "its name is no plain name",
    };
    Reference::Malformed {
        message: format!("{} names no function of a catalog: {what}", shown(name)),
        help: format!("a function of a catalog is called as `name:1.0.0@{catalog}`"),
    }
}

fn step<'n>(name: &'n str, path: &'n str) -> Reference<'n> {
    let Some((path, version)) = path.rsplit_once(':') else {
        let mended = format!("{path}:1@default");
        return malformed(name, "the version is missing", Some(mended));
    };
    if !is_version(version) {
        let bare = version
            .strip_prefix(['v', 'V'])
            .filter(|bare| is_version(bare));
        let mended = bare.map(|bare| format!("{path}:{bare}@default"));
        let message = format!("{} is not a version", shown(version));
        return malformed(name, &message, mended);
    }
    let (plugin, step) = match path.split_once('/') {
        Some((plugin, step)) => (plugin, Some(step)),
        None => (path, None),
    };
    if !is_plugin_name(plugin) {
        let message = format!(
            "{} cannot be the name of a plugin (lower-case letters, digits, hyphens)",
            shown(plugin)
        );
        return malformed(name, &message, None);
    }
    if let Some(step) = step
        && !is_step_name(step)
    {
        let message = format!("{} cannot be the name of a step", shown(step));
        return malformed(name, &message, None);
    }
    Reference::Step(StepRef {
        plugin: plugin.to_owned(),
        step: step.map(str::to_owned),
        version: version.to_owned(),
    })
}

fn malformed<'n>(name: &str, message: &str, mended: Option<String>) -> Reference<'n> {
    Reference::Malformed {
        message: format!("{} names no step: {message}", shown(name)),
        help: match mended {
            Some(mended) => format!("write `call: {mended}`"),
            None => "a step is called as `plugin/step:1.0.0@default`".to_owned(),
        },
    }
}

/// A full version, or its first one or two numbers.
fn is_version(text: &str) -> bool {
    let partial = |text: &str| {
        let numbers: Vec<&str> = text.split('.').collect();
        let plain = |n: &&str| {
            let padded = n.len() > 1 && n.starts_with('0');
            !padded && n.bytes().all(|b| b.is_ascii_digit()) && n.parse::<u64>().is_ok()
        };
        numbers.len() <= 2 && numbers.iter().all(plain)
    };
    partial(text) || text.parse::<semver::Version>().is_ok()
}

fn is_step_name(text: &str) -> bool {
    let segment = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    text.len() <= STEP_CHARS_MAX && text.split(['/', '.', ':']).all(segment)
}

/// What to do instead of a call that is not supported.
pub(crate) fn protocol_advice(protocol: &str) -> &'static str {
    match protocol {
        "grpc" => "call a gateway with `http`, or do it in a step of a plugin",
        "asyncapi" => {
            "events come in through the API, and `listen` waits for them; `emit` publishes"
        }
        _ => "do it in a step of a plugin, and call `plugin/step:1.0.0@default`",
    }
}

/// What a bare name was probably meant to be.
pub(crate) fn name_advice(name: &str) -> String {
    match did_you_mean(name, PROTOCOLS) {
        Some(protocol) => format!("did you mean `{protocol}`?"),
        None => {
            "a step of a plugin is called with its version: `plugin/step:1.0.0@default`".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(plugin: &str, step: Option<&str>, version: &str) -> Reference<'static> {
        Reference::Step(StepRef {
            plugin: plugin.to_owned(),
            step: step.map(str::to_owned),
            version: version.to_owned(),
        })
    }

    #[test]
    fn steps_are_named_with_plugin_and_version() {
        assert_eq!(parse("price:1@default"), step("price", None, "1"));
        assert_eq!(
            parse("order/price:1.2@default"),
            step("order", Some("price"), "1.2")
        );
        assert_eq!(
            parse("a/b:1.2.3-rc.1@default"),
            step("a", Some("b"), "1.2.3-rc.1")
        );
        assert_eq!(
            parse("geo/acme:maps/route.find-way:2@default"),
            step("geo", Some("acme:maps/route.find-way"), "2")
        );
    }

    #[test]
    fn other_things_that_can_be_called_are_told_apart() {
        assert_eq!(parse("http"), Reference::Protocol("http"));
        assert_eq!(parse("https://x.org/f/validate@v1.0.0"), Reference::Url);
        let catalog = Reference::Catalog {
            name: "log",
            version: "0.5.2",
            catalog: "global",
        };
        assert_eq!(parse("log:0.5.2@global"), catalog);
        assert_eq!(parse("getPetById"), Reference::Name);
    }

    #[test]
    fn what_names_no_step_is_refused_with_the_fix() {
        for (name, help) in [
            ("log:1.0.0", "write `call: log:1.0.0@default`"),
            ("a/b@default", "write `call: a/b:1@default`"),
            ("a:v1@default", "write `call: a:1@default`"),
            ("A:1@default", "a step is called as"),
            ("a/:1@default", "a step is called as"),
            ("a:01@default", "a step is called as"),
            ("a/b c:1@default", "a step is called as"),
            ("a:1@", "a step is called as"),
            (":1@default", "a step is called as"),
            ("a:@default", "a step is called as"),
            ("a/b", "a step is called as"),
            ("a:1.2.3.4@default", "a step is called as"),
            ("log:1@global", "a function of a catalog is called as"),
            (
                "../log:1.0.0@global",
                "a function of a catalog is called as",
            ),
        ] {
            let Reference::Malformed { help: found, .. } = parse(name) else {
                panic!("{name}");
            };
            assert!(found.starts_with(help), "{name}: {found}");
        }
    }
}
