//! The shape that the registries of names share: a row is a constant, its spelling and its reference.

/// Makes a type of registered names: constants, `ALL`, look-up by spelling (`ignoring case` or `exactly`),
/// spelling and reference.
macro_rules! named_rows {
    ($(#[$doc:meta])* $Type:ident, $how:ident $(case)?;
        $($(#[$row_doc:meta])* ($const:ident, $name:literal, $document:literal $section:literal);)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $Type(u8);

        const _: () = {
            use $crate::registry::Reference;

            #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
            enum Position { $($const),* }

            const ROWS: &[(&str, Reference)] = &[$(($name, Reference::new($document, $section))),*];

            impl $Type {
                $($(#[$row_doc])* pub const $const: $Type = $Type(Position::$const as u8);)*
                /// Every registered name, in the order of the registry.
                pub const ALL: &'static [$Type] = &[$($Type::$const),*];

                /// Finds a registered name by its spelling.
                pub fn from_bytes(name: &[u8]) -> Option<Self> {
                    let row = ROWS.iter().position(|row| named_rows!(@same $how row.0.as_bytes(), name))?;
                    $Type::ALL.get(row).copied()
                }

                /// The registered spelling.
                pub fn as_str(self) -> &'static str {
                    ROWS[usize::from(self.0)].0
                }

                /// The defining document.
                pub fn reference(self) -> Reference {
                    ROWS[usize::from(self.0)].1
                }
            }

            impl core::fmt::Debug for $Type {
                fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                    f.write_str(self.as_str())
                }
            }

            impl core::fmt::Display for $Type {
                fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                    f.write_str(self.as_str())
                }
            }
        };
    };
    (@same ignoring $a:expr, $b:expr) => { $a.eq_ignore_ascii_case($b) };
    (@same exactly $a:expr, $b:expr) => { $a == $b };
}

pub(super) use named_rows;
