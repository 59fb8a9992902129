//! Framewright's only HTTP client: trusted and guarded.
