//! The limit engine of Tidegate.
