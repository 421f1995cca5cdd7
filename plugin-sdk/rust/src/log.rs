//! Messages for the people who operate the host.

/// How much a message matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// Every detail.
    Trace,
    /// For finding a defect.
    Debug,
    /// What happened.
    Info,
    /// Something that should be looked at.
    Warn,
    /// Something that failed.
    Error,
}

/// Logs a message; `context` groups messages, for example by module. The macros of this module
/// are shorter. Messages are kept with the attempt, up to a volume that the host sets.
pub fn log(level: Level, context: &str, message: &str) {
    #[cfg(target_arch = "wasm32")]
    {
        use crate::__private::bindings::wasi::logging::logging;
        let level = match level {
            Level::Trace => logging::Level::Trace,
            Level::Debug => logging::Level::Debug,
            Level::Info => logging::Level::Info,
            Level::Warn => logging::Level::Warn,
            Level::Error => logging::Level::Error,
        };
        logging::log(level, context, message);
    }
    #[cfg(not(target_arch = "wasm32"))]
    eprintln!("{level:?} {context}: {message}");
}

/// Logs at [`Level::Debug`], with the arguments of [`format!`].
pub use crate::__debug as debug;
/// Logs at [`Level::Error`], with the arguments of [`format!`].
pub use crate::__error as error;
/// Logs at [`Level::Info`], with the arguments of [`format!`].
pub use crate::__info as info;
/// Logs at [`Level::Trace`], with the arguments of [`format!`].
pub use crate::__trace as trace;
/// Logs at [`Level::Warn`], with the arguments of [`format!`].
pub use crate::__warn as warn;

#[doc(hidden)]
#[macro_export]
macro_rules! __trace {
    ($($text:tt)+) => { $crate::log::log($crate::log::Level::Trace, ::core::module_path!(), &::std::format!($($text)+)) };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __debug {
    ($($text:tt)+) => { $crate::log::log($crate::log::Level::Debug, ::core::module_path!(), &::std::format!($($text)+)) };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __info {
    ($($text:tt)+) => { $crate::log::log($crate::log::Level::Info, ::core::module_path!(), &::std::format!($($text)+)) };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __warn {
    ($($text:tt)+) => { $crate::log::log($crate::log::Level::Warn, ::core::module_path!(), &::std::format!($($text)+)) };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __error {
    ($($text:tt)+) => { $crate::log::log($crate::log::Level::Error, ::core::module_path!(), &::std::format!($($text)+)) };
}
