//! [`export!`]: from steps to a component.

/// Makes a plugin of one or more [`Step`](crate::Step)s. Use it once in a `cdylib` package, at
/// the top level; the plugin's name, version and description are the package's.
#[macro_export]
macro_rules! export {
    ($($step:ty),+ $(,)?) => {
        #[doc(hidden)]
        struct __SeguePlugin;

        impl $crate::__private::Handler for __SeguePlugin {
            fn describe() -> $crate::__private::PluginDescriptor {
                $crate::__private::describe(
                    ::core::env!("CARGO_PKG_NAME"),
                    ::core::env!("CARGO_PKG_VERSION"),
                    ::core::env!("CARGO_PKG_DESCRIPTION"),
                    ::std::vec![$($crate::__private::describe_step::<$step>()),+],
                )
            }

            fn run(
                context: $crate::__private::WitContext,
                step: ::std::string::String,
                input: ::std::string::String,
            ) -> ::core::result::Result<::std::string::String, $crate::__private::WitStepError> {
                $crate::__private::log_panics();
                $(
                    if step == <$step as $crate::Step>::NAME {
                        return $crate::__private::run_step::<$step>(context, &input);
                    }
                )+
                ::core::result::Result::Err($crate::__private::no_such_step(&step))
            }
        }

        $crate::__private::export_handler!(__SeguePlugin);
    };
}
