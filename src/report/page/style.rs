//! How the page looks: light and dark, narrow and wide, on paper.

/// The style sheet.
pub(super) const STYLE: &str = include_str!("page.css");
