//! The macro that defines a recipe from a table of settings, and the description of a setting.

use std::fmt;

/// Defines [`Recipe`](crate::training::Recipe) from a table. A row has a help text, name, type, default,
/// placeholder and, for a number, bounds. The first line of its comment is the help text; the others appear
/// only in the library documentation.
macro_rules! settings {
    ($(
        #[doc = $help:literal]
        $(#[doc = $more:literal])*
        $name:ident: $type:ty = $default:expr, $value_name:literal $(, $bounds:expr)?;
    )*) => {
        /// The settings of a training run. [`Recipe::default`] is the preset
        /// [`Preset::Reviews`](crate::training::Preset::Reviews).
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
        pub struct Recipe {$(
            #[doc = $help]
            #[doc = ""]
            $(#[doc = $more])*
            pub $name: $type,
        )*}

        impl Default for Recipe {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl Recipe {
            /// Returns the settings in the order of the table.
            fn list_settings() -> Vec<Setting> {
                let defaults = serde_json::to_value(Self::default()).unwrap_or_default();
                vec![$(Setting::new(stringify!($name), $help, $value_name, &defaults),)*]
            }

            /// Checks each number against its bounds.
            fn check_bounds(&self) -> Result<(), TrainingError> {
                $($(
                    $bounds.check(stringify!($name), self.$name as f64)?;
                )?)*
                Ok(())
            }

            /// Copies the settings with these names from another recipe.
            pub(crate) fn copy_settings(&mut self, from: &Self, names: &[String]) {
                $(
                    if names.contains(&kebab_case(stringify!($name))) {
                        self.$name = from.$name.clone();
                    }
                )*
            }
        }
    };
}

pub(super) use settings;

use crate::training::error::TrainingError;

/// A setting of a [`Recipe`](crate::training::Recipe) for the command line and the TOML file.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The name, in kebab case.
    pub name: String,
    /// A description of at most ten words.
    pub help: &'static str,
    /// The placeholder of the value in the help text.
    pub value_name: &'static str,
    /// The type of the value.
    pub kind: SettingKind,
    /// The value in [`Recipe::default`](crate::training::Recipe::default).
    pub default: String,
}

/// The type of a setting's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingKind {
    /// `true` or `false`.
    Boolean,
    /// An integer, 0 or more.
    Integer,
    /// A number.
    Float,
    /// A name or a list.
    Text,
}

impl Setting {
    pub(super) fn new(
        field: &str,
        help: &'static str,
        value_name: &'static str,
        defaults: &serde_json::Value,
    ) -> Self {
        let name = kebab_case(field);
        let (kind, default) = match &defaults[&name] {
            serde_json::Value::Bool(value) => (SettingKind::Boolean, value.to_string()),
            serde_json::Value::String(value) => (SettingKind::Text, value.clone()),
            number => match number.as_f64().filter(|_| number.is_f64()) {
                Some(value) => (SettingKind::Float, value.to_string()),
                None => (SettingKind::Integer, number.to_string()),
            },
        };
        Self {
            name,
            help: help.trim(),
            value_name,
            kind,
            default,
        }
    }
}

/// Returns a field's name on the command line and in the TOML file.
pub(super) fn kebab_case(field: &str) -> String {
    field.replace('_', "-")
}

/// The allowed range of a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Bounds {
    /// At least this value.
    AtLeast(f64),
    /// Above this value.
    Above(f64),
    /// From the first value to the second, both included.
    Between(f64, f64),
    /// From the first value to below the second.
    Below(f64, f64),
}

impl Bounds {
    pub(super) fn check(self, field: &str, value: f64) -> Result<(), TrainingError> {
        let is_allowed = match self {
            Self::AtLeast(min) => value.is_finite() && value >= min,
            Self::Above(limit) => value.is_finite() && value > limit,
            Self::Between(min, max) => (min..=max).contains(&value),
            Self::Below(min, limit) => (min..limit).contains(&value),
        };
        match is_allowed {
            true => Ok(()),
            false => Err(TrainingError::Setting {
                name: kebab_case(field),
                allowed: self.to_string(),
            }),
        }
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(min) => write!(f, "{min} or more"),
            Self::Above(limit) => write!(f, "above {limit}"),
            Self::Between(min, max) => write!(f, "from {min} to {max}"),
            Self::Below(min, limit) => write!(f, "from {min} to below {limit}"),
        }
    }
}
