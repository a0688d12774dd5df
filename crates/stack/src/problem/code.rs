//! The stable code of each kind of problem.

use std::fmt;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $number:literal,)+) => {
        /// What kind of problem it is; printed as `E0201`, `W0701` for a warning, `N0901` for a note. A number never changes its meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[doc = $doc])+ $name = $number,)+ }

        impl Code {
            pub const ALL: &[Code] = &[$(Code::$name,)+];

            /// One sentence about the kind.
            pub fn meaning(self) -> &'static str {
                match self { $(Code::$name => concat!($($doc,)+).trim_ascii(),)+ }
            }
        }
    };
}

codes! {
    /// The manifest does not exist or cannot be read.
    Unreadable = 101,
    /// The manifest is not UTF-8.
    NotUtf8 = 102,
    /// The manifest is larger than any manifest should be.
    TooLarge = 103,
    /// The text is not YAML.
    Syntax = 104,
    /// There is nothing in the manifest.
    Empty = 105,
    /// A key appears twice in one mapping.
    DuplicateKey = 106,
    /// YAML that a manifest does not use: tags, merge keys, several documents.
    UnsupportedYaml = 107,
    /// Nested too deep, or aliases that grow out of bounds.
    TooComplex = 108,

    /// A key that is not known at this place.
    UnknownKey = 201,
    /// A required key is missing.
    MissingKey = 202,
    /// A value of another type than the key takes.
    WrongType = 203,
    /// Not a duration such as `20s`.
    Duration = 204,
    /// Not a size such as `256MB`.
    Size = 205,
    /// Not a rate such as `20/min`.
    Rate = 206,
    /// A number, duration or size outside its range.
    Range = 207,
    /// Not one of the values that a key takes.
    UnknownValue = 208,
    /// A name with characters or a length that names do not have.
    Name = 209,
    /// An empty list or text where something is needed.
    Nothing = 210,
    /// Keys that exclude each other.
    Conflict = 211,
    /// More elements than a list may have.
    TooMany = 212,

    /// A reference to a parameter that is not declared.
    UnknownParameter = 301,
    /// A parameter without a default that was given no value.
    MissingParameter = 302,
    /// A parameter's value is not of its type.
    ParameterType = 303,
    /// An environment variable that is not set and has no default.
    MissingVariable = 304,
    /// A substitution that cannot be read.
    Substitution = 305,

    /// A runtime that is not supported.
    Runtime = 401,
    /// A handler that does not fit its runtime.
    Entry = 402,
    /// A file or folder that does not exist or is of the wrong kind.
    Path = 403,
    /// An environment variable that a function cannot have.
    Variable = 404,
    /// A build that does not fit its runtime.
    BuildTool = 405,
    /// A pattern of files that cannot be read, or leaves out what runs.
    FilePattern = 406,

    /// Not an address of an upstream.
    Url = 501,
    /// Not an address block such as `10.0.0.0/8`.
    Cidr = 502,
    /// Not a valid header.
    Header = 503,
    /// Not a valid path.
    UrlPath = 504,
    /// Not a valid host name.
    Host = 505,

    /// A route key that cannot be read.
    RouteKey = 601,
    /// A route that can never match.
    Unreachable = 602,
    /// A reference to something that the stack does not define.
    Dangling = 603,
    /// A placeholder that is no parameter of the route's path.
    Placeholder = 604,
    /// Two APIs that answer to the same host and stage.
    ApiCollision = 605,
    /// Cross-origin settings that browsers refuse.
    Cors = 606,
    /// A status code that does not fit.
    Status = 607,
    /// A limit that cannot be told from another.
    Policy = 608,
    /// A media type that cannot be read.
    MediaType = 609,
    /// A limit that counts by what an authorizer says, where there is none.
    Authorizer = 610,
    /// A text that cannot be the value of an API key, or must not stand where it does.
    KeyValue = 611,
    /// A route that asks for an API key where no usage plan is good.
    NoPlan = 612,
    /// A usage plan's rate for a route that asks for no API key, or a limit that counts by one there.
    NoKeyAsked = 613,
    /// An expression that cannot be read.
    Expression = 614,
    /// A step of a sequence that is not there, or not yet.
    Step = 615,
    /// A redrive policy that leads round in a circle, or to a queue of another kind.
    Redrive = 616,
    /// A time or a schedule that cannot be read, or is never due.
    Schedule = 617,
    /// A filter or an event pattern that nothing can match.
    Pattern = 618,
    /// A stored parameter's name or value that cannot be kept, or must not stand where it does.
    StoredParameter = 619,
    /// A model that is no JSON schema.
    Model = 620,

    /// A function that no route calls.
    UnusedFunction = 701,
    /// An upstream that no route calls.
    UnusedUpstream = 702,
    /// A parameter that nothing refers to.
    UnusedParameter = 703,
    /// A process that no upstream leads to.
    UnusedProcess = 704,
    /// A usage plan for an API of which no route asks for an API key.
    IdlePlan = 705,
    /// A cache that no variable refers to.
    UnusedCache = 706,
    /// A setting that has no effect beside another.
    IdleSetting = 707,
    /// What is asked for and not supported, and is left out because `--allow-unsupported` says so.
    LeftOut = 708,

    /// A type or property of a template that is not supported.
    Unsupported = 801,
    /// A function of a template that cannot be evaluated.
    Intrinsic = 802,
    /// Resources or conditions of a template that need each other.
    Circular = 803,
    /// An export that no stack has.
    MissingImport = 804,

    /// A type or property of a template that has no meaning here, and is accepted.
    Noted = 901,
}

impl Code {
    /// Whether it is about what works, but was probably not meant.
    pub fn is_warning(self) -> bool {
        (700..800).contains(&(self as u16))
    }

    /// Whether it only tells that something has no meaning here.
    pub fn is_note(self) -> bool {
        self as u16 >= 900
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = match self {
            code if code.is_note() => 'N',
            code if code.is_warning() => 'W',
            _ => 'E',
        };
        write!(f, "{letter}{:04}", *self as u16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_case_or_a_test() {
        // These three depend on bytes or files, which a case cannot hold.
        let elsewhere = [Code::Unreadable, Code::NotUtf8, Code::TooLarge];
        let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/cases");
        let mut text = String::new();
        let mut folders = vec![std::path::PathBuf::from(cases)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "case") {
                    text.push_str(&std::fs::read_to_string(path).expect("a case"));
                }
            }
        }
        for code in Code::ALL.iter().filter(|code| !elsewhere.contains(code)) {
            let shown = if code.is_note() { format!(": {code}: ") } else { format!("\n{code}\n") };
            assert!(text.contains(&shown), "{code} ({}) has no case", code.meaning());
        }
    }
}
